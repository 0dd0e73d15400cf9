//! A pull that is ended by Ctrl-C. (Apart from the other tests, whose locks its many processes would share for a moment.)
#![cfg(unix)]

mod common;

use common::ch08;
use std::process::{Command, Stdio};
use std::time::Duration;
use test_kit::{have, names, temporary};

/// Whenever it comes, Ctrl-C leaves no hidden directory, and is told by the exit code alone.
#[test]
fn interrupted_at_any_moment() {
    if !have(&["kill"]) {
        return;
    }
    for moment in 1..40 {
        let out = temporary();
        let child = ch08().arg("-o").arg(out.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 * moment));
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let ran = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "after {moment}");
        // None if it had not begun, 0 if it had ended.
        assert!(matches!(ran.status.code(), None | Some(0 | 130)), "after {moment}: {}", ran.status);
        // The beginnings of blobs are for the next run.
        let mut left = names(out.path());
        left.retain(|name| name != "oci" && name != ".unfinished-pull");
        assert_eq!(left, [""; 0], "after {moment}");
    }
}
