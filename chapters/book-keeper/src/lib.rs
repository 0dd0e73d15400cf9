//! Keeps the book true. `console` finds the commands of a page, `session` runs them, and what they print is written down;
//! `errors` does so for every error that the tests provoke; `pictures` and
//! `fragments` draw what shows bytes and digests, from the real artifacts; `includes` sees to it that every line of the
//! chapters stands in the book, once; `words` looks for names, links and marks that lead nowhere.
//!
//! `cargo run -p book-keeper` renews the book, `cargo test -p book-keeper` checks it.

pub mod console;
pub mod errors;
pub mod fragments;
pub mod includes;
pub mod pictures;
mod session;
pub mod words;

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A path in this repository.
pub fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    root.join(path).components().collect()
}

/// A page of the book.
#[derive(Debug, Clone)]
pub struct Page {
    /// Relative to `book/src`, with slashes.
    pub name: String,
    pub text: String,
}

/// The pages, in the order of the table of contents; that itself is not one.
pub fn pages() -> Result<Vec<Page>> {
    let folder = repository("book/src");
    let summary = read(&folder.join("SUMMARY.md"))?;
    let names = summary.lines().filter_map(|line| line.rsplit_once("](")?.1.strip_suffix(')'));
    names.map(|name| Ok(Page { name: name.to_owned(), text: read(&folder.join(name))? })).collect()
}

/// The files under `book/src` that are made of the artifacts: their paths there, and what they must hold.
pub fn generated() -> Result<Vec<(String, String)>> {
    let mut files = pictures::all()?;
    files.extend(fragments::all()?);
    Ok(files)
}

pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read: {}", path.display()))
}
