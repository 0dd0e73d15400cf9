//! The pictures of the book, as SVG that takes the colours of the page.

use anyhow::Result;

/// Their paths under `book/src`, and their text.
pub fn all() -> Result<Vec<(String, String)>> {
    Ok(Vec::new())
}
