//! Chapter 8: pull the image from a registry.

mod image;
mod layout;

pub use image::{Document, Image, parse_document};
pub use layout::{open_layout, read_document};
