use crate::without_query;
use std::io::Write;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use ureq::middleware::{Middleware, MiddlewareNext};
use ureq::{Body, Error, SendBody};

/// The parts of a query that are never secret; a signed URL has others.
const PUBLIC: [&str; 6] = ["digest", "mount", "from", "service", "scope", "account"];

/// Prints every exchange on standard error: `>` is what is sent, `<` is what comes back.
///
/// Bodies are not printed, and neither is a header or a part of a query that may hold a secret.
pub struct Trace;

impl Middleware for Trace {
    fn handle(&self, request: Request<SendBody>, next: MiddlewareNext) -> Result<Response<Body>, Error> {
        let first_line = format!("{} {}", request.method(), public(&request.uri().to_string()));
        let mut text = lines('>', &first_line, request.headers());
        let response = next.handle(request);
        if let Ok(response) = &response {
            text += &lines('<', &response.status().to_string(), response.headers());
        }
        // All at once: another thread may have an exchange of its own.
        let _ = std::io::stderr().write_all(text.as_bytes());
        response
    }
}

fn lines(direction: char, first_line: &str, headers: &HeaderMap) -> String {
    let mut text = format!("{direction} {first_line}\n");
    for (name, value) in headers {
        text += &format!("{direction} {name}: {}\n", shown(name, value));
    }
    text
}

fn shown(name: &HeaderName, value: &HeaderValue) -> String {
    let value = String::from_utf8_lossy(value.as_bytes());
    match name.as_str() {
        // Which kind of secret it is helps, and is none itself.
        "authorization" => format!("{} (hidden)", value.split(' ').next().unwrap_or_default()),
        "cookie" | "set-cookie" => "(hidden)".to_owned(),
        "location" => public(&value),
        _ => value.into_owned(),
    }
}

/// A URL without the secrets that it may hold.
fn public(url: &str) -> String {
    let Some((_, query)) = url.split_once('?') else { return url.to_owned() };
    let parts = query.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if !PUBLIC.contains(&name) => format!("{name}=(hidden)"),
        _ => part.to_owned(),
    });
    format!("{}?{}", without_query(url), parts.collect::<Vec<_>>().join("&"))
}
