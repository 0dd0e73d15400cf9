// ANCHOR: head
use crate::archive::Entry;
use crate::pax::Records;
use crate::printable;
use crate::root::set_modified;
use crate::unpack::{LeftOut, needs_root};
use anyhow::{Context, Result, anyhow};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{
    AtFlags, Gid, Mode, Timespec, Uid, XattrFlags, chmodat, chownat, llistxattr, lremovexattr, lsetxattr,
};
use rustix::io::Errno;
use std::io;
use tar::EntryType;

/// What an archive says of an entry besides its name and its contents.
pub struct Metadata {
    pub kind: EntryType,
    /// The device's major and minor number.
    pub device: (u32, u32),
    pub mode: Mode,
    owner: (u32, u32),
    modified: Timespec,
    attributes: Records,
}
// ANCHOR_END: head

// ANCHOR: read
impl Metadata {
    /// What does not fit into the old fields of a header stands in PAX records. Source: POSIX, pax, "pax Extended Header".
    pub fn read(entry: &Entry) -> Result<Metadata> {
        let (header, records) = (&entry.header, &entry.records);
        let number = |key, field: io::Result<u64>| {
            let number = records.number(key)?.map_or(field, Ok)?;
            // The last number there is means "none" to the kernel.
            u32::try_from(number)
                .ok()
                .filter(|number| *number < u32::MAX)
                .with_context(|| format!("{number} is too large"))
        };
        let owner = number("uid", header.uid()).and_then(|user| Ok((user, number("gid", header.gid())?)));
        let mut metadata = Metadata {
            kind: header.entry_type(),
            device: (0, 0),
            mode: Mode::from_raw_mode(header.mode()? & 0o7777),
            owner: owner.context("the owner")?,
            modified: match records.get("mtime") {
                Some(text) => parse_time(&String::from_utf8_lossy(text))?,
                None => Timespec { tv_sec: header.mtime()? as i64, tv_nsec: 0 }, // in two's complement before 1970
            },
            attributes: records.below("SCHILY.xattr."),
        };
        if matches!(metadata.kind, EntryType::Char | EntryType::Block) {
            metadata.device = (header.device_major()?.unwrap_or(0), header.device_minor()?.unwrap_or(0));
        }
        // So did archives mark a directory before there was a type for it.
        if metadata.kind == EntryType::Regular && entry.name.ends_with(b"/") {
            metadata.kind = EntryType::Directory;
        }
        Ok(metadata)
    }
    // ANCHOR_END: read

    // ANCHOR: apply
    /// Gives it to `name` in `directory`. A new owner takes away set-uid bits and capabilities, so he comes first; and
    /// the times come last.
    pub fn apply(
        &self,
        directory: &OwnedFd,
        name: &[u8],
        mode: Mode,
        rootless: bool,
        left_out: &mut LeftOut,
    ) -> Result<()> {
        if !rootless {
            let (user, group) = (Uid::from_raw(self.owner.0), Gid::from_raw(self.owner.1));
            chownat(directory, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW).map_err(needs_root)?;
        }
        // No call takes a directory's descriptor and a name for this. The last name is not followed.
        let path = [format!("/proc/self/fd/{}/", directory.as_raw_fd()).as_bytes(), name].concat();
        clear_attributes(&path)?;
        let attribute = |key: &[u8]| format!("attribute {}", printable(key));
        for (key, value) in &self.attributes.0 {
            let privileged = key.starts_with(b"security.") || key.starts_with(b"trusted.");
            if rootless && privileged {
                left_out.attributes += 1;
                continue;
            }
            match lsetxattr(path.as_slice(), key.as_slice(), value, XattrFlags::empty()) {
                Err(Errno::NOTSUP) => left_out.attributes += 1, // the file system has none
                Err(error) if privileged => Err(needs_root(error)).with_context(|| attribute(key))?,
                result => result.with_context(|| attribute(key))?,
            }
        }
        if self.kind != EntryType::Symlink {
            chmodat(directory, name, mode, AtFlags::empty())?;
        }
        Ok(set_modified(directory, name, self.modified)?)
    }
}
// ANCHOR_END: apply

// ANCHOR: clear_attributes
/// A directory of a lower layer may have some.
fn clear_attributes(path: &[u8]) -> rustix::io::Result<()> {
    let mut names = Vec::with_capacity(64 * 1024); // what the kernel lists at most
    match llistxattr(path, rustix::buffer::spare_capacity(&mut names)) {
        Err(Errno::NOTSUP) => return Ok(()),
        result => result?,
    };
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let _ = lremovexattr(path, name); // some belong to the kernel
    }
    Ok(())
}
// ANCHOR_END: clear_attributes

// ANCHOR: parse_time
/// Seconds since 1970, as a decimal number: `-1.5` is half a second after `-2`.
fn parse_time(text: &str) -> Result<Timespec> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let malformed = || anyhow!("a time that is none: {}", printable(text.as_bytes()));
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(malformed());
    }
    let seconds: i64 = whole.parse().map_err(|_| malformed())?;
    let nanoseconds: i64 = format!("{fraction:0<9.9}").parse()?;
    Ok(match text.starts_with('-') && nanoseconds > 0 {
        true => {
            Timespec { tv_sec: seconds.checked_sub(1).with_context(malformed)?, tv_nsec: 1_000_000_000 - nanoseconds }
        }
        false => Timespec { tv_sec: seconds, tv_nsec: nanoseconds },
    })
}
// ANCHOR_END: parse_time
