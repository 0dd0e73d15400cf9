// ch10_id_map: who root is outside
//
// Goal: you can say which user of the machine a user in a container is, and who is nobody there.
// To do: write `outside`. Each line of the map has three numbers: the first ID inside, the first ID outside, and how
// many follow on each other. An ID in no line has no user outside.
// Read: the book, ch10-run, "The idea" and "By hand"; the Linux manual, user_namespaces(7).

/// The ID outside of the user `inside`, by the text of /proc/PID/uid_map.
fn outside(map: &str, inside: u32) -> Option<u32> {
    // TODO: this looks at the first line only, and does not count.
    let mut numbers = map.split_whitespace();
    let first_inside: u32 = numbers.next()?.parse().ok()?;
    let first_outside: u32 = numbers.next()?.parse().ok()?;
    (inside >= first_inside).then(|| first_outside.saturating_add(inside - first_inside))
}

/// On the machine itself, or in a container of root's that has no user namespace.
const HOST: &str = "         0          0 4294967295\n";
/// For user 1000, with the help of newuidmap and the line `me:100000:65536` in /etc/subuid.
const ROOTLESS: &str = "         0       1000          1\n         1     100000      65536\n";
/// For user 1000 without that help: one ID is all that the kernel allows.
const ALONE: &str = "         0       1000          1\n";

fn main() {
    for (name, map) in [("host", HOST), ("rootless", ROOTLESS), ("alone", ALONE)] {
        for inside in [0, 33] {
            match outside(map, inside) {
                Some(outside) => println!("{name}: {inside} is user {outside} of the machine"),
                None => println!("{name}: {inside} is no user"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(map: &str, inside: u32, wanted: Option<u32>, why: &str) {
        let came = outside(map, inside);
        assert!(came == wanted, "\nthe map:\n{map}user {inside} is {wanted:?} outside, and yours is {came:?}: {why}\n");
    }

    #[test]
    fn the_first_line_maps_root() {
        check(ROOTLESS, 0, Some(1000), "root in the container is who has started it, and may do no more than they");
        check(ALONE, 0, Some(1000), "there is one user, and inside it is called 0");
        check(HOST, 0, Some(0), "without a user namespace, root is root");
    }

    #[test]
    fn the_other_lines_map_the_others() {
        check(ROOTLESS, 1, Some(100_000), "the second line begins with 1 inside and 100000 outside");
        check(ROOTLESS, 33, Some(100_032), "33 is 32 behind 1");
        check(HOST, 65_534, Some(65_534), "this map changes nothing");
        let three = "0 1000 1\n1 100000 999\n1000 200000 10\n";
        check(three, 1000, Some(200_000), "the lines need not follow on each other outside");
        let mixed = "10 500 5\n0 1000 1\n";
        check(mixed, 0, Some(1000), "the lines may be in any order");
        check(mixed, 12, Some(502), "12 is 2 behind 10");
    }

    #[test]
    fn the_count_ends_a_line() {
        check(ROOTLESS, 65_536, Some(165_535), "this is the last of 65536, which begin with 1");
        check(ROOTLESS, 65_537, None, "the second line ends with 65536, and there is no third one");
        check(HOST, 4_294_967_294, Some(4_294_967_294), "this is the last ID that there is");
        check(HOST, 4_294_967_295, None, "the number 4294967295 is -1, and stands for no user");
    }

    #[test]
    fn who_is_in_no_line_is_nobody() {
        let why = "a layer with files of user 33 cannot be unpacked with their owner";
        check(ALONE, 33, None, why);
        check("10 500 5\n", 9, None, "the only line begins with 10");
        check("10 500 5\n", 15, None, "the only line ends with 14");
        check("", 0, None, "the map is empty until somebody has written it, and nobody is anybody");
    }
}
