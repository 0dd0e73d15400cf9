// ANCHOR: head
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, Timespec, Timestamps, UTIME_OMIT};
use rustix::fs::{chmodat, fstat, mkdirat, openat, openat2, statat, utimensat};
use rustix::io::{Errno, Result};
use std::collections::HashMap;
use std::path::Path;

/// The time of a directory of which no layer says one: the same in every run.
pub const EPOCH: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
// ANCHOR_END: head

// ANCHOR: root
/// A directory that no name leads out of.
///
/// A check of the names cannot achieve that: `a/b` lies outside where `a` is a symbolic link to `/etc`, and whether it
/// is, only the file system knows. So the kernel resolves every name, with this directory as its root: what a process
/// sees that has done `chroot`. Source: openat2(2), RESOLVE_IN_ROOT.
pub struct Root(OwnedFd);

impl Root {
    pub fn open(path: &Path) -> Result<Root> {
        openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map(Root)
    }

    /// Opens the directory that `names` lead to, one below the other; symbolic links are followed within the root.
    pub fn directory(&self, names: &[&[u8]]) -> Result<OwnedFd> {
        let path = if names.is_empty() { b".".to_vec() } else { names.join(&b'/') };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        loop {
            match openat2(&self.0, path.as_slice(), flags, Mode::empty(), resolve) {
                // Something was renamed somewhere on this machine while the kernel resolved a `..` of a link.
                Err(Errno::AGAIN) => {}
                result => return result,
            }
        }
    }
    // ANCHOR_END: root

    // ANCHOR: make_directory
    /// The same, and the directories that are not there are made. None of them is `closed`: it may have the inode number of
    /// one that was, and was removed.
    pub fn make_directory(&self, names: &[&[u8]], closed: &mut HashMap<u64, Mode>) -> Result<OwnedFd> {
        match (self.directory(names), names.split_last()) {
            (Err(Errno::NOENT), Some((last, above))) => {
                let parent = self.make_directory(above, closed)?;
                keep_times(&parent, || {
                    mkdirat(&parent, *last, Mode::RWXU)?;
                    chmodat(&parent, *last, Mode::from_raw_mode(0o755), AtFlags::empty())?; // whatever the umask
                    set_modified(&parent, last, EPOCH)
                })?;
                let made = self.directory(names)?;
                closed.remove(&fstat(&made)?.st_ino);
                Ok(made)
            }
            (result, _) => result,
        }
    }
}
// ANCHOR_END: make_directory

// ANCHOR: times
/// Does something in a directory, whose modification time stays: that is the image's, not the time of unpacking.
pub fn keep_times<T, E: From<Errno>>(
    directory: &OwnedFd,
    change: impl FnOnce() -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let before = fstat(directory)?;
    let result = change()?;
    let modified = Timespec { tv_sec: before.st_mtime, tv_nsec: before.st_mtime_nsec as _ };
    set_modified(directory, b".", modified)?;
    Ok(result)
}

/// Sets the modification time of `name` in `directory`; of a symbolic link its own.
pub fn set_modified(directory: &OwnedFd, name: &[u8], modified: Timespec) -> Result<()> {
    let times = Timestamps { last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }, last_modification: modified };
    utimensat(directory, name, &times, AtFlags::SYMLINK_NOFOLLOW)
}

/// What has the name `name` in `directory`, if anything has. A symbolic link is not followed.
pub fn examine(directory: &OwnedFd, name: &[u8]) -> Result<Option<Stat>> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

pub fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// What a directory holds.
pub fn names_in(directory: &OwnedFd) -> Result<Vec<Vec<u8>>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let entries = Dir::new(openat(directory, ".", flags, Mode::empty())?)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_bytes().to_vec()));
    names.filter(|name| !matches!(name.as_deref(), Ok(b"." | b".."))).collect()
}
// ANCHOR_END: times
