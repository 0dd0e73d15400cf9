use crate::header::{self, BLOCK, Header, number, text};
use crate::{Artifact, HashWriter};
use anyhow::{Result, bail};
use sha2::Digest;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufReader, Read, SeekFrom, Write};

/// What is remembered of an entry: its contents only by their hash, however large they are.
struct Entry {
    name: String,
    header: Header,
    contents: Vec<u8>,
}

/// An archive in as far as it could be read.
struct Archive {
    entries: Vec<Entry>,
    /// The bytes from the first empty block to the end.
    end: u64,
    broken: Option<String>,
}

pub fn compare(mine: &mut dyn Artifact, reference: &mut dyn Artifact) -> Result<Vec<String>> {
    mine.seek(SeekFrom::Start(0))?;
    reference.seek(SeekFrom::Start(0))?;
    Ok(compare_streams(mine, reference))
}

/// A wrong option shows in every entry: so many say enough.
const ENOUGH: usize = 3;

/// Compares two archives that are read once, from where they are to their ends.
pub fn compare_streams(mine: impl Read, reference: impl Read) -> Vec<String> {
    let (mine, reference) = (read(mine), read(reference));
    let mut differences = Vec::new();
    for (whose, archive) in [("yours", &mine), ("the reference", &reference)] {
        differences.extend(archive.broken.iter().map(|why| format!("{whose} is broken: {why}")));
    }
    let ours: HashMap<&str, &Entry> = mine.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let theirs: HashMap<&str, &Entry> = reference.entries.iter().map(|entry| (entry.name.as_str(), entry)).collect();
    let mut told = BTreeMap::new();
    for entry in &reference.entries {
        let Some(own) = ours.get(entry.name.as_str()) else {
            differences.push(format!("{}: missing in yours", entry.name));
            continue;
        };
        for difference in header::compare(&own.header, &entry.header) {
            let field = difference.split(':').next().unwrap_or_default();
            let count = told.entry(field.to_owned()).or_insert(0);
            *count += 1;
            if *count <= ENOUGH {
                differences.push(format!("{}: {difference}", entry.name));
            }
        }
        if own.contents != entry.contents {
            differences.push(format!("{}: the contents differ", entry.name));
        }
    }
    let more = told.iter().filter(|(_, count)| **count > ENOUGH);
    differences.extend(more.map(|(field, count)| format!("{field}: so in {} more entries", count - ENOUGH)));
    let extra = mine.entries.iter().filter(|entry| !theirs.contains_key(entry.name.as_str()));
    differences.extend(extra.map(|entry| format!("{}: only in yours", entry.name)));
    differences.extend(compare_order(&mine, &reference, &ours, &theirs));
    if mine.end != reference.end && mine.broken.is_none() && reference.broken.is_none() {
        let hint = "two empty blocks, and then as many as fill a record of 10240 bytes";
        differences.push(format!("the end: yours has {} bytes, the reference {}: {hint}", mine.end, reference.end));
    }
    differences
}

fn compare_order(
    mine: &Archive,
    reference: &Archive,
    ours: &HashMap<&str, &Entry>,
    theirs: &HashMap<&str, &Entry>,
) -> Option<String> {
    let mine = mine.entries.iter().filter(|entry| theirs.contains_key(entry.name.as_str()));
    let reference = reference.entries.iter().filter(|entry| ours.contains_key(entry.name.as_str()));
    let (own, other) = mine.zip(reference).find(|(a, b)| a.name != b.name)?;
    let hint = "sort the names in each directory by their bytes: --sort=name";
    Some(format!("the order: yours has {} where the reference has {}: {hint}", own.name, other.name))
}

fn read(archive: impl Read) -> Archive {
    let mut archive = BufReader::new(archive);
    let mut found = Archive { entries: Vec::new(), end: 0, broken: None };
    if let Err(error) = read_entries(&mut archive, &mut found) {
        let last = found.entries.last().map_or("the beginning", |entry| entry.name.as_str());
        found.broken = Some(format!("after {last}: {error}"));
    }
    found
}

fn read_entries(archive: &mut impl Read, found: &mut Archive) -> Result<()> {
    // What an entry of its own says of the next one: its name, and the headers that say so.
    let (mut long_name, mut ahead) = (None, Vec::new());
    let mut seen: HashMap<String, usize> = HashMap::new();
    loop {
        let mut header = [0; BLOCK];
        archive.read_exact(&mut header)?;
        if header == [0; BLOCK] {
            found.end = BLOCK as u64 + io::copy(archive, &mut io::sink())?;
            return Ok(());
        }
        let Some(size) = number(&header[124..136]) else { bail!("the size of an entry is not a number") };
        let (start, hash) = read_contents(archive, size)?;
        let contents = hash.to_vec();
        match header[156] {
            b'L' => long_name = Some(text(&start).to_vec()),
            b'x' => long_name = pax_path(&start).or(long_name),
            _ => {}
        }
        if matches!(header[156], b'L' | b'K' | b'x' | b'g') {
            ahead.push((header, contents));
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| text(&header[..100]).to_vec());
        // `hello` is `./hello` without its `./`: that is a difference within an entry, not a missing one.
        let name = name.strip_prefix(b"./").unwrap_or(&name);
        let mut name = format!("./{}", name.strip_suffix(b"/").unwrap_or(name).escape_ascii());
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            name += &format!(" (number {count} of this name)");
        }
        for (header, contents) in ahead.drain(..) {
            let name = format!("{name} ({})", what_it_says(header[156]));
            found.entries.push(Entry { name, header, contents });
        }
        found.entries.push(Entry { name, header, contents });
    }
}

fn what_it_says(entry_type: u8) -> &'static str {
    match entry_type {
        b'L' => "its long name, GNU's way",
        b'K' => "its long link target, GNU's way",
        _ => "a PAX header, which --format=gnu does not write",
    }
}

/// The beginning and the hash of the contents, padding included. The size is only believed as far as bytes follow.
fn read_contents(archive: &mut impl Read, size: u64) -> Result<(Vec<u8>, Vec<u8>)> {
    let Some(padded) = size.checked_next_multiple_of(BLOCK as u64) else { bail!("an entry is too large to be true") };
    let mut start = Vec::new();
    archive.take(size.min(64 * 1024)).read_to_end(&mut start)?;
    let mut hasher = HashWriter::default();
    hasher.write_all(&start)?;
    let rest = padded - start.len() as u64;
    if io::copy(&mut archive.take(rest), &mut hasher)? < rest {
        bail!("it ends in the middle of an entry of {size} bytes");
    }
    Ok((start, hasher.0.finalize().to_vec()))
}

/// The record `path` of a PAX header: `LENGTH path=NAME` and a newline. The length counts all of that.
fn pax_path(mut records: &[u8]) -> Option<Vec<u8>> {
    loop {
        let space = records.iter().position(|byte| *byte == b' ')?;
        let length: usize = str::from_utf8(&records[..space]).ok()?.parse().ok()?;
        let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(path.to_vec());
        }
        records = &records[length..];
    }
}
