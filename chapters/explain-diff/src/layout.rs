use crate::{HashWriter, explain};
use anyhow::{Context, Result};
use serde_json::Value;
use sha2::Digest;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Compares two image layouts from the index on: where a digest differs, it says why the blobs differ.
///
/// Source: the OCI image-spec, image-layout.md.
pub fn compare(mine: &Path, reference: &Path) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let names: BTreeSet<String> = files(mine)?.union(&files(reference)?).cloned().collect();
    for name in names {
        let both = (mine.join(&name), reference.join(&name));
        match (both.0.is_file(), both.1.is_file()) {
            (true, true) => differences.extend(explain(&both.0, &both.1)?.iter().map(|line| format!("{name}: {line}"))),
            (false, _) => differences.push(format!("{name}: missing in yours")),
            (_, false) => differences.push(format!("{name}: only in yours")),
        }
    }
    for (whose, layout) in [("yours", mine), ("the reference", reference)] {
        differences.extend(wrong_blobs(layout)?.iter().map(|line| format!("{whose}: {line}")));
    }
    let indexes = (read(&mine.join("index.json")), read(&reference.join("index.json")));
    follow(mine, reference, &indexes.0, &indexes.1, "", 0, &mut differences)?;
    // A blob that differs changes the digests of all that lead to it: it is enough to tell why.
    let is_consequence = |line: &String| line.contains("digest: yours") || line.contains("size: yours");
    if !differences.iter().all(is_consequence) {
        differences.retain(|line| !is_consequence(line));
    }
    let (ours, theirs) = (blobs(mine)?, blobs(reference)?);
    if differences.is_empty() {
        differences.extend(theirs.difference(&ours).map(|blob| format!("{blob}: missing in yours")));
        differences.extend(ours.difference(&theirs).map(|blob| format!("{blob}: only in yours")));
    }
    Ok(differences)
}

/// Follows the descriptors of two documents that correspond. A chain deeper than this is no image.
fn follow(
    mine: &Path,
    reference: &Path,
    ours: &Value,
    theirs: &Value,
    path: &str,
    depth: u32,
    differences: &mut Vec<String>,
) -> Result<()> {
    if depth > 8 {
        return Ok(());
    }
    for (name, own, other) in pairs(ours, theirs) {
        let path = format!("{path}{name}");
        let (Some(own), Some(other)) = (blob(own), blob(other)) else { continue };
        if own == other {
            continue;
        }
        let (own, other) = (mine.join(own), reference.join(other));
        if !own.is_file() || !other.is_file() {
            let whose = if own.is_file() { "the reference" } else { "yours" };
            differences.push(format!("{path}: the blob is missing in {whose}"));
            continue;
        }
        differences.extend(explain(&own, &other)?.iter().map(|line| format!("{path}: {line}")));
        follow(mine, reference, &read(&own), &read(&other), &format!("{path} > "), depth + 1, differences)?;
    }
    Ok(())
}

/// The descriptors in a document and those at the same places in the other.
fn pairs<'a>(ours: &'a Value, theirs: &'a Value) -> Vec<(String, &'a Value, &'a Value)> {
    let mut pairs = vec![("config".to_owned(), &ours["config"], &theirs["config"])];
    for name in ["manifests", "layers"] {
        let (Some(own), Some(other)) = (ours[name].as_array(), theirs[name].as_array()) else { continue };
        let both = own.iter().zip(other).enumerate();
        pairs.extend(both.map(|(index, (own, other))| (format!("{name}[{index}]"), own, other)));
    }
    pairs
}

/// Where a descriptor's blob is; `None` if its digest could lead out of the layout.
fn blob(descriptor: &Value) -> Option<String> {
    let (algorithm, hex) = descriptor["digest"].as_str()?.split_once(':')?;
    let good = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (good(algorithm) && good(hex)).then(|| format!("blobs/{algorithm}/{hex}"))
}

/// A document; nothing if it is none, or so large that it is a layer.
fn read(path: &Path) -> Value {
    let small = fs::metadata(path).is_ok_and(|metadata| metadata.len() <= crate::LARGEST_JSON);
    let bytes = small.then(|| fs::read(path).ok()).flatten();
    bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn blobs(layout: &Path) -> Result<BTreeSet<String>> {
    let names = files(&layout.join("blobs/sha256"))?;
    Ok(names.into_iter().map(|name| format!("blobs/sha256/{name}")).collect())
}

/// The names of the files in a directory; none if there is no directory.
fn files(directory: &Path) -> Result<BTreeSet<String>> {
    let Ok(entries) = fs::read_dir(directory) else { return Ok(BTreeSet::new()) };
    let entries: io::Result<Vec<fs::DirEntry>> = entries.collect();
    let entries = entries.with_context(|| format!("cannot read: {}", directory.display()))?;
    let files = entries.into_iter().filter(|entry| entry.path().is_file());
    Ok(files.map(|entry| entry.file_name().display().to_string()).collect())
}

/// The blobs whose bytes do not have the digest that their names say.
fn wrong_blobs(layout: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for name in blobs(layout)? {
        let mut hasher = HashWriter::default();
        let copied = File::open(layout.join(&name)).and_then(|mut file| io::copy(&mut file, &mut hasher));
        copied.with_context(|| format!("cannot read: {name}"))?;
        let hex: String = hasher.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if name != format!("blobs/sha256/{hex}") {
            wrong.push(format!("{name}: the bytes have another digest: sha256:{hex}"));
        }
    }
    Ok(wrong)
}
