// ANCHOR: head
use crate::root::{examine, is_directory, keep_times, names_in};
use anyhow::{Result, bail};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, fstat, openat, unlinkat};
use rustix::io::Errno;
use std::collections::HashSet;

/// What the current layer made: each name, with the inode number of the directory that holds it.
pub type Made = HashSet<(u64, Vec<u8>)>;

/// An entry that stands for a removal. Source: the OCI image-spec, layer.md, "Whiteouts".
pub enum Whiteout<'a> {
    /// Of one name.
    Name(&'a [u8]),
    /// Of all that the directory holds.
    Opaque,
}

impl Whiteout<'_> {
    /// Which one the entry with the last name `name` is, if it is one.
    pub fn parse(name: &[u8]) -> Result<Option<Whiteout<'_>>> {
        match name.strip_prefix(b".wh.") {
            None => Ok(None),
            Some(b".wh..opq") => Ok(Some(Whiteout::Opaque)),
            Some(b"" | b"." | b"..") => bail!("a whiteout of no name"),
            Some(name) => Ok(Some(Whiteout::Name(name))),
        }
    }

    /// Removes from `directory` what lower layers put there, and leaves what this layer `made`: the order of the
    /// entries within a layer has no meaning.
    pub fn apply(&self, directory: &OwnedFd, made: &Made) -> Result<()> {
        match self {
            Whiteout::Name(name) => remove(directory, name, made, 0),
            Whiteout::Opaque => remove_contents(directory, made, 0),
        }
    }
}
// ANCHOR_END: head

// ANCHOR: remove
/// Directories one in the other are open at the same time while they are removed.
const DEEPEST: usize = 500;

/// Removes `name` from `directory`, a directory with all that it holds, but for what is `made`.
pub fn remove(directory: &OwnedFd, name: &[u8], made: &Made, depth: usize) -> Result<()> {
    let Some(stat) = examine(directory, name)? else { return Ok(()) };
    let is_made = !made.is_empty() && made.contains(&(fstat(directory)?.st_ino, name.to_vec()));
    if !is_directory(&stat) {
        return if is_made { Ok(()) } else { Ok(unlinkat(directory, name, AtFlags::empty())?) };
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let inner = openat(directory, name, flags, Mode::empty())?;
    keep_times(&inner, || remove_contents(&inner, made, depth + 1))?;
    if is_made {
        return Ok(());
    }
    match unlinkat(directory, name, AtFlags::REMOVEDIR) {
        // What this layer made in it keeps it, even if the layer does not mention the directory itself.
        Err(Errno::NOTEMPTY) if !made.is_empty() => Ok(()),
        result => Ok(result?),
    }
}

fn remove_contents(directory: &OwnedFd, made: &Made, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        bail!("cannot remove directories that are more than {DEEPEST} deep");
    }
    names_in(directory)?.iter().try_for_each(|name| remove(directory, name, made, depth))
}
// ANCHOR_END: remove
