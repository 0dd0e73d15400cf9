//! The hello image becomes the directory that it was made of.

mod common;

use common::ch09;
use std::fs;
use std::path::Path;
use test_kit::{names, repository, succeed, temporary};

/// Files and directories below, and what is in the files.
fn contents(root: &Path, below: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for name in names(&root.join(below)) {
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        if root.join(&name).is_dir() {
            found.push((format!("{name}/"), Vec::new()));
            found.extend(contents(root, &name));
        } else {
            found.push((name.clone(), fs::read(root.join(&name)).unwrap()));
        }
    }
    found
}

#[test]
#[cfg(target_os = "linux")]
fn the_hello_image_is_the_directory_it_was_made_of() {
    let out = temporary();
    let layout = repository("fixtures/hello/reference/oci");
    let stdout = succeed(ch09().arg(layout).args(["-o", "a/rootfs"]).current_dir(out.path()));
    insta::assert_snapshot!(stdout);
    let rootfs = out.path().join("a/rootfs");
    assert_eq!(contents(&rootfs, ""), contents(&repository("fixtures/hello/rootfs"), ""));
    assert_eq!(names(&out.path().join("a")), ["rootfs", "rootfs.image"]);
    let digest: ch03_digest::Digest =
        fs::read_to_string(out.path().join("a/rootfs.image")).unwrap().trim().parse().unwrap();
    assert!(ch09_unpack::is_unpacked(&rootfs, &digest));
    assert!(!ch09_unpack::is_unpacked(&rootfs, &ch03_digest::Digest::of(b"another")));
    fs::remove_dir_all(&rootfs).unwrap();
    assert!(!ch09_unpack::is_unpacked(&rootfs, &digest));
}
