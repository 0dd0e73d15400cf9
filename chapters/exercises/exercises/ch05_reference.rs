// ch05_reference: what the name of an image means
//
// Goal: you can tell, for every name that people type behind `docker pull`, which server is asked for what.
// To do: write `parse_reference`: take off the digest, then the tag, then the registry, and fill in what is missing.
// Read: the book, ch05-write-manifest, "How an image is named"; the distribution specification, spec.md, "Pulling
// manifests", for what may stand in a repository and in a tag.

#[derive(Debug, PartialEq)]
struct Reference {
    /// A host and perhaps a port.
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
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

/// Reads a reference, `registry/repository:tag@digest`, as Docker does.
///
/// - The digest stands behind the `@`, and must be well-formed.
/// - The tag stands behind the last colon, unless a slash follows: then the colon belongs to a port.
/// - What stands before the first slash is a registry if there is a dot or a colon in it, or if it is `localhost`.
/// - Without a registry it is docker.io. `index.docker.io` is an old name of it.
/// - On docker.io, a repository without a slash is in `library/`.
/// - Without tag and digest, the tag is `latest`.
///
/// A reference without a repository is an error.
fn parse_reference(text: &str) -> Result<Reference, String> {
    // TODO: write this function anew: it takes every colon for that of a tag, and every slash for that of a registry.
    let digest = text.split_once('@').map(|(_, digest)| digest);
    if let Some(digest) = digest {
        parse_digest(digest)?;
    }
    let (name, tag) = text.rsplit_once(':').unwrap_or((text, "latest"));
    let (registry, repository) = name.split_once('/').unwrap_or(("docker.io", name));
    Ok(Reference {
        registry: registry.to_owned(),
        repository: repository.to_owned(),
        tag: Some(tag.to_owned()),
        digest: digest.map(str::to_owned),
    })
}

fn main() {
    for text in ["hello", "localhost:5000/hello", "ghcr.io/me/hello:1.0"] {
        match parse_reference(text) {
            Ok(reference) => println!("{text}: {reference:?}"),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digest of the reference's manifest.
    const DIGEST: &str = "sha256:53d1a14a7911a8d1fe74515acd02568f8c15b245b883e634371d0967b3598c1d";

    /// `-` stands for no tag.
    fn check(text: &str, wanted: (&str, &str, &str), why: &str) {
        let came = match parse_reference(text) {
            Ok(came) => came,
            Err(error) => panic!("{text} was refused: {error}\n{why}"),
        };
        let parts = (came.registry.as_str(), came.repository.as_str(), came.tag.as_deref().unwrap_or("-"));
        assert_eq!(parts, wanted, "\n{text}: registry, repository, tag. {why}");
        let digest = text.split_once('@').map(|(_, digest)| digest);
        assert_eq!(came.digest.as_deref(), digest, "\n{text}: the digest is all that stands behind the @.");
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        check(
            "hello",
            ("docker.io", "library/hello", "latest"),
            "A name without a slash is in library/ of Docker Hub.",
        );
        check("hello:1.0", ("docker.io", "library/hello", "1.0"), "The dot stands in the tag.");
        check("me/hello", ("docker.io", "me/hello", "latest"), "me is somebody on Docker Hub.");
        check("docker.io/hello", ("docker.io", "library/hello", "latest"), "The same image as hello.");
        check("index.docker.io/hello", ("docker.io", "library/hello", "latest"), "An old name of the same registry.");
    }

    #[test]
    fn a_registry_has_a_dot_or_a_port_or_is_called_localhost() {
        check("ghcr.io/me/hello:1.0", ("ghcr.io", "me/hello", "1.0"), "There is a dot in ghcr.io.");
        check("ghcr.io/hello", ("ghcr.io", "hello", "latest"), "Only Docker Hub has a library/.");
        check("localhost/hello", ("localhost", "hello", "latest"), "localhost has no dot, and is your machine.");
        check("server:5000/a/b/c", ("server:5000", "a/b/c", "latest"), "A port makes it a registry.");
        check("server/a/b", ("docker.io", "server/a/b", "latest"), "A server without dot and port is not recognized.");
    }

    #[test]
    fn a_colon_before_a_slash_belongs_to_a_port() {
        check("localhost:5000/hello", ("localhost:5000", "hello", "latest"), "5000 is a port, for a slash follows.");
        check("localhost:5000/hello:1.0", ("localhost:5000", "hello", "1.0"), "A port and a tag.");
        check("localhost:5000", ("docker.io", "library/localhost", "5000"), "No slash follows, so 5000 is a tag.");
        check("[::1]:5000/hello", ("[::1]:5000", "hello", "latest"), "An IPv6 address is full of colons.");
    }

    #[test]
    fn with_a_digest_no_tag_is_filled_in() {
        let library = ("docker.io", "library/hello", "-");
        check(&format!("hello@{DIGEST}"), library, "latest may mean another image tomorrow; the digest does not.");
        let mine = ("localhost:5000", "me/hello", "-");
        check(&format!("localhost:5000/me/hello@{DIGEST}"), mine, "The last colon is that of the digest.");
        let both = ("docker.io", "library/hello", "1.0");
        check(&format!("hello:1.0@{DIGEST}"), both, "A tag that is there stays.");
    }

    #[test]
    fn what_names_no_image_is_refused() {
        for text in ["", ":latest", "ghcr.io/", "localhost:5000/:1.0", &format!("@{DIGEST}")] {
            let came = parse_reference(text);
            assert!(came.is_err(), "\"{text}\" has no repository, and was accepted: {came:?}");
        }
        for text in ["hello@sha256:53d1a14a7911", "hello@", "hello@latest"] {
            let came = parse_reference(text);
            assert!(came.is_err(), "\"{text}\" has no well-formed digest, and was accepted: {came:?}");
        }
    }
}
