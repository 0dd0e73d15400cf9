// ANCHOR: imports
use ch03_digest::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
// ANCHOR_END: imports

// ANCHOR: image_config
/// The configuration of an image. Its digest is the image's ID.
///
/// The fields stand in the order of the specification's example. Source: the OCI image-spec, config.md.
#[derive(Debug, Clone, Serialize)]
pub struct ImageConfig {
    /// When the image was made, as RFC 3339 writes it.
    pub created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The processor it runs on, by Go's name for it (GOARCH): amd64, arm64.
    pub architecture: String,
    /// The system it runs on, by Go's name for it (GOOS): linux, windows.
    pub os: String,
    /// Which kind of that processor: v7 for 32-bit ARM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    pub config: ContainerConfig,
    pub rootfs: RootFs,
    pub history: Vec<History>,
}
// ANCHOR_END: image_config

// ANCHOR: container_config
/// How to run a container of the image, unless whoever runs it says otherwise.
///
/// A field that is left out is for the runtime to decide. Source: the OCI image-spec, config.md, "config".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerConfig {
    /// A user, or `user:group`, by name or by number; root if it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// `port/protocol`. It documents; it opens nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exposed_ports: BTreeMap<String, Empty>,
    /// `NAME=value`, each name once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// What is run: a program and its first arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// Arguments of the entrypoint; without an entrypoint, a program and its arguments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Directories for data that outlives the container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Empty>,
    /// The directory the program starts in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The signal that asks the program to end; SIGTERM if it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
}

/// `{}`: Go has no type for a set, so the specification writes one as a map to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}
// ANCHOR_END: container_config

// ANCHOR: history
/// Source: the OCI image-spec, config.md, "rootfs".
#[derive(Debug, Clone, Serialize)]
pub struct RootFs {
    /// The layers' DiffIDs, the lowest layer first.
    pub diff_ids: Vec<Digest>,
    /// Always `layers`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// What was done to make the image, step by step. Source: the OCI image-spec, config.md, "history".
#[derive(Debug, Clone, Serialize)]
pub struct History {
    pub created: String,
    pub created_by: String,
    /// Whether the step changed no file, so that `rootfs` has no layer for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
}
// ANCHOR_END: history
