//! A registry and a client for it.
#![allow(dead_code)] // each test file uses some of it

use practice_registry::{Options, Registry, start};
use sha2::{Digest, Sha256, Sha512};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use test_kit::temporary;
use ureq::http::Request;

pub struct There {
    pub registry: Registry,
    pub root: TempDir,
}

/// An answer: what can be asked of it.
pub struct Answer {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The code of the error envelope.
    pub fn code(&self) -> String {
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        json["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}

impl There {
    pub fn new() -> There {
        There::with("open", Duration::from_secs(300))
    }

    pub fn with(auth: &str, token_lifetime: Duration) -> There {
        let root = temporary();
        let mut options = Options::new(root.path().join("registry"));
        if auth != "open" {
            options.auth = auth.parse().unwrap();
        }
        options.token_lifetime = token_lifetime;
        There { registry: start(options).unwrap(), root }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.root.path().join("registry")
    }

    /// `METHOD /path`, headers as `name: value`, and a body.
    pub fn ask(&self, request: &str, headers: &[&str], body: &[u8]) -> Answer {
        ask(&self.registry.address().to_string(), request, headers, body)
    }

    /// Pushes a blob with a single request and returns its digest.
    pub fn push_blob(&self, repository: &str, bytes: &[u8]) -> String {
        let digest = sha256(bytes);
        let answer = self.ask(&format!("POST /v2/{repository}/blobs/uploads/?digest={digest}"), &[], bytes);
        assert_eq!(answer.status, 201, "{}", answer.text());
        digest
    }

    /// Begins an upload and returns its path.
    pub fn begin(&self, repository: &str) -> String {
        let answer = self.ask(&format!("POST /v2/{repository}/blobs/uploads/"), &[], b"");
        assert_eq!(answer.status, 202);
        answer.header("location").to_owned()
    }

    pub fn push_manifest(&self, repository: &str, name: &str, manifest: &str) -> Answer {
        let headers = ["content-type: application/vnd.oci.image.manifest.v1+json"];
        self.ask(&format!("PUT /v2/{repository}/manifests/{name}"), &headers, manifest.as_bytes())
    }
}

pub fn ask(address: &str, request: &str, headers: &[&str], body: &[u8]) -> Answer {
    let (method, path) = request.split_once(' ').unwrap();
    let mut builder = Request::builder().method(method).uri(format!("http://{address}{path}"));
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        builder = builder.header(name, value);
    }
    let config = ureq::config::Config::builder().http_status_as_error(false).allow_non_standard_methods(true);
    let agent = config.proxy(None).build().new_agent();
    let request = builder.body(body.to_vec()).unwrap();
    // A GET or a DELETE may not have a body, not even one of no bytes.
    let response = match body.is_empty() && !matches!(method, "POST" | "PUT" | "PATCH") {
        true => agent.run(request.map(drop)),
        false => agent.run(request),
    };
    let mut response = response.unwrap();
    let body = response.body_mut().read_to_vec().unwrap();
    Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
}

pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

pub fn sha512(bytes: &[u8]) -> String {
    format!("sha512:{}", hex(&Sha512::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a directory.
pub fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for name in test_kit::names(directory) {
        let path = directory.join(&name);
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|file| format!("{name}/{file}"))),
            false => found.push(name),
        }
    }
    found
}
