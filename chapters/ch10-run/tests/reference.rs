//! The hello image says hello, and what would be run is told.
#![cfg(target_os = "linux")]

mod common;

use common::{ch10, image, possible};
use serde_json::json;
use test_kit::{run, succeed, temporary};

#[test]
fn hello() {
    if !possible() {
        return;
    }
    let out = temporary();
    let hello = "Hello from an image built the hard way!\n";
    let first = run(ch10().arg("-o").arg(out.path()));
    assert_eq!((first.stdout.as_str(), first.code), (hello, Some(0)), "{}", first.stderr);
    assert!(first.stderr.contains("pulled") && first.stderr.contains("its DiffID is verified"), "{}", first.stderr);
    // From the layout there is nothing left to do but to run.
    let again = run(ch10().arg("-o").arg(out.path()).arg(out.path().join("oci")));
    assert_eq!((again.stdout.as_str(), again.stderr.as_str(), again.code), (hello, "", Some(0)));
    // What a container writes into its own root is not in the image.
    assert_eq!(test_kit::names(out.path()), ["oci", "rootfs", "rootfs.image"]);
    assert_eq!(test_kit::names(&out.path().join("rootfs")), ["etc", "hello", "srv"]);
}

#[test]
fn shows_the_configuration_of_hello() {
    let out = temporary();
    insta::assert_snapshot!(succeed(ch10().arg("-o").arg(out.path()).arg("--show-config")));
}

#[test]
fn shows_where_each_value_comes_from() {
    if !possible() {
        return;
    }
    let image = image(json!({
        "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["echo \u{1b}[31m"], "Env": ["PATH=/bin", "A=1", "B=2"], "User": "me:tape",
        "WorkingDir": "srv", "StopSignal": "SIGRTMIN+3"
    }));
    let by_image = image.run(&["--show-config"], &[]).stdout;
    let options =
        ["--show-config", "-e", "B=3", "-e", "HOME=/x", "-u", "5", "-w", "/w", "--hostname", "h", "-m", "64m"];
    let options = [&options[..], &["--cpus", "0.5", "--pids", "9", "-v", "/etc:/x/../y:ro", "--read-only"]].concat();
    let by_option = image.run(&options, &["exit 3"]).stdout;
    let replaced = image.run(&["--show-config", "--entrypoint", "[\"id\", \"-u\"]"], &[]).stdout;
    // The digest is busybox's, so this machine's.
    let host =
        by_image.lines().find_map(|line| line.strip_prefix("hostname")).unwrap().split_whitespace().last().unwrap();
    insta::assert_snapshot!(
        [&by_image, &by_option, &replaced].map(|text| text.replace(host, "0123456789ab")).join("\n")
    );
}
