// ANCHOR: head
//! Chapter 3: a blob is named by its hash.
//!
//! A digest is the name of some bytes, made from the bytes: `sha256:` and 64 hexadecimal digits. A layer has two. Its
//! digest names the compressed bytes, which travel; its DiffID names the archive within, which is unpacked. Both are
//! computed while the bytes are written, so that nothing is read twice.

mod digest;

pub use digest::{Algorithm, Digest, DigestWriter};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
// ANCHOR_END: head

// ANCHOR: descriptor
/// The media type of a layer as `tar | gzip` makes it. Source: the OCI image-spec, media-types.md.
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// How one document refers to another: what it is, its name, and how long it is.
///
/// Source: the OCI image-spec, descriptor.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: Digest,
    /// In bytes. Who downloads the blob stops there, whatever is sent.
    pub size: u64,
    /// What it runs on, where an index refers to a manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Descriptor {
        let media_type = media_type.to_owned();
        Descriptor { media_type, digest, size, platform: None, annotations: BTreeMap::new() }
    }
}
// ANCHOR_END: descriptor

// ANCHOR: platform
/// Source: the OCI image-spec, image-index.md, "platform".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    pub architecture: String,
    pub os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}
// ANCHOR_END: platform

// ANCHOR: layer
/// A layer's two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Names the compressed bytes.
    pub digest: Digest,
    /// The length of the compressed bytes.
    pub size: u64,
    /// Names the archive, which no compressor changes.
    pub diff_id: Digest,
}

/// Writes the layer of `rootfs` as chapter 2 does, and hashes both forms on the way.
pub fn write_layer(
    rootfs: &Path,
    options: ch02_make_layer::Options,
    tar: impl Write,
    gz: impl Write + Send,
) -> Result<Layer> {
    let (tar, gz) = (DigestWriter::new(Algorithm::Sha256, tar), DigestWriter::new(Algorithm::Sha256, gz));
    let (tar, gz) = ch02_make_layer::write_layer(rootfs, options, tar, gz)?;
    let size = gz.size();
    Ok(Layer { digest: gz.digest(), size, diff_id: tar.digest() })
}
// ANCHOR_END: layer
