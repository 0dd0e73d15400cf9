// ANCHOR: head
//! Chapter 1: an image is a directory of files.
//!
//! A root file system is a directory that will be `/` for a process. This chapter walks through one and says what is
//! there, in the order in which chapter 2 writes it into a layer: a directory comes before what it holds, and the names
//! within it are sorted by their bytes. A file system returns names in any order it likes; an archive made in that order
//! would differ from one machine to the next.

mod entry;
mod platform;

pub use entry::{Entry, Kind};

use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
// ANCHOR_END: head

// ANCHOR: entries
/// The entries of the root file system `rootfs`, in the order of the layer; the first one is `./`, `rootfs` itself.
///
/// An item is an error where a file cannot be examined or a directory cannot be read. Nothing is opened but directories.
pub fn entries(rootfs: &Path) -> Result<Entries> {
    let metadata =
        fs::metadata(rootfs).with_context(|| format!("cannot read the root file system: {}", rootfs.display()))?;
    if !metadata.is_dir() {
        bail!("cannot read the root file system: {}: it is not a directory", rootfs.display());
    }
    Ok(Entries { rootfs: rootfs.to_owned(), to_visit: vec![PathBuf::new()], first_names: HashMap::new() })
}

/// The iterator that [`entries`] returns.
pub struct Entries {
    rootfs: PathBuf,
    /// Paths relative to the root file system; the next one is the last.
    to_visit: Vec<PathBuf>,
    /// The name under which each file that has several names was met first, by device and inode number.
    first_names: HashMap<(u64, u64), Vec<u8>>,
}

impl Iterator for Entries {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Result<Entry>> {
        let path = self.to_visit.pop()?;
        Some(self.visit(&path))
    }
}
// ANCHOR_END: entries

// ANCHOR: visit
impl Entries {
    fn visit(&mut self, path: &Path) -> Result<Entry> {
        // ROOTFS itself may be a symbolic link to a directory; what lies in it is taken as it is. (Joined to an empty path,
        // it would end with a slash.)
        let is_root = path.as_os_str().is_empty();
        let full = if is_root { self.rootfs.clone() } else { self.rootfs.join(path) };
        let metadata = if is_root { fs::metadata(&full) } else { fs::symlink_metadata(&full) };
        let metadata = metadata.with_context(|| format!("cannot examine: {}", full.display()))?;
        let mut entry = Entry::new(path, full, &metadata)?;
        if entry.kind == Kind::Directory {
            self.visit_later(path, &entry.path)?;
        } else if let Some(inode) = platform::inode_if_shared(&metadata) {
            // A file with two names is one file. Its second name refers to the first, or it would become two files.
            if let Some(first) = self.first_names.get(&inode) {
                entry.kind = Kind::HardLink { target: first.clone() };
                entry.size = 0;
            } else {
                self.first_names.insert(inode, entry.name.clone());
            }
        }
        Ok(entry)
    }
    // ANCHOR_END: visit

    // ANCHOR: visit_later
    fn visit_later(&mut self, directory: &Path, full: &Path) -> Result<()> {
        let names = fs::read_dir(full).and_then(|names| names.map(|name| Ok(name?.file_name())).collect());
        let mut names: Vec<OsString> =
            names.with_context(|| format!("cannot read the directory: {}", full.display()))?;
        names.sort_by(|a, b| b.cmp(a)); // backwards: the last one is visited first
        self.to_visit.extend(names.iter().map(|name| directory.join(name)));
        Ok(())
    }
}
// ANCHOR_END: visit_later
