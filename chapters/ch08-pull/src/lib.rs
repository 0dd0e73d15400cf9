//! Chapter 8: pull the image from a registry.

mod choice;
mod image;
mod layout;
mod platform;

pub use image::{Document, Image, parse_document};
pub use layout::{open_layout, read_document};
pub use platform::{parse_platform, platform_name, this_machine};
