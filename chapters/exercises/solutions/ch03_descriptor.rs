// ch03_descriptor: how one document refers to a blob
//
// Goal: you write descriptors of real blobs that are equal to the reference's, to the byte.
// To do: write `descriptor`. Its JSON has no spaces and no newline; its keys are mediaType, digest, size and, if there
// are any, annotations, in this order.
// Read: the book, ch03-digest, "A descriptor"; the image specification, descriptor.md, "Properties".

use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const LAYER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));

/// The SHA-256 digest of `bytes`.
fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The descriptor of `blob` as JSON. Without annotations, the key `annotations` is left out.
fn descriptor(media_type: &str, blob: &[u8], annotations: &BTreeMap<&str, &str>) -> String {
    // To a reader the order of keys means nothing. To a digest it does: the manifest that holds these bytes is hashed.
    // The order is that of the specification's examples. Production tools have a struct, whose fields are written in
    // their order: serde's derive in Rust, encoding/json in Go. `json!` writes what must be quoted.
    let digest = digest_of(blob);
    let size = blob.len();
    let annotations =
        if annotations.is_empty() { String::new() } else { format!(r#","annotations":{}"#, json!(annotations)) };
    format!(r#"{{"mediaType":{},"digest":"{digest}","size":{size}{annotations}}}"#, json!(media_type))
}

fn main() {
    println!("{}", descriptor("application/vnd.oci.image.layer.v1.tar+gzip", LAYER, &BTreeMap::new()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGESTS: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/digests.txt"));
    const CONFIG: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));
    const MANIFEST: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));
    const INDEX: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/oci/index.json"));

    #[test]
    fn the_descriptor_of_the_layer_is_the_one_in_digests_txt() {
        let wanted = DIGESTS.lines().nth(2).expect("digests.txt has three lines");
        let came = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", LAYER, &BTreeMap::new());
        let why = "The same keys in another order are another text, and have another digest.";
        assert!(came == wanted, "{why}\nwanted {wanted}\ncame   {came}");
    }

    #[test]
    fn the_descriptor_of_the_config_stands_in_the_manifest_as_it_is() {
        let came = descriptor("application/vnd.oci.image.config.v1+json", CONFIG, &BTreeMap::new());
        assert!(MANIFEST.contains(&came), "your descriptor\n{came}\nis not in the manifest\n{MANIFEST}");
    }

    #[test]
    fn annotations_are_written_last_and_only_if_there_are_any() {
        let came = descriptor("application/vnd.oci.empty.v1+json", b"{}", &BTreeMap::new());
        let wanted = "{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\
                      \"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2}";
        let why = "No annotations are no key: \"annotations\":{} would make another digest.";
        assert!(came == wanted, "{why}\nwanted {wanted}\ncame   {came}");

        let names = [
            ("org.opencontainers.image.ref.name", "latest"),
            ("io.containerd.image.name", "docker.io/library/hello:latest"),
        ];
        let came =
            descriptor("application/vnd.oci.image.manifest.v1+json", MANIFEST.as_bytes(), &BTreeMap::from(names));
        let start = INDEX.find(",\"annotations\":").expect("the reference's index has annotations");
        let wanted = &INDEX[start..INDEX.len() - "]}".len()];
        assert!(came.ends_with(wanted), "the index ends its descriptor with\n{wanted}\nyours is\n{came}");
        let without = descriptor("application/vnd.oci.image.manifest.v1+json", MANIFEST.as_bytes(), &BTreeMap::new());
        let start = without.strip_suffix('}').unwrap_or(&without);
        let why = "Annotations follow the size, and change nothing before them.";
        assert!(came == format!("{start}{wanted}"), "{why}\nwanted {start}{wanted}\ncame   {came}");
    }

    #[test]
    fn quotation_marks_in_an_annotation_do_not_break_the_json() {
        let title = [("org.opencontainers.image.title", r#"the "hello" image \ test"#)];
        let came = descriptor("text/plain", b"", &BTreeMap::from(title));
        let read: Result<serde_json::Value, _> = serde_json::from_str(&came);
        let Ok(read) = read else { panic!("this is no JSON: {came}\nA quotation mark in a value has a \\ before it.") };
        assert_eq!(read["annotations"][title[0].0], title[0].1, "the annotation came out as another one: {came}");
        assert_eq!(read["size"], 0, "the blob is empty: {came}");
    }
}
