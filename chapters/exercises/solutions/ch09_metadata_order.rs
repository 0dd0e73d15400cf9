// ch09_metadata_order: the last step undoes the first
//
// Goal: you know which of the steps that make a file change what another step has set.
// To do: put the five steps into an order after which the file is what the archive says, for root and for other users.
// Read: the book, ch09-unpack, "In Rust"; the Linux manual, chown(2), capabilities(7) and xattr(7).

use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Contents are written.
    Contents,
    /// utimensat
    Times,
    /// fchmod
    Permissions,
    /// fsetxattr, for each extended attribute
    Attributes,
    /// fchown
    Owner,
}

// Contents change the time. A change of the owner takes away set-uid and capabilities, or else whoever gives a program
// away would make it one that runs with the new owner's rights. A user's attributes need a file that may be written to.
// The time may come anywhere behind the contents: no other step changes it.
const ORDER: [Step; 5] = [Step::Contents, Step::Owner, Step::Attributes, Step::Permissions, Step::Times];

/// The name under which the kernel keeps the capabilities that a program gets.
const CAPABILITY: &str = "security.capability";
/// The time now, in seconds after 1970.
const NOW: u64 = 1_700_000_000;

/// What an archive says of a file, and what it is on the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct File {
    contents: &'static str,
    uid: u32,
    mode: u32,
    attributes: BTreeMap<&'static str, &'static [u8]>,
    mtime: u64,
}

/// Does the steps in their order on a new file, as Linux does them.
fn make(wanted: &File, order: &[Step], root: bool) -> Result<File, String> {
    let mut file = File { mode: 0o600, mtime: NOW, ..File::default() };
    for step in order {
        match step {
            Step::Contents => {
                // Whoever writes into a program must not become what the program was allowed to be.
                file.attributes.remove(CAPABILITY);
                file.contents = wanted.contents;
                file.mtime = NOW;
            }
            Step::Owner => {
                file.attributes.remove(CAPABILITY);
                file.mode &= !0o6000;
                file.uid = wanted.uid;
            }
            Step::Attributes => {
                if !root && file.mode & 0o200 == 0 {
                    return Err(format!(
                        "setting an attribute of a file with the mode {:o}: permission denied",
                        file.mode
                    ));
                }
                file.attributes = wanted.attributes.clone();
            }
            Step::Permissions => file.mode = wanted.mode,
            Step::Times => file.mtime = wanted.mtime,
        }
    }
    Ok(file)
}

fn main() {
    let passwd = File { mode: 0o4755, ..File::default() };
    match make(&passwd, &ORDER, true) {
        Ok(file) => println!("passwd has the mode {:o} in the archive, and {:o} on the disk", passwd.mode, file.mode),
        Err(error) => println!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: File, root: bool, why: &str) {
        let came = make(&wanted, &ORDER, root);
        let shown = |file: &File| {
            let names: Vec<&str> = file.attributes.keys().copied().collect();
            format!("mode {:04o}, owner {}, time {}, attributes {names:?}", file.mode, file.uid, file.mtime)
        };
        assert!(
            came.as_ref() == Ok(&wanted),
            "\nyour order: {ORDER:?}\nwanted: {}\ncame:   {}\n{why}\n",
            shown(&wanted),
            came.as_ref().map_or_else(String::clone, shown)
        );
    }

    #[test]
    fn the_time_is_that_of_the_archive() {
        let wanted = File { contents: "Welcome.", mode: 0o600, ..File::default() };
        check(wanted, true, "Writing sets the time to now, here 1700000000. The archive says 0.");
    }

    #[test]
    fn set_uid_survives() {
        let wanted = File { mode: 0o4755, contents: "/usr/bin/passwd", ..File::default() };
        let why = "chown takes the 4 of 4755 away, even when root does it. Without the 4, nobody but root can change \
         a password.";
        check(wanted, true, why);
    }

    #[test]
    fn capabilities_survive() {
        let mut wanted = File { mode: 0o755, uid: 100, contents: "/usr/bin/ping", ..File::default() };
        // CAP_NET_RAW is the capability with the number 13, and the 0x20 is its bit.
        let net_raw = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        wanted.attributes.insert(CAPABILITY, net_raw);
        check(wanted, true, "Both chown and a write take security.capability away: ping could not open a raw socket.");
    }

    #[test]
    fn a_file_that_nobody_may_write_to_has_its_attributes() {
        let mut wanted = File { mode: 0o444, contents: "x", ..File::default() };
        wanted.attributes.insert("user.origin", b"here");
        let why =
            "Not root, but the owner: with the mode 0444 the attributes beginning with `user.` cannot be set any more.";
        check(wanted, false, why);
    }

    #[test]
    fn each_step_is_there_once() {
        for step in [Step::Contents, Step::Times, Step::Permissions, Step::Attributes, Step::Owner] {
            let count = ORDER.iter().filter(|other| **other == step).count();
            assert_eq!(count, 1, "\n{step:?} must be there, and once: {ORDER:?}\n");
        }
    }
}
