// ANCHOR: head
use crate::archive::Entry;
use crate::metadata::Metadata;
use crate::printable;
use crate::root::{examine, is_directory};
use crate::tree::{Tree, split};
use crate::unpack::needs_root;
use crate::whiteout::{Made, remove};
use anyhow::{Context, Result, bail};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, linkat, makedev, mkdirat, mknodat, openat, symlinkat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use tar::EntryType;
// ANCHOR_END: head

// ANCHOR: place
impl Tree<'_> {
    /// Makes what `entry` is, with the name `last` in `parent`, instead of what has that name. Returns whether it
    /// takes the entry's metadata: another name for a file does not.
    pub fn place(&mut self, parent: &OwnedFd, last: &[u8], metadata: &Metadata, entry: &mut Entry) -> Result<bool> {
        let earlier = examine(parent, last)?;
        let keeps = metadata.kind == EntryType::Directory && earlier.as_ref().is_some_and(is_directory);
        if earlier.is_some() && !keeps {
            remove(parent, last, &Made::new(), 0)?;
        }
        let mode = Mode::RUSR | Mode::WUSR;
        match metadata.kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let mut file = File::from(openat(parent, last, flags, mode)?);
                match &entry.sparse {
                    None => drop(io::copy(&mut entry.contents, &mut file)?),
                    Some(sparse) => {
                        self.limits.count(sparse.size - entry.contents.limit())?; // holes are not read, but claimed
                        sparse.write(&mut entry.contents, file)?;
                    }
                }
            }
            EntryType::Directory if keeps => {}
            EntryType::Directory => mkdirat(parent, last, Mode::RWXU)?,
            EntryType::Symlink => symlinkat(entry.link.as_slice(), parent, last)?,
            EntryType::Link => {
                self.link(&entry.link, parent, last)
                    .with_context(|| format!("cannot link to {}", printable(&entry.link)))?;
            }
            EntryType::Fifo => mknodat(parent, last, FileType::Fifo, mode, 0)?,
            EntryType::Char | EntryType::Block if self.rootless => {
                self.left_out.devices.insert((fstat(parent)?.st_ino, last.to_vec()));
                return Ok(false);
            }
            EntryType::Char | EntryType::Block => {
                let kind =
                    if metadata.kind == EntryType::Char { FileType::CharacterDevice } else { FileType::BlockDevice };
                let (major, minor) = metadata.device;
                mknodat(parent, last, kind, mode, makedev(major, minor)).map_err(needs_root)?;
            }
            other => bail!("unknown type of entry: {:?}", char::from(other.as_byte())),
        }
        self.made.insert((fstat(parent)?.st_ino, last.to_vec()));
        Ok(metadata.kind != EntryType::Link)
    }
    // ANCHOR_END: place

    // ANCHOR: link
    /// A further name for a file of this layer or a lower one. A symbolic link gets a further name itself, and a device that
    /// was left out gets none.
    fn link(&mut self, target: &[u8], parent: &OwnedFd, last: &[u8]) -> Result<()> {
        let names = split(target)?;
        let Some((name, above)) = names.split_last() else { bail!("it is a directory") };
        let directory = self.root.directory(above)?;
        let devices = &mut self.left_out.devices;
        match linkat(&directory, *name, parent, last, AtFlags::empty()) {
            Err(Errno::NOENT) if devices.contains(&(fstat(&directory)?.st_ino, name.to_vec())) => {
                devices.insert((fstat(parent)?.st_ino, last.to_vec()));
                Ok(())
            }
            result => Ok(result?),
        }
    }
}
// ANCHOR_END: link
