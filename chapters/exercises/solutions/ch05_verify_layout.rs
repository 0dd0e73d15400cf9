// ch05_verify_layout: follow every digest of an image layout
//
// Goal: you can check a whole image on disk, from index.json to the last layer, and name the blob that is wrong.
// To do: write `verify`. For a descriptor it finds the blob, checks its size and then its digest, and does the same
// with all that the blob refers to.
// Read: the book, ch05-write-manifest, "Look inside", "Several platforms" and "When it goes wrong"; the image
// specification, image-layout.md.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

const LAYOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/oci");

/// The SHA-256 digest of `bytes`.
fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

// From ch03_parse_digest.
/// Takes a digest apart into its algorithm and its hash. An error says why the text is no digest.
fn parse_digest(text: &str) -> Result<(&str, &str), String> {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return Err(format!("malformed digest: {text}: there is no colon after the algorithm"));
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha512" => 128,
        _ => return Err(format!("unknown digest algorithm: {algorithm}: it is neither sha256 nor sha512")),
    };
    // `is_ascii_hexdigit` would accept capital letters. A digest is compared as text and is the name of a file, so each
    // blob must have one spelling. Production tools use a regular expression for each algorithm: `^[a-f0-9]{64}$`.
    let well_formed = hex.len() == length && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !well_formed {
        return Err(format!("malformed digest: {text}: {algorithm} has {length} digits from 0 to 9 and a to f"));
    }
    Ok((algorithm, hex))
}

/// The descriptors that a manifest or an index holds. Any other document has none.
fn references(media_type: &str, bytes: &[u8]) -> Result<Vec<Value>, String> {
    let lists = match media_type {
        "application/vnd.oci.image.manifest.v1+json" => ["/config", "/layers"],
        "application/vnd.oci.image.index.v1+json" => ["/manifests", ""],
        _ => return Ok(Vec::new()),
    };
    let mut document: Value = serde_json::from_slice(bytes).map_err(|error| format!("{media_type}: {error}"))?;
    let mut found = Vec::new();
    for list in lists.into_iter().filter(|list| !list.is_empty()) {
        match document.pointer_mut(list).map(Value::take) {
            Some(Value::Array(descriptors)) => found.extend(descriptors),
            Some(descriptor) => found.push(descriptor),
            None => return Err(format!("{media_type}: it has no {list}")),
        }
    }
    Ok(found)
}

/// Checks the image layout in the directory `layout`, and gives the digests of its blobs in the order in which it came
/// to them.
fn verify_layout(layout: &Path) -> Result<Vec<String>, String> {
    let read = |name: &str| fs::read(layout.join(name)).map_err(|error| format!("{name}: {error}"));
    let version: Value =
        serde_json::from_slice(&read("oci-layout")?).map_err(|error| format!("oci-layout: {error}"))?;
    if version["imageLayoutVersion"] != "1.0.0" {
        return Err(format!("oci-layout: unknown version {}", version["imageLayoutVersion"]));
    }
    let mut checked = Vec::new();
    for descriptor in references("application/vnd.oci.image.index.v1+json", &read("index.json")?)? {
        verify(layout, &descriptor, &mut checked)?;
    }
    Ok(checked)
}

/// Checks the blob of `descriptor` and all that it refers to, and adds their digests to `checked`, its own first.
///
/// A digest that is malformed is no path, and nothing is opened for it. An error begins with the digest, and says "no
/// such blob", "… bytes instead of …", or that the bytes have another digest. All digests here are SHA-256.
fn verify(layout: &Path, descriptor: &Value, checked: &mut Vec<String>) -> Result<(), String> {
    let digest = descriptor["digest"].as_str().unwrap_or("");
    // A production tool does not read the whole blob into memory. It takes the length from the file system first, and
    // then hashes the file piece by piece. containerd checks on the way in instead: its store takes a blob only under
    // the digest that it has, so that what is in the store need not be checked again.
    let (algorithm, hex) = parse_digest(digest)?;
    let blob = layout.join("blobs").join(algorithm).join(hex);
    let bytes = fs::read(blob).map_err(|error| format!("{digest}: no such blob: {error}"))?;
    if descriptor["size"] != bytes.len() {
        return Err(format!("{digest}: {} bytes instead of {}", bytes.len(), descriptor["size"]));
    }
    if digest_of(&bytes) != digest {
        return Err(format!("{digest}: its bytes have the digest {}", digest_of(&bytes)));
    }
    checked.push(digest.to_owned());
    // The descriptor says what the blob is, not the blob itself. Only now, with size and digest right, is it read.
    for reference in references(descriptor["mediaType"].as_str().unwrap_or(""), &bytes)? {
        verify(layout, &reference, checked)?;
    }
    Ok(())
}

fn main() {
    match verify_layout(Path::new(LAYOUT)) {
        Ok(checked) => checked.iter().for_each(|digest| println!("ok: {digest}")),
        Err(error) => println!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::PathBuf;

    const MANIFEST: &str = "53d1a14a7911a8d1fe74515acd02568f8c15b245b883e634371d0967b3598c1d";
    const CONFIG: &str = "4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";
    const LAYER: &str = "47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";

    /// A copy of the reference's layout, which goes away at the end of the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Scratch {
            let copy = Scratch(std::env::temp_dir().join(format!("ch05_verify_layout-{test}-{}", std::process::id())));
            fs::create_dir_all(copy.0.join("blobs/sha256")).expect("a temporary directory");
            let blobs = [MANIFEST, CONFIG, LAYER].map(|hex| format!("blobs/sha256/{hex}"));
            for name in ["oci-layout", "index.json"].into_iter().chain(blobs.iter().map(String::as_str)) {
                let bytes = fs::read(Path::new(LAYOUT).join(name)).expect("the reference is there");
                fs::write(copy.0.join(name), bytes).expect("a copy of it");
            }
            copy
        }

        fn blob(&self, hex: &str) -> PathBuf {
            self.0.join("blobs/sha256").join(hex)
        }

        fn change(&self, file: PathBuf, change: impl FnOnce(&mut Vec<u8>)) {
            let mut bytes = fs::read(&file).expect("the file is there");
            change(&mut bytes);
            fs::write(&file, bytes).expect("the changed file");
        }

        /// The error must have all of `words` in it.
        fn refuse(&self, words: &[&str], why: &str) {
            match verify_layout(&self.0) {
                Ok(checked) => panic!("the layout was accepted, with the blobs {checked:#?}\n{why}"),
                Err(error) => {
                    for word in words {
                        assert!(error.contains(word), "the error must have {word:?} in it: {error}\n{why}");
                    }
                }
            }
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn every_blob_of_the_reference_is_reached() {
        let wanted = [MANIFEST, CONFIG, LAYER].map(|hex| format!("sha256:{hex}")).to_vec();
        assert_eq!(
            verify_layout(Path::new(LAYOUT)),
            Ok(wanted),
            "\nindex.json leads to the manifest, and the manifest to the config and the layer"
        );
    }

    #[test]
    fn a_missing_layer_is_named() {
        let copy = Scratch::new("missing");
        fs::remove_file(copy.blob(LAYER)).expect("the layer is there");
        copy.refuse(&[LAYER, "no such blob"], "Two references below index.json, a blob is missing.");
    }

    #[test]
    fn a_wrong_size_is_named_and_so_is_a_wrong_digest() {
        let copy = Scratch::new("longer");
        copy.change(copy.blob(CONFIG), |bytes| bytes.push(b'\n'));
        copy.refuse(&[CONFIG, "478", "477"], "The config got a newline: 478 bytes instead of 477.");

        let copy = Scratch::new("changed");
        copy.change(copy.blob(LAYER), |bytes| bytes[200] ^= 1);
        copy.refuse(&[LAYER, "digest"], "One bit of the layer is another one, and its length is the same.");

        let copy = Scratch::new("promise");
        let length = |bytes: &mut Vec<u8>| *bytes = String::from_utf8_lossy(bytes).replace("401", "402").into();
        copy.change(copy.0.join("index.json"), length);
        copy.refuse(&[MANIFEST, "401", "402"], "The blob is right, but the index says that it has 402 bytes.");
    }

    #[test]
    fn a_nested_index_is_followed_to_its_end() {
        let copy = Scratch::new("nested");
        let inner = fs::read(copy.0.join("index.json")).expect("the index is there");
        let digest = digest_of(&inner);
        fs::write(copy.blob(&digest["sha256:".len()..]), &inner).expect("the index as a blob");
        let media_type = "application/vnd.oci.image.index.v1+json";
        let outer = json!({
            "schemaVersion": 2,
            "mediaType": media_type,
            "manifests": [{"mediaType": media_type, "digest": digest, "size": inner.len()}],
        });
        fs::write(copy.0.join("index.json"), outer.to_string()).expect("an index of the index");
        let wanted = [digest].into_iter().chain([MANIFEST, CONFIG, LAYER].map(|hex| format!("sha256:{hex}")));
        assert_eq!(verify_layout(&copy.0), Ok(wanted.collect()), "\nAn entry of an index may be an index.");
        copy.change(copy.blob(LAYER), |bytes| bytes[0] = 0);
        copy.refuse(&[LAYER, "digest"], "The layer is three references below index.json.");
    }

    #[test]
    fn a_digest_that_is_a_path_is_refused() {
        let copy = Scratch::new("path");
        let index = fs::read_to_string(copy.0.join("index.json")).expect("the index is there");
        let index = index.replace(&format!("sha256:{MANIFEST}"), "sha256:../../oci-layout");
        fs::write(copy.0.join("index.json"), index).expect("the changed index");
        copy.refuse(&["malformed digest"], "As a path it leads out of the blobs. It must not be opened.");
    }
}
