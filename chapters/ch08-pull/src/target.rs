// ANCHOR: target
use crate::image::{OCI_INDEX, parse};
use crate::layout::read_index;
use anyhow::{Context, Result, anyhow};
use ch03_digest::Descriptor;
use ch05_write_manifest::blob_path;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use workbench::OutDir;

/// The image layout that is pulled into: `oci` in the output directory.
///
/// Its index changes last, so that what it lists is there, and an interrupted pull takes nothing away.
pub struct Target<'a> {
    pub out: &'a OutDir,
    pub layout: PathBuf,
    /// As it was.
    index: Index,
    _lock: File,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    #[serde(default)]
    media_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<Box<RawValue>>,
    /// As they are written there: they may say more than we know.
    manifests: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Box<RawValue>>,
}
// ANCHOR_END: target

// ANCHOR: open
impl Target<'_> {
    /// Opens the layout, if there is one, for one process at a time. Nothing is written yet.
    pub fn open(out: &OutDir) -> Result<Target<'_>> {
        out.check("oci", Some("oci-layout"))?;
        let dir = out.place("");
        let lock = workbench::lock(&dir).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => {
                anyhow!("another pull writes there\nhelp: wait for its end, or choose another directory with --out")
            }
            _ => error.into(),
        });
        let lock = lock.with_context(|| format!("cannot write to the output directory: {}", dir.display()))?;
        let layout = out.place("oci");
        let place = layout.join("index.json");
        let mut index = Index::default();
        if place.exists() {
            index =
                parse("index", &read_index(&layout)?).with_context(|| format!("cannot read: {}", place.display()))?;
        }
        Ok(Target { out, layout, index, _lock: lock })
    }

    /// Makes the directory an image layout, if it is none yet. Source: the OCI image-spec, image-layout.md.
    pub fn begin(&self) -> Result<()> {
        match self.layout.join("oci-layout").exists() {
            true => Ok(()),
            false => self.write("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#),
        }
    }

    /// Writes a file of the layout, which appears whole.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (staged, place) = (self.out.staged("file"), self.layout.join(name));
        let parent = place.parent().unwrap_or(Path::new(""));
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&staged, bytes));
        written.and_then(|()| fs::rename(&staged, &place)).with_context(|| format!("cannot write: {}", place.display()))
    }
    // ANCHOR_END: open

    // ANCHOR: add
    /// Adds an image whose blobs are there: its manifest, and an entry at the beginning of the index, where it is found
    /// first. An entry with the same name gives way, others stay.
    pub fn add(&self, manifest: &Descriptor, bytes: &[u8]) -> Result<()> {
        self.write(&blob_path(manifest), bytes)?;
        let mut index = Index { schema_version: 2, media_type: OCI_INDEX.to_owned(), ..self.index.clone() };
        index.manifests.retain(|entry| !same_name(entry, &manifest.annotations));
        index.manifests.insert(0, to_raw_value(manifest)?);
        self.write("index.json", &serde_json::to_vec(&index)?)
    }
}

/// Whether an entry goes by this name: its whole name, or the tag if it has no other.
fn same_name(entry: &RawValue, name: &BTreeMap<String, String>) -> bool {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        annotations: BTreeMap<String, String>,
    }
    let of_entry = serde_json::from_str::<Named>(entry.get()).map(|entry| entry.annotations).unwrap_or_default();
    let key = match of_entry.contains_key("io.containerd.image.name") {
        true => "io.containerd.image.name",
        false => "org.opencontainers.image.ref.name",
    };
    of_entry.get(key).is_some_and(|value| name.get(key) == Some(value))
}
// ANCHOR_END: add
