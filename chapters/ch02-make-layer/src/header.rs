// ANCHOR: imports
use crate::Options;
use ch01_list_files::{Entry, Kind};
use tar::{EntryType, Header};

/// An archive is a sequence of blocks of this many bytes.
pub const BLOCK: usize = 512;
/// What a header has room for; a longer name travels in an entry of its own, ahead.
const NAME: usize = 100;
// ANCHOR_END: imports

// ANCHOR: header
/// The blocks that go ahead of the contents of `entry`: its header, and before that what the header has no room for.
///
/// Empty for a socket, which no archive can hold. Source: the GNU tar manual, "Basic Tar Format".
pub fn header(entry: &Entry, options: Options) -> Vec<u8> {
    let (entry_type, link) = match &entry.kind {
        Kind::File => (EntryType::Regular, [].as_slice()),
        Kind::HardLink { target } => (EntryType::Link, target.as_slice()),
        Kind::SymbolicLink { target } => (EntryType::Symlink, target.as_slice()),
        Kind::CharacterDevice { .. } => (EntryType::Char, [].as_slice()),
        Kind::BlockDevice { .. } => (EntryType::Block, [].as_slice()),
        Kind::Directory => (EntryType::Directory, [].as_slice()),
        Kind::Fifo => (EntryType::Fifo, [].as_slice()),
        Kind::Socket => return Vec::new(),
    };
    let mut header = empty_header(&entry.name, link);
    header.set_entry_type(entry_type);
    header.set_mode(if options.keep_modes { entry.mode } else { entry.portable_mode() });
    header.set_mtime(options.mtime);
    header.set_size(entry.size);
    if let Kind::CharacterDevice { major, minor } | Kind::BlockDevice { major, minor } = entry.kind
        && let Some(gnu) = header.as_gnu_mut()
    {
        gnu.set_device_major(major);
        gnu.set_device_minor(minor);
    }
    let mut blocks = Vec::new();
    if link.len() > NAME {
        blocks.extend(long_name(EntryType::GNULongLink, link));
    }
    if entry.name.len() > NAME {
        blocks.extend(long_name(EntryType::GNULongName, &entry.name));
    }
    blocks.extend(with_checksum(header));
    blocks
}
// ANCHOR_END: header

// ANCHOR: long_name
/// A header of an entry that belongs to root, with as much of its names as there is room for.
fn empty_header(name: &[u8], link: &[u8]) -> Header {
    let mut header = Header::new_gnu();
    header.set_uid(0);
    header.set_gid(0);
    let fields = header.as_old_mut();
    let (name, link) = (&name[..name.len().min(NAME)], &link[..link.len().min(NAME)]);
    fields.name[..name.len()].copy_from_slice(name);
    fields.linkname[..link.len()].copy_from_slice(link);
    header
}

/// GNU's way with a name of over 100 bytes: an entry `././@LongLink` whose contents are the name and a NUL.
fn long_name(entry_type: EntryType, name: &[u8]) -> Vec<u8> {
    let mut header = empty_header(b"././@LongLink", b"");
    header.set_entry_type(entry_type);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_size(name.len() as u64 + 1);
    let mut blocks = with_checksum(header).to_vec();
    blocks.extend(name);
    blocks.resize(BLOCK + (name.len() + 1).next_multiple_of(BLOCK), 0);
    blocks
}
// ANCHOR_END: long_name

// ANCHOR: checksum
/// The sum of the header's bytes, with spaces where the sum itself goes.
///
/// GNU tar, Go and Python end the six digits with a NUL and a space. The tar crate writes seven digits and a NUL: as
/// legal, but another byte is another digest.
fn with_checksum(mut header: Header) -> [u8; BLOCK] {
    header.as_old_mut().cksum = *b"        ";
    let sum: u32 = header.as_bytes().iter().map(|byte| u32::from(*byte)).sum();
    header.as_old_mut().cksum.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    *header.as_bytes()
}
// ANCHOR_END: checksum
