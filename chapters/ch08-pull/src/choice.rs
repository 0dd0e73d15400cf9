// ANCHOR: images_of
use crate::image::{Document, is_config, is_index, is_manifest, parse_document, parse_platform_of};
use crate::platform::{distance, platform_name};
use anyhow::{Error, Result, anyhow};
use ch03_digest::{Descriptor, Platform};
use std::collections::BTreeSet;

/// An index that makes us read more than this is no index but a trap: indexes may hold indexes.
const MOST_DOCUMENTS: u32 = 100;

/// Reads a manifest, an index or a configuration, and verifies it.
pub type Read<'a> = &'a dyn Fn(&Descriptor) -> Result<Vec<u8>>;

/// The manifests of images below these entries of an index, in their order, each with what it runs on.
///
/// Entries of other types are passed over, as the specification asks. Source: the OCI image-spec, image-index.md.
pub fn images_of(entries: &[Descriptor], read: Read) -> Result<Vec<Descriptor>> {
    let mut images = Vec::new();
    collect(entries, read, &mut MOST_DOCUMENTS.clone(), &mut images)?;
    Ok(images)
}

fn collect(entries: &[Descriptor], read: Read, left: &mut u32, images: &mut Vec<Descriptor>) -> Result<()> {
    for entry in entries {
        let known = entry.platform.is_some() && is_manifest(&entry.media_type);
        if known {
            images.push(entry.clone());
        }
        if known || !is_manifest(&entry.media_type) && !is_index(&entry.media_type) {
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
    let runs = |image: &&Descriptor| image.platform.as_ref().and_then(|offered| distance(offered, wanted));
    images.iter().filter(|image| runs(image).is_some()).min_by_key(runs)
}

/// What to say when there is none. An attestation, which `docker buildx` calls unknown/unknown, runs nowhere.
pub fn none_for(wanted: &Platform, images: &[Descriptor]) -> Error {
    let names = images.iter().filter_map(|image| image.platform.as_ref()).map(platform_name);
    let names: BTreeSet<String> = names.filter(|name| name != "unknown/unknown").collect();
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
