// ANCHOR: challenges
use std::collections::BTreeMap;
use ureq::http::HeaderMap;

/// One way in that a registry offers: `Bearer realm="https://…",service="…",scope="…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub scheme: String,
    /// By their names, in lower case.
    pub parameters: BTreeMap<String, String>,
}

/// The challenges in an answer with the status 401, in their order.
///
/// There may be several in one header, and several headers. A comma separates challenges as well as the parameters of
/// one, so what follows a comma begins a challenge unless it is `name=value`. Source: RFC 9110, section 11.6.1.
pub fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let values = headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
    for part in values.flat_map(split_at_commas) {
        let (start, parameter) = match part.split_once(' ') {
            // A space before the name of a parameter: what stands before it is a scheme.
            Some((scheme, parameter)) if !scheme.contains('=') && !parameter.trim_start().starts_with('=') => {
                (Some(scheme), parameter.trim())
            }
            _ if part.contains('=') => (None, part),
            _ => (Some(part), ""),
        };
        if let Some(scheme) = start {
            challenges.push(Challenge { scheme: scheme.to_lowercase(), parameters: BTreeMap::new() });
        }
        if let (Some(challenge), Some((name, value))) = (challenges.last_mut(), parameter.split_once('=')) {
            challenge.parameters.insert(name.trim().to_lowercase(), unquote(value.trim()));
        }
    }
    challenges
}
// ANCHOR_END: challenges

// ANCHOR: split
/// Splits at commas, but not within quotes: a scope holds commas.
fn split_at_commas(header: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, c) in header.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(header[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(header[start..].trim());
    parts.retain(|part| !part.is_empty());
    parts
}

/// The text of a quoted string, where a backslash stands before a character that is meant as it is.
fn unquote(value: &str) -> String {
    let Some(quoted) = value.strip_prefix('"') else { return value.to_owned() };
    let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
    let mut characters = quoted.chars();
    let mut text = String::new();
    while let Some(c) = characters.next() {
        text.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    text
}
// ANCHOR_END: split
