//! Tables of real bytes, which the book's script brings to life.

use anyhow::Result;

/// Their paths under `book/src`, and their text.
pub fn all() -> Result<Vec<(String, String)>> {
    Ok(Vec::new())
}
