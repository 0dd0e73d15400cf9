// ch06_location: where the next request of an upload goes
//
// Goal: you can read every form of `Location` that a registry may answer with.
// To do: make an absolute URL of the location, which was found in the answer to a request to `base`. There are four
// forms: https://host/path, //host/path, /path, and path. The query of the location, if it has one, stays.
// Read: the book, ch06-push, "What the answers say"; RFC 3986, section 5.2.

/// Where the next request goes: `location`, as it stands in the answer to a request to `base`.
fn join(base: &str, location: &str) -> String {
    // TODO: this knows one of the four forms, and not even that one well: a query may hold anything, `://` as well.
    if location.contains("://") {
        return location.to_owned();
    }
    format!("{base}{location}")
}

fn main() {
    let base = "http://127.0.0.1:5001/v2/hello/blobs/uploads/";
    for location in ["https://uploads.example/a?key=1", "//uploads.example/a", "/v2/hello/blobs/uploads/7", "7"] {
        println!("{location:<32} {}", join(base, location));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://127.0.0.1:5001/v2/hello/blobs/uploads/";

    fn check(base: &str, location: &str, wanted: &str, why: &str) {
        let came = join(base, location);
        assert_eq!(
            came, wanted,
            "\nafter a request to  {base}\nthe answer says     Location: {location}\n\
             the next goes to    {wanted}\nand not to          {came}\nbecause {why}\n"
        );
    }

    #[test]
    fn an_absolute_location_is_used_as_it_is() {
        let why = "it names the protocol and the host: nothing of the last request counts any more";
        for location in ["https://uploads.example/a?key=1", "http://127.0.0.1:5002/v2/hello/blobs/uploads/7"] {
            check(BASE, location, location, why);
        }
    }

    #[test]
    fn two_slashes_begin_another_host() {
        let why = "two slashes begin a host, and only the protocol is the last request's";
        check(BASE, "//uploads.example/a", "http://uploads.example/a", why);
        check(
            "https://registry.example/v2/",
            "//uploads.example:8443/a?b=1",
            "https://uploads.example:8443/a?b=1",
            why,
        );
    }

    #[test]
    fn one_slash_begins_a_path_on_the_same_host() {
        let why = "one slash begins a path; the protocol, the host and the port are the last request's";
        let wanted = "http://127.0.0.1:5001/v2/hello/blobs/uploads/0000000000000000";
        check(BASE, "/v2/hello/blobs/uploads/0000000000000000", wanted, why);
        check("https://registry.example/a?b=c/d", "/e?f=1&g=2", "https://registry.example/e?f=1&g=2", why);
        let why = "this is a path with a query, and the query holds an address; only what stands first counts";
        check("https://a.example/b", "/c?from=https://d.example/", "https://a.example/c?from=https://d.example/", why);
    }

    #[test]
    fn a_name_belongs_into_the_directory_of_the_last_request() {
        let why = "what begins without a slash takes the place of everything after the last slash of the path";
        check(BASE, "7", "http://127.0.0.1:5001/v2/hello/blobs/uploads/7", why);
        check("https://a.example/v2/uploads/7", "8", "https://a.example/v2/uploads/8", why);
        check("https://a.example/v2/uploads/7", "8?_state=2", "https://a.example/v2/uploads/8?_state=2", why);
        let why = "the query of the last request ends before the last slash of its path is looked for";
        check("https://a.example/v2/uploads/7?_state=a/b", "8", "https://a.example/v2/uploads/8", why);
    }
}
