// ANCHOR: location
//! What a registry's answers say, and how far to believe them.

use anyhow::{Context, Result, bail};
use ch03_digest::Digest;
use http_agent::{header, without_query};
use std::io::Read;
use ureq::Body;
use ureq::http::Response;

/// Where the registry wants the next request, as an absolute URL. `base` is the URL it answered.
pub fn location(base: &str, response: &Response<Body>) -> Result<String> {
    let location = header(response.headers(), "location");
    let location = location.context("the registry does not say where to upload: its answer has no Location")?;
    Ok(join(base, location))
}

/// Resolves a reference to a URL against the URL where it was found. Source: RFC 3986, section 5.2.
pub fn join(base: &str, location: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let host = rest.split('/').next().unwrap_or_default();
    let directory = without_query(base).rsplit_once('/').map_or(base, |(directory, _)| directory);
    match location {
        _ if location.starts_with("http://") || location.starts_with("https://") => location.to_owned(),
        _ if location.starts_with("//") => format!("{scheme}:{location}"),
        _ if location.starts_with('/') => format!("{scheme}://{host}{location}"),
        _ if location.starts_with('?') => format!("{}{location}", without_query(base)),
        _ => format!("{directory}/{location}"),
    }
}
// ANCHOR_END: location

// ANCHOR: checks
/// A registry that computed another digest has other bytes than we have.
pub fn check_digest(response: &Response<Body>, ours: &Digest) -> Result<()> {
    match header(response.headers(), "docker-content-digest") {
        Some(theirs) if theirs != ours.to_string() => bail!("the registry has other bytes: {theirs} instead of {ours}"),
        _ => Ok(()),
    }
}

/// The registry's own explanation, if it gave one. Source: the OCI distribution-spec, "Error codes".
pub fn explanation(response: Response<Body>) -> String {
    let mut text = Vec::new();
    let _ = response.into_body().into_reader().take(64 * 1024).read_to_end(&mut text);
    let envelope: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let error = &envelope["errors"][0];
    // What a stranger says must not command the terminal.
    let text = |field: &str| error[field].as_str().map(|text| format!(": {}", text.replace(char::is_control, " ")));
    text("code").unwrap_or_default() + &text("message").unwrap_or_default()
}
// ANCHOR_END: checks
