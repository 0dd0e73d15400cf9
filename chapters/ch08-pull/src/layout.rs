use crate::image::{Document, Image, parse_document};
use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Digest, Platform};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// More than this no manifest or configuration needs. Source: the OCI distribution-spec, "Pushing manifests".
const LONGEST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// Finds the image for `wanted` in an image layout. Source: the OCI image-spec, image-layout.md.
pub fn open_layout(layout: &Path, wanted: &Platform) -> Result<Image> {
    let index = layout.join("index.json");
    let bytes = fs::read(&index).with_context(|| format!("cannot read: {}", index.display()))?;
    let Document::Index { manifests } = parse_document(&bytes)? else { bail!("index.json is no index") };
    for manifest in manifests {
        if manifest.platform.as_ref().is_some_and(|platform| !Image::runs_on(platform, wanted)) {
            continue;
        }
        if let Document::Manifest { config, layers } = parse_document(&read_document(layout, &manifest)?)? {
            return Ok(Image { manifest, config, layers });
        }
    }
    bail!("no image for {}/{} in {}", wanted.os, wanted.architecture, layout.display())
}

/// Reads a manifest, an index or a configuration from an image layout, and verifies its size and digest.
pub fn read_document(layout: &Path, descriptor: &Descriptor) -> Result<Vec<u8>> {
    let digest = &descriptor.digest;
    let path = layout.join("blobs").join(digest.algorithm()).join(digest.hex());
    let failed = || format!("cannot read: {}", path.display());
    let mut bytes = Vec::new();
    File::open(&path).with_context(failed)?.take(LONGEST_DOCUMENT).read_to_end(&mut bytes).with_context(failed)?;
    if bytes.len() as u64 != descriptor.size || Digest::of(&bytes) != *digest {
        bail!("cannot read: {}: its bytes are not those of {digest}", path.display());
    }
    Ok(bytes)
}
