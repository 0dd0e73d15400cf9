use crate::{namespaces, tree};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A file, an image layout, or a root file system.
pub struct Artifact {
    /// Where your program puts it, relative to the output directory.
    pub mine: String,
    /// What it is, for whoever has not made it yet.
    pub what: String,
    pub expected: Expected,
}

pub enum Expected {
    /// What is at this path.
    Path(PathBuf),
    Text(String),
    /// An index that begins with the manifest of this digest.
    Index(String),
    /// A directory of what the archive at this path holds.
    Tree(PathBuf),
    /// The namespaces of a container.
    Namespaces,
}

impl Artifact {
    /// What differs between yours, which is at `mine`, and the reference, a line each.
    pub fn differences(&self, mine: &Path) -> Vec<String> {
        if !mine.exists() {
            return vec![format!("it is not there: {}", self.what)];
        }
        let differences = match &self.expected {
            Expected::Path(path) => explain_diff::explain(mine, path),
            Expected::Text(text) => read(mine).map(|mine| first_line_that_differs(&mine, text)),
            Expected::Index(digest) => read(mine).map(|mine| other_manifest(&mine, digest)),
            Expected::Tree(archive) => tree::differences(mine, archive),
            Expected::Namespaces => read(mine).map(|mine| namespaces::differences(&mine)),
        };
        let mut differences = differences.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if differences.iter().any(|line| line.starts_with("the uncompressed bytes agree")) {
            let help = "help: compress with zlib at level 6, or copy fixtures/hello/reference/layer.tar.gz and go on";
            differences.push(help.to_owned());
        }
        differences
    }
}

pub fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read: {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn first_line_that_differs(mine: &str, reference: &str) -> Vec<String> {
    let number = mine.lines().zip(reference.lines()).take_while(|(mine, reference)| mine == reference).count();
    let line = |text: &str| text.lines().nth(number).map_or("nothing".to_owned(), |line| format!("{line:?}"));
    match (mine == reference, line(mine) == line(reference)) {
        (true, _) => Vec::new(),
        (false, true) => vec!["the ends of the lines: each is one newline, and the last line has it too".to_owned()],
        (false, false) => vec![format!("line {}: yours {}, reference {}", number + 1, line(mine), line(reference))],
    }
}

fn other_manifest(index: &str, digest: &str) -> Vec<String> {
    let index: serde_json::Value = serde_json::from_str(index).unwrap_or_default();
    match index["manifests"][0]["digest"].as_str() {
        Some(mine) if mine == digest => Vec::new(),
        mine => vec![format!("manifests[0].digest: yours {}, reference {digest}", mine.unwrap_or("none"))],
    }
}
