//! The script of chapter 8 and the program make the same layout, and the same requests.

mod common;

use common::{OCI_LAYER, Server, for_platform, noise, pull};
use std::fs;
use test_kit::{Reply, have, misbehave, names, script, succeed, temporary};

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
