//! Chapter 9: unpack the image: its layers, one over the other, become a root file system.
//!
//! A layer is an archive of what it adds, and of whiteouts for what it takes away. `layer` reads it and verifies it,
//! `tree` goes through its entries, which `archive` reads with what `pax` and `sparse` say of them. `entry` makes what each
//! says, with the `metadata` it says, `whiteout` removes, and `root` is why nothing outside is ever touched, whatever a
//! stranger's archive holds. `unpack` puts all in order, and `command` is the command line. Source: the OCI image-spec,
//! layer.md, "Applying Changesets".
#![cfg(target_os = "linux")]

mod archive;
mod command;
mod entry;
mod layer;
mod metadata;
mod pax;
mod root;
mod sparse;
mod tree;
mod unpack;
mod whiteout;

pub use command::Command;
pub use unpack::{MAX_SIZE, Options, is_unpacked, unpack};

/// What a stranger named, without what would command the terminal, and no longer than a few lines.
fn printable(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[..name.len().min(300)]);
    name.replace(char::is_control, "\u{fffd}")
}
