// ANCHOR: part
use anyhow::{Context, Result};
use ch03_digest::{Descriptor, Digest, DigestWriter};
use std::fs::File;
use std::io::{self, BufReader, Seek, Write};
use std::path::{Path, PathBuf};

/// Larger pieces cost less to read.
pub const BUFFER: usize = 256 * 1024;

/// The beginning of a blob, in a file, and the hash of what is there.
pub struct Part {
    path: PathBuf,
    file: File,
    hash: DigestWriter<io::Sink>,
    /// How much was here when the registry began to send the rest.
    pub continued_at: u64,
}

impl Part {
    /// Opens what an earlier run left of the blob, or begins.
    pub fn open(path: &Path, blob: &Descriptor) -> Result<Part> {
        let failed = || format!("cannot write: {}", path.display());
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = file.with_context(failed)?;
        let hash = hash_of(&mut file, blob).with_context(failed)?;
        let continued_at = hash.size();
        Ok(Part { path: path.to_owned(), file, hash, continued_at })
    }

    pub fn size(&self) -> u64 {
        self.hash.size()
    }

    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).with_context(|| format!("cannot write: {}", self.path.display()))?;
        Ok(self.hash.write_all(bytes)?)
    }

    /// Begins again.
    pub fn clear(&mut self, blob: &Descriptor) -> Result<()> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.with_context(|| format!("cannot write: {}", self.path.display()))?;
        self.hash = hash_of(&mut self.file, blob)?;
        self.continued_at = 0;
        Ok(())
    }

    /// Closes the file (Windows renames none that is open), and returns the digest of what is in it.
    pub fn close(self) -> Digest {
        self.hash.digest()
    }
}

/// The hash of a file from where it stands to its end, by the blob's algorithm.
pub fn hash_of(file: &mut File, blob: &Descriptor) -> Result<DigestWriter<io::Sink>> {
    let mut hash = DigestWriter::new(blob.digest.algorithm().parse()?, io::sink());
    io::copy(&mut BufReader::with_capacity(BUFFER, file), &mut hash)?;
    Ok(hash)
}
// ANCHOR_END: part
