// ch10_exit_code: how a container ended
//
// Goal: you can read the number that the kernel gives a parent for a child that has ended, and pass it on as a shell
// does.
// To do: write the one expression. A program that ended by itself has its exit code in bits 8 to 15, and zeros in bits
// 0 to 6. One that was killed has the number of the signal in bits 0 to 6, and its code is 128 and that number.
// Read: the book, ch10-run, "In Rust"; the Linux manual, wait(2), and that of bash, "Exit Status".

/// The exit code of a container whose first process ended with this status, as waitpid gives it.
fn exit_code(status: i32) -> i32 {
    // TODO: this knows nothing of signals. A container that was killed counts as one in which all is well.
    status >> 8 & 0xff
}

fn main() {
    for status in [0, 0x0300, 9, 0x8b] {
        println!("status {status:#06x}: exit code {}", exit_code(status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: i32, wanted: i32, why: &str) {
        let came = exit_code(status);
        assert!(came == wanted, "\nthe status {status:#06x} is the exit code {wanted}, and yours is {came}: {why}\n");
    }

    #[test]
    fn a_program_that_ends_says_its_code() {
        check(0x0000, 0, "all is well");
        check(0x0300, 3, "the program has called exit(3)");
        check(0xff00, 255, "the program has called exit(-1), of which the kernel keeps eight bits");
    }

    #[test]
    fn a_signal_is_128_and_its_number() {
        check(0x0009, 137, "SIGKILL is 9: `docker kill`, or no memory left. With 0 it would count as success");
        check(0x000f, 143, "SIGTERM is 15: `docker stop`");
        check(0x0001, 129, "SIGHUP is 1: the terminal is gone");
    }

    #[test]
    fn a_core_dump_does_not_count() {
        check(0x008b, 139, "SIGSEGV is 11, and bit 7 says that the kernel has written a core dump");
        check(0x0086, 134, "SIGABRT is 6, and bit 7 says that the kernel has written a core dump");
    }

    #[test]
    fn a_program_may_say_a_great_number_itself() {
        check(0x8900, 137, "no signal: a shell in the container says that its own child was killed by 9");
        check(0x7f00, 127, "no signal: a shell says that there is no such command");
    }
}
