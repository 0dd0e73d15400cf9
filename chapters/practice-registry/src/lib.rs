//! A registry to practise on: the other end of the wire in chapters 6 and 7.
//!
//! It implements the OCI distribution-spec 1.1, and what its text has gained since, for one reader at their desk, with files
//! that can be looked at. `route` says what a request is for; `blobs`, `uploads`, `manifests` and `listing` answer it;
//! `storage` is where things lie; `auth` asks who is there, and `token` plays the token server. A production registry also
//! has quotas, garbage collection and storage that is shared.

mod answer;
mod auth;
mod blobs;
mod digest;
mod listing;
mod log;
mod manifests;
mod route;
mod server;
mod storage;
mod token;
mod uploads;

pub use auth::Auth;
pub use server::{Registry, start};
pub use storage::MARKER;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub struct Options {
    /// Port 0 is a free port.
    pub listen: SocketAddr,
    /// The directory for everything that is stored.
    pub root: PathBuf,
    pub auth: Auth,
    /// How long a token is good for.
    pub token_lifetime: Duration,
    /// Gets a line for each request, before its response is sent.
    pub log: Option<Box<dyn Write + Send>>,
}

impl Options {
    /// A registry in `root`, for everybody on this machine, on a free port.
    pub fn new(root: impl Into<PathBuf>) -> Options {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let token_lifetime = Duration::from_secs(300);
        Options { listen, root: root.into(), auth: Auth::Open, token_lifetime, log: None }
    }
}
