// ANCHOR: unix
//! What this machine's operating system knows of a file, in the terms of an image, which are those of Unix.

use crate::Kind;
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::path::Path;

#[cfg(unix)]
mod system {
    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    pub fn kind(path: &Path, metadata: &Metadata) -> Result<Kind> {
        #[allow(clippy::unnecessary_cast)] // the types differ between Linux and macOS
        let (major, minor) = {
            let device = metadata.rdev() as libc::dev_t;
            (libc::major(device) as u32, libc::minor(device) as u32)
        };
        Ok(match metadata.file_type() {
            t if t.is_dir() => Kind::Directory,
            t if t.is_symlink() => Kind::SymbolicLink { target: super::link_target(path)? },
            t if t.is_char_device() => Kind::CharacterDevice { major, minor },
            t if t.is_block_device() => Kind::BlockDevice { major, minor },
            t if t.is_fifo() => Kind::Fifo,
            t if t.is_socket() => Kind::Socket,
            _ => Kind::File,
        })
    }

    pub fn mode(_path: &Path, metadata: &Metadata) -> Result<u32> {
        Ok(metadata.mode() & 0o7777)
    }

    /// Device and inode number of a file that has other names as well.
    pub fn inode_if_shared(metadata: &Metadata) -> Option<(u64, u64)> {
        (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
    }

    /// A name on Unix is any bytes but `/` and NUL.
    pub fn bytes(name: &OsStr) -> Result<Vec<u8>> {
        Ok(name.as_bytes().to_vec())
    }
}
// ANCHOR_END: unix

// ANCHOR: elsewhere
#[cfg(not(unix))]
mod system {
    use super::*;
    use anyhow::anyhow;
    use std::io::Read;

    pub fn kind(path: &Path, metadata: &Metadata) -> Result<Kind> {
        Ok(match metadata.file_type() {
            t if t.is_dir() => Kind::Directory,
            t if t.is_symlink() => Kind::SymbolicLink { target: super::link_target(path)? },
            _ => Kind::File,
        })
    }

    /// Windows keeps no permission to execute. Docker marks every file as executable there; this looks whether the file
    /// is a Linux program (ELF) or a script, so that the fixtures give the same digests as elsewhere.
    pub fn mode(path: &Path, metadata: &Metadata) -> Result<u32> {
        if !metadata.is_file() {
            return Ok(if metadata.is_symlink() { 0o777 } else { 0o755 });
        }
        let mut start = Vec::new();
        let file = fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut start));
        file.with_context(|| format!("cannot read: {}", path.display()))?;
        let executable = start == b"\x7fELF" || start.starts_with(b"#!");
        Ok(if executable { 0o755 } else { 0o644 })
    }

    /// The standard library does not tell on Windows whether a file has other names: each becomes a file of its own.
    pub fn inode_if_shared(_metadata: &Metadata) -> Option<(u64, u64)> {
        None
    }

    /// A name in an archive is bytes, and an image's are UTF-8. A name on Windows can hold half a character.
    pub fn bytes(name: &OsStr) -> Result<Vec<u8>> {
        let error = || anyhow!("cannot store the name in an archive: {}: it is not valid Unicode", name.display());
        Ok(name.to_str().ok_or_else(error)?.replace('\\', "/").into_bytes())
    }
}
// ANCHOR_END: elsewhere

// ANCHOR: link_target
pub use system::{bytes, inode_if_shared, kind, mode};

fn link_target(path: &Path) -> Result<Vec<u8>> {
    let target = fs::read_link(path).with_context(|| format!("cannot read the link: {}", path.display()))?;
    bytes(target.as_os_str())
}
// ANCHOR_END: link_target
