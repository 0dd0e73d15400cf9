use crate::push::Repository;
use anyhow::{Context, Result, bail};
use ch03_digest::{Algorithm, Descriptor, DigestWriter};
use ch05_write_manifest::Image;
use http_agent::Body;
use std::io::{self, Read};
use ureq::http::{Request, StatusCode};

/// Reads the manifest and every blob back from the registry, and compares their digests and sizes with ours.
pub fn read_back(repository: &Repository, image: &Image) -> Result<()> {
    let name = repository.reference.name_of_manifest();
    let documents = [
        (format!("manifests/{name}"), &image.manifest),
        (format!("blobs/{}", image.config.digest), &image.config),
        (format!("blobs/{}", image.layer.digest), &image.layer),
    ];
    for (path, expected) in documents {
        compare(repository, &path, expected).with_context(|| format!("cannot read back: {path}"))?;
    }
    Ok(())
}

fn compare(repository: &Repository, path: &str, expected: &Descriptor) -> Result<()> {
    let url = format!("{}/{path}", repository.url());
    let request = Request::get(url).header("accept", &expected.media_type);
    let response = repository.send(request, Body::Empty, &[StatusCode::OK])?;
    // One byte more than expected is enough to know: a registry could send for ever.
    let mut body = response.into_body().into_reader().take(expected.size + 1);
    let mut writer = DigestWriter::new(Algorithm::Sha256, io::sink());
    let size = io::copy(&mut body, &mut writer)?;
    let digest = writer.digest();
    if (size, &digest) != (expected.size, &expected.digest) {
        bail!("the registry sent other bytes: {size} bytes with the digest {digest}");
    }
    Ok(())
}
