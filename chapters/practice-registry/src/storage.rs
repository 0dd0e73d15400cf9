// ANCHOR: head
use crate::digest::Digest;
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The file that marks a directory as a practice registry's.
pub const MARKER: &str = "practice-registry";
// ANCHOR_END: head

// ANCHOR: places
/// Where things lie, as plain files:
///
/// ```text
/// blobs/sha256/HEX                                     the bytes of blobs and manifests, of all repositories
/// repositories/NAME/_blobs/sha256-HEX                  an empty file: NAME has this blob
/// repositories/NAME/_manifests/sha256-HEX              the manifest's media type
/// repositories/NAME/_tags/TAG                          the digest that the tag means
/// repositories/NAME/_referrers/sha256-HEX/sha256-HEX   an empty file: the second manifest has the first as its subject
/// uploads/                                             what is not complete yet
/// ```
///
/// No part of a repository's name begins with `_`. Every file is written under `uploads/` and moved to its place, so that
/// whatever lies elsewhere is complete. Nothing is ever removed from `blobs/`: a production registry has a garbage
/// collector for what no repository refers to any more.
pub struct Storage {
    root: PathBuf,
}
// ANCHOR_END: places

// ANCHOR: methods
impl Storage {
    pub fn open(root: &Path) -> Result<Storage> {
        let failed = || format!("cannot keep a registry in: {}", root.display());
        fs::create_dir_all(root).with_context(failed)?;
        let is_empty = fs::read_dir(root).with_context(failed)?.next().is_none();
        if !is_empty && !root.join(MARKER).is_file() {
            bail!("{}: the directory holds something else\nhelp: choose an empty one with --root", failed());
        }
        fs::write(root.join(MARKER), "The files of a practice registry.\n").with_context(failed)?;
        let uploads = root.join("uploads");
        if uploads.exists() {
            fs::remove_dir_all(&uploads).with_context(failed)?;
        }
        fs::create_dir_all(&uploads).with_context(failed)?;
        Ok(Storage { root: root.to_owned() })
    }

    pub fn blob(&self, digest: &Digest) -> PathBuf {
        self.root.join("blobs").join(digest.algorithm).join(&digest.hex)
    }

    pub fn has_repository(&self, repository: &str) -> bool {
        self.repository(repository).is_dir()
    }

    pub fn has_blob(&self, repository: &str, digest: &Digest) -> bool {
        self.entry(repository, "_blobs", digest).is_file()
    }

    pub fn add_blob(&self, repository: &str, digest: &Digest) -> io::Result<()> {
        self.write(&self.entry(repository, "_blobs", digest), b"")
    }

    /// Whether any repository has the blob: then it may be mounted without saying from where.
    pub fn knows_blob(&self, digest: &Digest) -> bool {
        self.blob(digest).is_file()
    }

    /// Where a repository keeps what it says of a blob or a manifest.
    pub fn entry(&self, repository: &str, kind: &str, digest: &Digest) -> PathBuf {
        self.repository(repository).join(kind).join(file_name(digest))
    }

    pub fn tag(&self, repository: &str, tag: &str) -> PathBuf {
        self.repository(repository).join("_tags").join(tag)
    }

    pub fn tags(&self, repository: &str) -> io::Result<Vec<String>> {
        names(&self.repository(repository).join("_tags"))
    }

    pub fn referrer(&self, repository: &str, subject: &Digest, digest: &Digest) -> PathBuf {
        self.entry(repository, "_referrers", subject).join(file_name(digest))
    }

    pub fn referrers(&self, repository: &str, subject: &Digest) -> io::Result<Vec<Digest>> {
        let names = names(&self.entry(repository, "_referrers", subject))?;
        Ok(names.iter().filter_map(|name| Digest::parse(&name.replacen('-', ":", 1)).ok()).collect())
    }

    /// Begins a file that will be moved to its place when it is complete, and disappears otherwise.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(self.root.join("uploads"))
    }

    /// Moves a complete file to its place.
    pub fn finish(&self, file: NamedTempFile, place: &Path) -> io::Result<()> {
        fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
        file.persist(place)?;
        Ok(())
    }

    pub fn write(&self, place: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.begin()?;
        file.write_all(bytes)?;
        self.finish(file, place)
    }

    fn repository(&self, name: &str) -> PathBuf {
        self.root.join("repositories").join(name)
    }
}

/// A colon cannot stand in a file's name on Windows.
fn file_name(digest: &Digest) -> String {
    format!("{}-{}", digest.algorithm, digest.hex)
}

/// The names in a directory, sorted by their bytes; none if there is no directory.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let names: io::Result<Vec<String>> =
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}
// ANCHOR_END: methods
