//! What chapters 6 and later need of HTTP: sending a request, and showing what was sent. ureq does the rest.

mod trace;

use anyhow::{Context, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;
use trace::Trace;
use ureq::config::Config;
use ureq::http::{HeaderMap, Request, Response, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Proxy, SendBody};

/// What a request carries. It can be sent again: chapter 7 has to.
#[derive(Debug, Clone)]
pub enum Body {
    Empty,
    Bytes(Vec<u8>),
    /// The whole file, read while it is sent: memory does not grow with it.
    File(PathBuf),
}

/// Sends a request and waits for its response; push and pull need no more of HTTP than this. Several threads may share it.
pub trait Http: Sync {
    /// A status that means failure is no error here, but a connection that fails is.
    fn send(&self, request: &Request<Body>) -> Result<Response<ureq::Body>>;
}

/// An agent that connects, and nothing more: it follows no redirect, repeats nothing and knows no password.
///
/// With `trace`, it prints every exchange on standard error.
pub fn agent(trace: bool) -> Agent {
    // The system's certificates: a company's own registry is known to them, but not to a list that a program brings.
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Config::builder()
        .user_agent("building-containers-the-hard-way")
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        // Not for the whole body: a layer may take an hour, but no minute of it may pass without a byte.
        .timeout_per_read(Some(Duration::from_secs(60)))
        .tls_config(tls);
    match trace {
        true => config.middleware(Trace).build().into(),
        false => config.build().into(),
    }
}

impl Http for Agent {
    fn send(&self, request: &Request<Body>) -> Result<Response<ureq::Body>> {
        let (method, uri) = (request.method(), request.uri());
        exchange(self, request).with_context(|| format!("{method} {}", without_query(&uri.to_string())))
    }
}

fn exchange(agent: &Agent, request: &Request<Body>) -> Result<Response<ureq::Body>> {
    let uri = request.uri();
    if uri.scheme_str() != Some("https") && !on_this_machine(uri) {
        bail!("plain HTTP is only for registries on this machine, not for {}", uri.host().unwrap_or_default());
    }
    let body = open(request.body())?;
    let mut parts = Request::new(());
    *parts.method_mut() = request.method().clone();
    *parts.uri_mut() = uri.clone();
    *parts.headers_mut() = request.headers().clone();
    let config = agent.configure_request(parts.map(|()| body)).timeout_send_body(Some(time_to_send(request)));
    agent.run(config.proxy(proxy(agent, uri)).build()).map_err(explain)
}

/// The proxy for a request to `uri`: none to this machine, which a proxy would take for its own.
pub fn proxy(agent: &Agent, uri: &Uri) -> Option<Proxy> {
    agent.config().proxy().filter(|_| !on_this_machine(uri)).cloned()
}

/// What kept two machines from talking, without the library's own word for it.
pub fn explain(error: ureq::Error) -> anyhow::Error {
    let ureq::Error::Io(error) = error else { return error.into() };
    let help = "help: add the certificate of its authority to the system's, or name its file in SSL_CERT_FILE";
    match error.to_string().contains("certificate") {
        true => anyhow!("{error}\n{help}"),
        false => error.into(),
    }
}

fn open(body: &Body) -> Result<SendBody<'static>> {
    match body {
        Body::Empty => Ok(SendBody::none()),
        Body::Bytes(bytes) => Ok(SendBody::from_owned_reader(std::io::Cursor::new(bytes.clone()))),
        Body::File(path) => {
            let file = File::open(path).with_context(|| format!("cannot read: {}", path.display()))?;
            Ok(SendBody::from_owned_reader(progress_bar(file.metadata()?.len()).wrap_read(file)))
        }
    }
}

/// A registry that stops reading must not hold us for ever: it has a minute, and a second for every 16 KiB.
fn time_to_send(request: &Request<Body>) -> Duration {
    let length = request.headers().get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
    Duration::from_secs(60 + length.unwrap_or(0u64) / (16 * 1024))
}

/// A query may hold a signature, which is a secret.
pub fn without_query(uri: &str) -> &str {
    uri.split('?').next().unwrap_or_default()
}

/// A header as text; `None` if it is not there, or is not text.
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether a URL names this machine.
pub fn on_this_machine(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| is_loopback(authority.as_str()))
}

/// Whether a host, with or without a port, is this machine, so that what is sent to it cannot be overheard.
pub fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A progress bar of `bytes` on standard error; nothing at all where that is not a terminal.
fn progress_bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("uploading [{wide_bar}] {bytes}/{total_bytes} {eta}");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ");
    ProgressBar::new(bytes).with_style(style).with_finish(ProgressFinish::AndClear)
}
