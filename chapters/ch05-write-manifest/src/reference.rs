// ANCHOR: reference
use crate::name::{check_repository, check_tag};
use anyhow::{Error, Result, bail};
use ch03_digest::Digest;
use std::fmt;
use std::str::FromStr;

/// The registry that a name without one means.
pub const DEFAULT_REGISTRY: &str = "docker.io";

/// Which image in which registry: `registry/repository:tag`, or `registry/repository@digest`, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// A host and perhaps a port.
    pub registry: String,
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<Digest>,
}
// ANCHOR_END: reference

// ANCHOR: from_str
impl FromStr for Reference {
    type Err = Error;

    /// Reads a reference as Docker does: without a registry it is Docker's, where a repository of one part is in
    /// `library/`; without tag and digest, the tag is `latest`.
    fn from_str(text: &str) -> Result<Reference> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if is_registry(first) => (first, rest),
            _ => (DEFAULT_REGISTRY, name),
        };
        let registry = if registry == "index.docker.io" { DEFAULT_REGISTRY } else { registry };
        let in_library = registry == DEFAULT_REGISTRY && !repository.contains('/');
        let repository = format!("{}{repository}", if in_library { "library/" } else { "" });
        if name.is_empty() {
            bail!("malformed reference: \"{text}\": it has no repository");
        }
        check_registry(registry)?;
        check_repository(&repository)?;
        tag.as_deref().map_or(Ok(()), check_tag)?;
        let tag = if digest.is_none() { Some(tag.unwrap_or("latest".to_owned())) } else { tag };
        Ok(Reference { registry: registry.to_owned(), repository, tag, digest })
    }
}
// ANCHOR_END: from_str

// ANCHOR: is_registry
/// Docker's rule: the first part of a name is a registry if it could not be a part of a repository, or is `localhost`.
fn is_registry(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
}
// ANCHOR_END: is_registry

// ANCHOR: check_registry
fn check_registry(registry: &str) -> Result<()> {
    let (host, port) = match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    };
    if port.is_some_and(|port| !matches!(port.parse::<u16>(), Ok(1..)) || port.starts_with('+')) {
        bail!("malformed registry: \"{registry}\": its port is not a number from 1 to 65535");
    }
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let label = |label: &str| {
        let edge = |c: char| c.is_ascii_alphanumeric();
        label.starts_with(edge) && label.ends_with(edge) && label.chars().all(|c| edge(c) || c == '-')
    };
    match address {
        Some(address) if address.parse::<std::net::Ipv6Addr>().is_ok() => Ok(()),
        None if host.split('.').all(label) => Ok(()),
        _ => bail!("malformed registry: \"{registry}\": \"{host}\" is not the name or address of a host"),
    }
}
// ANCHOR_END: check_registry

// ANCHOR: names
impl Reference {
    /// The name as people write it, without what Docker adds to it.
    pub fn familiar(&self) -> String {
        let full = self.to_string();
        let short = full.strip_prefix("docker.io/").unwrap_or(&full);
        short.strip_prefix("library/").unwrap_or(short).to_owned()
    }

    /// The digest, or else the tag: by which name to ask for the manifest.
    pub fn name_of_manifest(&self) -> String {
        let tag = || self.tag.clone().unwrap_or_default();
        self.digest.as_ref().map_or_else(tag, Digest::to_string)
    }

    /// The name that means these very bytes, whatever happens to the tag.
    pub fn with_digest(&self, digest: &Digest) -> String {
        format!("{}/{}@{digest}", self.registry, self.repository)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        self.tag.as_ref().map_or(Ok(()), |tag| write!(f, ":{tag}"))?;
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}
// ANCHOR_END: names
