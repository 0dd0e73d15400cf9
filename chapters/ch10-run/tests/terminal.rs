//! With a terminal, the container has one of its own.
#![cfg(target_os = "linux")]

mod common;

use common::{image, possible};
use serde_json::json;
use std::process::Command;
use test_kit::{have, succeed};

/// Types each line when what is before the colon has been printed, and prints what it saw; then how it ended, and
/// whether the outer terminal is as it was.
const PERSON: &str = r#"
import fcntl, os, pty, select, signal, struct, sys, termios, time
steps, command = sys.argv[1].split('|'), sys.argv[2:]
outer, inner = pty.openpty()
fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 77, 0, 0))
before = termios.tcgetattr(inner)
pid = os.fork()
if pid == 0:
    os.close(outer)
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for number in range(3): os.dup2(inner, number)
    for ignored in signal.SIGHUP, signal.SIGINT, signal.SIGQUIT: signal.signal(ignored, signal.SIG_DFL)
    os.execv(command[0], command)
seen, mark, end = b'', 0, time.time() + 20
def read(what):
    global seen
    if select.select([outer], [], [], 0.05)[0]: seen += os.read(outer, 65536)
    if time.time() > end: sys.exit(f'waited for {what}: {seen}')
for step in steps:
    wait, keys = step.split(':')
    while wait.encode() not in seen[mark:]: read(wait)
    mark = len(seen)
    if keys == 'HANGUP':
        os.close(outer)
        os.waitpid(pid, 0)
        sys.exit()
    if keys == 'TERM': os.kill(pid, signal.SIGTERM)
    elif keys == 'RESIZE': fcntl.ioctl(outer, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 90, 0, 0))
    else: os.write(outer, keys.encode().decode('unicode_escape').encode())
while os.waitpid(pid, os.WNOHANG) == (0, 0): read('the end')
while select.select([outer], [], [], 0.05)[0]: seen += os.read(outer, 65536)
print(seen.decode())
print('restored' if termios.tcgetattr(inner) == before else 'not restored')
"#;

fn type_to(steps: &str, script: &str) -> String {
    let image = image(json!({})).unpacked();
    type_to_command(steps, &image.command(&["-e", "PS1=$ "], &["sh", "-c", script])).replace('\r', "")
}

fn type_to_command(steps: &str, container: &Command) -> String {
    let mut python = Command::new("python3");
    python.args(["-c", PERSON, steps]).arg(container.get_program()).args(container.get_args());
    succeed(&mut python)
}

/// Whether process 1 used less than a third of this second.
const IDLE: &str = "sleep 1; set -- $(cat /proc/1/stat); echo idle: $((${14} + ${15} < 33))";

#[test]
fn it_has_a_name_a_size_and_a_type() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let seen = type_to(":", "tty; stty size; echo $TERM; ls /dev/pts; exit 0");
    assert_eq!(seen, "/dev/pts/0\n33 77\nxterm\n0     ptmx\n\nrestored\n");
}

#[test]
fn keys_make_signals() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let seen = type_to("ready:\\x03", "trap 'echo interrupted; exit 0' INT; echo ready; sleep 10 & wait");
    assert_eq!(seen, "ready\n^Cinterrupted\n\nrestored\n");
    let seen = type_to("ready:abc\\n|got:\\x04", "echo ready; read x; echo got $x; cat; echo end");
    assert_eq!(seen, "ready\nabc\ngot abc\nend\n\nrestored\n");
}

#[test]
fn a_shell_has_jobs() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let job = "sh -c \"echo o''n; sleep 50\"\\n";
    let seen = type_to(&format!("$ :{job}|on\r:\\x1a|Stopped:exit 7\\n|stopped jobs:exit 7\\n"), "exec sh -i");
    assert!(seen.contains("[1]+  Stopped"), "{seen}");
    assert!(!seen.contains("job control") && seen.ends_with("restored\n"), "{seen}");
}

#[test]
fn its_size_follows() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let seen = type_to("ready:RESIZE", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done");
    assert_eq!(seen, "ready\n40 90\n\nrestored\n");
}

/// The signal of a new size is also the one by which some servers are stopped.
#[test]
fn the_stop_signal_may_be_the_one_of_a_new_size() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let image = image(json!({"StopSignal": "SIGWINCH"})).unpacked();
    let script = "trap 'echo stopped; exit' WINCH; echo ready; while :; do sleep 0.05; done";
    let seen = type_to_command("ready:TERM", &image.command(&[], &["sh", "-c", script]));
    assert_eq!(seen, "ready\r\nstopped\r\n\nrestored\n");
}

#[test]
fn an_error_ends_in_the_first_column() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let image = image(json!({})).unpacked();
    let seen = type_to_command(":", &image.command(&[], &["/nowhere"]));
    assert_eq!(seen, "error: cannot run: \"/nowhere\": No such file or directory (os error 2)\r\n\nrestored\n");
}

#[test]
fn nothing_turns_in_circles_when_the_program_closes_its_terminal() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let seen = type_to(":", &format!("exec < /dev/null > /dev/null 2>&1; {IDLE} > /dev/tty"));
    assert_eq!(seen, "idle: 1\n\nrestored\n");
}

#[test]
fn nothing_turns_in_circles_when_the_person_leaves() {
    if !possible() || !have(&["python3"]) {
        return;
    }
    let image = image(json!({})).unpacked();
    let volume = format!("{}:/data", image.work.path().display());
    let script = format!("trap '' HUP; echo ready; {IDLE} > /data/told");
    type_to_command("ready:HANGUP", &image.command(&["-v", &volume], &["sh", "-c", &script]));
    assert_eq!(std::fs::read_to_string(image.work.path().join("told")).unwrap(), "idle: 1\n");
}
