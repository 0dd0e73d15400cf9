//! The script of chapter 8 and the program make the same layout, and the same requests.

mod common;

use common::{OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Server, for_platform, noise, pull};
use std::fs;
use test_kit::{Reply, answer, have, misbehave, names, run, script, succeed, temporary};

#[test]
fn script_and_program_make_the_same_layout() {
    if !have(&["sh", "curl", "jq"]) {
        return;
    }
    let server = Server::new();
    let layers: Vec<_> = (1..4).map(|seed| server.blob(OCI_LAYER, &noise(1000, seed))).collect();
    server.image(Some("1"), "linux/amd64", &layers);
    let (arm, amd) =
        (server.image(None, "linux/arm64/v8", &layers[..1]), server.image(None, "linux/amd64", &layers[1..]));
    server.index(Some("2"), &[for_platform(&arm, "linux/arm64/v8"), for_platform(&amd, "linux/amd64")]);
    let (by_hand, by_program) = (temporary(), temporary());
    let registry = misbehave(server.address(), |_| Reply::Forward);
    let address = registry.address.to_string();
    let mut requests = 0;
    for (name, platform) in
        [("r:1", "linux/amd64"), ("r:2", "linux/arm64"), ("r:2", "linux/amd64"), ("r:1", "linux/amd64")]
    {
        succeed(script("08-pull.sh").arg(&address).arg(name).arg(by_hand.path()).env("PLATFORM", platform));
        let of_script = registry.lines().split_off(requests);
        let ran = pull(&format!("{address}/{name}"), by_program.path(), &["--platform", platform]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
        let mut of_program = registry.lines().split_off(requests + of_script.len());
        // Several threads ask for layers, in any order.
        let mut sorted = of_script.clone();
        sorted.sort();
        of_program.sort();
        assert_eq!(sorted, of_program);
        requests += 2 * of_script.len();

        let files = |folder: &str| names(&by_hand.path().join(folder));
        assert_eq!(files(""), ["oci"]);
        assert_eq!(files("oci"), ["blobs", "index.json", "oci-layout"]);
        assert_eq!(files("oci/blobs/sha256"), names(&by_program.path().join("oci/blobs/sha256")));
        let blobs = files("oci/blobs/sha256").into_iter().map(|name| format!("blobs/sha256/{name}"));
        for file in blobs.chain(["index.json".into(), "oci-layout".into()]) {
            let read = |out: &tempfile::TempDir| fs::read(out.path().join("oci").join(&file)).unwrap();
            assert!(read(&by_hand) == read(&by_program), "{file}");
        }
    }
}

#[test]
fn the_script_believes_nobody() {
    if !have(&["sh", "curl", "jq"]) {
        return;
    }
    let (server, out) = (Server::new(), temporary());
    let layer = server.blob(OCI_LAYER, &noise(1000, 1));
    server.image(Some("1"), "linux/amd64", std::slice::from_ref(&layer));
    let stored = server.root.path().join("registry/blobs/sha256").join(layer.digest.hex());
    fs::write(stored, noise(1000, 2)).unwrap();
    let mut script = script("08-pull.sh");
    let told = format!("error: the registry sent other bytes than those of {}", layer.digest);
    test_kit::fails(script.arg(server.address().to_string()).arg("r:1").arg(out.path()), 1, &told);
    assert!(!out.path().join("oci/index.json").exists());
}

/// What it answers instead of a manifest, and what the script says.
#[test]
fn the_script_takes_an_image_only() {
    if !have(&["sh", "curl", "jq"]) {
        return;
    }
    let (server, out) = (Server::new(), temporary());
    let amd = server.image(Some("1"), "linux/amd64", &[]);
    let config = serde_json::json!({"mediaType": OCI_CONFIG, "digest": amd.digest, "size": 1});
    let manifest = move |layers: serde_json::Value| {
        let document = serde_json::json!({"schemaVersion": 2, "config": config, "layers": layers});
        (OCI_MANIFEST, document.to_string())
    };
    let index = serde_json::json!({"schemaVersion": 2, "manifests": [for_platform(&amd, "linux/arm64")]});
    let cases = [
        (
            ("text/html; charset=utf-8", "<html>".to_owned()),
            "error: it is neither an image nor an index, but text/html\n",
        ),
        ((OCI_INDEX, index.to_string()), "error: there is no image for linux/amd64 in the index\n"),
        (manifest(serde_json::Value::Null), "jq: error"),
        (manifest(serde_json::json!(["oops"])), "jq: error"),
    ];
    for ((media_type, body), told) in cases {
        let registry = misbehave(server.address(), move |request| match request.is("GET", "/manifests/") {
            true => answer("200 OK", &[&format!("content-type: {media_type}")], &body),
            false => Reply::Forward,
        });
        let ran = run(script("08-pull.sh").arg(registry.address.to_string()).arg("r:1").arg(out.path()));
        assert!(ran.stderr.starts_with(told) && ran.code != Some(0), "{}", ran.stderr);
        assert_eq!(names(out.path()), [""; 0]);
    }
    // Then it begins, and after a failure in the middle the program can go on there.
    let registry = misbehave(server.address(), |request| match request.is("GET", "/blobs/") {
        true => answer("404 Not Found", &[], ""),
        false => Reply::Forward,
    });
    let ran = run(script("08-pull.sh").arg(registry.address.to_string()).arg("r:1").arg(out.path()));
    assert_eq!((ran.stderr.contains("404"), ran.code == Some(0)), (true, false), "{}", ran.stderr);
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
}

/// A media type with a parameter, and entries that others made: one with the same tag and no other name gives way.
#[test]
fn script_and_program_make_the_same_of_what_others_made() {
    if !have(&["sh", "curl", "jq"]) {
        return;
    }
    let server = Server::new();
    let (image, other) = (server.image(Some("1"), "linux/amd64", &[]), server.image(Some("2"), "linux/arm64", &[]));
    let body = fs::read_to_string(server.root.path().join("registry/blobs/sha256").join(image.digest.hex())).unwrap();
    let registry = misbehave(server.address(), move |request| match request.is("GET", "/manifests/") {
        true => answer("200 OK", &[&format!("Content-Type: {OCI_MANIFEST}; charset=utf-8")], &body),
        false => Reply::Forward,
    });
    let name = |key: &str, value: &str| {
        let mut entry = serde_json::to_value(&other).unwrap();
        entry["annotations"] = serde_json::json!({key: value});
        entry
    };
    let tag = "org.opencontainers.image.ref.name";
    let entries = [
        name(tag, "1"),
        name(tag, "2"),
        name("io.containerd.image.name", "x/r:1"),
        serde_json::to_value(&other).unwrap(),
    ];
    let index = serde_json::json!({"schemaVersion": 2, "manifests": entries}).to_string();
    let (by_hand, by_program) = (temporary(), temporary());
    for out in [&by_hand, &by_program] {
        fs::create_dir(out.path().join("oci")).unwrap();
        fs::write(out.path().join("oci/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        fs::write(out.path().join("oci/index.json"), &index).unwrap();
    }
    succeed(script("08-pull.sh").arg(registry.address.to_string()).arg("r:1").arg(by_hand.path()));
    let ran = pull(&format!("{}/r:1", registry.address), by_program.path(), &["--platform=linux/amd64"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    let read = |out: &tempfile::TempDir| fs::read_to_string(out.path().join("oci/index.json")).unwrap();
    let of = |out| serde_json::from_str::<serde_json::Value>(&read(out)).unwrap();
    assert_eq!(of(&by_hand), of(&by_program));
    assert_eq!(of(&by_hand)["manifests"].as_array().unwrap().len(), 4);
}
