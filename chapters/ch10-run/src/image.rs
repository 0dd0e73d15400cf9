// ANCHOR: find
use crate::arguments::Args;
use anyhow::{Context, Result};
use ch03_digest::Platform;
use ch04_write_config::ContainerConfig;
use ch08_pull::{Image, open_layout, read_document};
use std::fs;
use std::path::{Path, PathBuf};

/// An image in a layout, and what it says about running it.
#[derive(Debug)]
pub struct FoundImage {
    pub layout: PathBuf,
    pub image: Image,
    pub config: ContainerConfig,
}

/// The image that the arguments name: the one in a layout, or one that is pulled into one.
pub fn find_image(args: &Args) -> Result<FoundImage> {
    let platform = Platform { architecture: "amd64".into(), os: "linux".into(), variant: None };
    let layout = match &args.image {
        Some(path) if Path::new(path).join("oci-layout").is_file() => PathBuf::from(path),
        _ => anyhow::bail!("not yet"),
    };
    let image = open_layout(&layout, &platform)?;
    let config = parse_config(&read_document(&layout, &image.config)?)?;
    Ok(FoundImage { layout, image, config })
}

/// Reads `config` of an image's configuration. Go writes an empty list as null; it says as little as no list.
fn parse_config(bytes: &[u8]) -> Result<ContainerConfig> {
    let mut document: serde_json::Value = serde_json::from_slice(bytes).context("malformed configuration")?;
    let mut config = document["config"].take();
    match config.as_object_mut() {
        Some(fields) => fields.retain(|_, value| !value.is_null()),
        None => return Ok(ContainerConfig::default()),
    }
    serde_json::from_value(config).context("malformed configuration")
}
// ANCHOR_END: find

// ANCHOR: unpack
/// Unpacks the image to DIR/rootfs, unless the file beside it says that this is done, and returns that place.
pub fn unpack(found: &FoundImage, out: &Path) -> Result<PathBuf> {
    let (rootfs, note) = (out.join("rootfs"), out.join("rootfs.manifest"));
    let digest = found.image.manifest.digest.to_string();
    if fs::read_to_string(&note).is_ok_and(|unpacked| unpacked == digest) && rootfs.is_dir() {
        return Ok(rootfs);
    }
    let _ = fs::remove_file(&note);
    fs::create_dir_all(&rootfs)?;
    for layer in &found.image.layers {
        let path = found.layout.join("blobs").join(layer.digest.algorithm()).join(layer.digest.hex());
        std::process::Command::new("tar").arg("-xzf").arg(path).arg("-C").arg(&rootfs).status()?;
    }
    fs::write(&note, digest).with_context(|| format!("cannot write: {}", note.display()))?;
    Ok(rootfs)
}
// ANCHOR_END: unpack
