// ch05_choose_platform: one name, several images
//
// Goal: you choose the manifest for a platform out of an index, as a client does with every pull.
// To do: write `choose`. It passes over what is no image, takes the first entry that fits, and if there is none, says
// which platforms there are.
// Read: the book, ch05-write-manifest, "Several platforms"; the image specification, image-index.md, "manifests" and
// "platform".

use serde_json::Value;
use std::fmt;

const INDEX: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/oci/index.json"));

#[derive(Debug, Clone, Copy, PartialEq)]
struct Platform<'a> {
    os: &'a str,
    architecture: &'a str,
    /// Which kind of that processor. In a wish, `None` means that any will do.
    variant: Option<&'a str>,
}

/// `linux/amd64`, `linux/arm64/v8`
impl fmt::Display for Platform<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

/// The platform of an index's entry, if it says one.
fn platform(entry: &Value) -> Option<Platform<'_>> {
    let text = |key: &str| entry["platform"][key].as_str();
    Some(Platform { os: text("os")?, architecture: text("architecture")?, variant: text("variant") })
}

/// The digest of the first entry that fits `wanted`.
///
/// An image is an entry with the media type of a manifest, OCI's or Docker's, and a platform. Other entries are passed
/// over, and so are those for unknown/unknown, which hold statements on how an image was built. If no image fits, the
/// error lists the platforms of all that there are.
fn choose<'a>(index: &'a Value, wanted: &Platform) -> Result<&'a str, String> {
    let entries = index["manifests"].as_array().map_or(&[][..], Vec::as_slice);
    // TODO: write the rest: this looks at the processor alone, and at entries that are no images.
    let fits = |platform: Platform| platform.architecture == wanted.architecture;
    let found = entries.iter().find(|entry| platform(entry).is_some_and(fits));
    found.and_then(|entry| entry["digest"].as_str()).ok_or(format!("no image for {wanted}"))
}

fn main() {
    let index: Value = serde_json::from_slice(INDEX).expect("index.json is JSON");
    for architecture in ["amd64", "s390x"] {
        let wanted = Platform { os: "linux", architecture, variant: None };
        match choose(&index, &wanted) {
            Ok(digest) => println!("{wanted}: {digest}"),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// The manifest of the reference.
    const AMD64: &str = "sha256:53d1a14a7911a8d1fe74515acd02568f8c15b245b883e634371d0967b3598c1d";
    /// The manifest that chapter 5 makes with `--arch arm64 --variant v8`.
    const ARM64: &str = "sha256:96d857b4ca86ea39276907a02fb344ba4808c533dfb6793bbddc6a148b54af25";

    /// The index of the reference with more entries: (media type, digest, platform).
    fn index(more: &[(&str, &str, &str)]) -> Value {
        let mut index: Value = serde_json::from_slice(INDEX).expect("index.json is JSON");
        let entries = index["manifests"].as_array_mut().expect("an index has manifests");
        for (media_type, digest, platform) in more {
            let mut parts = platform.split('/');
            let mut entry = json!({"mediaType": media_type, "digest": digest, "size": 401, "platform": {}});
            for key in ["os", "architecture", "variant"] {
                if let Some(part) = parts.next() {
                    entry["platform"][key] = part.into();
                }
            }
            entries.push(entry);
        }
        index
    }

    fn wish(platform: &str) -> Platform<'_> {
        let mut parts = platform.split('/');
        let mut part = || parts.next();
        Platform { os: part().unwrap_or(""), architecture: part().unwrap_or(""), variant: part() }
    }

    #[test]
    fn system_and_processor_must_fit_and_the_first_that_fits_is_taken() {
        let more = [
            (OCI_MANIFEST, "a BSD's", "freebsd/arm64"),
            (OCI_MANIFEST, ARM64, "linux/arm64/v8"),
            (OCI_MANIFEST, "a second one", "linux/arm64"),
            (DOCKER_MANIFEST, "in Docker's format", "linux/riscv64"),
        ];
        let index = index(&more);
        assert_eq!(choose(&index, &wish("linux/amd64")), Ok(AMD64), "this is the only entry for linux/amd64");
        assert_eq!(
            choose(&index, &wish("linux/arm64")),
            Ok(ARM64),
            "two entries for linux/arm64 fit, and the first is taken; the one for freebsd/arm64 fits no linux"
        );
        assert_eq!(
            choose(&index, &wish("linux/riscv64")),
            Ok("in Docker's format"),
            "an entry in Docker's format is an image too"
        );
    }

    #[test]
    fn a_variant_that_is_asked_for_must_fit() {
        let more = [(OCI_MANIFEST, "for v6", "linux/arm/v6"), (OCI_MANIFEST, "for v7", "linux/arm/v7")];
        let index = index(&more);
        assert_eq!(choose(&index, &wish("linux/arm/v7")), Ok("for v7"), "v6 is not what was asked for");
        assert_eq!(choose(&index, &wish("linux/arm")), Ok("for v6"), "who asks for no variant gets the first");
        let came = choose(&index, &wish("linux/arm/v5"));
        assert!(came.is_err(), "programs for v6 and v7 do not run on an arm/v5: {came:?}");
        let came = choose(&index, &wish("linux/amd64/v3"));
        assert!(came.is_err(), "the entry for linux/amd64 does not say that it is for v3: {came:?}");
    }

    #[test]
    fn what_is_no_manifest_is_passed_over() {
        let more = [
            (OCI_INDEX, "a nested index", "linux/arm64"),
            ("application/vnd.docker.distribution.manifest.list.v2+json", "Docker's index", "linux/arm64"),
            ("application/vnd.example.future+json", "a later invention", "linux/arm64"),
            (OCI_MANIFEST, "an entry without a platform", ""),
            (OCI_MANIFEST, ARM64, "linux/arm64"),
        ];
        assert_eq!(
            choose(&index(&more), &wish("linux/arm64")),
            Ok(ARM64),
            "the others are no manifests, whatever their platform says. The specification: ignore unknown media types"
        );
    }

    #[test]
    fn the_error_lists_the_platforms_of_the_images() {
        let more = [
            (OCI_MANIFEST, "how it was built", "unknown/unknown"),
            (OCI_MANIFEST, ARM64, "linux/arm64/v8"),
            (OCI_INDEX, "a nested index", "windows/amd64"),
        ];
        let index = index(&more);
        let error = choose(&index, &wish("linux/s390x")).expect_err("there is no image for linux/s390x");
        for word in ["linux/s390x", "linux/amd64", "linux/arm64/v8"] {
            assert!(error.contains(word), "the error must say what was wanted and what there is, {word} too: {error}");
        }
        for word in ["unknown", "windows"] {
            assert!(!error.contains(word), "{word} is the platform of something that is no image: {error}");
        }
        let came = choose(&index, &wish("unknown/unknown"));
        assert!(came.is_err(), "an attestation is no image, not even for who asks for its platform: {came:?}");
    }
}
