// ANCHOR: resolve
use crate::choice::{closest, images_of, none_for};
use crate::image::{Document, Image, LONGEST_DOCUMENT, is_config, media_types, parse_document, parse_image};
use crate::layout::verify;
use crate::platform::this_machine;
use anyhow::{Context, Result, bail};
use ch03_digest::{Descriptor, Digest, Platform};
use ch06_push::Repository;
use http_agent::{Body, header};
use std::io::{Read, Write};
use ureq::http::{Request, Response, StatusCode};

/// Asks what the reference means, and chooses from an index: the image's manifest, read and as it came.
pub fn resolve(repository: &Repository, wanted: Option<&Platform>, steps: &mut dyn Write) -> Result<(Image, Vec<u8>)> {
    let reference = repository.reference;
    let (mut root, bytes) = get_manifest(repository, &reference.name_of_manifest())?;
    if let Some(digest) = &reference.digest {
        root.digest = digest.clone();
        verify(&root, &bytes).context("the registry sent other bytes")?;
    }
    let Document::Index { manifests } = parse_document(&bytes, &root.media_type)? else {
        return Ok((parse_image(root, &bytes)?, bytes));
    };
    let read = |listed: &Descriptor| get_listed(repository, listed);
    let wanted = wanted.cloned().unwrap_or_else(this_machine);
    let images = images_of(&manifests, &wanted, &read)?;
    writeln!(steps, "index     {}  {} bytes  {} images", root.digest, root.size, images.len())?;
    let Some(chosen) = closest(&images, &wanted) else {
        return Err(none_for(&wanted, &images));
    };
    let bytes = read(chosen)?;
    Ok((parse_image(chosen.clone(), &bytes)?, bytes))
}
// ANCHOR_END: resolve

// ANCHOR: get_manifest
/// A manifest or an index by tag or digest, as it came, and its descriptor.
///
/// Source: the OCI distribution-spec, "Pulling manifests".
fn get_manifest(repository: &Repository, name: &str) -> Result<(Descriptor, Vec<u8>)> {
    let request = Request::get(format!("{}/manifests/{name}", repository.url())).header("accept", media_types());
    let response = repository.send(request, Body::Empty, &[StatusCode::OK])?;
    let media_type = header(response.headers(), "content-type").unwrap_or_default();
    // Parameters are to be ignored, `; charset=utf-8`, and capital letters.
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let digest = header(response.headers(), "docker-content-digest").map(str::parse).transpose();
    let digest: Option<Digest> = digest.context("the registry's Docker-Content-Digest")?;
    let bytes = read_document(response)?;
    let digest = digest.unwrap_or_else(|| Digest::of(&bytes));
    let manifest = Descriptor::new(&media_type, digest, bytes.len() as u64);
    verify(&manifest, &bytes).context("the registry sent other bytes")?;
    Ok((manifest, bytes))
}

/// A manifest, an index or a configuration that another document lists.
fn get_listed(repository: &Repository, listed: &Descriptor) -> Result<Vec<u8>> {
    let bytes = if is_config(&listed.media_type) {
        let url = format!("{}/blobs/{}", repository.url(), listed.digest);
        read_document(repository.send(Request::get(url), Body::Empty, &[StatusCode::OK])?)?
    } else {
        let (found, bytes) = get_manifest(repository, &listed.digest.to_string())?;
        if found.media_type != listed.media_type {
            bail!("{} is {:?}, and was listed as {:?}", listed.digest, found.media_type, listed.media_type);
        }
        bytes
    };
    verify(listed, &bytes).context("the registry sent other bytes")?;
    Ok(bytes)
}

fn read_document(response: Response<ureq::Body>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    response
        .into_body()
        .into_reader()
        .take(LONGEST_DOCUMENT + 1)
        .read_to_end(&mut bytes)
        .context("the answer was cut off")?;
    if bytes.len() as u64 > LONGEST_DOCUMENT {
        bail!("the registry sent a manifest or config of more than 4 MiB");
    }
    Ok(bytes)
}
// ANCHOR_END: get_manifest
