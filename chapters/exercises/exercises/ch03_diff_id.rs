// ch03_diff_id: a layer has two names, and each stands in another document
//
// Goal: you know which of a layer's two forms has the digest and which the DiffID, and can check both documents.
// To do: mend `check_layer`. The manifest must name what travels and how long it is; the config must name what is
// unpacked.
// Read: the book, ch03-digest, "The idea" and "The hash of something else"; the image specification, config.md,
// "Layer DiffID".

use serde_json::Value;
use sha2::{Digest, Sha256};

const LAYER_TAR: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));
const LAYER_TAR_GZ: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));
const CONFIG: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));
const MANIFEST: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));

/// The SHA-256 digest of `bytes`.
fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Compares what a document says in `field` with what the bytes are.
fn compare(field: &str, says: &Value, is: impl Into<Value>) -> Result<(), String> {
    let is = is.into();
    if says == &is { Ok(()) } else { Err(format!("{field}: it says {says}, the bytes have {is}")) }
}

/// Checks what manifest and config say of the only layer of an image: `layers[0].size`, `layers[0].digest` and
/// `rootfs.diff_ids[0]`, in this order. The error begins with the name of the field that is wrong.
fn check_layer(tar: &[u8], gz: &[u8], manifest: &Value, config: &Value) -> Result<(), String> {
    // TODO: one of the three checks is missing, and the two that are here have got hold of the wrong bytes.
    compare("layers[0].digest", &manifest["layers"][0]["digest"], digest_of(tar))?;
    compare("rootfs.diff_ids[0]", &config["rootfs"]["diff_ids"][0], digest_of(gz))
}

fn main() -> Result<(), serde_json::Error> {
    let (manifest, config) = (serde_json::from_slice(MANIFEST)?, serde_json::from_slice(CONFIG)?);
    match check_layer(LAYER_TAR, LAYER_TAR_GZ, &manifest, &config) {
        Ok(()) => println!("The manifest and the config of the reference are right about the layer."),
        Err(error) => println!("{error}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Value {
        serde_json::from_slice(MANIFEST).expect("manifest.json is JSON")
    }

    fn config() -> Value {
        serde_json::from_slice(CONFIG).expect("config.json is JSON")
    }

    /// The error must begin with the name of the field.
    fn refuse(came: Result<(), String>, field: &str, why: &str) {
        let Err(error) = came else { panic!("{field} is wrong, and the layer was accepted. {why}") };
        assert!(error.starts_with(field), "{field} is wrong, and the error is about something else: {error}\n{why}");
    }

    #[test]
    fn both_documents_of_the_reference_are_right() {
        let came = check_layer(LAYER_TAR, LAYER_TAR_GZ, &manifest(), &config());
        assert_eq!(
            came,
            Ok(()),
            "\nlayer.tar.gz is {}\nlayer.tar    is {}\nWhich of the two travels, and which is unpacked?",
            digest_of(LAYER_TAR_GZ),
            digest_of(LAYER_TAR)
        );
    }

    #[test]
    fn the_manifest_must_have_the_digest_and_not_the_diff_id() {
        let mut manifest = manifest();
        manifest["layers"][0]["digest"] = digest_of(LAYER_TAR).into();
        let why = "It is the DiffID. No registry has a blob of that name.";
        refuse(check_layer(LAYER_TAR, LAYER_TAR_GZ, &manifest, &config()), "layers[0].digest", why);
    }

    #[test]
    fn the_config_must_have_the_diff_id_and_not_the_digest() {
        let mut config = config();
        config["rootfs"]["diff_ids"][0] = digest_of(LAYER_TAR_GZ).into();
        let why = "It is the digest. A registry would take it, and each runtime would refuse to unpack the layer.";
        refuse(check_layer(LAYER_TAR, LAYER_TAR_GZ, &manifest(), &config), "rootfs.diff_ids[0]", why);
    }

    #[test]
    fn the_size_is_that_of_the_compressed_bytes() {
        for size in [LAYER_TAR.len(), LAYER_TAR_GZ.len() - 1] {
            let mut manifest = manifest();
            manifest["layers"][0]["size"] = size.into();
            let why = "Who downloads the blob stops reading there: 421 bytes.";
            refuse(check_layer(LAYER_TAR, LAYER_TAR_GZ, &manifest, &config()), "layers[0].size", why);
        }
    }

    #[test]
    fn another_compression_changes_the_digest_and_leaves_the_diff_id() {
        // Bytes 4 to 7 of a gzip file are a time. `gzip` without -n fills it in; what comes out of it is the same.
        let mut gz = LAYER_TAR_GZ.to_vec();
        gz[4] = 1;
        let why = "The archive is the same, the compressed bytes are not, so the old manifest is wrong about them.";
        refuse(check_layer(LAYER_TAR, &gz, &manifest(), &config()), "layers[0].digest", why);
        let mut manifest = manifest();
        manifest["layers"][0]["digest"] = digest_of(&gz).into();
        let came = check_layer(LAYER_TAR, &gz, &manifest, &config());
        assert_eq!(came, Ok(()), "with a new manifest the layer is right again, and the config has stayed the same");
    }
}
