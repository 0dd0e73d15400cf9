// ANCHOR: requests
use crate::answer::{Answer, Failure, respond};
use crate::digest::{Digest, Hasher};
use crate::route::{check_repository, query};
use crate::server::Server;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode, Uri};
use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// The uploads that are under way. They end with the process: what is not complete is not kept.
#[derive(Default)]
pub struct Uploads {
    by_id: Mutex<HashMap<String, Shared>>,
    /// A production registry has identifiers that nobody can guess.
    count: AtomicU64,
}

type Shared = Arc<Mutex<Upload>>;

struct Upload {
    repository: String,
    file: NamedTempFile,
    /// Of what was received so far, so that nothing is read twice.
    hasher: Hasher,
    size: u64,
}

/// A lock is only ever held for one write, and a write that panics leaves an upload whose digest will not match.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers `?mount=DIGEST&from=REPOSITORY`; `None` if there is nothing to mount, which begins an upload instead.
///
/// Source: the OCI distribution-spec, "Mounting a blob from another repository".
pub fn mount(
    server: &Server,
    uri: &Uri,
    repository: &str,
    may_pull: impl Fn(&str) -> bool,
) -> Result<Option<hyper::Response<crate::answer::Payload>>, Failure> {
    let Some(digest) = query(uri, "mount").pop() else { return Ok(None) };
    let digest = Digest::parse(&digest)?;
    let there = match query(uri, "from").pop() {
        Some(from) => server.storage.has_blob(&check_repository(&from)?, &digest) && may_pull(&from),
        None => server.storage.knows_blob(&digest) && may_pull(repository),
    };
    if !there {
        return Ok(None);
    }
    server.storage.add_blob(repository, &digest)?;
    created(repository, &digest).map(Some)
}

/// Begins an upload; with `?digest=` in the query, the body is all of it. Source: the OCI distribution-spec, "Pushing blobs".
pub async fn start(server: &Server, head: &Parts, body: &mut Incoming, repository: &str) -> Answer {
    let digest = query(&head.uri, "digest").pop().map(|digest| Digest::parse(&digest)).transpose()?;
    if let Some(algorithm) = query(&head.uri, "digest-algorithm").pop()
        && !matches!(algorithm.as_str(), "sha256" | "sha512")
    {
        return Err(Failure::digest_invalid(format!("no such algorithm here: {algorithm}")));
    }
    let (file, hasher) = (server.storage.begin()?, Hasher::default());
    let upload = Arc::new(Mutex::new(Upload { repository: repository.to_owned(), file, hasher, size: 0 }));
    if let Some(digest) = digest {
        receive(&upload, body).await?;
        return complete(server, repository, upload, &digest);
    }
    let id = format!("{:016x}", server.uploads.count.fetch_add(1, Ordering::Relaxed));
    lock(&server.uploads.by_id).insert(id.clone(), upload.clone());
    progress(StatusCode::ACCEPTED, &id, &upload)
}

/// Source: the OCI distribution-spec, "Pushing a blob in chunks". Without Content-Range it is a stream of any length.
pub async fn send(server: &Server, head: &Parts, body: &mut Incoming, repository: &str, id: &str) -> Answer {
    let upload = find(server, repository, id)?;
    check_order(&upload, id, &head.headers)?;
    receive(&upload, body).await?;
    progress(StatusCode::ACCEPTED, id, &upload)
}

/// Takes the last chunk, if there is one, and ends the upload.
pub async fn commit(server: &Server, head: &Parts, body: &mut Incoming, repository: &str, id: &str) -> Answer {
    let upload = find(server, repository, id)?;
    let digest = query(&head.uri, "digest").pop();
    let digest = Digest::parse(&digest.ok_or(Failure::digest_invalid("the query has no digest"))?)?;
    check_order(&upload, id, &head.headers)?;
    receive(&upload, body).await?;
    lock(&server.uploads.by_id).remove(id);
    complete(server, repository, upload, &digest)
}

pub fn status(server: &Server, repository: &str, id: &str) -> Answer {
    progress(StatusCode::NO_CONTENT, id, &find(server, repository, id)?)
}

/// Source: the OCI distribution-spec after 1.1.1, "Cancel a blob upload".
pub fn cancel(server: &Server, repository: &str, id: &str) -> Answer {
    find(server, repository, id)?;
    lock(&server.uploads.by_id).remove(id);
    respond(StatusCode::NO_CONTENT, &[], "")
}

fn find(server: &Server, repository: &str, id: &str) -> Result<Shared, Failure> {
    let found = lock(&server.uploads.by_id).get(id).cloned();
    let found = found.filter(|upload| lock(upload).repository == repository);
    found.ok_or(Failure::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", format!("no such upload: {id}")))
}

/// A chunk must begin where the one before it ended, and be as long as it says.
fn check_order(upload: &Shared, id: &str, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text("content-range") else { return Ok(()) };
    let upload = lock(upload);
    let numbers = range.split_once('-').and_then(|(a, b)| Some((a.parse::<u64>().ok()?, b.parse::<u64>().ok()?)));
    let length = text("content-length").and_then(|length| length.parse::<u64>().ok());
    let in_order = numbers.is_some_and(|(first, last)| {
        first == upload.size && first <= last && length.is_none_or(|length| length == last - first + 1)
    });
    if in_order {
        return Ok(());
    }
    let why = format!("the chunk {range} does not follow the {} bytes that are here", upload.size);
    let failure = Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", why);
    Err(failure.with_header("location", path(&upload, id)).with_header("range", range_of(&upload)))
}
// ANCHOR_END: requests

// ANCHOR: receive
/// Appends the body to the upload. What arrived before a connection breaks stays, for the client to go on from there.
async fn receive(upload: &Shared, body: &mut Incoming) -> Result<(), Failure> {
    while let Some(frame) = body.frame().await {
        let cut = |error: hyper::Error| Failure::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", error.to_string());
        if let Ok(bytes) = frame.map_err(cut)?.into_data() {
            let mut upload = lock(upload);
            upload.file.write_all(&bytes)?;
            upload.hasher.update(&bytes);
            upload.size += bytes.len() as u64;
        }
    }
    Ok(())
}

/// Compares the digest, and only then gives the bytes their name.
fn complete(server: &Server, repository: &str, upload: Shared, digest: &Digest) -> Answer {
    let invalid =
        || Failure::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", "another request still uploads to it");
    let upload = Arc::into_inner(upload).ok_or_else(invalid)?;
    let upload = upload.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ours = upload.hasher.digest(digest.algorithm);
    if ours != *digest {
        return Err(Failure::digest_invalid(format!("the {} bytes received have the digest {ours}", upload.size)));
    }
    server.storage.finish(upload.file, &server.storage.blob(digest))?;
    server.storage.add_blob(repository, digest)?;
    created(repository, digest)
}
// ANCHOR_END: receive

// ANCHOR: progress
fn created(repository: &str, digest: &Digest) -> Answer {
    let (name, location) = (digest.to_string(), format!("/v2/{repository}/blobs/{digest}"));
    respond(StatusCode::CREATED, &[("location", &location), ("docker-content-digest", &name)], "")
}

fn progress(status: StatusCode, id: &str, upload: &Shared) -> Answer {
    let upload = lock(upload);
    let headers =
        [("location", path(&upload, id)), ("range", range_of(&upload)), ("docker-upload-uuid", id.to_owned())];
    respond(status, &headers.each_ref().map(|(name, value)| (*name, value.as_str())), "")
}

fn path(upload: &Upload, id: &str) -> String {
    format!("/v2/{}/blobs/uploads/{id}", upload.repository)
}

/// `0-` and the last byte that is here; also `0-0` where there is none, for want of another way to say so.
fn range_of(upload: &Upload) -> String {
    format!("0-{}", upload.size.saturating_sub(1))
}
// ANCHOR_END: progress
