//! The manifest, the image layout and the archive are the reference.

use std::fs;
use std::process::Command;
use test_kit::{have, repository, script, succeed, temporary};

fn ch05() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch05-write-manifest"))
}

const ARTIFACTS: [&str; 6] = ["layer.tar", "layer.tar.gz", "config.json", "manifest.json", "oci", "image.tar"];

#[test]
fn makes_the_reference() {
    let out = temporary();
    insta::assert_snapshot!(succeed(ch05().arg("-o").arg(out.path())));
    for name in ARTIFACTS {
        explain_diff::assert_same(&out.path().join(name), &repository("fixtures/hello/reference").join(name));
    }
    assert_eq!(test_kit::names(out.path()).len(), ARTIFACTS.len(), "nothing else is left");
}

#[test]
fn script_and_program_agree() {
    if !have(&["sh", "GNU tar", "gzip"]) {
        return;
    }
    let (by_hand, by_program) = (temporary(), temporary());
    let rootfs = repository("fixtures/hello/rootfs");
    succeed(script("02-make-layer.sh").arg(rootfs).arg(by_hand.path()).env("SOURCE_DATE_EPOCH", "1700000000"));
    for step in ["04-write-config.sh", "05-write-manifest.sh"] {
        succeed(script(step).arg(by_hand.path()).env("SOURCE_DATE_EPOCH", "1700000000"));
    }
    succeed(ch05().arg("-o").arg(by_program.path()).env("SOURCE_DATE_EPOCH", "1700000000"));
    for name in ARTIFACTS {
        explain_diff::assert_same(&by_program.path().join(name), &by_hand.path().join(name));
    }
}

#[test]
fn the_docker_format_names_the_same_blobs() {
    let out = temporary();
    succeed(ch05().arg("-o").arg(out.path()).args(["--format", "docker"]));
    for name in ["layer.tar.gz", "config.json"] {
        explain_diff::assert_same(&out.path().join(name), &repository("fixtures/hello/reference").join(name));
    }
    insta::assert_snapshot!(fs::read_to_string(out.path().join("manifest.json")).unwrap());
}

#[test]
fn annotations_platform_and_name() {
    let out = temporary();
    let mut ch05 = ch05();
    ch05.args(["--annotation", "b=2", "--annotation", "a=1", "--tag", "localhost:5000/me/hello:1.0"]);
    succeed(ch05.args(["--arch", "arm64", "--variant", "v8"]).arg("-o").arg(out.path()));
    let read = |name: &str| fs::read_to_string(out.path().join(name)).unwrap();
    insta::assert_snapshot!(format!("{}\n{}", read("manifest.json"), read("oci/index.json")));
}

#[test]
fn another_run_replaces_the_layout() {
    let out = temporary();
    succeed(ch05().arg("-o").arg(out.path()).args(["--env", "A=1"]));
    succeed(ch05().arg("-o").arg(out.path()));
    explain_diff::assert_same(&out.path().join("oci"), &repository("fixtures/hello/reference/oci"));
    assert_eq!(test_kit::names(&out.path().join("oci/blobs/sha256")).len(), 3, "no blob of the earlier image is left");
}

/// skopeo reads both the directory and the archive, and finds the same image.
#[test]
fn skopeo_reads_both() {
    if !have(&["skopeo"]) {
        return;
    }
    let reference = repository("fixtures/hello/reference");
    let inspect = |what: String| succeed(Command::new("skopeo").args(["inspect", "--config", "--raw", &what]));
    let config = fs::read_to_string(reference.join("config.json")).unwrap();
    assert_eq!(inspect(format!("oci:{}:latest", reference.join("oci").display())), config);
    assert_eq!(inspect(format!("docker-archive:{}", reference.join("image.tar").display())), config);
}
