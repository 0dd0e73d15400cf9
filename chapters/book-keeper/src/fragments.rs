//! Tables of real bytes, which the book's script brings to life.

mod blobs;
mod byte_map;

use crate::repository;
use anyhow::{Context, Result};

/// Their paths under `book/src`, and their text.
pub fn all() -> Result<Vec<(String, String)>> {
    Ok(vec![
        ("generated/byte-map.html".to_owned(), byte_map::html().context("cannot draw the byte map")?),
        ("generated/blobs.html".to_owned(), blobs::html().context("cannot draw the blobs")?),
    ])
}

/// A file of the reference, which the scripts made.
fn reference(path: &str) -> Result<Vec<u8>> {
    let path = repository("fixtures/hello/reference").join(path);
    std::fs::read(&path).with_context(|| format!("cannot read: {}", path.display()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Who may do what, as `ls` writes it: `rwxr-xr-x`.
fn permissions(mode: u32) -> String {
    (0..9).map(|bit| if mode & (0o400 >> bit) != 0 { ["r", "w", "x"][bit % 3] } else { "-" }).collect()
}
