//! What is pushed is the reference, and the practice registry has its very bytes.

use ch03_digest::{Descriptor, Digest};
use practice_registry::{Options, start};
use std::fs;
use std::path::Path;
use std::process::Command;
use test_kit::{names, repository, run, succeed, temporary};

fn ch06() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch06-push"))
}

/// Without what differs between two runs: the port, the date and the temporary directory.
fn normal(text: &str, out: &Path) -> String {
    let text = text.replace(&out.display().to_string(), "OUT").replace('\\', "/");
    let lines = text.lines().filter(|line| !line.starts_with("< date:"));
    let lines = lines.map(|line| match line.split_once("127.0.0.1:") {
        Some((before, after)) => {
            format!("{before}127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn pushes_to_the_practice_registry_that_it_brings() {
    let out = temporary();
    // What lies there from an earlier run would make this one shorter.
    for _ in 0..2 {
        let ran = run(ch06().arg("-o").arg(out.path()));
        insta::assert_snapshot!("without_reference", normal(&format!("{}{}", ran.stdout, ran.stderr), out.path()));
        assert_eq!(ran.code, Some(0));
    }
    let blobs = repository("fixtures/hello/reference/oci/blobs/sha256");
    let stored = out.path().join("registry/blobs/sha256");
    assert_eq!(names(&stored), names(&blobs));
    for name in names(&blobs) {
        explain_diff::assert_same(&stored.join(&name), &blobs.join(&name));
    }
    let reference = repository("fixtures/hello/reference/oci");
    explain_diff::assert_same(&out.path().join("oci"), &reference);
}

#[test]
fn a_trace_shows_every_exchange() {
    let out = temporary();
    let ran = run(ch06().arg("-o").arg(out.path()).arg("--trace"));
    insta::assert_snapshot!(normal(&ran.stderr, out.path()));
}

#[test]
fn what_is_there_is_not_sent_again() {
    let (out, root) = (temporary(), temporary());
    let registry = start(Options::new(root.path().join("registry"))).unwrap();
    let push = |name: &str, more: &[&str]| {
        let name = format!("{}/{name}", registry.address());
        normal(&succeed(ch06().arg("-o").arg(out.path()).arg(name).args(more)), out.path())
    };
    let steps = [
        push("hello:1", &[]),
        push("hello:2", &[]),
        push("me/hello", &["--mount-from", "hello"]),
        push("other/hello", &["--mount-from", "nobody/has/it"]),
        push("hello:docker", &["--format", "docker"]),
    ];
    insta::assert_snapshot!(steps.join("\n\n"));
}

#[test]
fn a_digest_reference_must_be_the_image() {
    let (out, root) = (temporary(), temporary());
    let registry = start(Options::new(root.path().join("registry"))).unwrap();
    let manifest = Digest::of(&fs::read(repository("fixtures/hello/reference/manifest.json")).unwrap());
    let name = |digest: &Digest| format!("{}/hello@{digest}", registry.address());
    succeed(ch06().arg("-o").arg(out.path()).arg(name(&manifest)));
    let another = Digest::of(b"another");
    let error = format!(
        "error: cannot push to {}: the image has another digest: {manifest}\nhelp: leave the digest out, or push by a tag",
        name(&another)
    );
    test_kit::fails(ch06().arg("-o").arg(out.path()).arg(name(&another)), 1, &error);
    assert!(root.path().join("registry/repositories/hello/_manifests").is_dir(), "the first one is still there");
}

/// A registry that forgets a bit is found out when everything is read back.
#[test]
fn reading_back_finds_other_bytes() {
    use ch05_write_manifest::{Format, Image};
    let root = temporary();
    let registry = start(Options::new(root.path().join("registry"))).unwrap();
    let reference = format!("{}/hello", registry.address()).parse().unwrap();
    let agent = http_agent::agent(false);
    let repository_there = ch06_push::Repository { http: &agent, reference: &reference };
    let folder = repository("fixtures/hello/reference");
    let describe = |media_type: &str, name: &str| {
        let bytes = fs::read(folder.join(name)).unwrap();
        Descriptor::new(media_type, Digest::of(&bytes), bytes.len() as u64)
    };
    let image = Image {
        manifest: describe(Format::Oci.manifest(), "manifest.json"),
        config: describe(Format::Oci.config(), "config.json"),
        layer: describe(Format::Oci.layer(), "layer.tar.gz"),
        diff_id: Digest::of(&fs::read(folder.join("layer.tar")).unwrap()),
    };
    ch06_push::push(&repository_there, &image, &folder.join("oci"), None, &mut Vec::new()).unwrap();
    ch06_push::read_back(&repository_there, &image).unwrap();
    let stored = root.path().join("registry/blobs/sha256").join(image.layer.digest.hex());
    let mut bytes = fs::read(&stored).unwrap();
    bytes[100] ^= 1;
    fs::write(&stored, &bytes).unwrap();
    let error = ch06_push::read_back(&repository_there, &image).unwrap_err();
    let digest = Digest::of(&bytes);
    let path = format!("blobs/{}", image.layer.digest);
    let expected =
        format!("cannot read back: {path}: the registry sent other bytes: 421 bytes with the digest {digest}");
    test_kit::refuses(error, &expected);
}
