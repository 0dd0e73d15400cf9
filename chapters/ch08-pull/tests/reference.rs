//! What is pulled is what was pushed, and the layout says so.

mod common;

use ch03_digest::Platform;
use ch08_pull::{open_layout, read_document};
use common::{Server, blobs, ch08, noise, path_of};
use serde_json::Value;
use std::fs;
use std::path::Path;
use test_kit::{names, repository, run, succeed, temporary};

/// Without what differs between two runs: the port and the date.
fn normal(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("< date:"));
    let lines = lines.map(|line| match line.split_once("127.0.0.1:") {
        Some((before, after)) => {
            format!("{before}127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn index(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("oci/index.json")).unwrap()).unwrap()
}

fn names_in_index(out: &Path) -> Vec<String> {
    let index = index(out);
    let entries = index["manifests"].as_array().unwrap().iter();
    let name = |entry: &Value| entry["annotations"]["org.opencontainers.image.ref.name"].as_str().unwrap().to_owned();
    entries.map(name).collect()
}

#[test]
fn the_hello_image_comes_back_as_it_was_made() {
    let out = temporary();
    let ran = run(ch08().arg("-o").arg(out.path()).arg("--platform=linux/amd64"));
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    insta::assert_snapshot!("stdout", normal(&ran.stdout));
    explain_diff::assert_same(&out.path().join("oci"), &repository("fixtures/hello/reference/oci"));
    assert_eq!(names(out.path()), ["oci"], "nothing else stays");
    let again = run(ch08().arg("-o").arg(out.path()).arg("--platform=linux/amd64"));
    insta::assert_snapshot!("stdout_of_the_second_pull", normal(&again.stdout));
    explain_diff::assert_same(&out.path().join("oci"), &repository("fixtures/hello/reference/oci"));
}

#[test]
fn a_trace_shows_every_exchange() {
    let out = temporary();
    let ran = run(ch08().arg("-o").arg(out.path()).args(["--trace", "--platform=linux/amd64"]));
    insta::assert_snapshot!(normal(&ran.stderr));
}

#[test]
fn the_layout_is_found_to_hold_the_image() {
    let out = temporary();
    succeed(ch08().arg("-o").arg(out.path()).arg("--platform=linux/amd64"));
    let wanted = Platform { os: "linux".into(), architecture: "amd64".into(), variant: None };
    let layout = out.path().join("oci");
    let image = open_layout(&layout, Some(&wanted)).unwrap();
    assert_eq!(image, open_layout(&repository("fixtures/hello/reference/oci"), Some(&wanted)).unwrap());
    let folder = repository("fixtures/hello/reference");
    assert_eq!(read_document(&layout, &image.config).unwrap(), fs::read(folder.join("config.json")).unwrap());
    assert_eq!(read_document(&layout, &image.manifest).unwrap(), fs::read(folder.join("manifest.json")).unwrap());
}

/// In the manifest's order, whichever is ready first; one that is listed twice comes once.
#[test]
fn several_layers() {
    let (server, out) = (Server::new(), temporary());
    let layers: Vec<_> = [300_000, 0, 5, 100_000, 7]
        .into_iter()
        .map(|size| server.blob(common::OCI_LAYER, &noise(size, size as u32)))
        .collect();
    let twice = [&layers[..], &layers[..2]].concat();
    let image = server.image(Some("1"), "linux/amd64", &twice);
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    let told: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("layer")).collect();
    let expected = layers.iter().map(|layer| format!("layer     {}  {} bytes  pulled", layer.digest, layer.size));
    assert_eq!(told, expected.collect::<Vec<_>>());
    assert_eq!(ran.stdout.lines().last().unwrap(), format!("ADDRESS/r@{}", image.digest));
    for (layer, size) in layers.iter().zip([300_000, 0, 5, 100_000, 7]) {
        assert!(fs::read(path_of(out.path(), layer)).unwrap() == noise(size, size as u32));
    }
    assert_eq!(blobs(out.path()).len(), 7);
}

#[test]
fn sha512() {
    use std::io::Write;
    let (server, out) = (Server::new(), temporary());
    let bytes = noise(100_000, 1);
    let mut writer = ch03_digest::DigestWriter::new(ch03_digest::Algorithm::Sha512, std::io::sink());
    writer.write_all(&bytes).unwrap();
    let layer = server.blob_of(common::OCI_LAYER, writer.digest(), &bytes);
    server.image(Some("1"), "linux/amd64", std::slice::from_ref(&layer));
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    assert!(fs::read(path_of(out.path(), &layer)).unwrap() == bytes);
}

#[test]
fn by_digest() {
    let (server, out) = (Server::new(), temporary());
    let image = server.image(Some("1"), "linux/amd64", &[]);
    let ran = server.pull(&format!("@{}", image.digest), out.path(), &["--platform=linux/amd64"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    let name = format!("{}/r@{}", server.address(), image.digest);
    assert_eq!(index(out.path())["manifests"][0]["annotations"], serde_json::json!({"io.containerd.image.name": name}));
}

/// The image pulled last is first, one of the same name gives way, and what others wrote stays as it is.
#[test]
fn the_names_in_the_index() {
    let (server, out) = (Server::new(), temporary());
    let (one, two) = (server.image(Some("1"), "linux/amd64", &[]), server.image(Some("2"), "linux/amd64/v1", &[]));
    let pull = |name: &str| assert_eq!(server.pull(name, out.path(), &["--platform=linux/amd64"]).code, Some(0));
    pull(":1");
    pull(":2");
    assert_eq!(names_in_index(out.path()), ["2", "1"]);
    server.image(Some("1"), "linux/amd64/v1", &[]);
    pull(":1");
    assert_eq!(names_in_index(out.path()), ["1", "2"]);
    assert_eq!(index(out.path())["manifests"][0]["digest"], two.digest.to_string());

    let by_others = format!(
        r#"{{ "digest" :"{0}","size":{1}, "mediaType":"{2}","zzz":[1.0],"annotations":{{"org.opencontainers.image.ref.name":"NAME"}}}}"#,
        one.digest, one.size, one.media_type
    );
    let (kept, replaced) = (by_others.replace("NAME", "kept"), by_others.replace("NAME", "1"));
    let end = r#","subject":{"size": 1},"annotations":{"by" : "others"}}"#;
    let start = r#""artifactType":"x","manifests":["#;
    let text = format!("{{\"schemaVersion\":2,{start}{kept},{replaced}]{end}");
    fs::write(out.path().join("oci/index.json"), text).unwrap();
    pull(":1");
    assert_eq!(names_in_index(out.path()), ["1", "kept"]);
    let text = fs::read_to_string(out.path().join("oci/index.json")).unwrap();
    assert!(text.contains(start) && text.ends_with(&format!(",{kept}]{end}")), "{text}");
    let wanted = Platform { os: "linux".into(), architecture: "amd64".into(), variant: None };
    assert_eq!(open_layout(&out.path().join("oci"), Some(&wanted)).unwrap().manifest.digest, two.digest);
}
