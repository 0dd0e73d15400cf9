// ANCHOR: open_layout
use crate::choice::{closest, images_of, none_for};
use crate::image::{Document, Image, LONGEST_DOCUMENT, OCI_INDEX, parse_document, parse_image};
use crate::platform::this_machine;
use anyhow::{Context, Result, anyhow, bail};
use ch03_digest::{Descriptor, DigestWriter, Platform};
use ch05_write_manifest::blob_path;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

/// Finds the image for `wanted` in an image layout: the first of its index that has one.
///
/// If nobody asked for a platform, it is this machine's, or that of the only image there is: whether it can be run shows
/// when it is run. Source: the OCI image-spec, image-layout.md.
pub fn open_layout(layout: &Path, wanted: Option<&Platform>) -> Result<Image> {
    let failed = || format!("cannot read the image layout: {}", layout.display());
    let Document::Index { manifests } = parse_document(&read_index(layout)?, OCI_INDEX).with_context(failed)? else {
        bail!("{}: index.json is no index", failed());
    };
    let read = |document: &Descriptor| read_document(layout, document);
    let platform = wanted.cloned().unwrap_or_else(this_machine);
    let mut images = Vec::new();
    for entry in &manifests {
        let found = images_of(std::slice::from_ref(entry), &platform, &read).with_context(failed)?;
        if let Some(manifest) = closest(&found, &platform) {
            return parse_image(manifest.clone(), &read(manifest)?).with_context(failed);
        }
        images.extend(found);
    }
    match (wanted, &images[..]) {
        (None, [only]) => parse_image(only.clone(), &read(only)?).with_context(failed),
        _ => Err(none_for(&platform, &images)).with_context(failed),
    }
}

/// The bytes of `index.json`.
pub fn read_index(layout: &Path) -> Result<Vec<u8>> {
    let path = layout.join("index.json");
    let help = "help: name a directory that holds an image layout, such as out/oci: cargo run -p ch08-pull makes one";
    read_file(&path).map_err(|error| if path.exists() { error } else { anyhow!("{error:#}\n{help}") })
}
// ANCHOR_END: open_layout

// ANCHOR: read_document
/// Reads a manifest, an index or a configuration from an image layout, and verifies its size and digest.
pub fn read_document(layout: &Path, document: &Descriptor) -> Result<Vec<u8>> {
    let path = layout.join(blob_path(document));
    let bytes = read_file(&path)?;
    verify(document, &bytes).with_context(|| format!("damaged: {}", path.display()))?;
    Ok(bytes)
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let failed = || format!("cannot read: {}", path.display());
    let mut bytes = Vec::new();
    let file = open_file(path).with_context(failed)?;
    file.take(LONGEST_DOCUMENT + 1).read_to_end(&mut bytes).with_context(failed)?;
    if bytes.len() as u64 > LONGEST_DOCUMENT {
        bail!("{}: it is longer than 4 MiB", failed());
    }
    Ok(bytes)
}

/// Opens a file and nothing else: a pipe would have us wait for somebody who writes to it.
pub fn open_file(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is not a file")),
    }
}

/// An error unless the bytes are those that the descriptor names.
pub fn verify(expected: &Descriptor, bytes: &[u8]) -> Result<()> {
    let mut writer = DigestWriter::new(expected.digest.algorithm().parse()?, io::sink());
    writer.write_all(bytes)?;
    let (size, digest) = (writer.size(), writer.digest());
    if (size, &digest) != (expected.size, &expected.digest) {
        bail!("not {} of {} bytes, but {digest} of {size} bytes", expected.digest, expected.size);
    }
    Ok(())
}
// ANCHOR_END: read_document
