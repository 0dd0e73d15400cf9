// ANCHOR: image
use anyhow::{Result, anyhow, bail};
use ch03_digest::{Descriptor, Platform};
use ch05_write_manifest::Format;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// More than this no manifest, index or configuration needs. Source: the OCI distribution-spec, "Pushing Manifests".
pub const LONGEST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// An image: a manifest, and the blobs that it lists, the lowest layer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub manifest: Descriptor,
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// What a registry keeps under a tag: one image, or a choice of them.
pub enum Document {
    Manifest { config: Descriptor, layers: Vec<Descriptor> },
    Index { manifests: Vec<Descriptor> },
}
// ANCHOR_END: image

// ANCHOR: media_types
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// What we can read, for the Accept header: a registry that has something else may convert it, or say so.
pub fn media_types() -> String {
    [Format::Oci.manifest(), Format::Docker.manifest(), OCI_INDEX, DOCKER_INDEX].join(", ")
}

pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_INDEX)
}

pub fn is_manifest(media_type: &str) -> bool {
    [Format::Oci, Format::Docker].iter().any(|format| format.manifest() == media_type)
}

pub fn is_config(media_type: &str) -> bool {
    [Format::Oci, Format::Docker].iter().any(|format| format.config() == media_type)
}
// ANCHOR_END: media_types

// ANCHOR: parse_document
/// Both documents in one: which of them it is shows in what it holds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    schema_version: u64,
    media_type: Option<String>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Box<RawValue>>>,
}

/// The entries of an index that may be images. What the others hold is none of our business.
fn known(entries: &[Box<RawValue>]) -> Result<Vec<Descriptor>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry {
        media_type: String,
    }
    let is_known = |Entry { media_type }: Entry| is_manifest(&media_type) || is_index(&media_type);
    let entries = entries.iter().filter(|entry| serde_json::from_str(entry.get()).map_or(true, is_known));
    entries.map(|entry| parse("index", entry.get().as_bytes())).collect()
}

/// Reads a manifest or an index, OCI's or Docker's: but for their media types they are the same.
///
/// `media_type` is what the registry, or the index that lists the document, says that it is. A document that is a manifest
/// and an index at once means one image to one program and another to the next (CVE-2021-41190): so what was said of it,
/// what it says of itself, and what it holds must agree.
pub fn parse_document(bytes: &[u8], media_type: &str) -> Result<Document> {
    let is_known = is_manifest(media_type) || is_index(media_type);
    let help = "help: if it should be an image, a login page or a proxy may have answered for the registry";
    let other = || anyhow!("it is neither an image nor an index, but {media_type:?}\n{help}");
    let fields: Fields = parse("manifest", bytes).map_err(|error| if is_known { error } else { other() })?;
    if fields.schema_version == 1 {
        bail!("it is an image in Docker's first format (schema 1), which registries gave up\nhelp: push it anew");
    }
    if let Some(own) = fields.media_type.filter(|own| own != media_type) {
        bail!("malformed manifest: it says that it is {own:?}, and was given as {media_type:?}");
    }
    match (fields.config, fields.layers, fields.manifests) {
        (Some(config), Some(layers), None) if is_manifest(media_type) => Ok(Document::Manifest { config, layers }),
        (None, None, Some(manifests)) if is_index(media_type) => Ok(Document::Index { manifests: known(&manifests)? }),
        _ if !is_known => Err(other()),
        (config, layers, Some(_)) if config.is_some() || layers.is_some() => {
            bail!("malformed manifest: it is an image and an index at once")
        }
        _ => bail!("malformed manifest: it does not hold what {media_type} does"),
    }
}

/// Reads the manifest of an image. Registries keep other things as well, in manifests whose config is of another type.
pub fn parse_image(manifest: Descriptor, bytes: &[u8]) -> Result<Image> {
    match parse_document(bytes, &manifest.media_type)? {
        Document::Manifest { config, .. } if config.size > LONGEST_DOCUMENT => {
            bail!("malformed manifest: its config has more than 4 MiB")
        }
        Document::Manifest { config, layers } if is_config(&config.media_type) => {
            Ok(Image { manifest, config, layers })
        }
        Document::Manifest { config, .. } => bail!("it is no container image: its config is {:?}", config.media_type),
        Document::Index { .. } => bail!("it is an index, not an image"),
    }
}

/// What an image's configuration says that it runs on. Source: the OCI image-spec, config.md, "Properties".
pub fn parse_platform_of(config: &[u8]) -> Result<Platform> {
    parse("config", config)
}

/// The parser's messages quote the text, which must not command the terminal.
pub fn parse<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T> {
    let printable = |error: serde_json::Error| error.to_string().replace(char::is_control, " ");
    serde_json::from_slice(bytes).map_err(|error| anyhow!("malformed {what}: {}", printable(error)))
}
// ANCHOR_END: parse_document
