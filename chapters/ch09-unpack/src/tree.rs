// ANCHOR: head
use crate::archive::Entry;
use crate::layer::Limits;
use crate::metadata::Metadata;
use crate::printable;
use crate::root::{Root, examine, keep_times};
use crate::unpack::LeftOut;
use crate::whiteout::{Made, Whiteout};
use anyhow::{Context, Error, Result, anyhow, bail};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, chmodat, fstat};
use rustix::io::Errno;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use tar::EntryType;
// ANCHOR_END: head

// ANCHOR: tree
/// A root file system that layers are applied to.
pub struct Tree<'a> {
    pub root: Root,
    pub limits: &'a Limits,
    /// Owners, devices and some attributes are root's to give: without root, they are left out.
    pub rootless: bool,
    pub left_out: LeftOut,
    /// What the current layer made.
    pub made: Made,
    /// Directories that their owner may not change, by inode: names and modes, which they get when all is applied.
    pub closed: HashMap<u64, (Vec<u8>, Mode)>,
}

impl<'a> Tree<'a> {
    pub fn new(root: Root, limits: &'a Limits, rootless: bool) -> Tree<'a> {
        let (left_out, made, closed) = Default::default();
        Tree { root, limits, rootless, left_out, made, closed }
    }
    // ANCHOR_END: tree

    // ANCHOR: apply
    /// Applies the layer with this archive. Returns how many entries it has, and how many of them are whiteouts.
    pub fn apply(&mut self, archive: &mut dyn Read) -> Result<(u64, u64)> {
        self.made.clear();
        let (mut count, mut whiteouts) = (0, 0);
        loop {
            self.limits.begin_header();
            let entry = Entry::read(archive).map_err(malformed)?;
            self.limits.end_header();
            let Some(mut entry) = entry else { return Ok((count, whiteouts)) };
            let is_whiteout = self.apply_entry(&mut entry);
            whiteouts += u64::from(is_whiteout.with_context(|| format!("cannot unpack: {}", printable(&entry.name)))?);
            count += 1;
            entry.finish().map_err(malformed)?;
        }
    }
    // ANCHOR_END: apply

    // ANCHOR: apply_entry
    /// Returns whether it is a whiteout.
    fn apply_entry(&mut self, entry: &mut Entry) -> Result<bool> {
        let metadata = Metadata::read(entry)?;
        let name = entry.name.clone();
        let names = split(&name)?;
        if names.iter().any(|name| is_aufs(name)) {
            return Ok(false);
        }
        let Some((last, above)) = names.split_last() else {
            if metadata.kind != EntryType::Directory {
                bail!("the root of the file system can only be a directory");
            }
            let root = self.root.directory(&[])?;
            self.set_metadata(&root, b".", &names, &metadata)?;
            return Ok(false);
        };
        if let Some(whiteout) = Whiteout::parse(last)? {
            match self.root.directory(above) {
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                parent => {
                    let parent = parent?;
                    keep_times(&parent, || whiteout.apply(&parent, &self.made))?;
                }
            }
            return Ok(true);
        }
        let parent = self.root.make_directory(above).context("cannot make its directory")?;
        keep_times(&parent, || {
            if self.place(&parent, last, &metadata, entry)? {
                self.set_metadata(&parent, last, &names, &metadata)?;
            }
            anyhow::Ok(())
        })?;
        Ok(false)
    }
    // ANCHOR_END: apply_entry

    // ANCHOR: close
    /// A directory whose owner may not change it stays open until all layers are applied, for who is not root; and the
    /// root of the file system for good, or it could not be moved to its place.
    fn set_metadata(&mut self, parent: &OwnedFd, last: &[u8], names: &[&[u8]], metadata: &Metadata) -> Result<()> {
        let mut mode = metadata.mode;
        if self.rootless && metadata.kind == EntryType::Directory {
            if !names.is_empty() {
                let inode = examine(parent, last)?.map_or(0, |stat| stat.st_ino);
                self.closed.insert(inode, (names.join(&b'/'), mode));
            }
            mode |= Mode::RWXU;
        }
        metadata.apply(parent, last, mode, self.rootless, &mut self.left_out)
    }

    /// Gives these directories their modes, what lies in a directory before the directory.
    pub fn close(&mut self) -> Result<()> {
        let mut directories: Vec<_> = self.closed.drain().collect();
        directories.sort_by(|(_, (a, _)), (_, (b, _))| b.cmp(a));
        for (inode, (name, mode)) in directories {
            let Ok(directory) = self.root.directory(&split(&name)?) else { continue };
            if fstat(&directory)?.st_ino == inode {
                chmodat(&directory, ".", mode, AtFlags::empty())?;
            }
        }
        Ok(())
    }
}
// ANCHOR_END: close

// ANCHOR: names
/// The parts of a name. A name that begins with `/` begins at the root as well, as in Docker and GNU tar.
pub fn split(name: &[u8]) -> Result<Vec<&[u8]>> {
    let names: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b".")).collect();
    if names.contains(&b"..".as_slice()) {
        bail!("a name in an image must not contain ..");
    }
    Ok(names)
}

/// What Docker's first storage driver, AUFS, kept for itself.
fn is_aufs(name: &[u8]) -> bool {
    name.starts_with(b".wh..wh.") && name != b".wh..wh..opq"
}

/// An archive's errors quote it, but not our own one, that it is too large.
fn malformed(error: Error) -> Error {
    match error.downcast_ref::<io::Error>() {
        Some(too_large) if too_large.kind() == ErrorKind::FileTooLarge => error,
        _ => anyhow!("malformed archive: {}", printable(error.to_string().as_bytes())),
    }
}
// ANCHOR_END: names
