// ANCHOR: pull
use crate::blob::Outcome;
use crate::blobs::Blobs;
use crate::choice::none_for;
use crate::image::{Image, parse_platform_of};
use crate::layout::read_document;
use crate::platform::{distance, platform_name, this_machine};
use crate::resolve::resolve;
use crate::target::Target;
use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Platform};
use ch05_write_manifest::{Reference, annotations};
use ch06_push::Repository;
use std::collections::BTreeMap;
use std::io::{self, Write};
use workbench::OutDir;

/// Pulls an image into `oci`, an image layout in `out`: first its manifest, then the blobs, at last its `name`.
///
/// From an index, it is the image for `wanted`, or else for Linux on this machine's processor. Each step is told on
/// `steps`. Source: the OCI distribution-spec, "Pull".
pub fn pull(
    repository: &Repository,
    name: &Reference,
    wanted: Option<&Platform>,
    out: &OutDir,
    steps: &mut dyn Write,
) -> Result<Image> {
    let reference = repository.reference;
    writeln!(steps, "pulling {reference}")?;
    let image = pull_image(repository, name, wanted, out, steps).with_context(|| format!("cannot pull {reference}"))?;
    writeln!(steps, "{}", reference.with_digest(&image.manifest.digest))?;
    Ok(image)
}

fn pull_image(
    repository: &Repository,
    name: &Reference,
    wanted: Option<&Platform>,
    out: &OutDir,
    steps: &mut dyn Write,
) -> Result<Image> {
    let target = Target::open(out)?;
    let (mut image, bytes) = resolve(repository, wanted, steps)?;
    let (config, layers) = (image.config.clone(), distinct(&image)?);
    target.begin()?;
    let blobs = Blobs::new(repository, &target, layers.iter().chain([&config]).map(|blob| blob.size))?;
    let of_config = blobs.pull_all(std::slice::from_ref(&config))?;
    // The progress bar must be out of the way of what is printed.
    blobs.bar.suspend(|| {
        check_platform(&mut image.manifest, &read_document(&target.layout, &config)?, wanted)?;
        let platform = image.manifest.platform.as_ref().map(platform_name).unwrap_or_default();
        writeln!(steps, "manifest  {}  {} bytes  {platform}", image.manifest.digest, image.manifest.size)?;
        tell(steps, "config", &config, &of_config[0])
    })?;
    let of_layers = blobs.pull_all(&layers)?;
    drop(blobs);
    for (layer, outcome) in layers.iter().zip(&of_layers) {
        tell(steps, "layer", layer, outcome)?;
    }
    image.manifest.annotations = annotations(name);
    target.add(&image.manifest, &bytes)?;
    Ok(image)
}

fn tell(steps: &mut dyn Write, what: &str, blob: &Descriptor, outcome: &Outcome) -> Result<()> {
    Ok(writeln!(steps, "{what:8}  {}  {} bytes  {outcome}", blob.digest, blob.size)?)
}
// ANCHOR_END: pull

// ANCHOR: distinct
/// The layers, each once: an image may list one several times, and two downloads of it would be in each other's way.
fn distinct(image: &Image) -> Result<Vec<Descriptor>> {
    let mut sizes = BTreeMap::from([(&image.config.digest, image.config.size)]);
    let mut layers = Vec::new();
    for layer in &image.layers {
        match sizes.insert(&layer.digest, layer.size) {
            None => layers.push(layer.clone()),
            Some(size) if size != layer.size => bail!("malformed manifest: it gives two sizes of {}", layer.digest),
            Some(_) => {}
        }
    }
    Ok(layers)
}
// ANCHOR_END: distinct

// ANCHOR: check_platform
/// Where no index says what an image runs on, its configuration does. If nobody asked for a platform, it may be another
/// than ours: Docker takes it as well, and warns when it is to run.
fn check_platform(manifest: &mut Descriptor, config: &[u8], wanted: Option<&Platform>) -> Result<()> {
    if manifest.platform.is_some() {
        return Ok(());
    }
    let (found, ours) = (parse_platform_of(config)?, this_machine());
    let runs = distance(&found, wanted.unwrap_or(&ours)).is_some();
    manifest.platform = Some(found.clone());
    match wanted {
        Some(wanted) if !runs => bail!(none_for(wanted, std::slice::from_ref(manifest))),
        None if !runs => {
            let (found, ours) = (platform_name(&found), platform_name(&ours));
            let _ = writeln!(io::stderr(), "note: the image is for {found}, and this machine is {ours}");
        }
        _ => {}
    }
    Ok(())
}
// ANCHOR_END: check_platform
