use crate::answer::{Answer, Failure, respond};
use crate::digest::Digest;
use crate::route::query;
use crate::server::Server;
use hyper::{StatusCode, Uri};
use serde_json::{Value, json};
use std::fs;

/// Says that this is a registry. Source: the OCI distribution-spec, "Determining Support".
pub fn base() -> Answer {
    respond(StatusCode::OK, &[("content-type", "application/json")], "{}")
}

/// The tags of a repository: `n` of them, from the one after `last`. Source: the OCI distribution-spec, "Listing Tags".
pub fn tags(server: &Server, uri: &Uri, repository: &str) -> Answer {
    if !server.storage.has_repository(repository) {
        return Err(Failure::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", format!("no such repository: {repository}")));
    }
    let last = query(uri, "last").pop().unwrap_or_default();
    let mut tags = server.storage.tags(repository)?;
    tags.retain(|tag| *tag > last);
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if let Some(n) = query(uri, "n").pop() {
        let invalid = || Failure::new(StatusCode::BAD_REQUEST, "PAGINATION_NUMBER_INVALID", "n is not a number");
        let n: usize = n.parse().map_err(|_| invalid())?;
        let more = tags.len() > n;
        tags.truncate(n);
        if let (true, Some(last)) = (more, tags.last()) {
            headers.push(("link", format!("</v2/{repository}/tags/list?n={n}&last={last}>; rel=\"next\"")));
        }
    }
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    respond(StatusCode::OK, &headers, json!({"name": repository, "tags": tags}).to_string())
}

/// The manifests that have `subject` as their subject, as an index. Source: the OCI distribution-spec, "Listing Referrers".
pub fn referrers(server: &Server, uri: &Uri, repository: &str, subject: &Digest) -> Answer {
    let filter = query(uri, "artifactType").pop();
    let mut manifests = Vec::new();
    for digest in server.storage.referrers(repository, subject)? {
        let descriptor = describe(server, repository, &digest)?;
        if filter.as_ref().is_none_or(|filter| descriptor["artifactType"] == **filter) {
            manifests.push(descriptor);
        }
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let mut headers = vec![("content-type", media_type)];
    if filter.is_some() {
        headers.push(("oci-filters-applied", "artifactType"));
    }
    let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": manifests});
    respond(StatusCode::OK, &headers, index.to_string())
}

fn describe(server: &Server, repository: &str, digest: &Digest) -> Result<Value, Failure> {
    let bytes = fs::read(server.storage.blob(digest))?;
    let manifest: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let media_type = fs::read_to_string(server.storage.entry(repository, "_manifests", digest))?;
    let mut descriptor = json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()});
    // An image that does not say what it is, is what its configuration is.
    let artifact_type = [&manifest["artifactType"], &manifest["config"]["mediaType"]];
    if let Some(artifact_type) = artifact_type.into_iter().find(|value| value.as_str().is_some_and(|t| !t.is_empty())) {
        descriptor["artifactType"] = artifact_type.clone();
    }
    if manifest["annotations"].is_object() {
        descriptor["annotations"] = manifest["annotations"].clone();
    }
    Ok(descriptor)
}
