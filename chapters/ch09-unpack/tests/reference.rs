//! The hello image becomes the directory that it was made of.

#[cfg(target_os = "linux")]
mod common;

#[cfg(target_os = "linux")]
use {common::ch09, std::fs, std::path::Path, test_kit::succeed};

use test_kit::{names, repository, temporary};

/// Files and directories below, and what is in the files.
#[cfg(target_os = "linux")]
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

/// Without a layout it pulls the hello image as chapter 8 does, whatever the umask.
#[test]
#[cfg(target_os = "linux")]
fn without_arguments() {
    let work = temporary();
    let mut sh = std::process::Command::new("sh");
    sh.args(["-c", r#"umask 077; exec "$0""#, env!("CARGO_BIN_EXE_ch09-unpack")]).current_dir(work.path());
    assert!(succeed(&mut sh).ends_with("\n  7 entries; its DiffID is verified\nout/rootfs\n"));
    let rootfs = work.path().join("out/rootfs");
    assert_eq!(contents(&rootfs, ""), contents(&repository("fixtures/hello/rootfs"), ""));
    let mode = |name: &str| std::os::unix::fs::MetadataExt::mode(&rootfs.join(name).metadata().unwrap()) & 0o7777;
    assert_eq!(["", "hello", "etc/motd"].map(mode), [0o755, 0o755, 0o644]);
    assert_eq!(names(&work.path().join("out")), ["oci", "rootfs", "rootfs.image"]);
}

#[test]
#[cfg(not(target_os = "linux"))]
fn elsewhere_it_says_that_it_needs_linux() {
    let out = temporary();
    let error = "error: cannot unpack: a root file system needs Linux\nhelp: use a virtual machine, on Windows WSL 2";
    // Before it pulls the image, or even looks whether it is there.
    for layout in [None, Some(repository("fixtures/hello/reference/oci")), Some("nowhere".into())] {
        let mut ch09 = std::process::Command::new(env!("CARGO_BIN_EXE_ch09-unpack"));
        test_kit::fails(ch09.args(layout).current_dir(out.path()), 1, error);
    }
    assert_eq!(names(out.path()), [""; 0]);
}
