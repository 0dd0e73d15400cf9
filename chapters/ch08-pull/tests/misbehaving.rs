//! A registry that misbehaves: nothing wrong gets a name, and what was there stays.

mod common;

use ch03_digest::{Descriptor, Digest};
use common::{OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST, Server, blobs, noise, path_of, pull};
use practice_registry::{Auth, Options, start};
use serde_json::json;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use test_kit::{Misbehaving, Ran, Reply, Request, answer, misbehave, names, temporary};

const SIZE: usize = 100_000;

fn layer_bytes() -> Vec<u8> {
    noise(SIZE, 1)
}

/// An image of one layer, and its registry with a quirk.
struct Setting {
    _server: Server,
    registry: Misbehaving,
    layer: Descriptor,
    image: Descriptor,
    out: TempDir,
}

impl Setting {
    fn new(quirk: impl FnMut(&Request) -> Reply + Send + 'static) -> Setting {
        let (server, out) = (Server::new(), temporary());
        let layer = server.blob(OCI_LAYER, &layer_bytes());
        let image = server.image(Some("1"), "linux/amd64", std::slice::from_ref(&layer));
        let registry = misbehave(server.address(), quirk);
        Setting { _server: server, registry, layer, image, out }
    }

    /// A quirk for the layer alone: it has these digits in its path.
    fn with_layer(mut quirk: impl FnMut(&Request) -> Reply + Send + 'static) -> Setting {
        let path = format!("/blobs/{}", Digest::of(&layer_bytes()));
        Setting::new(move |request| if request.is("GET", &path) { quirk(request) } else { Reply::Forward })
    }

    fn pull(&self) -> Ran {
        pull(&format!("{}/r:1", self.registry.address), self.out.path(), &["--platform=linux/amd64"])
    }

    /// Pulls, and what is said of the layer.
    #[track_caller]
    fn succeeds(&self) -> String {
        let ran = self.pull();
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
        assert!(fs::read(path_of(self.out.path(), &self.layer)).unwrap() == layer_bytes());
        assert_eq!(names(self.out.path()), ["oci"], "nothing unfinished is left");
        let line = ran.stdout.lines().find(|line| line.starts_with("layer")).unwrap();
        line.split("  ").last().unwrap().to_owned()
    }

    /// Fails with this message, and without an image.
    #[track_caller]
    fn fails(&self, expected: &str) {
        let ran = self.pull();
        let expected = expected.replace("LAYER", &self.layer.digest.to_string());
        let expected = format!("error: cannot pull ADDRESS/r:1: {expected}");
        assert_eq!((ran.stderr.trim_end(), ran.code), (expected.as_str(), Some(1)));
        assert!(!self.out.path().join("oci/index.json").exists(), "no name is given");
        assert!(!path_of(self.out.path(), &self.layer).exists(), "nothing wrong has the layer's name");
    }

    /// How much of the layer is kept for the next run.
    fn kept(&self) -> Option<u64> {
        let path = format!(".unfinished-pull/sha256-{}", self.layer.digest.hex());
        fs::metadata(self.out.path().join(path)).ok().map(|metadata| metadata.len())
    }

    fn ranges(&self) -> Vec<Option<String>> {
        let path = format!("/blobs/{}", self.layer.digest);
        let requests = self.registry.requests().into_iter().filter(|request| request.is("GET", &path));
        requests.map(|request| request.header("range").map(String::from)).collect()
    }
}

fn with_body(status: &str, headers: &str, body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
    Reply::Bytes([head.as_bytes(), body].concat())
}

#[test]
fn a_well_behaved_one() {
    let setting = Setting::new(|_| Reply::Forward);
    assert_eq!(setting.succeeds(), "pulled");
    assert_eq!(setting.ranges(), [None]);
}

#[test]
fn a_download_that_is_cut_continues() {
    let mut cuts = vec![Reply::CutAfter(20_000), Reply::CutAfter(40_000)];
    let setting = Setting::with_layer(move |_| cuts.pop().unwrap_or(Reply::Forward));
    assert_eq!(setting.succeeds(), "continued at 60000");
    assert_eq!(setting.ranges(), [None, Some("bytes=40000-".into()), Some("bytes=60000-".into())]);
}

/// As long as something comes, it goes on.
#[test]
fn a_download_that_is_cut_again_and_again() {
    let setting = Setting::with_layer(|_| Reply::CutAfter(9000));
    assert_eq!(setting.succeeds(), "continued at 99000");
    assert_eq!(setting.ranges().len(), 12);
}

/// Before the answer as well as in it: the registry may have been started anew.
#[test]
fn a_download_that_brings_no_more_continues_in_the_next_run() {
    let mut cuts: Vec<Reply> = (0..5).map(|_| Reply::Cut).collect();
    cuts.extend([Reply::CutAfter(4000), Reply::Cut, Reply::CutAfter(1000), Reply::Cut]);
    let setting = Setting::with_layer(move |_| cuts.pop().unwrap_or(Reply::Forward));
    setting.fails(
        "cannot pull the blob LAYER: only 5000 of 100000 bytes arrived, and no more in 5 tries: \
         GET http://ADDRESS/v2/r/blobs/LAYER: Peer disconnected\n\
         help: run it again: it continues there",
    );
    assert_eq!(setting.ranges().len(), 9);
    assert_eq!(setting.kept(), Some(5000));
    assert_eq!(setting.succeeds(), "continued at 5000");
    assert_eq!(setting.ranges().last().unwrap().as_deref(), Some("bytes=5000-"));
}

/// A first answer that is cut, and then this one to the request for the rest.
fn cut_and_then(reply: fn() -> Reply) -> Setting {
    let mut cut = true;
    Setting::with_layer(move |request| match (std::mem::take(&mut cut), request.header("range")) {
        (true, _) => Reply::CutAfter(40_000),
        (false, Some(_)) => reply(),
        (false, None) => Reply::Forward,
    })
}

#[test]
fn a_registry_without_ranges_sends_it_all_again() {
    let setting = cut_and_then(|| with_body("200 OK", "", &layer_bytes()));
    assert_eq!(setting.succeeds(), "pulled");
    assert_eq!(setting.ranges().len(), 2);

    let setting = Setting::with_layer(|_| with_body("200 OK", "", &layer_bytes()));
    let unfinished = setting.out.path().join(".unfinished-pull");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join(format!("sha256-{}", setting.layer.digest.hex())), &layer_bytes()[..10]).unwrap();
    assert_eq!(setting.succeeds(), "pulled", "what an earlier run left is of no use either");
    assert_eq!(setting.ranges(), [Some("bytes=10-".into())]);
}

#[test]
fn a_range_that_is_refused_or_is_another() {
    let replies: [fn() -> Reply; 4] = [
        || answer("416 Range Not Satisfiable", &["content-range: bytes */100000"], ""),
        || with_body("206 Partial Content", "", &layer_bytes()[40_000..]),
        || with_body("206 Partial Content", "content-range: bytes 39999-99999/100000\r\n", &layer_bytes()[39_999..]),
        || Reply::Changed("content-range: bytes 40000-", "content-range: bytes 400000-".into()),
    ];
    for reply in replies {
        let setting = cut_and_then(reply);
        assert_eq!(setting.succeeds(), "pulled");
        assert_eq!(setting.ranges(), [None, Some("bytes=40000-".into()), None]);
    }
}

/// It would make the blob right only by accident.
#[test]
fn a_range_that_nobody_asked_for() {
    let reply = || with_body("206 Partial Content", "content-range: bytes 0-9/100000\r\n", &[0; 10]);
    Setting::with_layer(move |_| reply()).fails(
        "cannot pull the blob LAYER: GET http://ADDRESS/v2/r/blobs/LAYER: the registry answered 206 Partial Content",
    );
}

#[test]
fn another_blob() {
    let other = noise(SIZE, 2);
    let told = format!(
        "cannot pull the blob LAYER: the registry sent other bytes: not LAYER of 100000 bytes, but {}",
        Digest::of(&other)
    );
    let setting = Setting::with_layer(move |_| with_body("200 OK", "", &other));
    setting.fails(&told);
    assert_eq!(setting.kept(), None, "it is of no use");
}

#[test]
fn a_beginning_from_another_blob_is_thrown_away() {
    for length in [40_000, SIZE, SIZE + 1] {
        let setting = Setting::new(|_| Reply::Forward);
        let unfinished = setting.out.path().join(".unfinished-pull");
        fs::create_dir_all(&unfinished).unwrap();
        fs::write(unfinished.join(format!("sha256-{}", setting.layer.digest.hex())), noise(length, 2)).unwrap();
        assert_eq!(setting.succeeds(), "pulled");
        assert_eq!(setting.ranges().last(), Some(&None));
    }
    // A registry that is wrong itself is asked once more, and then no more.
    let setting = Setting::with_layer(|_| with_body("200 OK", "", &noise(SIZE, 2)));
    let unfinished = setting.out.path().join(".unfinished-pull");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join(format!("sha256-{}", setting.layer.digest.hex())), [1]).unwrap();
    setting.fails(&format!(
        "cannot pull the blob LAYER: the registry sent other bytes: not LAYER of 100000 bytes, but {}",
        Digest::of(&noise(SIZE, 2))
    ));
    assert_eq!(setting.ranges(), [Some("bytes=1-".into()), None]);
}

#[test]
fn what_an_earlier_run_finished_and_did_not_move() {
    let setting = Setting::new(|_| Reply::Forward);
    let unfinished = setting.out.path().join(".unfinished-pull");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join(format!("sha256-{}", setting.layer.digest.hex())), layer_bytes()).unwrap();
    assert_eq!(setting.succeeds(), "continued at 100000");
    assert_eq!(setting.ranges(), []);
}

#[test]
fn a_blob_that_is_too_long() {
    let told = "cannot pull the blob LAYER: the registry sent other bytes: not LAYER of 100000 bytes, but more";
    let longer = || with_body("200 OK", "", &[layer_bytes(), vec![0]].concat());
    let setting = Setting::with_layer(move |_| longer());
    setting.fails(told);
    assert_eq!(setting.kept(), None);
    Setting::with_layer(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())).fails(told);
    let chunked = || Reply::Endless(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999999\r\n\r\n".to_vec());
    Setting::with_layer(move |_| chunked()).fails(told);
}

#[test]
fn a_blob_that_is_too_short() {
    let shorter = |request: &Request| match request.header("range") {
        Some(_) => answer("416 Range Not Satisfiable", &["content-range: bytes */99999"], ""),
        None => with_body("200 OK", "", &layer_bytes()[1..]),
    };
    Setting::with_layer(shorter).fails(
        "cannot pull the blob LAYER: only 99999 of 100000 bytes arrived, and no more in 5 tries\n\
         help: run it again: it continues there",
    );
}

#[test]
fn a_blob_that_is_missing() {
    let body = r#"{"errors":[{"code":"BLOB_UNKNOWN","message":"it is gone"}]}"#;
    let setting = Setting::with_layer(move |_| answer("404 Not Found", &[], body));
    setting.fails(
        "cannot pull the blob LAYER: GET http://ADDRESS/v2/r/blobs/LAYER: the registry answered 404 Not Found: \
         BLOB_UNKNOWN: it is gone",
    );
    assert_eq!(names(setting.out.path()), ["oci"], "no empty file is left");
}

#[test]
fn a_connection_that_is_cut_before_the_answer() {
    let setting = Setting::with_layer(|_| Reply::Cut);
    setting.fails(
        "cannot pull the blob LAYER: only 0 of 100000 bytes arrived, and no more in 5 tries: \
         GET http://ADDRESS/v2/r/blobs/LAYER: Peer disconnected\nhelp: run it again: it continues there",
    );
    assert_eq!((setting.ranges().len(), setting.kept()), (5, None));
    Setting::new(|_| Reply::Cut).fails("GET http://ADDRESS/v2/r/manifests/1: Peer disconnected");
}

#[test]
fn a_registry_that_is_busy() {
    let mut times = 0;
    let setting = Setting::with_layer(move |_| {
        times += 1;
        if times < 3 { answer("429 Too Many Requests", &["retry-after: 0"], "") } else { Reply::Forward }
    });
    assert_eq!(setting.succeeds(), "pulled");
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"come back tomorrow"}]}"#;
    Setting::new(move |_| answer("429 Too Many Requests", &["retry-after: 0"], body)).fails(
        "GET http://ADDRESS/v2/r/manifests/1: the registry answered 429 Too Many Requests 5 times: \
         TOOMANYREQUESTS: come back tomorrow",
    );
}

#[test]
fn a_registry_that_says_nothing() {
    use ch06_push::Repository;
    use std::time::Duration;
    let setting = Setting::new(|_| Reply::Silence);
    // The pull takes the agent that it is given: this one waits for a moment only.
    let config = ureq::config::Config::builder().timeout_per_read(Some(Duration::from_millis(50))).build();
    let reference = format!("{}/r:1", setting.registry.address).parse().unwrap();
    let repository = Repository { http: &config.new_agent(), reference: &reference };
    let out = workbench::OutDir::create(setting.out.path(), Path::new("/nonexistent")).unwrap();
    let error = ch08_pull::pull(&repository, &reference, None, &out, &mut Vec::new()).unwrap_err();
    let url = format!("GET http://{}/v2/r/manifests/1", setting.registry.address);
    test_kit::refuses(error, &format!("cannot pull {reference}: {url}: timeout: per read"));
}

// ---- Manifests.

fn manifest_answer(media_type: &str, document: &serde_json::Value) -> Reply {
    answer("200 OK", &[&format!("content-type: {media_type}")], &document.to_string())
}

/// Fails because of this answer instead of the manifest, and asks for nothing more.
#[track_caller]
fn fails_with(reply: impl Fn() -> Reply + Send + 'static, expected: &str) {
    let setting = Setting::new(move |request| if request.is("GET", "/manifests/") { reply() } else { Reply::Forward });
    setting.fails(expected);
    assert_eq!(setting.registry.requests().len(), 1);
    assert_eq!(blobs(setting.out.path()), [""; 0]);
}

fn descriptor(media_type: &str) -> serde_json::Value {
    json!({"mediaType": media_type, "digest": Digest::of(b"x"), "size": 1})
}

#[test]
fn a_web_page_instead_of_a_manifest() {
    let help = "help: if it should be an image, a login page or a proxy may have answered for the registry";
    let html = || answer("200 OK", &["content-type: text/html; charset=utf-8"], "<html>\x1b[31mWelcome!</html>");
    fails_with(html, &format!("it is neither an image nor an index, but \"text/html\"\n{help}"));
    let liar = || answer("200 OK", &[&format!("content-type: {OCI_MANIFEST}")], "<html>\x1b[31mWelcome!</html>");
    fails_with(liar, "malformed manifest: expected value at line 1 column 1");
    let json = || manifest_answer("application/json; x=y", &json!({"schemaVersion": 2}));
    fails_with(json, &format!("it is neither an image nor an index, but \"application/json\"\n{help}"));
    let config = json!({"mediaType": OCI_CONFIG, "digest": "\u{1b}[31m", "size": 1});
    let escape = json!({"schemaVersion": 2, "config": config, "layers": []});
    fails_with(
        move || manifest_answer(OCI_MANIFEST, &escape),
        "malformed manifest: malformed digest:  [31m: there is no colon after the algorithm at line 1 column 32",
    );
}

#[test]
fn an_image_and_an_index_at_once() {
    for (media_type, missing) in [(OCI_MANIFEST, ""), (OCI_INDEX, ""), (OCI_MANIFEST, "layers"), (OCI_INDEX, "config")]
    {
        let mut document = json!({"schemaVersion": 2, "config": descriptor(OCI_CONFIG),
            "layers": [descriptor(OCI_LAYER)], "manifests": [descriptor(OCI_MANIFEST)]});
        document.as_object_mut().unwrap().remove(missing);
        fails_with(
            move || manifest_answer(media_type, &document),
            "malformed manifest: it is an image and an index at once",
        );
    }
}

#[test]
fn a_manifest_that_says_it_is_something_else() {
    let document = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []});
    fails_with(
        move || manifest_answer(OCI_MANIFEST, &document),
        "malformed manifest: it says that it is \"application/vnd.oci.image.index.v1+json\", \
         and was given as \"application/vnd.oci.image.manifest.v1+json\"",
    );
    let document = json!({"schemaVersion": 2, "manifests": []});
    fails_with(
        move || manifest_answer(OCI_MANIFEST, &document),
        "malformed manifest: it does not hold what application/vnd.oci.image.manifest.v1+json does",
    );
    let document = json!({"schemaVersion": 2, "config": descriptor(OCI_CONFIG), "layers": []});
    fails_with(
        move || manifest_answer(OCI_INDEX, &document),
        "malformed manifest: it does not hold what application/vnd.oci.image.index.v1+json does",
    );
}

#[test]
fn docker_s_first_format() {
    let document = json!({"schemaVersion": 1, "name": "r", "tag": "1", "fsLayers": [{"blobSum": Digest::of(b"x")}]});
    fails_with(
        move || manifest_answer("application/vnd.docker.distribution.manifest.v1+prettyjws", &document),
        "it is an image in Docker's first format (schema 1), which registries gave up\nhelp: push it anew",
    );
}

#[test]
fn something_that_is_no_image() {
    let helm = descriptor("application/vnd.cncf.helm.config.v1+json");
    let document = json!({"schemaVersion": 2, "config": helm, "layers": []});
    fails_with(
        move || manifest_answer(OCI_MANIFEST, &document),
        "it is no container image: its config is \"application/vnd.cncf.helm.config.v1+json\"",
    );
}

#[test]
fn a_digest_that_is_none() {
    let config = json!({"mediaType": OCI_CONFIG, "digest": "sha256:../../../etc/passwd", "size": 1});
    let document = json!({"schemaVersion": 2, "config": config, "layers": []});
    fails_with(
        move || manifest_answer(OCI_MANIFEST, &document),
        "malformed manifest: malformed digest: sha256:../../../etc/passwd: sha256 has 64 digits, this has 19 \
         at line 1 column 48",
    );
}

/// It would be read into memory.
#[test]
fn a_config_that_is_too_long() {
    let config = json!({"mediaType": OCI_CONFIG, "digest": Digest::of(b"x"), "size": 4 * 1024 * 1024 + 1});
    let document = json!({"schemaVersion": 2, "config": config, "layers": []});
    fails_with(move || manifest_answer(OCI_MANIFEST, &document), "malformed manifest: its config has more than 4 MiB");
}

#[test]
fn a_blob_of_two_sizes() {
    let layer = |size: u32| json!({"mediaType": OCI_LAYER, "digest": Digest::of(b"x"), "size": size});
    let document = json!({"schemaVersion": 2, "config": descriptor(OCI_CONFIG), "layers": [layer(1), layer(2)]});
    let told = format!("malformed manifest: it gives two sizes of {}", Digest::of(b"x"));
    fails_with(move || manifest_answer(OCI_MANIFEST, &document), &told);
}

#[test]
fn a_manifest_that_is_too_long() {
    let endless = || Reply::Endless(format!("HTTP/1.1 200 OK\r\ncontent-type: {OCI_MANIFEST}\r\n\r\n").into());
    fails_with(endless, "the registry sent a manifest or config of more than 4 MiB");
}

#[test]
fn a_manifest_that_is_not_what_its_digest_says() {
    let document = json!({"schemaVersion": 2, "config": descriptor(OCI_CONFIG), "layers": []});
    let (ours, theirs) = (Digest::of(document.to_string().as_bytes()), Digest::of(b"x"));
    let size = document.to_string().len();
    let header = format!("docker-content-digest: {theirs}");
    let (text, told) = (
        document.to_string(),
        format!("the registry sent other bytes: not {theirs} of {size} bytes, but {ours} of {size} bytes"),
    );
    let content_type = format!("content-type: {OCI_MANIFEST}");
    fails_with(move || answer("200 OK", &[&content_type, &header], &text), &told);

    // The registry's own word does not count where we know better.
    let setting = Setting::new(move |request| match request.is("GET", "/manifests/") {
        true => manifest_answer(OCI_MANIFEST, &document),
        false => Reply::Forward,
    });
    let name = format!("{}/r@{}", setting.registry.address, setting.image.digest);
    let ran = pull(&name, setting.out.path(), &[]);
    let wanted = &setting.image.digest;
    let told = format!(
        "error: cannot pull ADDRESS/r@{wanted}: the registry sent other bytes: \
         not {wanted} of {size} bytes, but {ours} of {size} bytes\n"
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
}

#[test]
fn a_config_that_is_none() {
    let server = Server::new();
    for (config, told) in [
        ("[]", "malformed config: invalid length 0, expected struct Platform with 3 elements at line 1 column 2"),
        ("{}", "malformed config: missing field `architecture` at line 1 column 2"),
    ] {
        let out = temporary();
        let config = server.blob(OCI_CONFIG, config.as_bytes());
        server.manifest(Some("1"), &json!({"schemaVersion": 2, "config": config, "layers": []}));
        let ran = server.pull(":1", out.path(), &[]);
        assert_eq!((ran.stderr, ran.code), (format!("error: cannot pull ADDRESS/r:1: {told}\n"), Some(1)));
    }
}

// ---- Who is there.

#[test]
fn one_token_for_all() {
    let (root, out) = (temporary(), temporary());
    let mut options = Options::new(root.path().join("registry"));
    options.auth = Auth::Token { user: "me".into(), password: "secret".into() };
    let with_tokens = start(options).unwrap();
    // Pushed without a password to a registry on the same directory.
    let server = Server { registry: start(Options::new(root.path().join("registry"))).unwrap(), root };
    let layers: Vec<_> = (0..6).map(|seed| server.blob(OCI_LAYER, &noise(1000, seed))).collect();
    server.image(Some("1"), "linux/amd64", &layers);

    // The first token is refused when it comes to the layers, which several threads ask for at once.
    let paths: Vec<String> = layers.iter().map(|layer| format!("/blobs/{}", layer.digest)).collect();
    let mut first: Option<String> = None;
    let registry = misbehave(with_tokens.address(), move |request| {
        let token = request.header("authorization").map(String::from);
        first = first.take().or(token.clone());
        if token == first && paths.iter().any(|path| request.is("GET", path)) {
            let realm = format!("http://{}/token", request.header("host").unwrap());
            let challenge = format!("www-authenticate: Bearer realm=\"{realm}\",service=\"practice-registry\"");
            return answer("401 Unauthorized", &[&challenge], "");
        }
        Reply::Forward
    });
    let ran = pull(&format!("{}/r:1", registry.address), out.path(), &["--platform=linux/amd64", "--trace"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let tokens: Vec<String> = registry.lines().into_iter().filter(|line| line.starts_with("GET /token")).collect();
    assert_eq!(tokens, ["GET /token?service=practice-registry&scope=repository%3Ar%3Apull"; 2]);
    // Every exchange is in one piece: after what was sent comes what came back.
    let lines: Vec<char> = ran.stderr.lines().filter_map(|line| line.chars().next()).collect();
    let starts = lines.windows(2).filter(|pair| pair == &['>', '<']).count();
    assert_eq!(starts, ran.stderr.matches("> GET http").count(), "{}", ran.stderr);
}

#[test]
fn a_redirect_to_another_host_without_the_authorization() {
    let storage_server = Setting::new(|_| Reply::Forward);
    let storage = storage_server.registry.address;
    let (root, out) = (temporary(), temporary());
    let mut options = Options::new(root.path().join("registry"));
    options.auth = Auth::Token { user: "me".into(), password: "secret".into() };
    let with_tokens = start(options).unwrap();
    let server = Server { registry: start(Options::new(root.path().join("registry"))).unwrap(), root };
    let layer = server.blob(OCI_LAYER, &layer_bytes());
    server.image(Some("1"), "linux/amd64", std::slice::from_ref(&layer));
    let path = format!("/blobs/{}", layer.digest);
    let registry = misbehave(with_tokens.address(), move |request| match request.is("GET", &path) {
        true => answer("307 Temporary Redirect", &[&format!("location: http://{storage}{}", request.path)], ""),
        false => Reply::Forward,
    });
    let unfinished = out.path().join(".unfinished-pull");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join(format!("sha256-{}", layer.digest.hex())), &layer_bytes()[..10]).unwrap();
    let ran = pull(&format!("{}/r:1", registry.address), out.path(), &["--platform=linux/amd64"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("continued at 10\n"), "{}", ran.stdout);
    let there = storage_server.registry.requests();
    assert_eq!(there.len(), 1);
    assert_eq!((there[0].header("authorization"), there[0].header("range")), (None, Some("bytes=10-")));
    assert!(registry.requests().iter().any(|request| request.header("authorization").is_some()));
}
