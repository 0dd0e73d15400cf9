// ch07_redirect: follow a redirect, and keep the secret at home
//
// Goal: you know why a token must not follow a redirect, and what "the same host" means.
// To do: follow at most five redirects; the sixth is an error. A redirect is a status from 300 to 399 with a
// location. The secret goes to the scheme, host and port of the first URL only. Without a port it is 443 for https and 80 for
// http; capital letters in a host mean nothing; and what stands before an @ is no host.
// Read: the book, ch07-log-in, "In Rust" and "When it goes wrong"; RFC 3986, section 3.2.

struct Request {
    url: String,
    /// The secret, where it is sent along.
    authorization: Option<String>,
}

struct Response {
    status: u16,
    location: Option<String>,
}

// From ch06_location.
/// Where the next request goes: `location`, as it stands in the answer to a request to `base`.
fn join(base: &str, location: &str) -> String {
    // What counts is how it begins. Production clients leave it to a library for URLs, which also knows the `..` and
    // the rest of RFC 3986.
    if location.starts_with("http://") || location.starts_with("https://") {
        return location.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    if location.starts_with("//") {
        return format!("{scheme}:{location}");
    }
    // The query of the base belongs to the last request, and a slash in it separates nothing.
    let path = rest.split('?').next().unwrap_or_default();
    let (host, _) = path.split_once('/').unwrap_or((path, ""));
    let (directory, _) = path.rsplit_once('/').unwrap_or((path, ""));
    match location.starts_with('/') {
        true => format!("{scheme}://{host}{location}"),
        false => format!("{scheme}://{directory}/{location}"),
    }
}

/// Sends a request to `url`, and on to wherever the answers lead. Returns the last answer.
fn follow(url: &str, secret: &str, send: &mut dyn FnMut(&Request) -> Response) -> Result<Response, String> {
    // Decided anew for each request. A blob's bytes often lie with another company, and the permission to read them
    // is in the URL that the registry redirects to; the token would open the registry itself.
    let home = origin(url);
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS {
        let authorization = (origin(&url) == home).then(|| secret.to_owned());
        let response = send(&Request { url: url.clone(), authorization });
        match &response.location {
            Some(location) if (300..400).contains(&response.status) => url = join(&url, location),
            _ => return Ok(response),
        }
    }
    Err(format!("redirected more than {REDIRECTS} times"))
}

const REDIRECTS: usize = 5;

/// Whom a URL belongs to: scheme, host and port (RFC 6454 calls it an origin). Production clients have it from a library for URLs, and some are less strict: Go's also
/// tells the secret to another port of the same host, and to hosts below it in the same domain.
fn origin(url: &str) -> (String, String, u16) {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before the @ is a user, even if it looks like a host.
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let default = if scheme == "https" { 443 } else { 80 };
    // In [::1], which is an address of version 6, what follows the last colon is no number, for the sake of the
    // bracket.
    match host.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (scheme.to_lowercase(), host.to_lowercase(), port),
        None => (scheme.to_lowercase(), host.to_lowercase(), default),
    }
}

fn main() {
    let mut answers = ["/v2/hello/blobs/moved", "https://storage.example/a?signature=b"].into_iter();
    let mut send = |request: &Request| {
        println!("GET {} {}", request.url, if request.authorization.is_some() { "with the secret" } else { "" });
        let location = answers.next().map(str::to_owned);
        Response { status: if location.is_some() { 307 } else { 200 }, location }
    };
    match follow("https://registry.example/v2/hello/blobs/1", "Bearer t0ken", &mut send) {
        Ok(response) => println!("{}", response.status),
        Err(error) => println!("error: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "https://registry.example/v2/hello/blobs/1";
    const SECRET: &str = "Bearer t0ken";

    /// Sends to `start`, where the registry redirects to these, one after the other. Returns the last status or the
    /// error, and each URL with whether it was told the secret.
    fn send_to(start: &str, locations: &[&str]) -> (Result<u16, String>, Vec<(String, bool)>) {
        let (mut log, mut locations) = (Vec::new(), locations.iter());
        let mut send = |request: &Request| {
            assert!(request.authorization.as_deref().is_none_or(|it| it == SECRET), "the secret itself stays as it is");
            log.push((request.url.clone(), request.authorization.is_some()));
            let location = locations.next().map(|location| (*location).to_owned());
            Response { status: if location.is_some() { 307 } else { 200 }, location }
        };
        let result = follow(start, SECRET, &mut send).map(|response| response.status);
        (result, log)
    }

    /// Whether `location`, to which `start` redirects, is told the secret.
    fn told(start: &str, location: &str) -> bool {
        let (result, log) = send_to(start, &[location]);
        assert_eq!(result, Ok(200), "\n{start} redirects to {location}, where the answer is 200\n");
        assert_eq!(log.len(), 2, "\n{start} redirects once, so there are two requests, but these were sent: {log:?}\n");
        assert!(log[0].1, "\n{start} is where the secret belongs, and was not told it\n");
        log[1].1
    }

    #[test]
    fn five_redirects_are_followed_and_no_more() {
        let (result, log) = send_to(HOME, &["/1", "/2", "/3", "/4", "/5"]);
        assert_eq!(
            (result, log.len()),
            (Ok(200), 6),
            "\nthe fifth redirect leads to an answer. Five redirects are six requests, and these were sent: {log:?}\n"
        );
        let (result, log) = send_to(HOME, &["/round"; 50]);
        assert!(
            result.is_err() && log.len() == 6,
            "\na registry that redirects for ever must be an error after six requests; came {result:?} after {}\n",
            log.len()
        );
    }

    #[test]
    fn only_a_redirect_with_a_location_is_followed() {
        for (status, location) in [(201, Some("/v2/hello/blobs/2")), (304, None)] {
            let mut requests = 0;
            let mut send = |_: &Request| {
                requests += 1;
                assert!(requests < 10, "\nan answer with the status {status} and Location {location:?} was followed\n");
                Response { status, location: location.map(str::to_owned) }
            };
            let result = follow(HOME, SECRET, &mut send).map(|response| response.status);
            assert_eq!(
                (result, requests),
                (Ok(status), 1),
                "\n{status} with Location {location:?} is the answer, and nothing to follow\n"
            );
        }
    }

    #[test]
    fn no_other_scheme_host_or_port_is_told_the_secret() {
        for (location, why) in [
            ("https://storage.example/a?signature=b", "it is another host"),
            ("//storage.example/a", "two slashes begin another host"),
            ("https://registry.example.storage.example/a", "the domain storage.example may name its hosts as it likes"),
            ("https://blobs.registry.example/a", "a host in the same domain is another host"),
            ("https://registry.example@storage.example/a", "what stands before the @ is a user, the host is the other"),
            (
                "https://registry.example:443@storage.example/a",
                "before the @, a colon and what follows it are a password",
            ),
            ("https://storage.example/registry.example", "the host ends where the path begins"),
            ("https://registry.example:8443/a", "the port is another one, which may be another program"),
            ("http://registry.example/a", "http without a port is port 80, and everybody on the way could read it"),
            ("http://registry.example:443/a", "host and port are the same, but everybody on the way could read it"),
        ] {
            assert!(
                !told(HOME, location),
                "\n{HOME}\nredirects to {location}\nwhich must not be told the secret: {why}\n"
            );
        }
        let start = "http://127.0.0.1:5002/v2/moved/blobs/1";
        let location = "http://127.0.0.1:5001/v2/moved/blobs/1";
        assert!(!told(start, location), "\n{start}\nredirects to {location}\nanother port is another registry\n");
    }

    #[test]
    fn the_same_scheme_host_and_port_is_told_the_secret() {
        for (start, location, why) in [
            (HOME, "/v2/hello/blobs/2", "a path stays on the same host"),
            (HOME, "https://registry.example/a", "it is the same host"),
            (HOME, "https://registry.example:443/a", "443 is the port of https"),
            (HOME, "https://Registry.Example/a", "capital letters in a host mean nothing"),
            (HOME, "https://me@registry.example/a", "what stands before the @ is a user, and the host is the same"),
            ("http://127.0.0.1:5001/a", "http://127.0.0.1:5001?b=c", "the host ends at the query, too"),
        ] {
            assert!(told(start, location), "\n{start}\nredirects to {location}\nwhich needs the secret: {why}\n");
        }
    }

    #[test]
    fn each_request_is_decided_anew() {
        let (_, log) = send_to(HOME, &["/v2/moved", "https://storage.example/a", "/b"]);
        let told: Vec<bool> = log.iter().map(|(_, told)| *told).collect();
        assert_eq!(
            told,
            [true, true, false, false],
            "\n/b is a path on storage.example, where the last redirect came from. These were sent, with the secret \
             (true) or without: {log:?}\n"
        );
    }
}
