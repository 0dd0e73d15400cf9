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
        print('>', &format!("{} {}", request.method(), public(&request.uri().to_string())), request.headers());
        let response = next.handle(request)?;
        print('<', &response.status().to_string(), response.headers());
        Ok(response)
    }
}

fn print(direction: char, first_line: &str, headers: &HeaderMap) {
    let mut text = format!("{direction} {first_line}\n");
    for (name, value) in headers {
        text += &format!("{direction} {name}: {}\n", shown(name, value));
    }
    let _ = write!(std::io::stderr(), "{text}");
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
