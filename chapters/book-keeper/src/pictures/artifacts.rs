//! What the pictures show of the reference image: names, sizes and digests.

use crate::{read, repository};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;

/// What is hashed, by its short name and its size in bytes.
pub struct Blob {
    pub digest: String,
    pub size: u64,
}

/// The reference image.
pub struct Image {
    pub tar: Blob,
    pub layer: Blob,
    pub config: Blob,
    pub manifest: Blob,
}

pub fn image() -> Result<Image> {
    let (index, manifest, config) = (json("oci/index.json")?, json("manifest.json")?, json("config.json")?);
    let diff_id = short(&config["rootfs"]["diff_ids"][0])?;
    Ok(Image {
        tar: Blob { digest: diff_id, size: bytes("layer.tar")?.len() as u64 },
        layer: described(&manifest["layers"][0])?,
        config: described(&manifest["config"])?,
        manifest: described(&index["manifests"][0])?,
    })
}

fn described(descriptor: &Value) -> Result<Blob> {
    let size = descriptor["size"].as_u64().context("the descriptor has no size")?;
    Ok(Blob { digest: short(&descriptor["digest"])?, size })
}

/// The first digits of a digest.
fn short(digest: &Value) -> Result<String> {
    let hex = digest.as_str().and_then(|digest| digest.strip_prefix("sha256:")).context("this is no digest")?;
    Ok(format!("{}…", hex.get(..8).context("the digest is too short")?))
}

pub fn json(name: &str) -> Result<Value> {
    let text = read(&repository("fixtures/hello/reference").join(name))?;
    serde_json::from_str(&text).with_context(|| format!("this is no JSON: {name}"))
}

pub fn bytes(name: &str) -> Result<Vec<u8>> {
    let path = repository("fixtures/hello/reference").join(name);
    fs::read(&path).with_context(|| format!("cannot read: {}", path.display()))
}

/// A file or directory in the layer.
pub struct Entry {
    pub name: String,
    pub size: u64,
    pub header: Vec<u8>,
}

/// What the layer holds, in its order.
pub fn entries() -> Result<Vec<Entry>> {
    let archive = bytes("layer.tar")?;
    let mut archive = tar::Archive::new(archive.as_slice());
    let mut entries = Vec::new();
    for entry in archive.entries()? {
        let entry = entry?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).context("a name is not text")?;
        entries.push(Entry { name, size: entry.size(), header: entry.header().as_bytes().to_vec() });
    }
    Ok(entries)
}
