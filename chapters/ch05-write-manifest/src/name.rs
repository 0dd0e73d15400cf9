use anyhow::{Error, Result, bail};
use std::collections::BTreeMap;
use std::str::FromStr;

/// What people call an image: a repository and a tag, `hello:latest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub repository: String,
    pub tag: String,
}

impl FromStr for Name {
    type Err = Error;

    /// Without a tag, it is `latest`.
    fn from_str(name: &str) -> Result<Name> {
        let (repository, tag) = name.split_once(':').unwrap_or((name, "latest"));
        check_repository(repository)?;
        check_tag(tag)?;
        Ok(Name { repository: repository.to_owned(), tag: tag.to_owned() })
    }
}

impl Name {
    /// The name as people write it.
    pub fn familiar(&self) -> String {
        format!("{}:{}", self.repository, self.tag)
    }

    /// What an index says of a manifest so that tools find it by its name: skopeo and umoci by the tag, containerd and
    /// through it Docker by the whole name. Source: the OCI image-spec, annotations.md, and containerd's `images`.
    pub(crate) fn annotations(&self) -> BTreeMap<String, String> {
        let library = if self.repository.contains('/') { "" } else { "library/" };
        BTreeMap::from([
            ("io.containerd.image.name".to_owned(), format!("docker.io/{library}{}", self.familiar())),
            ("org.opencontainers.image.ref.name".to_owned(), self.tag.clone()),
        ])
    }
}

/// A repository is components of lower-case letters and digits, with `/` between them; within a component, `.`, `_`,
/// `__` and any number of `-` may separate them. Source: the OCI distribution-spec, "Pulling manifests".
pub fn check_repository(repository: &str) -> Result<()> {
    let why = match repository.split('/').find(|component| !is_component(component)) {
        None if repository.len() > 255 => "it is longer than 255 characters".to_owned(),
        None => return Ok(()),
        Some("") => "a part between slashes is empty".to_owned(),
        Some(part) if part.chars().any(|c| c.is_ascii_uppercase()) => format!("\"{part}\" has capital letters"),
        Some(part) => format!("\"{part}\" is not letters and digits with single . or _, __ or dashes between them"),
    };
    bail!("malformed repository: \"{repository}\": {why}")
}

fn is_component(component: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends_well = component.starts_with(alphanumeric) && component.ends_with(alphanumeric);
    let mut separators = component.split(alphanumeric).filter(|separator| !separator.is_empty());
    ends_well && separators.all(|text| matches!(text, "." | "_" | "__") || text.bytes().all(|byte| byte == b'-'))
}

/// A tag is 1 to 128 letters, digits, `_`, `.` and `-`, and begins with none of the last two.
///
/// Source: the OCI distribution-spec, "Pulling manifests".
pub fn check_tag(tag: &str) -> Result<()> {
    let why = match tag {
        "" => "it is empty",
        _ if tag.len() > 128 => "it is longer than 128 characters",
        _ if tag.starts_with(['.', '-']) => "it begins with a dot or a dash",
        _ if !tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)) => {
            "only letters, digits, underscores, dots and dashes may stand in it"
        }
        _ => return Ok(()),
    };
    bail!("malformed tag: \"{tag}\": {why}")
}
