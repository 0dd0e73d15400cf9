//! Chapter 6: push the image to a registry.
//!
//! A registry is an HTTP server that stores blobs by their digests and manifests by digest or tag. `push` is the
//! protocol, `answer` reads what the registry says, and `read_back` asks for everything again; `command` is the command
//! line. Source: the OCI distribution-spec 1.1.

mod answer;
mod command;
mod push;
mod read_back;

pub use answer::{explanation, join};
pub use command::{Command, Push, start_registry};
pub use push::{Repository, push};
pub use read_back::read_back;
