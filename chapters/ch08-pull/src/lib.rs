//! Chapter 8: pull the image from a registry.
//!
//! The way back: a name becomes a manifest, the manifest names blobs, and nothing is believed before its digest is. What
//! the documents say is in `image`, which of several images fits is in `choice` and `platform`. `resolve` asks the
//! registry for manifests; `blobs` fetches several blobs at once, `blob` and `part` one, from where it was cut off; `pull`
//! puts all in order, and `target` writes the image layout that `layout` reads. `command` is the command line.

mod blob;
mod blobs;
mod choice;
mod command;
mod hello;
mod image;
mod layout;
mod part;
mod platform;
mod pull;
mod resolve;
mod target;

pub use command::{Command, pull_hello, pull_reference};
pub use image::{Document, Image, parse_document};
pub use layout::{open_file, open_layout, read_document};
pub use platform::{parse_platform, platform_name, this_machine};
pub use pull::pull;
