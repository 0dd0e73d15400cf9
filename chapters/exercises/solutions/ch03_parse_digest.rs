// ch03_parse_digest: what a digest is, and what only looks like one
//
// Goal: you can tell a well-formed digest from a text that would lead somebody out of the directory of blobs.
// To do: fill in the one line that says whether the digits are right: as many as the algorithm has, each of them from
// 0 to 9 or from a to f.
// Read: the book, ch03-digest, "In Rust" and "The right hash, written in another way"; the image specification,
// descriptor.md, "Digests".

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

fn main() {
    let digest = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";
    for text in [digest, "sha256:47b7a6f8d6ab", "md5:008ee33a9d58b51cfeb425b0959121c9"] {
        match parse_digest(text) {
            Ok((algorithm, hex)) => println!("a blob in blobs/{algorithm}/{hex}"),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGESTS: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/digests.txt"));
    /// The SHA-512 hash of the reference's layer.tar.gz.
    const SHA512: &str = "fd5c0f36cdf82c505da8aeb14e179bf30373efde2410e77420ec38460b3a9281\
                          e22699ac361ce0a1993fd81fefb119b7902b7ab115edd2bd1b9fddfdfd7a52e9";

    /// The digest of the reference's layer.
    fn digest() -> &'static str {
        DIGESTS.split_whitespace().next().expect("digests.txt begins with a digest")
    }

    fn refuse(text: &str, why: &str) {
        let came = parse_digest(text);
        assert!(came.is_err(), "{text} was taken for a digest: {came:?}\n{why}");
    }

    #[test]
    fn well_formed_digests_are_taken_apart() {
        let wanted = ("sha256", "47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef");
        assert_eq!(parse_digest(digest()), Ok(wanted), "this is the digest of the reference's layer.tar.gz");
        let sha512 = format!("sha512:{SHA512}");
        assert_eq!(parse_digest(&sha512), Ok(("sha512", SHA512)), "SHA-512 has 128 digits, and is registered too");
    }

    #[test]
    fn a_hash_has_all_of_its_digits_and_no_more() {
        refuse(
            &digest()[..19],
            "Twelve digits are how Docker shows an ID. A registry could not know which blob is meant.",
        );
        refuse("sha256:", "There is no hash at all.");
        refuse(&format!("{}0", digest()), "It has 65 digits, and SHA-256 gives 64.");
        refuse(&digest().replace("sha256", "sha512"), "It has 64 digits, and SHA-512 gives 128.");
        refuse(&format!("sha256:{SHA512}"), "It has 128 digits, and SHA-256 gives 64.");
    }

    #[test]
    fn capital_letters_are_refused() {
        let capitals = digest().to_uppercase().replace("SHA256", "sha256");
        refuse(&capitals, "A digest is compared as text: with capitals, one blob would have two names.");
        refuse(&digest().replacen('f', "F", 1), "One of its digits is a capital letter. That is one too many.");
    }

    #[test]
    fn nothing_but_digits_may_stand_in_a_hash() {
        let path = format!("sha256:{}etc/passwd", "../".repeat(18));
        assert_eq!(path.len(), "sha256:".len() + 64);
        refuse(&path, "It is 64 bytes long, and as a path in blobs/sha256 it leads to /etc/passwd.");
        refuse(&digest().replacen('f', "g", 1), "There is a g among the digits.");
        refuse(&format!("{} ", &digest()[..70]), "It ends with a space.");
        refuse(&format!("sha256:{}", "é".repeat(32)), "These are 32 letters é of two bytes each.");
    }

    #[test]
    fn the_algorithm_must_be_known_and_be_there() {
        refuse(&digest()[7..], "Without the algorithm, nobody knows how to check the bytes.");
        refuse("md5:008ee33a9d58b51cfeb425b0959121c9", "For MD5, people can make two blobs with one hash.");
        refuse(&digest().replace("sha256", "SHA256"), "The algorithm is written in small letters.");
    }
}
