// ANCHOR: check_repository
use anyhow::{Result, bail};

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
// ANCHOR_END: check_repository

// ANCHOR: check_tag
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
// ANCHOR_END: check_tag
