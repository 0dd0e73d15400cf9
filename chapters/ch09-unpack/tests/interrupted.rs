//! Whoever stops it half-way finds no root file system, and the earlier one as it was.
#![cfg(target_os = "linux")]

mod common;

use common::{Layer, ch09, image, tree};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use test_kit::{have, names, succeed, temporary};

/// Starts the program on a layer of which the end does not come, and waits until the beginning is unpacked.
fn start(work: &Path) -> (Child, File) {
    let (layout, out) = (work.join("oci"), work.join("out"));
    image(&layout, &[Layer::default().file("earlier", "kept")]);
    succeed(ch09().arg(&layout).arg("-o").arg(out.join("rootfs")));
    fs::remove_dir_all(&layout).unwrap();
    let mut layer = Layer::default().directory("a");
    for number in 0..2000 {
        layer = layer.file(&format!("a/{number}"), &number.to_string());
    }
    let tar = layer.tar();
    common::write_layout(&layout, &[(tar.clone(), ch03_digest::Digest::of(&tar))]);
    let blob = layout.join("blobs/sha256").join(ch03_digest::Digest::of(&tar).hex());
    fs::remove_file(&blob).unwrap();
    succeed(Command::new("mkfifo").arg(&blob));
    let child = ch09().arg(&layout).arg("-o").arg(out.join("rootfs")).stderr(Stdio::null()).spawn().unwrap();
    let mut fifo = File::options().write(true).open(&blob).unwrap();
    std::io::Write::write_all(&mut fifo, &tar[..tar.len() - 2048]).unwrap();
    while !names(&out).iter().any(|name| out.join(name).join("rootfs/a/1500").exists()) {
        std::thread::yield_now();
    }
    (child, fifo)
}

/// What is left when the signal has ended it: the hidden directory may be, the name is not taken.
fn stop(signal: &str) -> (Option<i32>, Vec<String>) {
    let work = temporary();
    let inode = |path: &Path| path.metadata().unwrap().ino();
    let (mut child, fifo) = start(work.path());
    let earlier = inode(&work.path().join("out/rootfs"));
    succeed(Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()));
    let status = child.wait().unwrap();
    drop(fifo);
    let out = work.path().join("out");
    assert_eq!(tree(&out.join("rootfs")), ["earlier kept"]);
    assert_eq!(inode(&out.join("rootfs")), earlier);
    (status.code(), names(&out))
}

#[test]
fn ctrl_c_leaves_nothing() {
    if !have(&["mkfifo", "kill"]) {
        return;
    }
    for signal in ["INT", "TERM"] {
        assert_eq!(stop(signal), (Some(130), vec!["rootfs".to_owned(), "rootfs.image".to_owned()]));
    }
}

#[test]
fn kill_leaves_only_a_hidden_directory() {
    if !have(&["mkfifo", "kill"]) {
        return;
    }
    let (code, names) = stop("KILL");
    assert_eq!((code, names.len()), (None, 3));
    assert!(names[0].starts_with(".unfinished-"), "{names:?}");
}
