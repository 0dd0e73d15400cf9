// ch04_config_digest: the image ID is the digest of the config, as it came
//
// Goal: you can check a config against the manifest that refers to it, and know why it is checked before it is read.
// To do: write `read_config`: check the size, then the digest, then read the JSON, all on the bytes that came.
// Read: the book, ch04-write-config, "A config that was tidied up"; the image specification, config.md, "ImageID".

use serde_json::Value;
use sha2::{Digest, Sha256};

const CONFIG: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/config.json"));
const MANIFEST: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));

/// The SHA-256 digest of `bytes`.
fn digest_of(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// The image ID and the document. `descriptor` is what the manifest says of the config.
///
/// An error names what is wrong: "size" and both sizes, "digest" and both digests, or "JSON".
fn read_config(bytes: &[u8], descriptor: &Value) -> Result<(String, Value), String> {
    // TODO: write this function anew: it checks what it would write itself, and not what came.
    let config: Value = serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let image_id = digest_of(config.to_string().as_bytes());
    if descriptor["digest"] != image_id {
        return Err(format!("wrong digest: {image_id} instead of {}", descriptor["digest"]));
    }
    Ok((image_id, config))
}

fn main() -> Result<(), serde_json::Error> {
    let manifest: Value = serde_json::from_slice(MANIFEST)?;
    match read_config(CONFIG, &manifest["config"]) {
        Ok((image_id, config)) => println!("{image_id} starts {}", config["config"]["Entrypoint"]),
        Err(error) => println!("{error}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What the manifest of the reference says of the config.
    fn descriptor() -> Value {
        let manifest: Value = serde_json::from_slice(MANIFEST).expect("manifest.json is JSON");
        manifest["config"].clone()
    }

    fn refuse(bytes: &[u8], descriptor: &Value, wanted: &[&str], why: &str) {
        match read_config(bytes, descriptor) {
            Ok((image_id, _)) => panic!("the config was accepted as {image_id}. {why}"),
            Err(error) => {
                for word in wanted {
                    assert!(error.contains(word), "the error must speak of {wanted:?}: {error}\n{why}");
                }
            }
        }
    }

    #[test]
    fn the_image_id_is_the_digest_of_the_bytes_that_came() {
        let wanted = "sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";
        let (image_id, config) = read_config(CONFIG, &descriptor()).unwrap_or_else(|error| {
            panic!(
                "the reference's config was refused: {error}\nHash its bytes: written anew, its keys get another order"
            )
        });
        assert_eq!(image_id, wanted);
        assert_eq!(config["config"]["Entrypoint"], json!(["/hello"]), "the document comes with the ID");
    }

    #[test]
    fn a_newline_at_the_end_makes_another_image() {
        let longer = [CONFIG, b"\n"].concat();
        let why = "As JSON it is the same document. `jq -c` adds such a newline, and so do many editors.";
        refuse(&longer, &descriptor(), &["size", "478", "477"], why);
        let its_own = json!({"digest": digest_of(&longer), "size": longer.len()});
        let (image_id, _) = read_config(&longer, &its_own).expect("its own descriptor fits");
        let wanted = "sha256:0d5863eb5e2a0f587d813529e0c41181a61961ab3821e5d0867c2da2aaefc023";
        assert_eq!(image_id, wanted, "this is the digest with the newline");
    }

    #[test]
    fn a_config_of_the_right_size_is_checked_by_its_digest() {
        let text = std::str::from_utf8(CONFIG).expect("config.json is UTF-8");
        let other = text.replace("amd64", "arm64");
        let why = "amd64 has become arm64, and not a byte was added. Only the digest shows it.";
        let wanted = "sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";
        refuse(other.as_bytes(), &descriptor(), &["digest", wanted, &digest_of(other.as_bytes())], why);
    }

    #[test]
    fn nothing_is_read_before_it_is_checked() {
        let mut garbage = CONFIG.to_vec();
        garbage[0] = b'<';
        let why = "It is no JSON, but nobody should have tried: these are not the bytes that the manifest speaks of.";
        refuse(&garbage, &descriptor(), &["digest"], why);
        refuse(&garbage[1..], &descriptor(), &["size", "476", "477"], why);
        let its_own = json!({"digest": digest_of(&garbage), "size": garbage.len()});
        refuse(&garbage, &its_own, &["JSON"], "Size and digest fit, and it is no JSON: that is another error.");
    }
}
