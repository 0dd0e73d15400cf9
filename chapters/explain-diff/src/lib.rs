//! Says what differs between two artifacts in the reader's words: which entry, which field, both values, and what it
//! usually means. `archive` compares tar archives, `gzip` compressed files, `json` documents and `layout` image layouts.

mod archive;
mod gzip;
mod header;
mod json;
mod layout;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Something that can be read from its beginning more than once.
pub(crate) trait Artifact: Read + Seek {}
impl<T: Read + Seek> Artifact for T {}

/// A document larger than this is not read into memory as JSON.
const LARGEST_JSON: u64 = 16 * 1024 * 1024;

/// What differs between `mine` and `reference`, a line each; nothing if they are the same.
///
/// An error if one of them cannot be read.
pub fn explain(mine: &Path, reference: &Path) -> Result<Vec<String>> {
    let cannot_read = |path: &Path| format!("cannot read: {}", path.display());
    for path in [mine, reference] {
        fs::metadata(path).with_context(|| cannot_read(path))?;
        if path.is_dir() && !path.join("oci-layout").is_file() {
            bail!(
                "{}: it is a directory, but not an image layout: it has no file oci-layout\n\
                 help: name two files, or two image layouts such as out/oci",
                cannot_read(path)
            );
        }
    }
    match (mine.is_dir(), reference.is_dir()) {
        (true, true) => return layout::compare(mine, reference),
        (true, false) => return Ok(vec!["yours is an image layout, the reference is a file".to_owned()]),
        (false, true) => return Ok(vec!["yours is a file, the reference is an image layout".to_owned()]),
        (false, false) => {}
    }
    let open = |path: &Path| File::open(path).map(BufReader::new).with_context(|| cannot_read(path));
    compare(&mut open(mine)?, &mut open(reference)?)
}

/// The same for bytes that are at hand.
pub fn explain_bytes(mine: &[u8], reference: &[u8]) -> Vec<String> {
    let differences = compare(&mut Cursor::new(mine), &mut Cursor::new(reference));
    differences.unwrap_or_else(|error| vec![format!("{error:#}")])
}

/// Panics with what differs, for tests.
#[track_caller]
pub fn assert_same(mine: &Path, reference: &Path) {
    let differences = explain(mine, reference).unwrap_or_else(|error| vec![format!("{error:#}")]);
    assert!(differences.is_empty(), "{} is not {}:\n{}", mine.display(), reference.display(), differences.join("\n"));
}

/// Panics with what differs, for tests.
#[track_caller]
pub fn assert_same_bytes(what: &str, mine: &[u8], reference: &[u8]) {
    let differences = explain_bytes(mine, reference);
    assert!(differences.is_empty(), "{what}:\n{}", differences.join("\n"));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tar,
    Gzip,
    Json,
    Other,
}

fn compare(mine: &mut dyn Artifact, reference: &mut dyn Artifact) -> Result<Vec<String>> {
    let Some(first) = first_difference(mine, reference)? else { return Ok(Vec::new()) };
    let differences = match (kind(mine)?, kind(reference)?) {
        (Kind::Tar, Kind::Tar) => archive::compare(mine, reference)?,
        (Kind::Gzip, Kind::Gzip) => gzip::compare(mine, reference)?,
        (Kind::Json, Kind::Json) => json::compare(&all(mine)?, &all(reference)?),
        (Kind::Tar, Kind::Gzip) => vec!["yours is a tar archive, the reference is gzip: gzip -n compresses it".into()],
        (Kind::Gzip, Kind::Tar) => vec!["yours is gzip, the reference is a tar archive: gunzip uncompresses it".into()],
        _ => Vec::new(),
    };
    // Whatever is not understood is still not the same.
    Ok(if differences.is_empty() { vec![first] } else { differences })
}

fn kind(artifact: &mut dyn Artifact) -> Result<Kind> {
    artifact.seek(SeekFrom::Start(0))?;
    kind_of_start(artifact)
}

fn kind_of_start(artifact: &mut dyn Read) -> Result<Kind> {
    let mut start = Vec::new();
    artifact.take(512).read_to_end(&mut start)?;
    let text = start.trim_ascii_start();
    Ok(match () {
        _ if start.starts_with(&[0x1f, 0x8b]) => Kind::Gzip,
        _ if start.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ if text.starts_with(b"{") || text.starts_with(b"[") => Kind::Json,
        _ => Kind::Other,
    })
}

fn all(artifact: &mut dyn Artifact) -> Result<Vec<u8>> {
    artifact.seek(SeekFrom::Start(0))?;
    let mut bytes = Vec::new();
    artifact.take(LARGEST_JSON).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where the first byte differs, in words; `None` if none does.
fn first_difference(mine: &mut dyn Artifact, reference: &mut dyn Artifact) -> Result<Option<String>> {
    let sizes = (mine.seek(SeekFrom::End(0))?, reference.seek(SeekFrom::End(0))?);
    mine.seek(SeekFrom::Start(0))?;
    reference.seek(SeekFrom::Start(0))?;
    let mut offset = 0;
    loop {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        Read::take(&mut *mine, 64 * 1024).read_to_end(&mut ours)?;
        Read::take(&mut *reference, 64 * 1024).read_to_end(&mut theirs)?;
        if ours.is_empty() && theirs.is_empty() {
            return Ok(None);
        }
        let same = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        if same < ours.len().max(theirs.len()) {
            let (ours, theirs) = (hex(&ours[same..]), hex(&theirs[same..]));
            let offset = offset + same as u64;
            let sizes = format!("yours has {} bytes, the reference {}", sizes.0, sizes.1);
            return Ok(Some(format!("{sizes}; from byte {offset} on: yours {ours}, reference {theirs}")));
        }
        offset += same as u64;
    }
}

/// Hashes what is written to it.
#[derive(Default)]
struct HashWriter(Sha256);

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The first few bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    if digits.is_empty() { "nothing".to_owned() } else { digits.join(" ") }
}
