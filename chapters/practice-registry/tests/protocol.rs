//! The OCI distribution-spec 1.1, feature by feature. The official suite (scripts/conformance.sh) asks for much more.

mod common;

use common::{There, files, sha256, sha512};

#[test]
fn a_blob_in_one_request_in_two_and_in_a_stream() {
    let there = There::new();
    let digest = there.push_blob("a/b", b"one");
    let answer = there.ask(&format!("GET /v2/a/b/blobs/{digest}"), &[], b"");
    assert_eq!((answer.status, answer.text(), answer.header("docker-content-digest")), (200, "one", digest.as_str()));

    let digest = sha256(b"two");
    let answer = there.ask(&format!("PUT {}?digest={digest}", there.begin("a/b")), &[], b"two");
    assert_eq!((answer.status, answer.header("location")), (201, format!("/v2/a/b/blobs/{digest}").as_str()));

    let upload = there.begin("a/b");
    assert_eq!(there.ask(&format!("PATCH {upload}"), &[], b"str").header("range"), "0-2");
    assert_eq!(there.ask(&format!("PATCH {upload}"), &[], b"eam").header("range"), "0-5");
    let digest = sha512(b"stream");
    assert_eq!(there.ask(&format!("PUT {upload}?digest={digest}"), &[], b"").status, 201);
    assert_eq!(there.ask(&format!("GET /v2/a/b/blobs/{digest}"), &[], b"").text(), "stream");
}

#[test]
fn the_files_that_a_reader_can_look_at() {
    let there = There::new();
    let config = there.push_blob("hello", b"{}");
    let manifest =
        format!(r#"{{"schemaVersion":2,"config":{{"mediaType":"x","digest":"{config}","size":2}},"layers":[]}}"#);
    assert_eq!(there.push_manifest("hello", "latest", &manifest).status, 201);
    let (config, digest) = (config.replace(':', "-"), sha256(manifest.as_bytes()).replace(':', "-"));
    let blob = |name: &str| name.replace('-', "/");
    let mut expected = vec![
        format!("blobs/{}", blob(&config)),
        format!("blobs/{}", blob(&digest)),
        "practice-registry".to_owned(),
        format!("repositories/hello/_blobs/{config}"),
        format!("repositories/hello/_manifests/{digest}"),
        "repositories/hello/_tags/latest".to_owned(),
    ];
    expected.sort();
    assert_eq!(files(&there.path()), expected, "and nothing under uploads/");
}

#[test]
fn chunks_in_order_and_out_of_order() {
    let there = There::new();
    let upload = there.begin("a");
    let chunk =
        |range: &str, bytes: &[u8]| there.ask(&format!("PATCH {upload}"), &[&format!("content-range: {range}")], bytes);
    assert_eq!(chunk("1-3", b"ell").status, 416);
    assert_eq!(chunk("0-1", b"he").header("range"), "0-1");
    for (range, bytes) in [("0-1", b"he".as_slice()), ("3-4", b"lo"), ("2-9", b"llo"), ("x-y", b"llo"), ("4-2", b"llo")]
    {
        let answer = chunk(range, bytes);
        assert_eq!((answer.status, answer.header("range"), answer.header("location")), (416, "0-1", upload.as_str()));
    }
    let status = there.ask(&format!("GET {upload}"), &[], b"");
    assert_eq!((status.status, status.header("range")), (204, "0-1"), "what was refused left nothing");
    let digest = sha256(b"hello");
    let last = there.ask(&format!("PUT {upload}?digest={digest}"), &["content-range: 2-4"], b"llo");
    assert_eq!(last.status, 201);
    assert_eq!(there.ask(&format!("GET /v2/a/blobs/{digest}"), &[], b"").text(), "hello");
}

#[test]
fn a_cancelled_upload() {
    let there = There::new();
    let upload = there.begin("a");
    assert_eq!(there.ask(&format!("PATCH {upload}"), &[], b"half").status, 202);
    assert_eq!(there.ask(&format!("DELETE {}", upload.replace("/a/", "/b/")), &[], b"").status, 404, "another's");
    assert_eq!(there.ask(&format!("DELETE {upload}"), &[], b"").status, 204);
    assert_eq!(there.ask(&format!("GET {upload}"), &[], b"").code(), "BLOB_UPLOAD_UNKNOWN");
    assert_eq!(files(&there.path()), ["practice-registry"]);
}

#[test]
fn a_wrong_digest_leaves_nothing() {
    let there = There::new();
    let kept = there.push_blob("a", b"kept");
    let wrong = sha256(b"other");
    let before = files(&there.path());
    for request in
        [format!("POST /v2/a/blobs/uploads/?digest={wrong}"), format!("PUT {}?digest={wrong}", there.begin("a"))]
    {
        let answer = there.ask(&request, &[], b"bytes");
        assert_eq!((answer.status, answer.code().as_str()), (400, "DIGEST_INVALID"));
    }
    assert_eq!(files(&there.path()), before);
    assert_eq!(there.ask(&format!("GET /v2/a/blobs/{kept}"), &[], b"").text(), "kept");
}

#[test]
fn mounting() {
    let there = There::new();
    let digest = there.push_blob("a", b"blob");
    let mount = |query: &str| there.ask(&format!("POST /v2/b/blobs/uploads/?mount={digest}{query}"), &[], b"").status;
    assert_eq!(mount("&from=nobody"), 202);
    assert_eq!(there.ask(&format!("HEAD /v2/b/blobs/{digest}"), &[], b"").status, 404);
    assert_eq!(mount("&from=a"), 201);
    assert_eq!(there.ask(&format!("GET /v2/b/blobs/{digest}"), &[], b"").text(), "blob");
    let anywhere = there.ask(&format!("POST /v2/c/blobs/uploads/?mount={digest}"), &[], b"");
    assert_eq!(anywhere.status, 201);
}

#[test]
fn parts_of_a_blob() {
    let there = There::new();
    let digest = there.push_blob("a", b"0123456789");
    let part = |range: &str| {
        let answer = there.ask(&format!("GET /v2/a/blobs/{digest}"), &[&format!("range: bytes={range}")], b"");
        format!(
            "{} {} {}",
            answer.status,
            answer.header("content-range"),
            if answer.status == 416 { "" } else { answer.text() }
        )
    };
    assert_eq!(part("2-4"), "206 bytes 2-4/10 234");
    assert_eq!(part("7-"), "206 bytes 7-9/10 789");
    assert_eq!(part("-3"), "206 bytes 7-9/10 789");
    assert_eq!(part("-99"), "206 bytes 0-9/10 0123456789");
    assert_eq!(part("5-99999999999999999999"), "200  0123456789");
    assert_eq!(part("5-18446744073709551615"), "206 bytes 5-9/10 56789");
    assert_eq!(part("10-"), "416 bytes */10 ");
    assert_eq!(part("-0"), "416 bytes */10 ");
    assert_eq!(part("4-2"), "200  0123456789");
    assert_eq!(part("0-1,3-4"), "200  0123456789");
}

const EMPTY: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]}"#;

#[test]
fn tags_in_pages() {
    let there = There::new();
    assert_eq!(there.ask("GET /v2/a/tags/list", &[], b"").code(), "NAME_UNKNOWN");
    for tag in ["b", "a", "C", "1.0", "z"] {
        assert_eq!(there.push_manifest("a", tag, EMPTY).status, 201);
    }
    let list = |query: &str| {
        let answer = there.ask(&format!("GET /v2/a/tags/list{query}"), &[], b"");
        (answer.text().to_owned(), answer.header("link").to_owned())
    };
    assert_eq!(list("").0, r#"{"name":"a","tags":["1.0","C","a","b","z"]}"#);
    let next = "</v2/a/tags/list?n=2&last=C>; rel=\"next\"";
    assert_eq!(list("?n=2"), (r#"{"name":"a","tags":["1.0","C"]}"#.to_owned(), next.to_owned()));
    assert_eq!(list("?n=3&last=C"), (r#"{"name":"a","tags":["a","b","z"]}"#.to_owned(), String::new()));
    assert_eq!(list("?n=0"), (r#"{"name":"a","tags":[]}"#.to_owned(), String::new()));
    assert_eq!(there.ask("GET /v2/a/tags/list?n=many", &[], b"").status, 400);
}

#[test]
fn manifests_by_tag_and_by_digest() {
    let there = There::new();
    let digest = sha256(EMPTY.as_bytes());
    let answer = there.push_manifest("a", &format!("{digest}?tag=x&tag=y"), EMPTY);
    assert_eq!((answer.status, answer.header("oci-tag")), (201, "x, y"));
    for name in ["x", "y", &digest] {
        let answer = there.ask(&format!("GET /v2/a/manifests/{name}"), &[], b"");
        assert_eq!((answer.text(), answer.header("docker-content-digest")), (EMPTY, digest.as_str()));
        assert_eq!(answer.header("content-type"), "application/vnd.oci.image.manifest.v1+json");
    }
    assert_eq!(there.ask("DELETE /v2/a/manifests/x", &[], b"").status, 202);
    assert_eq!(there.ask("GET /v2/a/manifests/x", &[], b"").code(), "MANIFEST_UNKNOWN");
    assert_eq!(there.ask("GET /v2/a/manifests/y", &[], b"").status, 200);
    assert_eq!(there.ask(&format!("DELETE /v2/a/manifests/{digest}"), &[], b"").status, 202);
    assert_eq!(there.ask("GET /v2/a/manifests/y", &[], b"").status, 404, "its tags go with it");
}

#[test]
fn manifests_that_are_refused() {
    let there = There::new();
    let refused = |name: &str, manifest: &str| {
        let answer = there.push_manifest("a", name, manifest);
        format!("{} {}", answer.status, answer.code())
    };
    let missing = format!(r#"{{"config":{{"mediaType":"x","digest":"{}","size":1}}}}"#, sha256(b"missing"));
    assert_eq!(refused("x", &missing), "404 MANIFEST_BLOB_UNKNOWN");
    assert_eq!(refused("x", "not JSON"), "400 MANIFEST_INVALID");
    assert_eq!(refused("x", "[]"), "400 MANIFEST_INVALID");
    assert_eq!(refused("x", r#"{"mediaType":"another/type"}"#), "400 MANIFEST_INVALID");
    assert_eq!(refused("x", r#"{"layers":[{}]}"#), "400 MANIFEST_INVALID");
    assert_eq!(refused("-x", EMPTY), "400 TAG_INVALID");
    assert_eq!(refused(&sha256(b"another"), EMPTY), "400 DIGEST_INVALID");
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(4 << 20));
    assert_eq!(refused("x", &large), "413 MANIFEST_INVALID");
    assert_eq!(files(&there.path()), ["practice-registry"]);
    let foreign = format!(
        r#"{{"layers":[{{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"{}","size":1}}]}}"#,
        sha256(b"elsewhere")
    );
    assert_eq!(there.push_manifest("a", "x", &foreign).status, 201, "what may not be given away need not be here");
}

#[test]
fn referrers() {
    let there = There::new();
    let subject = sha256(EMPTY.as_bytes());
    let empty = r#"{"manifests":[],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}"#;
    let list = |query: &str| there.ask(&format!("GET /v2/a/referrers/{subject}{query}"), &[], b"");
    assert_eq!(list("").text(), empty);
    let refers = format!(
        r#"{{"artifactType":"text/sbom","subject":{{"mediaType":"x","digest":"{subject}","size":1}},"annotations":{{"a":"1"}}}}"#
    );
    assert_eq!(there.push_manifest("a", "sbom", &refers).header("oci-subject"), subject);
    let listed: serde_json::Value = serde_json::from_slice(&list("").body).unwrap();
    let expected = serde_json::json!([{"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": refers.len(),
        "digest": sha256(refers.as_bytes()), "artifactType": "text/sbom", "annotations": {"a": "1"}}]);
    assert_eq!(listed["manifests"], expected);
    let filtered = list("?artifactType=text/other");
    assert_eq!((filtered.text(), filtered.header("oci-filters-applied")), (empty, "artifactType"));
    assert_eq!(there.ask(&format!("DELETE /v2/a/manifests/{}", sha256(refers.as_bytes())), &[], b"").status, 202);
    assert_eq!(list("").text(), empty);
}

#[test]
fn deleting_a_blob() {
    let there = There::new();
    let digest = there.push_blob("a", b"blob");
    there.ask(&format!("POST /v2/b/blobs/uploads/?mount={digest}&from=a"), &[], b"");
    assert_eq!(there.ask(&format!("DELETE /v2/a/blobs/{digest}"), &[], b"").status, 202);
    assert_eq!(there.ask(&format!("DELETE /v2/a/blobs/{digest}"), &[], b"").code(), "BLOB_UNKNOWN");
    assert_eq!(there.ask(&format!("GET /v2/b/blobs/{digest}"), &[], b"").text(), "blob", "another repository keeps it");
}

#[test]
fn what_is_not_there() {
    let there = There::new();
    for (request, status) in [
        ("GET /v2/", 200),
        ("GET /", 404),
        ("GET /v3/", 404),
        ("GET /v2/a/else", 404),
        ("POST /v2/a/tags/list", 405),
        ("PUT /v2/a/blobs/uploads/", 405),
        ("GET /token", 405),
        ("GET /v2/a/blobs/uploads/7", 404),
    ] {
        assert_eq!(there.ask(request, &[], b"").status, status, "{request}");
    }
}
