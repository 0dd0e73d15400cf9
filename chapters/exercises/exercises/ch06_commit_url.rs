// ch06_commit_url: how the PUT that closes an upload says the digest
//
// Goal: you know why a Location has to be looked at before anything is appended to it.
// To do: append `digest=` and the digest to the location, as a parameter of its query. The location may have a query
// already, and then that must stay as it is. The colon of the digest may stay as it is, too.
// Read: the book, ch06-push, "The digest" and "In Rust"; the distribution-spec, "Pushing blobs".

/// The digest of the hello image's layer is the first word.
const DIGESTS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/digests.txt"));

/// Where the PUT goes that says: this was all, and it must have this digest.
fn commit_url(location: &str, digest: &str) -> String {
    // TODO: a URL has one question mark at most. What follows it are the parameters, with a `&` between two of them.
    format!("{location}?digest={digest}")
}

fn main() {
    let digest = DIGESTS.split_whitespace().next().unwrap_or_default();
    println!("PUT {}", commit_url("http://127.0.0.1:5001/v2/hello/blobs/uploads/0000000000000000", digest));
    println!("PUT {}", commit_url("https://uploads.example/hello/7?_state=0Pjk%3D", digest));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer() -> &'static str {
        DIGESTS.split_whitespace().next().unwrap()
    }

    /// The parameters of a URL, as a registry reads them.
    fn parameters(url: &str) -> Vec<(&str, &str)> {
        let (_, query) = url.split_once('?').unwrap_or((url, ""));
        query.split('&').filter_map(|parameter| parameter.split_once('=')).collect()
    }

    #[test]
    fn a_location_without_a_query_gets_one() {
        let location = "http://127.0.0.1:5001/v2/hello/blobs/uploads/0000000000000000";
        let (came, wanted) = (commit_url(location, layer()), format!("{location}?digest={}", layer()));
        assert_eq!(
            came, wanted,
            "\nthe practice registry's location has no query: a question mark begins one, and the path stays as it \
             is.\n\
             wanted {wanted}\ncame   {came}\n"
        );
    }

    #[test]
    fn a_location_with_a_query_gets_one_more_parameter() {
        for query in ["_state=0Pjk%3D", "key=1&signature=a%2Fb"] {
            let location = format!("https://uploads.example/v2/hello/blobs/uploads/7?{query}");
            let came = commit_url(&location, layer());
            let read = parameters(&came);
            let digest = read.iter().find(|(name, _)| *name == "digest").map(|(_, value)| *value);
            assert_eq!(
                digest,
                Some(layer()),
                "\nafter {location}\nyou send the PUT to {came}\n\
                 and a registry reads these parameters there: {read:?}. It needs one that is named digest, and \
                 answers DIGEST_INVALID without it.\n"
            );
        }
    }

    #[test]
    fn what_the_registry_wrote_stays_as_it_is() {
        for query in ["_state=0Pjk%3D", "key=1&signature=a%2Fb"] {
            let location = format!("https://uploads.example/v2/hello/blobs/uploads/7?{query}");
            let came = commit_url(&location, layer());
            assert!(
                came.starts_with(&location) && came[location.len()..].starts_with('&'),
                "\nthe registry keeps its notes in the query, `{query}`, and will not know the upload without them.\n\
                 wanted {location}& and the digest\ncame   {came}\n"
            );
        }
    }
}
