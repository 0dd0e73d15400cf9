// ANCHOR: head
//! Chapter 5: the manifest says what the image is made of.
//!
//! The manifest lists the configuration and the layers by their digests, and the index lists manifests: one digest, the
//! manifest's, stands for the whole image. The documents are in `documents`; the directory and the archive that carry an
//! image from one tool to the next are in `layout`; how an image is named is in `name` and `reference`.

mod documents;
mod layout;
mod name;
mod reference;

pub use documents::{Format, Index, Manifest};
pub use layout::blob_path;
pub use name::{check_repository, check_tag};
pub use reference::{DEFAULT_REGISTRY, Reference};

use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Digest, Layer, Platform};
use ch04_write_config::Settings;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use workbench::OutDir;

/// Everything that chapters 1 to 5 write, in the order in which it is made, and the file that marks a directory as one
/// that may be replaced.
pub const ARTIFACTS: [(&str, Option<&str>); 6] = [
    ("layer.tar", None),
    ("layer.tar.gz", None),
    ("config.json", None),
    ("manifest.json", None),
    ("oci", Some("oci-layout")),
    ("image.tar", None),
];
// ANCHOR_END: head

// ANCHOR: recipe
/// What to make an image of.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub settings: Settings,
    pub format: Format,
    /// What to call it.
    pub name: Reference,
    pub annotations: BTreeMap<String, String>,
}

/// An image: a manifest and the blobs that it lists.
#[derive(Debug, Clone)]
pub struct Image {
    pub manifest: Descriptor,
    pub config: Descriptor,
    pub layer: Descriptor,
    pub diff_id: Digest,
}
// ANCHOR_END: recipe

// ANCHOR: write_image
/// Makes the image of `rootfs` and writes [`ARTIFACTS`] to `out`, where they appear together at the end.
pub fn write_image(rootfs: &Path, recipe: &Recipe, out: &OutDir) -> Result<Image> {
    if recipe.format == Format::Docker && !recipe.annotations.is_empty() {
        bail!("cannot annotate the manifest: the Docker format has no annotations\nhelp: use --format oci");
    }
    if recipe.name.digest.is_some() {
        bail!("cannot name the image {}: its digest is not chosen, it is computed", recipe.name);
    }
    for (name, marker) in ARTIFACTS {
        out.check(name, marker)?;
    }
    let mtime = ch02_make_layer::source_date_epoch()?;
    let options = ch02_make_layer::Options { mtime, ..Default::default() };
    let layer = ch03_digest::write_layer(rootfs, options, out.file("layer.tar")?, out.file("layer.tar.gz")?)?;
    let config = serde_json::to_vec(&ch04_write_config::image_config(&recipe.settings, &layer, mtime))?;
    let (image, manifest) = describe(recipe, &layer, &config)?;
    write(&out.staged("config.json"), &config)?;
    write(&out.staged("manifest.json"), &manifest)?;
    layout::write_layout(&image, out)?;
    layout::write_image_tar(&image, &recipe.name, options, out)?;
    for (name, marker) in ARTIFACTS {
        out.publish(name, marker)?;
    }
    Ok(image)
}
// ANCHOR_END: write_image

// ANCHOR: describe
fn describe(recipe: &Recipe, layer: &Layer, config: &[u8]) -> Result<(Image, Vec<u8>)> {
    let format = recipe.format;
    let diff_id = layer.diff_id.clone();
    let layer = Descriptor::new(format.layer(), layer.digest.clone(), layer.size);
    let config = Descriptor::new(format.config(), Digest::of(config), config.len() as u64);
    let bytes = serde_json::to_vec(&Manifest {
        schema_version: 2,
        media_type: format.manifest(),
        config: config.clone(),
        layers: vec![layer.clone()],
        annotations: recipe.annotations.clone(),
    })?;
    let mut manifest = Descriptor::new(format.manifest(), Digest::of(&bytes), bytes.len() as u64);
    manifest.platform = Some(Platform {
        architecture: recipe.settings.arch.clone(),
        os: recipe.settings.os.clone(),
        variant: recipe.settings.variant.clone(),
    });
    manifest.annotations = annotations(&recipe.name);
    Ok((Image { manifest, config, layer, diff_id }, bytes))
}
// ANCHOR_END: describe

// ANCHOR: annotations
/// What the index says of the manifest so that tools find it by its name: skopeo and umoci by the tag, containerd and
/// through it Docker by the whole name. Source: the OCI image-spec, annotations.md, and containerd's package `images`.
pub fn annotations(name: &Reference) -> BTreeMap<String, String> {
    let tag = name.tag.clone().map(|tag| ("org.opencontainers.image.ref.name", tag));
    let names = [Some(("io.containerd.image.name", name.to_string())), tag];
    names.into_iter().flatten().map(|(key, value)| (key.to_owned(), value)).collect()
}
// ANCHOR_END: annotations

// ANCHOR: write
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    fs::write(path, bytes).with_context(|| format!("cannot write: {}", name.display()))
}
// ANCHOR_END: write
