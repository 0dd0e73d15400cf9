use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// The headers of a request that the protocol is about.
const HEADERS: [&str; 5] = ["authorization", "content-length", "content-range", "content-type", "range"];

/// A line for each request: method, path and query, status, and the headers that matter.
pub struct Log {
    out: Mutex<Option<Box<dyn Write + Send>>>,
}

impl Log {
    pub fn new(out: Option<Box<dyn Write + Send>>) -> Log {
        Log { out: Mutex::new(out) }
    }

    /// A log that cannot be written is no reason to refuse a request.
    pub fn write(&self, head: &Parts, status: StatusCode) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(out) = out.as_mut() {
            let _ = writeln!(out, "{} {} {}{}", head.method, head.uri, status.as_u16(), headers(&head.headers));
        }
    }
}

fn headers(headers: &HeaderMap) -> String {
    let known = HEADERS.iter().filter_map(|name| Some((name, headers.get(*name)?.to_str().ok()?)));
    let known = known.map(|(name, value)| match *name {
        // Of a secret, only which kind it is.
        "authorization" => format!(" {name}={}", value.split(' ').next().unwrap_or_default()),
        _ => format!(" {name}={value}"),
    });
    known.collect()
}
