//! The script of chapter 9 and the program make the same tree.
#![cfg(target_os = "linux")]

mod common;

use common::{Layer, ch09, image, listing};
use std::path::Path;
use tar::EntryType;
use test_kit::{have, repository, script, succeed, temporary};

fn same_tree(layout: &Path) {
    if !have(&["sh", "jq", "sha256sum", "gzip", "GNU tar", "find"]) {
        return;
    }
    let out = temporary();
    let (by_hand, ours) = (out.path().join("by-hand"), out.path().join("ours"));
    succeed(script("09-unpack.sh").arg(layout).arg(&by_hand));
    succeed(ch09().arg(layout).arg("-o").arg(&ours));
    assert_eq!(listing(&by_hand), listing(&ours));
}

#[test]
fn the_hello_image() {
    same_tree(&repository("fixtures/hello/reference/oci"));
}

#[test]
fn an_image_with_every_kind_of_change() {
    let layout = temporary();
    let lower = Layer::default().directory("./").directory("a").file("a/1", "one").directory("b").file("b/1", "one");
    let lower = lower.file("c", "a file").directory("d").file("d/1", "one").symlink("e", "a").hard_link("f", "a/1");
    let upper = Layer::default().directory("./").file(".wh.f", "").directory("b").file("b/2", "two");
    let upper = upper.file("b/.wh..wh..opq", "").directory("c").file("c/1", "one").file("d", "a file").directory("e");
    let upper = upper.directory("a").file("a/.wh.1", "").entry(EntryType::Regular, b"g", b"", |h| h.set_mode(0o4755));
    let upper = upper.pax(&[("mtime", b"5.25"), ("SCHILY.xattr.user.color", b"red")]).file("h", "hello");
    image(layout.path(), &[lower, upper]);
    same_tree(layout.path());
}

/// A shell and tar's table of contents have their own ideas of such names.
#[test]
fn names_with_spaces_and_others() {
    let layout = temporary();
    let (mut lower, mut upper) = (Layer::default().directory("./"), Layer::default().directory("./"));
    for name in ["a ", " a", "a\\b", "a\\", "a\tb", "*", "$x", "-e", "\u{e4}", "'a\"", "a b"] {
        lower = lower.file(name, "removed").file(&format!("{name}x"), "kept");
        lower = lower
            .directory(&format!("{name}d"))
            .file(&format!("{name}d/{name}"), "removed")
            .file(&format!("{name}r"), "");
        upper = upper
            .directory(&format!("{name}d"))
            .file(&format!(".wh.{name}"), "")
            .file(&format!("{name}d/.wh.{name}"), "")
            .directory(&format!("{name}r"));
    }
    image(layout.path(), &[lower, upper]);
    same_tree(layout.path());
}
