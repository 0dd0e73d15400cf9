// ch01_permissions: permissions that do not depend on the umask
//
// Goal: you can say what `chmod go=u-w` does to each bit, and two people with different umasks get the same layer.
// To do: make what group and others may do from what the owner may do: the same, without writing.
// Read: the book, ch01-list-files, "By hand" and "In Rust"; the image-spec, layer.md, "File Attributes".

/// The permissions that go into the layer, made from those on this machine: the lower twelve bits of its mode.
fn portable_mode(mode: u32, is_directory: bool) -> u32 {
    // Of the fourth digit, a file keeps set-uid (4), and a directory keeps set-uid and set-gid (2).
    let special = mode & if is_directory { 0o6000 } else { 0o4000 };
    // The owner's digit is the one that the umasks of most people do not touch, so all three are made from it. `& 0o5`
    // keeps read (4) and execute (1) and drops write (2). Docker's COPY takes permissions as they are, umask and all.
    let owner = mode >> 6 & 0o7;
    let others = owner & 0o5;
    special | owner << 6 | others << 3 | others
}

fn main() {
    for mode in [0o644, 0o600, 0o755, 0o700, 0o4711] {
        println!("{mode:04o} becomes {:04o}", portable_mode(mode, false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    fn check(mode: u32, is_directory: bool, want: u32, why: &str) {
        let got = portable_mode(mode, is_directory);
        let what = if is_directory { "directory" } else { "file" };
        assert!(got == want, "a {what} with the permissions {mode:04o} must get {want:04o}, not {got:04o}: {why}");
    }

    #[test]
    fn the_umask_leaves_no_trace() {
        for mode in [0o600, 0o640, 0o644, 0o664, 0o666] {
            check(mode, false, 0o644, "the same file under another umask must give the same bytes");
        }
        for mode in [0o700, 0o711, 0o755, 0o775, 0o777] {
            check(mode, true, 0o755, "the same directory under another umask must give the same bytes");
        }
    }

    #[test]
    fn group_and_others_may_do_what_the_owner_may_and_never_write() {
        for (mode, want) in [(0o400, 0o444), (0o500, 0o555), (0o300, 0o311), (0o222, 0o200), (0o077, 0o000)] {
            check(mode, false, want, "the owner's digit without its 2, twice, whatever stood there before");
        }
    }

    #[test]
    fn set_uid_is_kept() {
        check(0o4755, false, 0o4755, "a program such as su runs as its owner by this bit, and is useless without it");
        check(0o4711, false, 0o4755, "set-uid stays, and the rest is made from the owner's 7");
    }

    #[test]
    fn set_gid_is_kept_on_directories_only() {
        check(0o2775, true, 0o2755, "chmod go=u-w leaves the set-gid of a directory alone");
        check(0o2755, false, 0o755, "chmod go=u-w sets what the group may do, and set-gid of a file is a part of that");
        check(0o1777, true, 0o755, "chmod go=u-w sets what others may do, and the sticky bit is a part of that");
    }

    #[test]
    fn the_hello_layer_has_these_permissions() {
        let entries = [(0, "./", 0o700), (512, "./etc/", 0o775), (1024, "./etc/motd", 0o600), (2048, "./hello", 0o700)];
        for (header, name, mode) in entries {
            let field = LAYER[header + 100..header + 107].escape_ascii().to_string();
            let got = format!("{:07o}", portable_mode(mode, name.ends_with('/')));
            assert!(got == field, "{name} with {mode:04o} on the disk has {field} in the hello layer, not {got}");
        }
    }
}
