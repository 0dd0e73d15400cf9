// ANCHOR: put
use crate::answer::{Answer, Failure, FilePart, respond, with_body};
use crate::digest::Digest;
use crate::route::{check_tag, query};
use crate::server::Server;
use http_body_util::{BodyExt, Either, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode, Uri};
use serde_json::Value;
use std::fs::{self, File};

/// A registry must take four megabytes; this one takes no more. Source: the OCI distribution-spec, "Pushing Manifests".
const LARGEST: usize = 4 * 1024 * 1024;
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Source: the OCI distribution-spec, "Pulling manifests".
pub fn get(server: &Server, repository: &str, name: &str) -> Answer {
    let digest = resolve(server, repository, name)?;
    let media_type = fs::read_to_string(server.storage.entry(repository, "_manifests", &digest));
    let media_type = media_type.map_err(|_| Failure::manifest_unknown(name))?;
    let file = File::open(server.storage.blob(&digest))?;
    let length = file.metadata()?.len();
    let headers = [("content-type", media_type.as_str()), ("docker-content-digest", &digest.to_string())];
    with_body(StatusCode::OK, &headers, Either::Right(FilePart { file, length }))
}

/// The digest that a tag means, or the digest itself.
fn resolve(server: &Server, repository: &str, name: &str) -> Result<Digest, Failure> {
    if name.contains(':') {
        return Digest::parse(name);
    }
    check_tag(name)?;
    let digest = fs::read_to_string(server.storage.tag(repository, name));
    Digest::parse(&digest.map_err(|_| Failure::manifest_unknown(name))?)
}

/// Stores a manifest whose blobs are all here. Source: the OCI distribution-spec, "Pushing Manifests".
pub async fn put(server: &Server, head: &Parts, body: &mut Incoming, repository: &str, name: &str) -> Answer {
    let (tags, expected) = names(&head.uri, name)?;
    let media_type = media_type(&head.headers);
    let body = Limited::new(body, LARGEST).collect().await;
    let bytes = body.map_err(|error| match error.is::<http_body_util::LengthLimitError>() {
        true => Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "MANIFEST_INVALID", "a manifest has 4 MiB at most"),
        false => Failure::manifest_invalid("the connection broke"),
    })?;
    let bytes = bytes.to_bytes();
    let digest = Digest::of(&bytes, expected.as_ref().map_or("sha256", |digest| digest.algorithm));
    if expected.is_some_and(|expected| expected != digest) {
        return Err(Failure::digest_invalid(format!("the manifest received has the digest {digest}")));
    }
    let manifest = check(server, repository, &bytes, media_type.as_deref())?;
    let media_type = media_type.or(manifest["mediaType"].as_str().map(String::from)).unwrap_or(OCI_MANIFEST.to_owned());

    server.storage.write(&server.storage.blob(&digest), &bytes)?;
    server.storage.write(&server.storage.entry(repository, "_manifests", &digest), media_type.as_bytes())?;
    let location = format!("/v2/{repository}/manifests/{digest}");
    let mut headers = vec![("location", location), ("docker-content-digest", digest.to_string())];
    if let Some(subject) = subject(&manifest)? {
        server.storage.write(&server.storage.referrer(repository, &subject, &digest), b"")?;
        headers.push(("oci-subject", subject.to_string()));
    }
    // Last, so that a tag never means something that is not here.
    for tag in &tags {
        server.storage.write(&server.storage.tag(repository, tag), digest.to_string().as_bytes())?;
    }
    if name.contains(':') && !tags.is_empty() {
        headers.push(("oci-tag", tags.join(", ")));
    }
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    respond(StatusCode::CREATED, &headers, "")
}

/// The tags and the digest that a manifest is pushed as.
fn names(uri: &Uri, name: &str) -> Result<(Vec<String>, Option<Digest>), Failure> {
    let (tags, digest) = match name.contains(':') {
        true => (query(uri, "tag"), Some(Digest::parse(name)?)),
        false => (vec![name.to_owned()], None),
    };
    tags.iter().try_for_each(|tag| check_tag(tag))?;
    Ok((tags, digest))
}

/// The Content-Type without its parameters, which the specification says to ignore.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("content-type")?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_owned())
}
// ANCHOR_END: put

// ANCHOR: check
/// Whether the manifest is one, and everything that it lists is in the repository.
fn check(server: &Server, repository: &str, bytes: &[u8], media_type: Option<&str>) -> Result<Value, Failure> {
    let manifest: Value = serde_json::from_slice(bytes).unwrap_or_default();
    if !manifest.is_object() {
        return Err(Failure::manifest_invalid("a manifest is a JSON object"));
    }
    if let (Some(inside), Some(outside)) = (manifest["mediaType"].as_str(), media_type)
        && inside != outside
    {
        return Err(Failure::manifest_invalid("mediaType is not the Content-Type"));
    }
    let list = |name: &str| manifest[name].as_array().cloned().unwrap_or_default();
    let config = manifest.get("config").cloned();
    for descriptor in config.into_iter().chain(list("layers")).chain(list("manifests")) {
        let media_type = descriptor["mediaType"].as_str().unwrap_or_default();
        // A layer that may not be given away is fetched from elsewhere.
        if media_type.contains("nondistributable") || media_type.contains("foreign") {
            continue;
        }
        let digest = descriptor["digest"].as_str().ok_or(Failure::manifest_invalid("a descriptor has no digest"))?;
        let digest = Digest::parse(digest)?;
        let is_manifest = server.storage.entry(repository, "_manifests", &digest).is_file();
        if !is_manifest && !server.storage.has_blob(repository, &digest) {
            let why = format!("the manifest lists what is not here: {digest}");
            return Err(Failure::new(StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN", why));
        }
    }
    Ok(manifest)
}
// ANCHOR_END: check

// ANCHOR: delete
/// The manifest that this one says something about. Source: the OCI image-spec, manifest.md, "subject".
fn subject(manifest: &Value) -> Result<Option<Digest>, Failure> {
    manifest["subject"]["digest"].as_str().map(Digest::parse).transpose()
}

/// Deletes a tag, or a manifest with its tags. Source: the OCI distribution-spec, "Deleting tags", "Deleting Manifests".
pub fn delete(server: &Server, repository: &str, name: &str) -> Answer {
    let storage = &server.storage;
    let digest = resolve(server, repository, name)?;
    let entry = storage.entry(repository, "_manifests", &digest);
    if !entry.is_file() {
        return Err(Failure::manifest_unknown(name));
    }
    if !name.contains(':') {
        fs::remove_file(storage.tag(repository, name))?;
        return respond(StatusCode::ACCEPTED, &[], "");
    }
    for tag in storage.tags(repository)? {
        if resolve(server, repository, &tag)? == digest {
            fs::remove_file(storage.tag(repository, &tag))?;
        }
    }
    let manifest: Value = serde_json::from_slice(&fs::read(storage.blob(&digest))?).unwrap_or_default();
    if let Some(subject) = subject(&manifest)? {
        fs::remove_file(storage.referrer(repository, &subject, &digest))?;
    }
    fs::remove_file(entry)?;
    respond(StatusCode::ACCEPTED, &[], "")
}
// ANCHOR_END: delete
