// ANCHOR: head
use crate::archive::Entry;
use crate::layer::Limits;
use crate::metadata::Metadata;
use crate::printable;
use crate::root::{Root, examine, is_directory, keep_times, names_in};
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
    /// Directories that their owner may not change, by inode number, and the modes they get when all is applied.
    pub closed: HashMap<u64, Mode>,
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
        let metadata = Metadata::read(entry).map_err(malformed)?;
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
        let parent = self.root.make_directory(above, &mut self.closed).context("cannot make its directory")?;
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
            mode |= Mode::RWXU;
            let inode = examine(parent, last)?.map_or(0, |stat| stat.st_ino);
            self.closed.remove(&inode);
            if mode != metadata.mode && !names.is_empty() {
                self.closed.insert(inode, metadata.mode);
            }
        }
        metadata.apply(parent, last, mode, self.rootless, &mut self.left_out)
    }

    /// Gives these directories their modes.
    pub fn close(&self) -> Result<()> {
        if self.closed.is_empty() { Ok(()) } else { self.close_below(&[]) }
    }

    /// What lies in a directory comes before the directory.
    fn close_below(&self, path: &[&[u8]]) -> Result<()> {
        let directory = self.root.directory(path)?;
        for name in names_in(&directory)? {
            if examine(&directory, &name)?.is_some_and(|stat| is_directory(&stat)) {
                self.close_below(&[path, &[&name]].concat())?;
            }
        }
        match self.closed.get(&fstat(&directory)?.st_ino) {
            Some(mode) => Ok(chmodat(&directory, ".", *mode, AtFlags::empty())?),
            None => Ok(()),
        }
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
        _ => anyhow!("malformed archive: {}", printable(format!("{error:#}").as_bytes())),
    }
}
// ANCHOR_END: names
