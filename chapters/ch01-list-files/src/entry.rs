// ANCHOR: imports
use crate::platform;
use anyhow::Result;
use std::fmt;
use std::fs::Metadata;
use std::path::{Component, Path, PathBuf};
// ANCHOR_END: imports

// ANCHOR: entry
/// One file, directory or anything else in a root file system.
#[derive(Debug)]
pub struct Entry {
    /// Where it is on this machine.
    pub path: PathBuf,
    /// Its name in the layer: bytes that begin with `./`, and end with `/` for a directory.
    pub name: Vec<u8>,
    pub kind: Kind,
    /// The permissions as this machine has them: the lower twelve bits of `st_mode`.
    pub mode: u32,
    /// The length of a regular file in bytes, 0 for everything else.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    File,
    Directory,
    /// The target as it is written in the link, whether or not anything is there.
    SymbolicLink {
        target: Vec<u8>,
    },
    /// Another name of the file that stands earlier in the layer under the name `target`.
    HardLink {
        target: Vec<u8>,
    },
    CharacterDevice {
        major: u32,
        minor: u32,
    },
    BlockDevice {
        major: u32,
        minor: u32,
    },
    Fifo,
    /// No archive can hold one.
    Socket,
}
// ANCHOR_END: entry

// ANCHOR: new
impl Entry {
    pub(crate) fn new(relative: &Path, path: PathBuf, metadata: &Metadata) -> Result<Entry> {
        let kind = platform::kind(&path, metadata)?;
        let mut name = b".".to_vec();
        for component in relative.components() {
            let Component::Normal(part) = component else { continue };
            name.push(b'/');
            name.extend(platform::bytes(part)?);
        }
        if kind == Kind::Directory {
            name.push(b'/');
        }
        let size = if kind == Kind::File { metadata.len() } else { 0 };
        let mode = platform::mode(&path, metadata)?;
        Ok(Entry { path, name, kind, mode, size })
    }
    // ANCHOR_END: new

    // ANCHOR: portable_mode
    /// The permissions that a layer stores: `chmod go=u-w` of [`Entry::mode`].
    ///
    /// What group and others may do depends on the umask of whoever made the file, so two people who clone one
    /// repository have different modes. The owner's bits are the same for both, and the rest is made from them.
    pub fn portable_mode(&self) -> u32 {
        let owner = self.mode >> 6 & 0o7;
        let others = owner & 0o5;
        // Setting the group's bits clears set-gid, but on a directory, as chmod does; others' clears the sticky bit.
        let special = if self.kind == Kind::Directory { 0o6000 } else { 0o4000 };
        self.mode & special | owner << 6 | others << 3 | others
    }
}
// ANCHOR_END: portable_mode

// ANCHOR: listing
/// A line of a listing: type and permissions as `ls` writes them and a layer stores them, size in bytes, path, and where a link leads.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (letter, arrow, target) = match &self.kind {
            Kind::File => ('-', "", [].as_slice()),
            Kind::Directory => ('d', "", [].as_slice()),
            Kind::SymbolicLink { target } => ('l', " -> ", target.as_slice()),
            Kind::HardLink { target } => ('h', " link to ", target.as_slice()),
            Kind::CharacterDevice { .. } => ('c', "", [].as_slice()),
            Kind::BlockDevice { .. } => ('b', "", [].as_slice()),
            Kind::Fifo => ('p', "", [].as_slice()),
            Kind::Socket => ('s', "", [].as_slice()),
        };
        let size = match self.kind {
            Kind::CharacterDevice { major, minor } | Kind::BlockDevice { major, minor } => format!("{major},{minor}"),
            _ => self.size.to_string(),
        };
        let (name, target) = (printable(&self.name), printable(target));
        write!(f, "{letter}{} {size:>10} {name}{arrow}{target}", permissions(self.portable_mode()))
    }
}
// ANCHOR_END: listing

// ANCHOR: printable
/// A name on a terminal: a byte that is not plain text could be a command to the terminal, so it is written as `\xNN`.
fn printable(name: &[u8]) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let chunks = name.utf8_chunks().map(|chunk| {
        let valid: String = chunk.valid().chars().map(escape).collect();
        valid + &chunk.invalid().escape_ascii().to_string()
    });
    chunks.collect()
}

/// `rwxr-xr-x`, with `s` and `t` where the set-uid, set-gid and sticky bits are.
fn permissions(mode: u32) -> String {
    let triple = |shift: u32, special: bool, letter: char| {
        let bits = mode >> shift;
        let execute = match (bits & 1 != 0, special) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        };
        [if bits & 4 != 0 { 'r' } else { '-' }, if bits & 2 != 0 { 'w' } else { '-' }, execute]
    };
    let user = triple(6, mode & 0o4000 != 0, 's');
    let group = triple(3, mode & 0o2000 != 0, 's');
    let other = triple(0, mode & 0o1000 != 0, 't');
    [user, group, other].concat().into_iter().collect()
}
// ANCHOR_END: printable
