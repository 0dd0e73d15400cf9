use crate::layer::Limits;
use crate::metadata::Metadata;
use crate::printable;
use crate::root::{Root, examine, keep_times};
use crate::unpack::{LeftOut, needs_root};
use crate::whiteout::{Made, Whiteout, remove};
use anyhow::{Context, Result, anyhow, bail};
use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, chmodat, fstat, linkat, makedev, mkdirat, mknodat, openat, symlinkat,
};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use tar::{Archive, Entry, EntryType};

/// A root file system that layers are applied to.
pub struct Tree<'a> {
    pub root: Root,
    pub limits: &'a Limits,
    /// Owners, devices and some attributes are root's to give: without root, they are left out.
    pub rootless: bool,
    pub left_out: LeftOut,
    /// What the current layer made.
    pub made: Made,
    /// Directories that their owner may not change, and their modes, which they get when all layers are applied.
    pub closed: HashMap<u64, (Vec<u8>, Mode)>,
}

impl Tree<'_> {
    /// Applies the layer with this archive. Returns how many entries it has, and how many of them are whiteouts.
    pub fn apply(&mut self, archive: &mut dyn Read) -> Result<(u64, u64)> {
        self.made.clear();
        let (mut count, mut whiteouts) = (0, 0);
        let mut archive = Archive::new(archive);
        let mut entries = archive.entries()?;
        loop {
            self.limits.begin_header();
            let Some(entry) = entries.next() else { return Ok((count, whiteouts)) };
            self.limits.end_header();
            let mut entry = entry.map_err(malformed)?;
            let name = entry.path_bytes().into_owned();
            let is_whiteout = self.apply_entry(&name, &mut entry);
            whiteouts += u64::from(is_whiteout.with_context(|| format!("cannot unpack: {}", printable(&name)))?);
            count += 1;
            io::copy(&mut entry, &mut io::sink())?; // what is left of it is no header
        }
    }

    /// Returns whether it is a whiteout.
    fn apply_entry(&mut self, name: &[u8], entry: &mut Entry<&mut dyn Read>) -> Result<bool> {
        let metadata = Metadata::read(entry)?;
        let names = split(name)?;
        if metadata.kind == EntryType::XGlobalHeader || names.iter().any(|name| is_aufs(name)) {
            return Ok(false);
        }
        let Some((last, above)) = names.split_last() else {
            if metadata.kind != EntryType::Directory {
                bail!("the root of the file system can only be a directory");
            }
            let root = self.root.directory(&[])?;
            self.set_metadata(&root, b".", name, &metadata)?;
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
                self.set_metadata(&parent, last, name, &metadata)?;
            }
            anyhow::Ok(())
        })?;
        Ok(false)
    }

    /// Makes what `entry` is, with the name `last` in `parent`, instead of what has that name. Returns whether it
    /// takes the entry's metadata: another name for a file does not.
    fn place(
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

    fn set_metadata(&mut self, parent: &OwnedFd, last: &[u8], name: &[u8], metadata: &Metadata) -> Result<()> {
        let mut mode = metadata.mode;
        if self.rootless && metadata.kind == EntryType::Directory {
            let inode = examine(parent, last)?.map_or(0, |stat| stat.st_ino);
            self.closed.insert(inode, (name.to_vec(), mode));
            mode |= Mode::RWXU;
        }
        metadata.apply(parent, last, mode, self.rootless, &mut self.left_out)
    }

    /// Gives the directories their modes that would have kept their owner out.
    pub fn close(self) -> Result<()> {
        let mut directories: Vec<_> =
            self.closed.into_iter().filter(|(_, (_, mode))| !mode.contains(Mode::RWXU)).collect();
        directories.sort_by(|(_, (a, _)), (_, (b, _))| b.cmp(a)); // what lies in a directory before the directory
        for (inode, (name, mode)) in directories {
            let Ok(directory) = self.root.directory(&split(&name)?) else { continue };
            if fstat(&directory)?.st_ino == inode {
                chmodat(&directory, ".", mode, AtFlags::empty())?;
            }
        }
        Ok(())
    }

    /// A further name for a file of this layer or a lower one. A symbolic link gets a further name itself.
    fn link(&self, target: &[u8], parent: &OwnedFd, last: &[u8]) -> Result<()> {
        let names = split(target)?;
        let Some((name, above)) = names.split_last() else { bail!("it is a directory") };
        Ok(linkat(self.root.directory(above)?, *name, parent, last, AtFlags::empty())?)
    }

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

/// The parts of a name. A name that begins with `/` begins at the root as well, as in Docker and GNU tar.
fn split(name: &[u8]) -> Result<Vec<&[u8]>> {
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

/// The tar crate's messages quote the archive, but not our own error, that it is too large.
fn malformed(error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::FileTooLarge => error.into(),
        _ => anyhow!("malformed archive: {}", printable(error.to_string().as_bytes())),
    }
}
