// ANCHOR: head
use crate::metadata::Metadata;
use crate::printable;
use crate::root::examine;
use crate::tree::{Tree, split};
use crate::unpack::needs_root;
use crate::whiteout::{Made, remove};
use anyhow::{Context, Result, bail};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, fstat, linkat, makedev, mkdirat, mknodat, openat, symlinkat};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use tar::{Entry, EntryType};
// ANCHOR_END: head

// ANCHOR: place
impl Tree<'_> {
    /// Makes what `entry` is, with the name `last` in `parent`, instead of what has that name. Returns whether it
    /// takes the entry's metadata: another name for a file does not.
    pub fn place(
        &mut self,
        parent: &OwnedFd,
        last: &[u8],
        metadata: &Metadata,
        entry: &mut Entry<&mut dyn Read>,
    ) -> Result<bool> {
        let earlier = examine(parent, last)?;
        let is_directory = earlier.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        let keeps = is_directory && metadata.kind == EntryType::Directory;
        if earlier.is_some() && !keeps {
            remove(parent, last, &Made::new(), 0)?;
        }
        let mode = Mode::RUSR | Mode::WUSR;
        match metadata.kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let mut file = File::from(openat(parent, last, flags, mode)?);
                match metadata.kind {
                    EntryType::GNUSparse => self.write_sparse(entry, file)?,
                    _ => io::copy(entry, &mut file).map(|_| ())?,
                }
            }
            EntryType::Directory if keeps => {}
            EntryType::Directory => mkdirat(parent, last, Mode::RWXU)?,
            EntryType::Symlink => symlinkat(metadata.link.as_slice(), parent, last)?,
            EntryType::Link => {
                self.link(&metadata.link, parent, last)
                    .with_context(|| format!("cannot link to {}", printable(&metadata.link)))?;
            }
            EntryType::Fifo => mknodat(parent, last, FileType::Fifo, mode, 0)?,
            EntryType::Char | EntryType::Block if self.rootless => {
                self.left_out.devices += 1;
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
    /// A further name for a file of this layer or a lower one. A symbolic link gets a further name itself.
    fn link(&self, target: &[u8], parent: &OwnedFd, last: &[u8]) -> Result<()> {
        let names = split(target)?;
        let Some((name, above)) = names.split_last() else { bail!("it is a directory") };
        Ok(linkat(self.root.directory(above)?, *name, parent, last, AtFlags::empty())?)
    }
    // ANCHOR_END: link

    // ANCHOR: write_sparse
    /// Where a whole block is empty, the file gets a hole. umoci writes zeros.
    fn write_sparse(&self, entry: &mut Entry<&mut dyn Read>, mut file: File) -> Result<()> {
        self.limits.count(entry.size())?;
        let mut block = Vec::new();
        loop {
            block.clear();
            if (&mut *entry).take(64 * 1024).read_to_end(&mut block)? == 0 {
                return Ok(file.set_len(entry.size())?);
            }
            match block.iter().all(|byte| *byte == 0) {
                true => drop(file.seek(SeekFrom::Current(block.len() as i64))?),
                false => file.write_all(&block)?,
            }
        }
    }
}
// ANCHOR_END: write_sparse
