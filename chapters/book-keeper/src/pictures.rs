//! The pictures of the book, as SVG that takes the colours of the page.
//!
//! Where a picture shows bytes, sizes, digests or what uses what, it is drawn from the artifacts themselves.

mod artifacts;
mod build_steps;
mod container;
mod digest_tree;
mod effective;
mod escape;
mod files;
mod layers;
mod log_in;
mod namespaces;
mod path;
mod pull;
mod push;
mod registry_storage;
mod sequence;
mod svg;
mod tar_header;
mod two_names;
mod whole_image;

use anyhow::Result;

/// Their paths under `book/src`, and their text.
pub fn all() -> Result<Vec<(String, String)>> {
    Ok(vec![
        path::picture()?,
        namespaces::picture(),
        build_steps::picture(),
        whole_image::picture()?,
        files::picture()?,
        layers::picture(),
        tar_header::picture()?,
        two_names::picture()?,
        effective::picture(),
        digest_tree::picture()?,
        push::picture()?,
        log_in::picture()?,
        registry_storage::picture()?,
        pull::picture()?,
        escape::picture(),
        container::picture(),
    ])
}
