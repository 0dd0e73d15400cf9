//! What every chapter's binary needs and no chapter is about: how errors are told, where the example lies, where
//! the results go. Nothing here is about container images.

mod lock;
mod out_dir;
mod stdout;
mod unfinished;

pub use lock::lock;
pub use out_dir::OutDir;

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs a chapter: gives it standard output, and prints its error as `error: what: on what: why`.
///
/// If the reader closes the pipe early, as `head` does, it ends there without a word, like any Unix program.
pub fn run(chapter: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> ExitCode {
    match chapter(&mut stdout::lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if stdout::reader_left(&error) => ExitCode::from(141), // 128 + SIGPIPE, as a shell reports it
        Err(error) => {
            // If standard error is closed as well, there is nobody left to tell.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `fixtures/hello/rootfs`, the directory that every chapter works on unless told otherwise.
///
/// It is found from where this crate was built, not from the current directory, so that a chapter runs from anywhere.
pub fn hello_rootfs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/rootfs"))
}

/// A progress bar of `bytes` on standard error; nothing at all where that is not a terminal.
pub fn progress_bar(what: &'static str, bytes: u64) -> ProgressBar {
    let style = "{msg} [{wide_bar}] {bytes}/{total_bytes} {eta}";
    let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style.progress_chars("=> ")).with_message(what)
}
