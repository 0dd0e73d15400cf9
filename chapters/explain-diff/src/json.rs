use serde_json::Value;
use std::collections::BTreeSet;

/// Compares two documents: their values first, then how they are written.
pub fn compare(mine: &[u8], reference: &[u8]) -> Vec<String> {
    let (ours, theirs) = match (serde_json::from_slice(mine), serde_json::from_slice(reference)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(error), _) => return vec![format!("yours is not valid JSON: {error}")],
        (_, Err(error)) => return vec![format!("the reference is not valid JSON: {error}")],
    };
    let mut differences = Vec::new();
    compare_values("", &ours, &theirs, &mut differences);
    if differences.is_empty() {
        differences.push(how_written(mine, reference).to_owned());
    }
    differences
}

fn compare_values(path: &str, mine: &Value, reference: &Value, differences: &mut Vec<String>) {
    match (mine, reference) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for key in keys {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare_members(&path, ours.get(key), theirs.get(key), differences);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for index in 0..ours.len().max(theirs.len()) {
                compare_members(&format!("{path}[{index}]"), ours.get(index), theirs.get(index), differences);
            }
        }
        _ if mine != reference => {
            let path = if path.is_empty() { "the document" } else { path };
            differences.push(format!("{path}: yours {mine}, reference {reference}"));
        }
        _ => {}
    }
}

fn compare_members(path: &str, mine: Option<&Value>, reference: Option<&Value>, differences: &mut Vec<String>) {
    match (mine, reference) {
        (Some(ours), Some(theirs)) => compare_values(path, ours, theirs, differences),
        (Some(ours), None) => differences.push(format!("{path}: only in yours: {ours}")),
        (None, Some(theirs)) => differences.push(format!("{path}: missing in yours: {theirs}")),
        (None, None) => {}
    }
}

/// Two documents of the same values: a digest is of bytes, and sees what a reader of JSON does not.
fn how_written(mine: &[u8], reference: &[u8]) -> &'static str {
    let without_space =
        |bytes: &[u8]| bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<u8>>();
    if mine.trim_ascii() == reference.trim_ascii() {
        return "the values agree: a newline or space at an end differs: write the document without";
    }
    if without_space(mine) == without_space(reference) {
        return "the values agree: the white space differs: write the document without";
    }
    "the values agree: the keys are in another order, or a value is written in another way"
}
