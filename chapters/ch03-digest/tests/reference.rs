//! The digests are those of the reference, and those of sha256sum.

use ch03_digest::{Algorithm, Digest, DigestWriter};
use std::io::Write;
use std::process::Command;
use test_kit::{have, repository, script, succeed, temporary};

fn ch03() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch03-digest"))
}

#[test]
fn the_hello_layer() {
    insta::assert_snapshot!(succeed(&mut ch03()));
}

#[test]
fn digests_and_descriptor_are_the_reference() {
    let mut ch03_here = ch03();
    let digests =
        succeed(ch03_here.current_dir(repository("fixtures/hello/reference")).args(["layer.tar.gz", "layer.tar"]));
    let descriptor = succeed(ch03().arg("--descriptor"));
    let reference = std::fs::read_to_string(repository("fixtures/hello/reference/digests.txt")).unwrap();
    assert_eq!(digests + &descriptor, reference);
}

#[test]
fn the_descriptor_of_a_file() {
    let file = repository("fixtures/hello/reference/layer.tar.gz");
    assert_eq!(succeed(ch03().arg("--descriptor").arg(file)), succeed(ch03().arg("--descriptor")));
}

#[test]
fn script_and_program_agree() {
    if !have(&["sh", "GNU tar", "gzip"]) {
        return;
    }
    let out = temporary();
    succeed(script("02-make-layer.sh").arg(repository("fixtures/hello/rootfs")).arg(out.path()));
    let by_hand = succeed(script("03-digest.sh").arg(out.path()));
    let by_program = succeed(ch03().current_dir(out.path()).args(["layer.tar.gz", "layer.tar"]));
    assert_eq!(by_hand, by_program + &succeed(ch03().arg("--descriptor")));
}

#[test]
fn sha256sum_and_sha512sum_agree() {
    if !have(&["sha256sum", "sha512sum"]) {
        return;
    }
    let file = repository("fixtures/hello/rootfs/hello");
    for algorithm in ["sha256", "sha512"] {
        let theirs = succeed(Command::new(format!("{algorithm}sum")).arg(&file));
        let ours = succeed(ch03().args(["--algorithm", algorithm]).arg(&file));
        // What stands between hash and name is one of two things, and nothing to do with the hash.
        let hash = theirs.split(' ').next().unwrap();
        assert_eq!(ours, format!("{algorithm}:{hash}  {}\n", file.display()));
    }
}

/// The values of FIPS 180-4's examples: of nothing, and of `abc`.
#[test]
fn known_digests() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").to_string(), empty);
    let mut writer = DigestWriter::new(Algorithm::Sha512, Vec::new());
    writer.write_all(b"abc").unwrap();
    assert!(writer.digest().to_string().starts_with("sha512:ddaf35a193617abacc417349ae204131"));
}
