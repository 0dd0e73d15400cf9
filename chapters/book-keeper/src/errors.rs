//! The page of errors explains each error that the tests provoke, and shows it as a program printed it.
//!
//! A heading of the third level is a part of a message, with words in capital letters for what varies. Below it is a block
//! of the kind `message`, which holds the shortest message that has this part.

use crate::{repository, session};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The page, with the errors that the programs print now.
pub fn renew(page: &str) -> Result<String> {
    let folder = tempfile::tempdir().context("cannot make a directory for the errors")?;
    let mut tests = Command::new("cargo");
    tests.args(["test", "--quiet", "--workspace", "--exclude", "book-keeper"]).current_dir(repository(""));
    let ran = tests.env("RECORD_ERRORS", folder.path()).output().context("cannot run the tests")?;
    let told = String::from_utf8_lossy(&ran.stdout);
    let told = told.split_once("\nfailures:\n").map_or("", |(_, failures)| failures);
    ensure!(ran.status.success(), "{told}the tests fail, and so the errors are not all there");
    with_messages(page, &messages(folder.path())?)
}

/// The page with these messages as its examples; an error if one of them is explained nowhere.
pub fn with_messages(page: &str, messages: &BTreeSet<String>) -> Result<String> {
    let headings: Vec<&str> = page.lines().filter_map(heading).collect();
    let unexplained: Vec<&String> =
        messages.iter().filter(|message| !headings.iter().any(|heading| has(message, heading))).collect();
    ensure!(unexplained.is_empty(), "no heading of the page of errors is a part of: {unexplained:#?}");
    let empty = headings.iter().find(|heading| !heading.contains(|c: char| c.is_ascii_lowercase()));
    ensure!(empty.is_none(), "nothing but words in capital letters, which fit every message: {empty:?}");
    let (mut renewed, mut example, mut skipping) = (String::new(), "", false);
    for line in page.lines() {
        skipping &= line != "```";
        if let Some(heading) = heading(line) {
            let fitting = messages.iter().filter(|message| has(message, heading));
            let Some(message) = fitting.min_by_key(|message| message.len()) else {
                bail!("no test provokes what the page of errors explains: {heading}");
            };
            example = message;
        }
        if !skipping {
            renewed += &format!("{line}\n");
        }
        if line == "```message" {
            renewed += &format!("{example}\n");
            skipping = true;
        }
    }
    Ok(renewed)
}

fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("### `")?.strip_suffix('`')
}

/// Whether the message has the parts of the pattern between its words in capital letters, in their order.
fn has(message: &str, pattern: &str) -> bool {
    let is_variable = |word: &str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
    let mut parts = vec![String::new()];
    for word in pattern.split_inclusive(|c: char| !c.is_ascii_alphabetic()) {
        let letters = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        match is_variable(letters) {
            true => parts.push(word[letters.len()..].to_owned()),
            false => parts.last_mut().into_iter().for_each(|part| *part += word),
        }
    }
    let rest = parts.iter().try_fold(message, |rest, part| Some(rest.split_once(part.as_str())?.1));
    rest.is_some()
}

/// The recorded messages: the first paragraph of each, without what differs from one run to the next.
fn messages(folder: &Path) -> Result<BTreeSet<String>> {
    let mut messages = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let text = fs::read_to_string(entry?.path())?;
        let message = text.split("\n\n").next().unwrap_or_default().trim_end();
        messages.insert(normal(message));
    }
    Ok(messages)
}

fn normal(message: &str) -> String {
    let temporary = format!("{}/.tmp", std::env::temp_dir().display());
    let mut parts = message.split(&temporary);
    let first = parts.next().unwrap_or_default().to_owned();
    // Six letters follow, chosen at random.
    let message = parts.fold(first, |text, part| format!("{text}DIR{}", part.get(6..).unwrap_or_default()));
    let message = message.replace(&repository("").display().to_string(), "~/hard-way");
    let message = session::with_ports_hidden(&session::with_ports_hidden(&message, "127.0.0.1:"), "0.0.0.0:");
    // Which side notices first that a connection is cut differs.
    let message = ["Connection reset by peer (os error 104)", "Broken pipe (os error 32)"]
        .iter()
        .fold(message, |message, cut| message.replace(cut, "Peer disconnected"));
    match message.split_once("response header is too big: ") {
        Some((before, _)) => format!("{before}response header is too big: SIZE > 65536"),
        None => message,
    }
}
