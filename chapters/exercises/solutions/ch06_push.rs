// ch06_push: push one blob
//
// Goal: you have written the part of `docker push` that moves the bytes.
// To do: HEAD asks whether the blob is there, and 200 ends it. Otherwise POST begins an upload, PATCH sends the
// bytes, and PUT closes it with the digest. Each Location says where the next request goes. Any other status is an
// error.
// Read: the book, ch06-push, "By hand" and "In Rust"; the distribution-spec, "Pushing blobs".

const LAYER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));
const LAYER_DIGEST: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";
const REPOSITORY: &str = "http://127.0.0.1:5001/v2/hello";

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

// From ch06_commit_url.
/// Where the PUT goes that says: this was all, and it must have this digest.
fn commit_url(location: &str, digest: &str) -> String {
    // The location is the registry's, and what stands in its query is nobody else's business: it may be the number of
    // an upload, or a signature. So nothing is taken apart and put together again. Production clients parse the URL
    // with a library, which costs them care in another place: written anew, a query may be another one to whoever
    // signed it.
    let separator = if location.contains('?') { '&' } else { '?' };
    format!("{location}{separator}digest={digest}")
}

/// Pushes one blob into a repository, such as `http://127.0.0.1:5001/v2/hello`. Returns whether it had to be sent.
fn push_blob(registry: &mut Registry, repository: &str, digest: &str, bytes: &[u8]) -> Result<bool, String> {
    // 404 is the answer "no" and no failure. A 401 or a 500 is neither "no" nor "yes".
    let blob = format!("{repository}/blobs/{digest}");
    if registry.send("HEAD", &blob, b"").accept(&[200, 404])?.status == 200 {
        return Ok(false);
    }
    let uploads = format!("{repository}/blobs/uploads/");
    let response = registry.send("POST", &uploads, b"").accept(&[202])?;
    // A location may be relative, and it is relative to the request that was answered with it. So each is joined with
    // the one before, and the first is not kept.
    let upload = join(&uploads, response.location()?);
    let response = registry.send("PATCH", &upload, bytes).accept(&[202])?;
    let upload = join(&upload, response.location()?);
    // Production tools stream the bytes from a file, show how far they are, and compare the Docker-Content-Digest of
    // the last answer with their own.
    registry.send("PUT", &commit_url(&upload, digest), b"").accept(&[201])?;
    Ok(true)
}

/// An answer, as far as a push needs it.
struct Response {
    status: u16,
    location: Option<String>,
    /// The code and the message of an error.
    explanation: String,
}

impl Response {
    /// The answer itself if it has one of these statuses, or else an error with what the registry said.
    fn accept(self, statuses: &[u16]) -> Result<Response, String> {
        let Response { status, explanation, .. } = &self;
        if statuses.contains(status) { Ok(self) } else { Err(format!("the registry answered {status} {explanation}")) }
    }

    fn location(&self) -> Result<&str, String> {
        self.location.as_deref().ok_or_else(|| "the answer has no Location".to_owned())
    }
}

/// A registry in memory with the repository `hello`. It answers as the practice registry does, with one difference:
/// its Location is another one after each step, and it knows an upload by the last one only, as production registries
/// do.
#[derive(Default)]
struct Registry {
    blobs: Vec<String>,
    /// What arrived of the upload that is under way.
    upload: Option<Vec<u8>>,
    /// How many locations were given out.
    steps: usize,
    /// Uploads go to another host.
    elsewhere: bool,
    /// Answers this method with this status.
    refuses: Option<(&'static str, u16)>,
    /// All requests and what was answered.
    log: Vec<String>,
}

impl Registry {
    /// Sends a request and returns the answer.
    fn send(&mut self, method: &str, url: &str, body: &[u8]) -> Response {
        let response = self.answer(method, url, body);
        let mut line = format!("{method} {url} ({} bytes) -> {} {}", body.len(), response.status, response.explanation);
        line += &response.location().map(|location| format!("Location: {location}")).unwrap_or_default();
        self.log.push(line);
        response
    }

    fn answer(&mut self, method: &str, url: &str, body: &[u8]) -> Response {
        if let Some((refused, status)) = self.refuses
            && refused == method
        {
            return error(status, "UNKNOWN: refused");
        }
        let upload = join(REPOSITORY, &self.location());
        match (method, url.strip_prefix(REPOSITORY).unwrap_or(url)) {
            ("HEAD", path) if path.starts_with("/blobs/sha256:") => {
                let there = self.blobs.iter().any(|digest| path.ends_with(digest));
                Response { status: if there { 200 } else { 404 }, location: None, explanation: String::new() }
            }
            ("POST", "/blobs/uploads/") => {
                self.upload = Some(Vec::new());
                self.accepted()
            }
            ("PATCH", _) if url == upload && self.upload.is_some() => {
                self.upload.get_or_insert_default().extend(body);
                self.accepted()
            }
            ("PUT", path) if path.contains("/uploads/") && self.upload.is_some() => {
                let Some((_, digest)) = url.rsplit_once("digest=") else {
                    return error(400, "DIGEST_INVALID: the query has no digest");
                };
                if url != commit_url(&upload, digest) {
                    return error(404, "BLOB_UPLOAD_UNKNOWN: no such upload");
                }
                let bytes = [self.upload.take().unwrap_or_default(), body.to_vec()].concat();
                // It does not compute the digest, but knows one blob by its bytes.
                if (digest, bytes.as_slice()) != (LAYER_DIGEST, LAYER) {
                    let why = format!("DIGEST_INVALID: the {} bytes received have another digest", bytes.len());
                    return error(400, &why);
                }
                self.blobs.push(digest.to_owned());
                let location = Some(format!("/v2/hello/blobs/{digest}"));
                Response { status: 201, location, explanation: String::new() }
            }
            ("PATCH", path) | ("PUT", path) if path.contains("/uploads/") => {
                error(404, "BLOB_UPLOAD_UNKNOWN: no such upload")
            }
            _ => error(405, &format!("UNSUPPORTED: nothing here answers to {method}")),
        }
    }

    fn location(&self) -> String {
        let host = if self.elsewhere { "http://127.0.0.1:5002" } else { "" };
        format!("{host}/v2/hello/blobs/uploads/0000000000000000?_state={}", self.steps)
    }

    fn accepted(&mut self) -> Response {
        self.steps += 1;
        Response { status: 202, location: Some(self.location()), explanation: String::new() }
    }
}

fn error(status: u16, explanation: &str) -> Response {
    Response { status, location: None, explanation: explanation.to_owned() }
}

fn main() {
    let mut registry = Registry::default();
    let result = push_blob(&mut registry, REPOSITORY, LAYER_DIGEST, LAYER);
    for line in &registry.log {
        println!("{line}");
    }
    println!("{result:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(registry: &mut Registry, bytes: &[u8]) -> Result<bool, String> {
        registry.log.clear();
        push_blob(registry, REPOSITORY, LAYER_DIGEST, bytes)
    }

    /// The methods of the requests, in their order.
    fn methods(registry: &Registry) -> Vec<&str> {
        registry.log.iter().map(|line| line.split(' ').next().unwrap()).collect()
    }

    fn log(registry: &Registry) -> String {
        registry.log.iter().map(|line| format!("  {line}\n")).collect()
    }

    #[test]
    fn the_layer_arrives_in_four_requests() {
        let mut registry = Registry::default();
        let result = push(&mut registry, LAYER);
        let log = log(&registry);
        let why = "Each request goes to the last Location, which may be a path and may have a query.";
        assert_eq!(result, Ok(true), "\nthe registry saw these requests:\n{log}{why}\n");
        assert_eq!(methods(&registry), ["HEAD", "POST", "PATCH", "PUT"], "\nthe registry saw these requests:\n{log}");
        assert_eq!(
            registry.blobs,
            [LAYER_DIGEST],
            "\nthe registry does not have the layer, after these requests:\n{log}"
        );
    }

    #[test]
    fn uploads_may_go_to_another_host() {
        let mut registry = Registry { elsewhere: true, ..Registry::default() };
        let result = push(&mut registry, LAYER);
        assert_eq!(
            (result, registry.blobs.len()),
            (Ok(true), 1),
            "\nthis registry takes uploads on port 5002, and says so in its Location:\n{}",
            log(&registry)
        );
    }

    #[test]
    fn what_is_there_is_not_sent_again() {
        let mut registry = Registry { blobs: vec![LAYER_DIGEST.to_owned()], ..Registry::default() };
        let result = push(&mut registry, LAYER);
        let log = log(&registry);
        let why = "The registry has the layer: one question is enough, and nothing has to be sent.";
        assert_eq!((result, methods(&registry)), (Ok(false), vec!["HEAD"]), "\nafter these requests:\n{log}{why}\n");
    }

    #[test]
    fn a_refusal_is_an_error_and_the_end() {
        for (index, (method, status)) in [("HEAD", 401), ("POST", 403), ("PATCH", 500), ("PUT", 503)].iter().enumerate()
        {
            let mut registry = Registry { refuses: Some((method, *status)), ..Registry::default() };
            let result = push(&mut registry, LAYER);
            let log = log(&registry);
            assert!(
                result.as_ref().is_err_and(|error| error.contains(&status.to_string())),
                "\nthe registry answers a {method} with {status}, and that must be an error which says {status}.\n\
                 It saw these requests:\n{log}came {result:?}\n"
            );
            assert_eq!(
                registry.log.len(),
                index + 1,
                "\nafter the {status} nothing more is sent, but the registry saw these requests:\n{log}"
            );
        }
    }

    #[test]
    fn bytes_with_another_digest_are_an_error() {
        let mut registry = Registry::default();
        let result = push(&mut registry, &LAYER[..420]);
        assert!(
            result.as_ref().is_err_and(|error| error.contains("DIGEST_INVALID")),
            "\none byte of the layer is missing, which the registry sees at the PUT:\n{}came {result:?}\n",
            log(&registry)
        );
    }
}
