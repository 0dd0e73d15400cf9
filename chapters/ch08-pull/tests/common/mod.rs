//! A registry with what a test puts there, and pulls from it.
#![allow(dead_code)]

use ch03_digest::{Descriptor, Digest};
use http_agent::{Body, Http, agent};
use practice_registry::{Options, Registry, start};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use test_kit::{Ran, run, temporary};
use ureq::http::Request;

pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

pub fn ch08() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch08-pull"))
}

/// A practice registry with a repository `r`.
pub struct Server {
    pub root: TempDir,
    pub registry: Registry,
}

impl Server {
    pub fn new() -> Server {
        let root = temporary();
        let registry = start(Options::new(root.path().join("registry"))).unwrap();
        Server { root, registry }
    }

    pub fn address(&self) -> SocketAddr {
        self.registry.address()
    }

    fn send(&self, request: ureq::http::request::Builder, body: Vec<u8>) -> ureq::http::Response<ureq::Body> {
        let request = request.header("content-length", body.len()).body(Body::Bytes(body)).unwrap();
        let response = agent(false).send(&request).unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        response
    }

    pub fn blob(&self, media_type: &str, bytes: &[u8]) -> Descriptor {
        self.blob_of(media_type, Digest::of(bytes), bytes)
    }

    pub fn blob_of(&self, media_type: &str, digest: Digest, bytes: &[u8]) -> Descriptor {
        let base = format!("http://{}", self.address());
        let started = self.send(Request::post(format!("{base}/v2/r/blobs/uploads/")), vec![]);
        let location = started.headers()["location"].to_str().unwrap().to_owned();
        self.send(Request::put(format!("{base}{location}?digest={digest}")), bytes.to_vec());
        Descriptor::new(media_type, digest, bytes.len() as u64)
    }

    /// Puts a manifest under a tag, or by its digest.
    pub fn manifest(&self, name: Option<&str>, document: &Value) -> Descriptor {
        let bytes = serde_json::to_vec(document).unwrap();
        let media_type = document["mediaType"].as_str().unwrap_or(OCI_MANIFEST);
        let digest = Digest::of(&bytes);
        let name = name.map_or(digest.to_string(), String::from);
        let url = format!("http://{}/v2/r/manifests/{name}", self.address());
        self.send(Request::put(url).header("content-type", media_type), bytes.clone());
        Descriptor::new(media_type, digest, bytes.len() as u64)
    }

    /// An image for `os/architecture/variant` with these layers.
    pub fn image(&self, tag: Option<&str>, platform: &str, layers: &[Descriptor]) -> Descriptor {
        let platform = ch08_pull::parse_platform(platform).unwrap();
        let mut config = serde_json::to_value(&platform).unwrap();
        config["rootfs"] = json!({"type": "layers", "diff_ids": []});
        let config = self.blob(OCI_CONFIG, &serde_json::to_vec(&config).unwrap());
        let manifest = json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers});
        self.manifest(tag, &manifest)
    }

    pub fn index(&self, tag: Option<&str>, manifests: &[Descriptor]) -> Descriptor {
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
        self.manifest(tag, &index)
    }

    pub fn pull(&self, name: &str, out: &Path, more: &[&str]) -> Ran {
        pull(&format!("{}/r{name}", self.address()), out, more)
    }
}

pub fn for_platform(image: &Descriptor, platform: &str) -> Descriptor {
    let mut parts = platform.split('/').map(String::from);
    let mut next = || parts.next();
    let (os, architecture, variant) = (next().unwrap(), next().unwrap(), next());
    let platform = Some(ch03_digest::Platform { os, architecture, variant });
    Descriptor { platform, ..image.clone() }
}

/// Pulls; addresses of this machine read ADDRESS in what was printed.
pub fn pull(reference: &str, out: &Path, more: &[&str]) -> Ran {
    let address = reference.split('/').next().unwrap();
    let mut ran = run(ch08().arg(reference).arg("-o").arg(out).args(more));
    ran.stdout = ran.stdout.replace(address, "ADDRESS");
    ran.stderr = ran.stderr.replace(address, "ADDRESS");
    ran
}

/// The blobs of a layout.
pub fn blobs(out: &Path) -> Vec<String> {
    test_kit::names(&out.join("oci/blobs/sha256"))
}

pub fn path_of(out: &Path, blob: &Descriptor) -> PathBuf {
    out.join("oci/blobs").join(blob.digest.algorithm()).join(blob.digest.hex())
}

/// Bytes that no compressor made.
pub fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}
