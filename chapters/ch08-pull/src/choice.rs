// ANCHOR: images_of
use crate::image::{Document, is_config, is_index, is_manifest, parse_document, parse_platform_of};
use crate::platform::{distance, platform_name};
use anyhow::{Error, Result, anyhow, bail};
use ch03_digest::{Descriptor, Platform};
use std::collections::BTreeSet;

/// An index that makes us read more than this, or lists more, is no index but a trap: indexes may hold indexes.
const MOST_DOCUMENTS: u32 = 100;
const MOST_IMAGES: usize = 1000;

/// Reads a manifest, an index or a configuration, and verifies it.
pub type Read<'a> = &'a dyn Fn(&Descriptor) -> Result<Vec<u8>>;

/// The manifests of images below these entries of an index, in their order, each with what it runs on. If the index
/// itself says that one is for `wanted`, no other is read.
///
/// Entries of other types are passed over, as the specification asks, and so are attestations, which `docker buildx` puts
/// beside images as unknown/unknown. Source: the OCI image-spec, image-index.md.
pub fn images_of(entries: &[Descriptor], wanted: &Platform, read: Read) -> Result<Vec<Descriptor>> {
    let labelled = entries.iter().filter(|entry| is_labelled(entry));
    if labelled.clone().any(|image| fit(image, wanted) == Some(0)) {
        return Ok(labelled.cloned().collect());
    }
    let mut images = Vec::new();
    collect(entries, read, &mut MOST_DOCUMENTS.clone(), &mut images)?;
    Ok(images)
}

/// Whether the index says of this image what it runs on.
fn is_labelled(entry: &Descriptor) -> bool {
    entry.platform.is_some() && is_manifest(&entry.media_type) && !is_attestation(entry)
}

fn is_attestation(entry: &Descriptor) -> bool {
    entry.platform.as_ref().is_some_and(|platform| platform_name(platform) == "unknown/unknown")
}

fn collect(entries: &[Descriptor], read: Read, left: &mut u32, images: &mut Vec<Descriptor>) -> Result<()> {
    for entry in entries {
        if images.len() > MOST_IMAGES {
            bail!("the index holds more than {MOST_IMAGES} images");
        }
        if is_labelled(entry) {
            images.push(entry.clone());
            continue;
        }
        if is_attestation(entry) || !is_manifest(&entry.media_type) && !is_index(&entry.media_type) {
            continue;
        }
        *left = left.checked_sub(1).ok_or_else(|| anyhow!("the index holds more than {MOST_DOCUMENTS} documents"))?;
        match parse_document(&read(entry)?, &entry.media_type)? {
            Document::Index { manifests } => collect(&manifests, read, left, images)?,
            Document::Manifest { config, .. } if is_config(&config.media_type) => {
                let platform = Some(parse_platform_of(&read(&config)?)?);
                images.push(Descriptor { platform, ..entry.clone() });
            }
            Document::Manifest { .. } => {}
        }
    }
    Ok(())
}
// ANCHOR_END: images_of

// ANCHOR: closest
/// The image for `wanted`: the one made for the closest variant, and the first of those.
pub fn closest<'a>(images: &'a [Descriptor], wanted: &Platform) -> Option<&'a Descriptor> {
    images.iter().filter(|image| fit(image, wanted).is_some()).min_by_key(|image| fit(image, wanted))
}

fn fit(image: &Descriptor, wanted: &Platform) -> Option<u32> {
    distance(image.platform.as_ref()?, wanted)
}

/// What to say when there is none. Things that are no images may say that they run on nothing.
pub fn none_for(wanted: &Platform, images: &[Descriptor]) -> Error {
    let platforms = images.iter().filter_map(|image| image.platform.as_ref());
    let names: BTreeSet<String> = platforms.filter(|platform| !platform.os.is_empty()).map(platform_name).collect();
    let wanted = platform_name(wanted);
    match names.is_empty() {
        true => anyhow!("there is no image for {wanted}, nor for any other platform"),
        false => {
            let names = Vec::from_iter(names).join(", ");
            anyhow!("there is no image for {wanted}, only for {names}\nhelp: choose with --platform")
        }
    }
}
// ANCHOR_END: closest
