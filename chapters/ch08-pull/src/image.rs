use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Platform};
use serde::Deserialize;

/// An image: a manifest, and the blobs that it lists, the lowest layer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub manifest: Descriptor,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// What a registry keeps under a tag: one image, or a choice of them.
#[derive(Debug)]
pub enum Document {
    Manifest { config: Descriptor, layers: Vec<Descriptor> },
    Index { manifests: Vec<Descriptor> },
}

/// Both documents in one: which of them it is shows in what it holds.
#[derive(Deserialize)]
struct Fields {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

/// Reads a manifest or an index, OCI's or Docker's: but for their media types they are the same.
pub fn parse_document(bytes: &[u8]) -> Result<Document> {
    let fields: Fields = serde_json::from_slice(bytes).context("malformed manifest")?;
    match (fields.config, fields.layers, fields.manifests) {
        (Some(config), Some(layers), None) => Ok(Document::Manifest { config, layers }),
        (None, None, Some(manifests)) => Ok(Document::Index { manifests }),
        _ => bail!("malformed manifest: it is neither an image's nor an index"),
    }
}

impl Image {
    /// Whether an image for `offered` runs where `wanted` is asked for.
    pub fn runs_on(offered: &Platform, wanted: &Platform) -> bool {
        (&offered.os, &offered.architecture) == (&wanted.os, &wanted.architecture)
    }
}
