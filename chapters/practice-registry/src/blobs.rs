use crate::answer::{Answer, Failure, FilePart, respond, with_body};
use crate::digest::Digest;
use crate::server::Server;
use http_body_util::Either;
use hyper::{HeaderMap, StatusCode};
use std::fs::{self, File};
use std::io::{Seek, SeekFrom};

/// A blob, or the part of it that the Range header asks for. Source: the OCI distribution-spec, "Pulling blobs".
pub fn get(server: &Server, headers: &HeaderMap, repository: &str, digest: &Digest) -> Answer {
    if !server.storage.has_blob(repository, digest) {
        return Err(Failure::blob_unknown(digest));
    }
    let mut file = File::open(server.storage.blob(digest))?;
    let size = file.metadata()?.len();
    let name = digest.to_string();
    let mut answered = vec![
        ("content-type", "application/octet-stream"),
        ("docker-content-digest", name.as_str()),
        ("accept-ranges", "bytes"),
    ];
    let range = headers.get("range").and_then(|range| range.to_str().ok());
    let Some((start, end)) = range.and_then(|range| parse_range(range, size)) else {
        // hyper leaves it out of the answer to a HEAD where it is 0.
        let length = size.to_string();
        answered.push(("content-length", &length));
        return with_body(StatusCode::OK, &answered, Either::Right(FilePart { file, length: size }));
    };
    if start >= end {
        let failure = Failure::new(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID", "the blob ends before the range");
        return Err(failure.with_header("content-range", format!("bytes */{size}")));
    }
    file.seek(SeekFrom::Start(start))?;
    let content_range = format!("bytes {start}-{}/{size}", end - 1);
    answered.push(("content-range", &content_range));
    with_body(StatusCode::PARTIAL_CONTENT, &answered, Either::Right(FilePart { file, length: end - start }))
}

/// The first byte and the byte after the last of `bytes=A-B`, `bytes=A-` or `bytes=-LENGTH`.
///
/// `None` for what this does not understand, several ranges among it: the whole blob is a legal answer to that.
/// Source: RFC 9110, section 14.1.2.
fn parse_range(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let length: u64 = last.parse().ok()?;
        return Some((size.saturating_sub(length), size));
    }
    let first: u64 = first.parse().ok()?;
    if last.is_empty() {
        return Some((first, size));
    }
    let last: u64 = last.parse().ok()?;
    (first <= last).then(|| (first, last.saturating_add(1).min(size)))
}

/// Source: the OCI distribution-spec, "Deleting Blobs".
pub fn delete(server: &Server, repository: &str, digest: &Digest) -> Answer {
    if !server.storage.has_blob(repository, digest) {
        return Err(Failure::blob_unknown(digest));
    }
    fs::remove_file(server.storage.entry(repository, "_blobs", digest))?;
    respond(StatusCode::ACCEPTED, &[], "")
}
