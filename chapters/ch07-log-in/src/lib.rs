//! Chapter 7: log in.
//!
//! The push of chapter 6 does not change. It is given another agent: one that answers when the registry asks who is
//! there, follows where it is sent, and waits when it is told to. What the registry asks is read in `challenge`, who we
//! are is found in `credentials`, a token is fetched in `token`, and `log_in` puts them around chapter 6's agent.

mod challenge;
mod credentials;
mod log_in;
mod token;

pub use challenge::{Challenge, challenges};
pub use credentials::{Credentials, find_credentials};
pub use log_in::LogIn;
