//! What cannot be read, and its exact message.

use std::fs;
use std::process::Command;
use test_kit::{fails, repository, run, temporary};

fn explain_diff() -> Command {
    Command::new(env!("CARGO_BIN_EXE_explain-diff"))
}

#[test]
fn a_missing_file() {
    let why = fs::metadata("no/such").unwrap_err();
    let reference = repository("fixtures/hello/reference/layer.tar");
    for args in [["no/such".as_ref(), reference.as_path()], [reference.as_path(), "no/such".as_ref()]] {
        fails(explain_diff().args(args), 2, &format!("error: cannot read: no/such: {why}"));
    }
}

#[test]
fn a_directory_that_is_no_image_layout() {
    let work = temporary();
    let error = format!(
        "error: cannot read: {}: it is a directory, but not an image layout: it has no file oci-layout\n\
         help: name two files, or two image layouts such as out/oci",
        work.path().display()
    );
    fails(explain_diff().arg(work.path()).arg(work.path()), 2, &error);
}

#[test]
fn one_argument() {
    assert_eq!(run(explain_diff().arg("x")).code, Some(2));
}
