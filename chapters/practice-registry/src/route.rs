// ANCHOR: routes
use crate::answer::Failure;
use crate::digest::Digest;
use hyper::{StatusCode, Uri};

/// What a request is for. A repository comes first, and its name is valid. Source: the OCI distribution-spec, "Endpoints".
pub enum Route {
    Base,
    Token,
    Blob(String, Digest),
    Uploads(String),
    Upload(String, String),
    /// A tag, or a digest.
    Manifest(String, String),
    Tags(String),
    Referrers(String, Digest),
}

impl Route {
    pub fn repository(&self) -> Option<&str> {
        match self {
            Route::Base | Route::Token => None,
            Route::Uploads(repository) | Route::Tags(repository) => Some(repository),
            Route::Blob(repository, _) | Route::Referrers(repository, _) => Some(repository),
            Route::Upload(repository, _) | Route::Manifest(repository, _) => Some(repository),
        }
    }
}
// ANCHOR_END: routes

// ANCHOR: route
pub fn route(path: &str) -> Result<Route, Failure> {
    if path == "/token" {
        return Ok(Route::Token);
    }
    let unknown = || Failure::new(StatusCode::NOT_FOUND, "UNSUPPORTED", "there is nothing at this path");
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let Some(("v2", parts)) = parts.split_first().map(|(first, rest)| (*first, rest)) else { return Err(unknown()) };
    match parts {
        [] | [""] => Ok(Route::Base),
        [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => Ok(Route::Uploads(repository(name)?)),
        [name @ .., "blobs", "uploads", id] => Ok(Route::Upload(repository(name)?, id.to_string())),
        [name @ .., "blobs", digest] => Ok(Route::Blob(repository(name)?, Digest::parse(digest)?)),
        [name @ .., "manifests", reference] => Ok(Route::Manifest(repository(name)?, reference.to_string())),
        [name @ .., "tags", "list"] => Ok(Route::Tags(repository(name)?)),
        [name @ .., "referrers", digest] => Ok(Route::Referrers(repository(name)?, Digest::parse(digest)?)),
        _ => Err(unknown()),
    }
}
// ANCHOR_END: route

// ANCHOR: names
fn repository(parts: &[&str]) -> Result<String, Failure> {
    check_repository(&parts.join("/"))
}

/// A name that is not of the specification's grammar could lead out of the storage: `../..`.
///
/// Source: the OCI distribution-spec, "Pulling manifests".
pub fn check_repository(name: &str) -> Result<String, Failure> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = |part: &str| {
        let separators = part.split(alphanumeric).filter(|text| !text.is_empty());
        part.starts_with(alphanumeric)
            && part.ends_with(alphanumeric)
            && separators.into_iter().all(|text| matches!(text, "." | "_" | "__") || text.chars().all(|c| c == '-'))
    };
    match name.len() <= 255 && name.split('/').all(good) {
        true => Ok(name.to_owned()),
        false => Err(Failure::new(StatusCode::BAD_REQUEST, "NAME_INVALID", "this is not the name of a repository")),
    }
}

/// Source: the OCI distribution-spec, "Pulling manifests".
pub fn check_tag(tag: &str) -> Result<(), Failure> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let good = matches!(tag.len(), 1..=128) && tag.bytes().all(good) && !tag.starts_with(['.', '-']);
    if good { Ok(()) } else { Err(Failure::new(StatusCode::BAD_REQUEST, "TAG_INVALID", "this is not a tag")) }
}

/// The values of a parameter of the query, in their order.
pub fn query(uri: &Uri, name: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.filter(|(key, _)| key == name).map(|(_, value)| value.into_owned()).collect()
}
// ANCHOR_END: names
