// ch09_directories_last: a directory changes when something is put into it
//
// Goal: after unpacking, directories too have the times and permissions that the archive says, also without root.
// To do: write `unpack`. It makes each entry in the order of the archive and sets what the archive says of it, but at a
// moment when nothing that follows is disturbed by it or disturbs it.
// Read: the book, ch09-unpack, "In Rust"; the Linux manual, inode(7) and path_resolution(7).

use std::collections::BTreeMap;

// From ch02_octal.
/// The number in a field of a header, if it is one.
fn octal(field: &[u8]) -> Option<u64> {
    // The NUL ends the digits, and what comes after it does not belong to them: the checksum has a space there. A full
    // field has no NUL. A field that is not in use is all NULs. Without a size, a program cannot tell where the next
    // header is, so it stops, or tries one block after the other until one has a right checksum.
    let digits = field.split(|byte| *byte == 0).next()?;
    let digits = std::str::from_utf8(digits).ok()?.trim_matches(' ');
    match digits {
        "" => Some(0),
        // Rust would take a plus sign before the digits; no tar does.
        _ if digits.starts_with('+') => None,
        _ => u64::from_str_radix(digits, 8).ok(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// `./srv/`, `./srv/www`; the root is `./`. A directory stands before what is in it.
    name: String,
    mode: u32,
    mtime: u64,
}

impl Entry {
    fn is_directory(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// Unpacks an archive.
fn unpack(disk: &mut Disk, entries: &[Entry]) -> Result<(), String> {
    // A directory's time is that of the last change in it. So all of them wait until everything is there. Then they are
    // done from the inside to the outside: a directory that may not be entered hides those within it. Root could set
    // the permissions at once. GNU tar waits with both, as this does; containerd, which is root, only with the times.
    // The program of this chapter puts the time of a directory back after each change in it: a later layer may have a
    // file and not the directory that it is in.
    for entry in entries {
        disk.create(entry)?;
        if !entry.is_directory() {
            disk.set(entry)?;
        }
    }
    entries.iter().rev().filter(|entry| entry.is_directory()).try_for_each(|entry| disk.set(entry))
}

/// The time now, in seconds after 1970.
const NOW: u64 = 1_700_000_000;

/// A file system in memory, as an ordinary user sees it, whose own all files are.
#[derive(Default)]
struct Disk {
    /// Permissions and time of each name.
    metadata: BTreeMap<String, (u32, u64)>,
}

impl Disk {
    /// Whether all directories on the way to this name may be entered.
    fn reach(&self, name: &str) -> Result<(), String> {
        for (directory, (mode, _)) in &self.metadata {
            if directory.ends_with('/') && name != directory && name.starts_with(directory) && mode & 0o100 == 0 {
                return Err(format!("{name}: permission denied: {directory} has the mode {mode:04o}"));
            }
        }
        Ok(())
    }

    /// Makes an empty file or directory with the usual permissions. This changes the directory that it is in.
    fn create(&mut self, entry: &Entry) -> Result<(), String> {
        let name = entry.name.as_str();
        self.reach(name)?;
        if name != "./" {
            let end = name.trim_end_matches('/').rfind('/').unwrap_or(0);
            let parent = &name[..end + 1];
            let (mode, mtime) = self.metadata.get_mut(parent).ok_or_else(|| format!("{name}: there is no {parent}"))?;
            if *mode & 0o200 == 0 {
                return Err(format!("{name}: permission denied: {parent} has the mode {mode:04o}"));
            }
            *mtime = NOW;
        }
        self.metadata.insert(name.to_owned(), (if entry.is_directory() { 0o755 } else { 0o644 }, NOW));
        Ok(())
    }

    /// Sets permissions and time. This changes no other time.
    fn set(&mut self, entry: &Entry) -> Result<(), String> {
        self.reach(&entry.name)?;
        let there = self.metadata.get_mut(&entry.name).ok_or_else(|| format!("{}: it is not there", entry.name))?;
        *there = (entry.mode, entry.mtime);
        Ok(())
    }
}

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

/// The entries of the reference's layer.
fn hello() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut header = 0;
    while LAYER[header] != 0 {
        let number = |from: usize, to: usize| octal(&LAYER[header + from..header + to]).expect("it is a number");
        let name = LAYER[header..header + 100].split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        entries.push(Entry { name, mode: number(100, 108) as u32, mtime: number(136, 148) });
        header += 512 + number(124, 136).next_multiple_of(512) as usize;
    }
    entries
}

fn main() {
    let mut disk = Disk::default();
    if let Err(error) = unpack(&mut disk, &hello()) {
        println!("{error}");
    }
    for (name, (mode, mtime)) in disk.metadata {
        println!("{mode:04o} {mtime:>10} {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entries: &[Entry], why: &str) {
        let mut disk = Disk::default();
        let result = unpack(&mut disk, entries);
        assert_eq!(result, Ok(()), "\n{why}\n");
        assert_eq!(disk.metadata.len(), entries.len(), "\nthe number of names on the disk and in the archive\n");
        for Entry { name, mode, mtime } in entries {
            let (came_mode, came_mtime) = disk.metadata.get(name).copied().unwrap_or_default();
            assert!(
                (came_mode, came_mtime) == (*mode, *mtime),
                "\n{name}: the archive says the mode {mode:04o} and the time {mtime}, the disk has {came_mode:04o} and \
                 {came_mtime}.\n{why}\n"
            );
        }
    }

    fn entry(name: &str, mode: u32, mtime: u64) -> Entry {
        Entry { name: name.to_owned(), mode, mtime }
    }

    #[test]
    fn all_of_the_reference_is_from_1970() {
        check(&hello(), "A time of 1700000000 is now: something was put into the directory after its time was set.");
    }

    #[test]
    fn each_entry_has_its_own_time() {
        let entries = [
            entry("./", 0o755, 1),
            entry("./a/", 0o700, 2),
            entry("./a/b/", 0o750, 3),
            entry("./a/b/c", 0o4755, 4),
            entry("./a/d", 0o600, 5),
            entry("./e/", 0o1777, 6),
        ];
        check(&entries, "Each of them says something else.");
    }

    #[test]
    fn a_directory_may_be_read_only() {
        let entries = [
            entry("./", 0o555, 1),
            entry("./srv/", 0o555, 2),
            entry("./srv/www/", 0o555, 3),
            entry("./srv/www/a", 0o444, 4),
        ];
        check(
            &entries,
            "Its owner cannot put anything into it any more. What is in the archive has to be there before.",
        );
    }

    #[test]
    fn a_directory_may_be_closed() {
        let entries = [
            entry("./", 0o755, 1),
            entry("./var/", 0o000, 2),
            entry("./var/spool/", 0o000, 3),
            entry("./var/spool/cron/", 0o700, 4),
            entry("./var/spool/cron/root", 0o600, 5),
        ];
        check(&entries, "./var may not be entered, so ./var/spool and all that is in it has to be finished before it.");
    }
}
