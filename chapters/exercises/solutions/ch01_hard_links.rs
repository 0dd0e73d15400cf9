// ch01_hard_links: which entry is the file, and which ones are further names of it
//
// Goal: a file with two names goes into the layer once, and is one file again when the layer is unpacked.
// To do: for each entry, say which earlier entry it is another name of, if there is one. Entries with the same device
//        and the same inode are one file. A directory has one name and is never a link.
// Read: the book, ch01-list-files, "In Rust" and "Look inside"; the image-spec, layer.md, "Hardlinks".

use std::collections::HashMap;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    File,
    Directory,
    SymbolicLink,
}

struct Entry {
    name: String,
    kind: Kind,
    /// The number of the device that the file lies on.
    device: u64,
    /// The number of the file on its device.
    inode: u64,
}

/// For each of the entries, which are in the order of the layer: the name of the entry that it is a hard link to, or
/// `None` if it is not a link but the file itself.
fn link_targets(entries: &[Entry]) -> Vec<Option<String>> {
    // An inode number is unique on its device only, so the key is both. A name is put in once and never replaced: every
    // later name refers to the first, which is the entry that has the contents. A directory mounted in two places can
    // turn up twice with the same two numbers, and no archive can hold a link to a directory.
    //
    // This map grows with every file. Chapter 1 and GNU tar ask first how many names a file has, and keep those with
    // more than one.
    let mut first_names: HashMap<(u64, u64), &str> = HashMap::new();
    let mut targets = Vec::new();
    for entry in entries {
        let file = (entry.device, entry.inode);
        if entry.kind == Kind::Directory {
            targets.push(None);
        } else if let Some(first) = first_names.get(&file) {
            targets.push(Some(first.to_string()));
        } else {
            first_names.insert(file, &entry.name);
            targets.push(None);
        }
    }
    targets
}

fn main() {
    let entry = |name: &str, kind, device, inode| Entry { name: name.into(), kind, device, inode };
    let entries = [
        entry("./bin/", Kind::Directory, 1, 10),
        entry("./bin/gunzip", Kind::File, 1, 11),
        entry("./bin/sh", Kind::SymbolicLink, 1, 12),
        entry("./bin/uncompress", Kind::File, 1, 11),
    ];
    for (entry, target) in entries.iter().zip(link_targets(&entries)) {
        let Entry { name, kind, device, inode } = entry;
        match (target, kind) {
            (Some(target), _) => println!("h {device}:{inode} {name} link to {target}"),
            (None, Kind::File) => println!("- {device}:{inode} {name}"),
            (None, Kind::Directory) => println!("d {device}:{inode} {name}"),
            (None, Kind::SymbolicLink) => println!("l {device}:{inode} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entries: &[(&str, Kind, u64, u64)], want: &[Option<&str>], why: &str) {
        let entries =
            entries.iter().map(|&(name, kind, device, inode)| Entry { name: name.into(), kind, device, inode });
        let entries: Vec<Entry> = entries.collect();
        let got = link_targets(&entries);
        assert!(got.len() == entries.len(), "{} entries have {} answers: one for each", entries.len(), got.len());
        for ((entry, want), got) in entries.iter().zip(want).zip(&got) {
            let answer =
                |target: Option<&str>| target.map_or("a file of its own".into(), |to| format!("a link to {to}"));
            let (name, device, inode) = (&entry.name, entry.device, entry.inode);
            let (want, got) = (answer(*want), answer(got.as_deref()));
            assert!(got == want, "{name} (device {device}, inode {inode}) must be {want}, not {got}: {why}");
        }
    }

    #[test]
    fn the_first_name_is_the_file_and_every_later_one_refers_to_it() {
        check(
            &[
                ("./a", Kind::File, 1, 7),
                ("./b", Kind::File, 1, 8),
                ("./c", Kind::File, 1, 7),
                ("./d", Kind::File, 1, 7),
            ],
            &[None, None, Some("./a"), Some("./a")],
            "the first entry has the contents, and a link must lead to an entry that has them",
        );
    }

    #[test]
    fn the_same_inode_on_another_device_is_another_file() {
        check(
            &[("./a", Kind::File, 1, 7), ("./mnt/a", Kind::File, 2, 7), ("./mnt/b", Kind::File, 2, 7)],
            &[None, None, Some("./mnt/a")],
            "every file system counts its inodes for itself, so the number alone says nothing",
        );
    }

    #[test]
    fn a_directory_is_never_a_link() {
        check(
            &[("./data/", Kind::Directory, 1, 7), ("./srv/", Kind::Directory, 1, 7)],
            &[None, None],
            "`mount --bind` shows a directory in two places, but an archive has no links to directories",
        );
    }

    #[test]
    fn whatever_is_no_directory_may_have_two_names() {
        check(
            &[("./now", Kind::SymbolicLink, 1, 7), ("./then", Kind::SymbolicLink, 1, 7)],
            &[None, Some("./now")],
            "a symbolic link has an inode as a file has, and can have two names",
        );
    }

    // On Windows, stable Rust has no function for these numbers.
    #[cfg(unix)]
    #[test]
    fn the_numbers_of_real_files_tell_which_are_one() {
        use std::fs;
        use std::os::unix::fs::MetadataExt;

        let motd = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/rootfs/etc/motd");
        let directory = std::env::temp_dir().join(format!("ch01_hard_links-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("cannot make a directory for the test");
        fs::copy(motd, directory.join("copy")).expect("cannot copy a file");
        fs::copy(motd, directory.join("motd")).expect("cannot copy a file");
        fs::hard_link(directory.join("motd"), directory.join("second")).expect("cannot make a hard link");
        let entries = ["copy", "motd", "second"].map(|name| {
            let metadata = fs::symlink_metadata(directory.join(name)).expect("cannot examine a file");
            (name, Kind::File, metadata.dev(), metadata.ino())
        });
        fs::remove_dir_all(&directory).expect("cannot remove the directory of the test");
        check(
            &entries,
            &[None, None, Some("motd")],
            "`second` was made by `ln motd second`, and `copy` by `cp`: it has the same contents and is another file",
        );
    }
}
