// ch08_manifest_or_index: a document that is two things
//
// Goal: you can tell a manifest from an index, and you refuse the document that would be one today and the other
// tomorrow.
// To do: write `kind`. The Content-Type and the `mediaType` in the document must agree if both are there. A manifest
// has `config` and `layers`, an index has `manifests`, and neither has a key of the other.
// Read: the book, ch08-pull, "In Rust"; the distribution-spec, "Pulling manifests"; CVE-2021-41190.

use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Manifest,
    Index,
}

/// What a media type stands for, in OCI's or Docker's words.
fn named(media_type: &str) -> Result<Kind, String> {
    match media_type {
        "application/vnd.oci.image.manifest.v1+json" => Ok(Kind::Manifest),
        "application/vnd.docker.distribution.manifest.v2+json" => Ok(Kind::Manifest),
        "application/vnd.oci.image.index.v1+json" => Ok(Kind::Index),
        "application/vnd.docker.distribution.manifest.list.v2+json" => Ok(Kind::Index),
        _ => Err(format!("neither a manifest nor an index: {media_type}")),
    }
}

/// What came when a tag was asked for, with this Content-Type. The header may have parameters after a semicolon, which
/// count for nothing. The document need not have a `mediaType`.
fn kind(content_type: &str, document: &Value) -> Result<Kind, String> {
    // TODO: this believes the header, and takes the document for a manifest whenever it has layers.
    match named(content_type) {
        Ok(Kind::Index) if document.get("layers").is_none() => Ok(Kind::Index),
        Ok(_) => Ok(Kind::Manifest),
        Err(error) => Err(error),
    }
}

const MANIFEST: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/manifest.json"));
const INDEX: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/oci/index.json"));

fn main() -> Result<(), serde_json::Error> {
    for bytes in [MANIFEST, INDEX] {
        let document: Value = serde_json::from_slice(bytes)?;
        let content_type = document["mediaType"].as_str().unwrap_or_default();
        println!("{content_type}: {:?}", kind(content_type, &document));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

    fn manifest() -> Value {
        serde_json::from_slice(MANIFEST).expect("manifest.json is JSON")
    }

    fn index() -> Value {
        serde_json::from_slice(INDEX).expect("index.json is JSON")
    }

    /// The document with this key, or without it.
    fn with(mut document: Value, key: &str, value: Option<Value>) -> Value {
        let keys = document.as_object_mut().expect("it is an object");
        match value {
            Some(value) => keys.insert(key.to_owned(), value),
            None => keys.remove(key),
        };
        document
    }

    #[track_caller]
    fn check(content_type: &str, document: Value, wanted: Kind, why: &str) {
        let came = kind(content_type, &document);
        assert_eq!(came, Ok(wanted), "\nContent-Type: {content_type}\n{document}\n{why}\n");
    }

    #[track_caller]
    fn refuse(content_type: &str, document: Value, why: &str) {
        let came = kind(content_type, &document);
        assert!(came.is_err(), "\nContent-Type: {content_type}\n{document}\nwas accepted: {came:?}\n{why}\n");
    }

    #[test]
    fn each_document_of_the_reference_is_one_thing() {
        check(OCI_MANIFEST, manifest(), Kind::Manifest, "It has a config and layers.");
        check(OCI_INDEX, index(), Kind::Index, "It has manifests.");
        let docker = with(manifest(), "mediaType", Some(DOCKER_MANIFEST.into()));
        check(DOCKER_MANIFEST, docker, Kind::Manifest, "Docker's format has the same keys.");
        let docker = with(index(), "mediaType", Some(DOCKER_INDEX.into()));
        check(DOCKER_INDEX, docker, Kind::Index, "Docker's index is called a manifest list.");
        refuse("text/html", manifest(), "That is the page of a login, or of a proxy.");
    }

    #[test]
    fn parameters_and_a_missing_media_type_do_no_harm() {
        let header = format!("{OCI_MANIFEST}; charset=utf-8");
        check(&header, manifest(), Kind::Manifest, "The specification: ignore parameters of the Content-Type.");
        let silent = with(manifest(), "mediaType", None);
        check(OCI_MANIFEST, silent, Kind::Manifest, "OCI documents were made without a mediaType for years.");
        let silent = with(index(), "mediaType", None);
        check(OCI_INDEX, silent, Kind::Index, "OCI documents were made without a mediaType for years.");
    }

    #[test]
    fn header_and_document_must_agree() {
        let why = "The digest vouches for the mediaType in the document, and nothing vouches for the header.";
        refuse(OCI_INDEX, manifest(), why);
        refuse(OCI_MANIFEST, index(), why);
        refuse(DOCKER_MANIFEST, manifest(), "Both are manifests, and still it is not what the header says.");
        refuse(
            OCI_MANIFEST,
            with(manifest(), "mediaType", Some(2.into())),
            "A mediaType that is a number agrees with no header.",
        );
    }

    #[test]
    fn a_document_that_could_be_both_is_refused() {
        let why = "It has one digest and is two images: as a manifest it is one, as an index another.";
        let both = with(manifest(), "manifests", Some(index()["manifests"].clone()));
        refuse(OCI_MANIFEST, both.clone(), why);
        let silent = with(both, "mediaType", None);
        refuse(OCI_MANIFEST, silent.clone(), why);
        refuse(OCI_INDEX, silent, why);
        for key in ["config", "layers"] {
            refuse(OCI_INDEX, with(index(), key, Some(manifest()[key].clone())), &format!("An index has no {key}."));
        }
    }

    #[test]
    fn a_document_that_is_neither_is_refused() {
        for key in ["config", "layers"] {
            refuse(OCI_MANIFEST, with(manifest(), key, None), &format!("A manifest without {key} is none."));
        }
        refuse(OCI_INDEX, with(index(), "manifests", None), "An index without manifests is none.");
        refuse(
            OCI_INDEX,
            with(manifest(), "mediaType", None),
            "It has the keys of a manifest, whatever the header says.",
        );
    }
}
