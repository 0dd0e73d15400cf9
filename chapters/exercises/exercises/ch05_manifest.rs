// ch05_manifest: the document that ties a config and its layers together
//
// Goal: you write a manifest that is equal to the reference's, to the byte.
// To do: mend the one line that puts the manifest together. Its keys are schemaVersion, mediaType, config and layers,
// in this order, without spaces and without a newline at the end.
// Read: the book, ch05-write-manifest, "By hand"; the image specification, manifest.md, "Image Manifest".

use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const LAYER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));
const CONFIG: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));

/// The SHA-256 digest of `bytes`.
fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

// From ch03_descriptor.
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

/// The manifest of an image as JSON. `config` and `layers` are descriptors as [`descriptor`] writes them, the layers in
/// their order: the lowest is the first.
fn manifest(config: &str, layers: &[String]) -> String {
    let layers = layers.join(",");
    // TODO: mend this line: the document does not say what it is, and its parts stand in another order.
    format!(r#"{{"config":{config},"layers":[{layers}],"schemaVersion":2}}"#)
}

fn main() {
    let none = BTreeMap::new();
    let config = descriptor("application/vnd.oci.image.config.v1+json", CONFIG, &none);
    let layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", LAYER, &none);
    let manifest = manifest(&config, &[layer]);
    println!("{manifest}\n{} bytes, {}", manifest.len(), digest_of(manifest.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));

    fn config() -> String {
        descriptor("application/vnd.oci.image.config.v1+json", CONFIG, &BTreeMap::new())
    }

    fn layer() -> String {
        descriptor("application/vnd.oci.image.layer.v1.tar+gzip", LAYER, &BTreeMap::new())
    }

    #[test]
    fn the_manifest_is_equal_to_the_reference() {
        let came = manifest(&config(), &[layer()]);
        assert!(came == MANIFEST, "manifest.json of the reference is\n{MANIFEST}\nand yours\n{came}");
        assert_eq!(
            digest_of(came.as_bytes()),
            "sha256:53d1a14a7911a8d1fe74515acd02568f8c15b245b883e634371d0967b3598c1d",
            "this is what people call the digest of the image"
        );
    }

    #[test]
    fn the_manifest_says_what_it_is() {
        let came = manifest(&config(), &[layer()]);
        let read: serde_json::Value = serde_json::from_str(&came).unwrap_or_else(|error| panic!("{error}: {came}"));
        assert_eq!(read["schemaVersion"], 2, "a number, and always 2: a relic of Docker's format");
        assert_eq!(
            read["mediaType"], "application/vnd.oci.image.manifest.v1+json",
            "without its media type, the same bytes could be taken for another kind of document"
        );
    }

    #[test]
    fn layers_are_a_list_of_any_length_in_the_given_order() {
        let other = layer().replace("421", "422");
        let came = manifest(&config(), &[layer(), other.clone()]);
        let wanted = MANIFEST.replace("]}", &format!(",{other}]}}"));
        let why = "Two layers, the lowest first, and a comma without a space between them.";
        assert!(came == wanted, "{why}\nwanted {wanted}\ncame   {came}");
        let came = manifest(&config(), &[]);
        assert!(came.ends_with(r#","layers":[]}"#), "without a layer the list is there, and empty: {came}");
    }
}
