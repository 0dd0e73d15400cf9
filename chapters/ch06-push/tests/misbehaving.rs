//! A registry that misbehaves: the push succeeds or says what is wrong, soon, and never leaves a manifest without blobs.

use practice_registry::{Options, Registry, start};
use std::fs;
use std::process::Command;
use tempfile::TempDir;
use test_kit::{Misbehaving, Ran, Reply, Request, answer, misbehave, names, run, temporary};

struct Attempt {
    ran: Ran,
    registry: Misbehaving,
    root: TempDir,
    _real: Registry,
}

/// Pushes to a registry with this quirk, as `hello:1`.
fn push(quirk: impl FnMut(&Request) -> Reply + Send + 'static, more: &[&str]) -> Attempt {
    let (out, root) = (temporary(), temporary());
    let real = start(Options::new(root.path().join("registry"))).unwrap();
    let registry = misbehave(real.address(), quirk);
    let mut ch06 = Command::new(env!("CARGO_BIN_EXE_ch06-push"));
    let ran = run(ch06.arg(format!("{}/hello:1", registry.address)).arg("-o").arg(out.path()).args(more));
    Attempt { ran, registry, root, _real: real }
}

impl Attempt {
    #[track_caller]
    fn succeeds(&self) {
        assert_eq!((self.ran.stderr.as_str(), self.ran.code), ("", Some(0)));
        assert_eq!(self.tags(), ["1"]);
        assert_eq!(names(&self.root.path().join("registry/blobs/sha256")).len(), 3, "layer, config, manifest");
    }

    /// Fails with this message, where ADDRESS and the digests stand for the real ones, and without a manifest.
    #[track_caller]
    fn fails(&self, expected: &str) {
        let stderr = self.ran.stderr.replace(&self.registry.address.to_string(), "ADDRESS");
        let expected = expected.replace("LAYER", LAYER).replace("CONFIG", CONFIG);
        assert_eq!((stderr.trim_end(), self.ran.code), (expected.as_str(), Some(1)));
        assert_eq!(self.tags(), [""; 0], "no manifest was pushed");
    }

    fn tags(&self) -> Vec<String> {
        names(&self.root.path().join("registry/repositories/hello/_tags"))
    }
}

const LAYER: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";
const CONFIG: &str = "sha256:4cda4e121bce5296b849b5022d11dade1a3aae907b008b694a10ff03d6017151";
const MANIFEST: &str = "sha256:53d1a14a7911a8d1fe74515acd02568f8c15b245b883e634371d0967b3598c1d";

/// The requests of the push, each by a test for it, and the beginning of what is said if it fails.
const STEPS: [(&str, &str, &str); 5] = [
    ("HEAD", "/blobs/sha256:", "cannot push the layer: HEAD http://ADDRESS/v2/hello/blobs/LAYER"),
    ("POST", "/uploads/", "cannot push the layer: POST http://ADDRESS/v2/hello/blobs/uploads/"),
    ("PATCH", "/uploads/", "cannot push the layer: PATCH http://ADDRESS/v2/hello/blobs/uploads/0000000000000000"),
    ("PUT", "/uploads/", "cannot push the layer: PUT http://ADDRESS/v2/hello/blobs/uploads/0000000000000000"),
    ("PUT", "/manifests/", "cannot push the manifest: PUT http://ADDRESS/v2/hello/manifests/1"),
];

/// Fails at each step in turn, because of what `reply` makes of it, with `why` at the end of the message.
fn fails_at_each_step(reply: impl Fn() -> Reply + Send + Copy + 'static, why: &str) {
    for (method, path, told) in STEPS {
        let attempt = push(move |request| if request.is(method, path) { reply() } else { Reply::Forward }, &[]);
        attempt.fails(&format!("error: cannot push to ADDRESS/hello:1: {told}: {why}"));
    }
}

#[test]
fn a_well_behaved_one() {
    push(|_| Reply::Forward, &[]).succeeds();
}

#[test]
fn a_connection_that_is_cut_at_each_step() {
    fails_at_each_step(|| Reply::Cut, "Peer disconnected");
}

#[test]
fn an_answer_that_is_cut_at_each_step() {
    fails_at_each_step(|| Reply::Bytes(b"HTTP/1.1 20".to_vec()), "Peer disconnected");
    fails_at_each_step(|| Reply::Bytes(b"HTTP/1.1 201 Created\r\nlocation: /v2/".to_vec()), "Peer disconnected");
}

/// Which side notices first differs, and so do the words.
#[test]
fn a_request_that_is_cut_at_each_step() {
    for (method, path, told) in STEPS {
        let attempt = push(move |request| if request.is(method, path) { Reply::CutEarly } else { Reply::Forward }, &[]);
        let address = attempt.registry.address.to_string();
        let told = format!("error: cannot push to ADDRESS/hello:1: {told}: ").replace("LAYER", LAYER);
        let stderr = attempt.ran.stderr.replace(&address, "ADDRESS");
        assert!(stderr.starts_with(&told) && stderr.lines().count() == 1, "{stderr}");
        assert_eq!((attempt.ran.code, attempt.tags().len()), (Some(1), 0));
    }
}

#[test]
fn an_error_at_each_step() {
    let envelope = r#"{"errors":[{"code":"DENIED","message":"the disk\u001b[31m is full"}]}"#;
    let reply = move || answer("507 Insufficient Storage", &["content-type: application/json"], envelope);
    for (method, path, told) in STEPS {
        let attempt = push(move |request| if request.is(method, path) { reply() } else { Reply::Forward }, &[]);
        // The answer to a HEAD has no body.
        let said = if method == "HEAD" { "" } else { ": DENIED: the disk [31m is full" };
        let why = format!("the registry answered 507 Insufficient Storage{said}");
        attempt.fails(&format!("error: cannot push to ADDRESS/hello:1: {told}: {why}"));
    }
}

#[test]
fn html_instead_of_json() {
    let html = "<html>\x1b[31mnginx</html>";
    fails_at_each_step(move || answer("502 Bad Gateway", &[], html), "the registry answered 502 Bad Gateway");
}

#[test]
fn html_instead_of_an_upload() {
    let quirk = |request: &Request| match request.method.as_str() {
        "POST" => answer("202 Accepted", &["content-type: text/html"], "<html>Welcome!</html>"),
        _ => Reply::Forward,
    };
    push(quirk, &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
         the registry does not say where to upload: its answer has no Location",
    );
}

#[test]
fn an_endless_answer_at_each_step() {
    let endless = || Reply::Endless(b"HTTP/1.1 500 Internal Server Error\r\n\r\n".to_vec());
    fails_at_each_step(endless, "the registry answered 500 Internal Server Error");
}

#[test]
fn endless_headers() {
    let attempt = push(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec()), &[]);
    // How much has arrived when it is too much differs.
    let told = attempt.ran.stderr.split(": response header is too big: ").collect::<Vec<_>>();
    let address = attempt.registry.address;
    let error = "cannot push the layer: HEAD";
    assert_eq!(
        told[0],
        format!("error: cannot push to {address}/hello:1: {error} http://{address}/v2/hello/blobs/{LAYER}")
    );
    assert!(told[1].ends_with(" > 65536\n"), "{told:?}");
    assert_eq!((attempt.ran.code, attempt.tags().len()), (Some(1), 0));
}

#[test]
fn something_that_is_not_http() {
    push(|_| Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: HEAD http://ADDRESS/v2/hello/blobs/LAYER: \
         protocol: http parse fail: invalid HTTP version",
    );
}

#[test]
fn a_registry_that_says_nothing() {
    use std::time::Duration;
    let root = temporary();
    let real = start(Options::new(root.path().join("registry"))).unwrap();
    let silent = misbehave(real.address(), |_| Reply::Silence);
    // The push takes the agent that it is given: this one waits for a moment only.
    let config = ureq::config::Config::builder().timeout_recv_response(Some(Duration::from_millis(50))).build();
    let request = ureq::http::Request::get(format!("http://{}/v2/", silent.address)).body(http_agent::Body::Empty);
    let error = http_agent::Http::send(&config.new_agent(), &request.unwrap()).unwrap_err();
    let url = format!("GET http://{}/v2/", silent.address);
    test_kit::refuses(error, &format!("{url}: timeout: receive response"));
}

#[test]
fn locations_of_every_kind() {
    let absolute = |request: &Request| {
        let host = request.header("host").unwrap_or_default();
        Reply::Changed("location: /v2/", format!("location: http://{host}/v2/"))
    };
    push(absolute, &[]).succeeds();

    let without_host = |request: &Request| {
        let host = request.header("host").unwrap_or_default();
        Reply::Changed("location: /v2/", format!("location: //{host}/v2/"))
    };
    push(without_host, &[]).succeeds();

    let relative = |_: &Request| Reply::Changed("location: /v2/hello/blobs/uploads/", "location: ".to_owned());
    push(relative, &[]).succeeds();

    let with_query = |_: &Request| Reply::Changed("\r\nrange: 0-", "?_state=a%2Fb%3D\r\nrange: 0-".to_owned());
    let attempt = push(with_query, &[]);
    attempt.succeeds();
    let commit = format!("PUT /v2/hello/blobs/uploads/0000000000000000?_state=a%2Fb%3D&digest={LAYER}");
    assert!(attempt.registry.lines().contains(&commit), "{:#?}", attempt.registry.lines());
}

/// Source of the cases: RFC 3986, section 5.4.1.
#[test]
fn references_to_urls() {
    let cases = [
        ("g", "http://a/b/c/g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("g?y", "http://a/b/c/g?y"),
        ("https://g/h", "https://g/h"),
    ];
    for (location, expected) in cases {
        assert_eq!(ch06_push::join("http://a/b/c/d;p?q", location), expected, "{location}");
    }
}

#[test]
fn a_location_that_leads_away_from_this_machine_in_the_clear() {
    let quirk = |_: &Request| Reply::Changed("location: /v2/", "location: http://registry.example/v2/".to_owned());
    push(quirk, &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
         PATCH http://registry.example/v2/hello/blobs/uploads/0000000000000000: \
         plain HTTP is only for registries on this machine, not for registry.example",
    );
}

#[test]
fn a_location_that_is_no_url() {
    let quirk = |_: &Request| Reply::Changed("location: /v2/", "location: http://[/".to_owned());
    push(quirk, &[])
        .fails("error: cannot push to ADDRESS/hello:1: cannot push the layer: the registry named a place that is no URL: invalid authority");
}

#[test]
fn another_digest_than_ours() {
    for (method, path, what) in [("PUT", "/uploads/", "layer"), ("PUT", "/manifests/", "manifest")] {
        // All sha256: in the headers become another digest; the location is not followed any more.
        let other = format!("docker-content-digest: sha256:{}\r\nx-was: sha256:", "0".repeat(64));
        let attempt = push(
            move |request| match request.is(method, path) {
                true => Reply::Changed("docker-content-digest: sha256:", other.clone()),
                false => Reply::Forward,
            },
            &[],
        );
        let ours = if what == "layer" { LAYER } else { MANIFEST };
        let zeros = "0".repeat(64);
        let address = attempt.registry.address;
        let told = format!(
            "error: cannot push to {address}/hello:1: cannot push the {what}: \
             the registry has other bytes: sha256:{zeros} instead of {ours}\n"
        );
        assert_eq!((attempt.ran.stderr.as_str(), attempt.ran.code), (told.as_str(), Some(1)));
    }
}

#[test]
fn a_blob_that_is_there_under_another_digest() {
    let head = format!("docker-content-digest: sha256:{}", "0".repeat(64));
    let quirk = move |request: &Request| match request.method.as_str() {
        "HEAD" => answer("200 OK", &[&head], ""),
        _ => Reply::Forward,
    };
    let zeros = "0".repeat(64);
    push(quirk, &[]).fails(&format!(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
         the registry has other bytes: sha256:{zeros} instead of LAYER"
    ));
}

#[test]
fn a_blob_that_only_seems_to_be_there() {
    let quirk = |request: &Request| match request.method.as_str() {
        "HEAD" => answer("200 OK", &[], ""),
        _ => Reply::Forward,
    };
    push(quirk, &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the manifest: \
         PUT http://ADDRESS/v2/hello/manifests/1: the registry answered 404 Not Found: \
         MANIFEST_BLOB_UNKNOWN: the manifest lists what is not here: CONFIG",
    );
}

#[test]
fn a_mount_that_is_refused() {
    let attempt = push(|_| Reply::Forward, &["--mount-from", "elsewhere"]);
    attempt.succeeds();
    let mounts = attempt.registry.lines().iter().filter(|line| line.contains("?mount=sha256:")).count();
    assert_eq!(mounts, 2, "{:#?}", attempt.registry.lines());
}

#[test]
fn a_registry_that_asks_who_is_there() {
    let challenge = "www-authenticate: Bearer realm=\"http://127.0.0.1:1/token\"";
    push(move |_| answer("401 Unauthorized", &[challenge], ""), &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: HEAD http://ADDRESS/v2/hello/blobs/LAYER: \
         the registry answered 401 Unauthorized\nhelp: chapter 7 logs in: cargo run -p ch07-log-in -- ADDRESS/hello:1",
    );
}

#[test]
fn a_redirect() {
    let attempt = push(|request| answer("307 Temporary Redirect", &[&format!("location: {}", request.path)], ""), &[]);
    attempt.fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: HEAD http://ADDRESS/v2/hello/blobs/LAYER: \
         the registry answered 307 Temporary Redirect\nhelp: chapter 7 follows redirects: cargo run -p ch07-log-in -- ADDRESS/hello:1",
    );
    assert_eq!(attempt.registry.lines().len(), 1);
}

#[test]
fn a_registry_that_is_busy() {
    push(|_| answer("429 Too Many Requests", &["retry-after: 1"], ""), &[]).fails(
        "error: cannot push to ADDRESS/hello:1: cannot push the layer: HEAD http://ADDRESS/v2/hello/blobs/LAYER: \
         the registry answered 429 Too Many Requests\nhelp: chapter 7 tries again: cargo run -p ch07-log-in -- ADDRESS/hello:1",
    );
}

#[test]
fn a_failed_push_can_be_repeated() {
    let (out, root) = (temporary(), temporary());
    let real = start(Options::new(root.path().join("registry"))).unwrap();
    let mut cut = true;
    let registry =
        misbehave(real.address(), move |request| match request.is("PATCH", "") && std::mem::take(&mut cut) {
            true => Reply::Cut,
            false => Reply::Forward,
        });
    let push = || {
        let mut ch06 = Command::new(env!("CARGO_BIN_EXE_ch06-push"));
        run(ch06.arg(format!("{}/hello:1", registry.address)).arg("-o").arg(out.path())).code
    };
    assert_eq!((push(), push()), (Some(1), Some(0)));
    assert!(fs::exists(root.path().join("registry/repositories/hello/_tags/1")).unwrap());
}
