// ANCHOR: format
use ch03_digest::{Descriptor, OCI_LAYER};
use serde::Serialize;
use std::collections::BTreeMap;

/// The two families of media types. The documents are the same in both, and so are the blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The Open Container Initiative's. Source: the OCI image-spec, media-types.md.
    Oci,
    /// Docker's, from which OCI's was made: Image Manifest Version 2, Schema 2.
    Docker,
}

impl Format {
    pub fn manifest(self) -> &'static str {
        match self {
            Format::Oci => "application/vnd.oci.image.manifest.v1+json",
            Format::Docker => "application/vnd.docker.distribution.manifest.v2+json",
        }
    }

    pub fn config(self) -> &'static str {
        match self {
            Format::Oci => "application/vnd.oci.image.config.v1+json",
            Format::Docker => "application/vnd.docker.container.image.v1+json",
        }
    }

    pub fn layer(self) -> &'static str {
        match self {
            Format::Oci => OCI_LAYER,
            Format::Docker => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        }
    }
}
// ANCHOR_END: format

// ANCHOR: documents
/// What an image is made of. Source: the OCI image-spec, manifest.md.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    pub media_type: &'static str,
    pub config: Descriptor,
    /// The lowest layer first.
    pub layers: Vec<Descriptor>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Which images there are, for which platforms. Source: the OCI image-spec, image-index.md.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    pub media_type: &'static str,
    pub manifests: Vec<Descriptor>,
}
// ANCHOR_END: documents

// ANCHOR: load_entry
/// One image of those that `docker load` finds in `manifest.json` of an archive.
///
/// It shares its file name with our manifest and nothing else. Source: the Docker image specification v1.2,
/// "Combined Image JSON + Filesystem Changeset Format".
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LoadEntry {
    /// Where in the archive the configuration is.
    pub config: String,
    pub repo_tags: Vec<String>,
    /// Where in the archive the layers are, the lowest first.
    pub layers: Vec<String>,
}
// ANCHOR_END: load_entry
