// ANCHOR: write_layout
use crate::documents::{Index, LoadEntry};
use crate::{Image, Reference, write};
use anyhow::{Context, Result};
use ch02_make_layer::Options;
use ch03_digest::Descriptor;
use std::fs;
use workbench::OutDir;

/// Writes `oci/`, an image layout: each blob in a file named by its digest, and an index to begin at.
///
/// Source: the OCI image-spec, image-layout.md.
pub fn write_layout(image: &Image, out: &OutDir) -> Result<()> {
    let oci = out.staged("oci");
    fs::create_dir_all(oci.join("blobs/sha256")).context("cannot write: oci")?;
    let blobs = [("layer.tar.gz", &image.layer), ("config.json", &image.config), ("manifest.json", &image.manifest)];
    for (name, descriptor) in blobs {
        // A copy: with a hard link, who changes layer.tar.gz to see what happens would change the blob as well.
        fs::copy(out.staged(name), oci.join(blob_path(descriptor)))
            .with_context(|| format!("cannot write: oci/{}", blob_path(descriptor)))?;
    }
    let index = Index {
        schema_version: 2,
        media_type: "application/vnd.oci.image.index.v1+json",
        manifests: vec![image.manifest.clone()],
    };
    write(&oci.join("index.json"), &serde_json::to_vec(&index)?)?;
    write(&oci.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)
}
// ANCHOR_END: write_layout

// ANCHOR: write_image_tar
/// Writes `image.tar`, for `docker load` and `podman load`: the image layout and, for older versions, `manifest.json`.
///
/// It is an archive of a directory like any other, so chapter 2 writes it.
pub fn write_image_tar(image: &Image, name: &Reference, options: Options, out: &OutDir) -> Result<()> {
    let entry = LoadEntry {
        config: blob_path(&image.config),
        repo_tags: vec![name.familiar()],
        layers: vec![blob_path(&image.layer)],
    };
    let oci = out.staged("oci");
    let manifest = oci.join("manifest.json");
    write(&manifest, &serde_json::to_vec(&[entry])?)?;
    ch02_make_layer::write_archive(&oci, options, out.file("image.tar")?)?;
    fs::remove_file(&manifest).context("cannot write: oci")
}

/// Where in an image layout a blob is.
pub fn blob_path(descriptor: &Descriptor) -> String {
    format!("blobs/{}/{}", descriptor.digest.algorithm(), descriptor.digest.hex())
}
// ANCHOR_END: write_image_tar
