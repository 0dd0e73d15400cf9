//! Registries that are slow, lost, forgetful or hostile.

use ch07_log_in::{Credentials, LogIn};
use http_agent::{Body, Http, agent};
use practice_registry::{Auth, Options, Registry, start};
use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;
use test_kit::{Misbehaving, Ran, Reply, Request, answer, misbehave, run, temporary};
use ureq::http::StatusCode;

fn real() -> (TempDir, Registry) {
    let root = temporary();
    let mut options = Options::new(root.path().join("registry"));
    options.auth = Auth::Token { user: "me".into(), password: "secret".into() };
    let registry = start(options).unwrap();
    (root, registry)
}

/// Pushes to a registry with this quirk, as me.
fn push(quirk: impl FnMut(&Request) -> Reply + Send + 'static) -> (Ran, Misbehaving, bool) {
    let (root, real) = real();
    let registry = misbehave(real.address(), quirk);
    let work = temporary();
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#, registry.address);
    fs::write(work.path().join("config.json"), config).unwrap();
    let mut ch07 = Command::new(env!("CARGO_BIN_EXE_ch07-log-in"));
    ch07.arg(format!("{}/hello:1", registry.address)).arg("-o").arg(work.path().join("out")).arg("--trace");
    let mut ran = run(ch07.env("DOCKER_CONFIG", work.path()));
    ran.stderr = ran.stderr.replace(&registry.address.to_string(), "ADDRESS");
    let pushed = root.path().join("registry/repositories/hello/_tags/1").is_file();
    (ran, registry, pushed)
}

/// What is said when it fails: the trace is above it.
fn error(ran: &Ran) -> String {
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with(['<', '>'])).collect();
    lines.join("\n").replace("sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef", "LAYER")
}

fn count(registry: &Misbehaving, method: &str, part: &str) -> usize {
    registry.requests().iter().filter(|request| request.is(method, part)).count()
}

#[test]
fn several_challenges_in_any_order() {
    for other in ["Negotiate, Basic realm=\"x, y\", Bearer", "NewAuth a=1, type=\"b\\\"\"\r\nwww-authenticate: Bearer"]
    {
        let changed = format!("www-authenticate: {other}");
        let (ran, _, pushed) = push(move |_| Reply::Changed("www-authenticate: Bearer", changed.clone()));
        assert!(pushed, "{}", ran.stderr);
    }
}

#[test]
fn challenges_that_nobody_can_answer() {
    let (ran, _, pushed) =
        push(|_| answer("401 Unauthorized", &["www-authenticate: Negotiate", "www-authenticate: NTLM"], ""));
    let told = "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
                ADDRESS offers no way to log in that this program knows: [negotiate, ntlm]";
    assert_eq!((error(&ran).as_str(), pushed), (told, false));
}

/// The token that was good for the first requests is refused in the middle of the push.
#[test]
fn a_token_that_expires() {
    let mut expired = false;
    let (ran, registry, pushed) = push(move |request| {
        if request.is("PATCH", "") && !std::mem::replace(&mut expired, true) {
            let challenge = format!(
                "www-authenticate: Bearer realm=\"http://{}/token\",service=\"practice-registry\",error=\"invalid_token\"",
                request.header("host").unwrap()
            );
            return answer("401 Unauthorized", &[&challenge], "");
        }
        Reply::Forward
    });
    assert!(pushed, "{}", ran.stderr);
    assert_eq!((count(&registry, "GET", "/token"), count(&registry, "PATCH", "")), (2, 3));
    let sent: Vec<usize> = registry
        .requests()
        .iter()
        .filter(|request| request.is("PATCH", ""))
        .map(|request| request.body.len())
        .collect();
    assert_eq!(sent, [421, 421, 477], "the layer was sent again from its beginning");
}

#[test]
fn a_token_that_is_refused_again() {
    let mut times = 0;
    let (ran, registry, pushed) = push(move |request| {
        times += usize::from(request.is("PATCH", ""));
        match (request.is("PATCH", ""), times) {
            (false, _) => Reply::Forward,
            (true, ..5) => {
                let realm = format!("http://{}/token", request.header("host").unwrap());
                answer("401 Unauthorized", &[&format!("www-authenticate: Bearer realm=\"{realm}\"")], "")
            }
            (true, _) => Reply::Cut,
        }
    });
    let told = "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
                PATCH http://ADDRESS/v2/hello/blobs/uploads/0000000000000000: the registry refuses us, as me\n\
                help: docker login ADDRESS, or set DOCKER_CONFIG to the directory of another config.json";
    assert_eq!((error(&ran).as_str(), pushed), (told, false));
    assert_eq!(count(&registry, "PATCH", ""), 2, "once again, and then no more");
}

/// No secret is in the trace or in what is printed.
#[test]
fn a_trace_without_secrets() {
    let (ran, registry, _) = push(|_| Reply::Forward);
    let secrets: Vec<String> =
        registry.requests().iter().filter_map(|request| request.header("authorization").map(String::from)).collect();
    assert!(secrets.len() > 5);
    for secret in secrets {
        let (scheme, secret) = secret.split_once(' ').unwrap();
        assert!(ran.stderr.contains(&format!("> authorization: {scheme} (hidden)")), "{}", ran.stderr);
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret));
    }
}

#[test]
fn a_redirect_to_another_host_without_the_authorization() {
    let (_elsewhere_root, elsewhere) = {
        let root = temporary();
        let registry = start(Options::new(root.path().join("registry"))).unwrap();
        (root, registry)
    };
    let storage = misbehave(elsewhere.address(), |request| match request.method.as_str() {
        "HEAD" => answer("404 Not Found", &[], ""),
        "PATCH" => answer("202 Accepted", &["location: /v2/hello/blobs/uploads/0000000000000000"], ""),
        _ => Reply::Forward,
    });
    let address = storage.address;
    let (ran, registry, _) = push(move |request| match request.is("HEAD", "") || request.is("PATCH", "") {
        true if request.header("authorization").is_some() => {
            answer("307 Temporary Redirect", &[&format!("location: http://{address}{}", request.path)], "")
        }
        _ => Reply::Forward,
    });
    let there = storage.requests();
    assert!(there.iter().any(|request| request.is("HEAD", "")), "{}", ran.stderr);
    assert!(there.iter().any(|request| request.is("PATCH", "") && request.body.len() == 421), "{}", ran.stderr);
    assert!(there.iter().all(|request| request.header("authorization").is_none()), "{there:#?}");
    assert!(registry.requests().iter().any(|request| request.header("authorization").is_some()));
}

#[test]
fn a_redirect_loop() {
    let (ran, registry, pushed) = push(|request| match request.is("HEAD", "") {
        true => answer("307 Temporary Redirect", &[&format!("location: {}?signature=secret", request.path)], ""),
        false => Reply::Forward,
    });
    let told = "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
                HEAD http://ADDRESS/v2/hello/blobs/LAYER: redirected more than 5 times";
    assert_eq!((error(&ran).as_str(), pushed), (told, false));
    assert_eq!(registry.lines().len(), 6);
}

#[test]
fn token_servers_that_do_not_answer_as_they_should() {
    type Case = (fn() -> Reply, &'static str);
    let cases: [Case; 4] = [
        (|| answer("200 OK", &[], "<html>Log in</html>"), "the answer holds none"),
        (|| answer("200 OK", &[], "{\"token\":\"\"}"), "the answer holds none"),
        (|| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), "the answer holds none"),
        (|| Reply::Cut, "Peer disconnected"),
    ];
    for (reply, why) in cases {
        let (ran, _, pushed) = push(move |request| if request.is("GET", "/token") { reply() } else { Reply::Forward });
        let told = format!(
            "error: cannot push to ADDRESS/hello:1: cannot push the layer: cannot fetch a token: http://ADDRESS/token: {why}"
        );
        assert_eq!((error(&ran), pushed), (told, false));
    }
}

#[test]
fn a_password_is_not_sent_in_the_clear() {
    for (realm, why) in [
        ("http://auth.example/token", "plain HTTP would show the password to others"),
        ("token", "plain HTTP would show the password to others"),
        ("http://[", "it is no URL"),
    ] {
        let challenge = format!("www-authenticate: Bearer realm=\"{realm}\"");
        let (ran, _, _) = push(move |_| answer("401 Unauthorized", &[&challenge], ""));
        let told = format!(
            "error: cannot push to ADDRESS/hello:1: cannot push the layer: cannot fetch a token: {realm}: {why}"
        );
        assert_eq!(error(&ran), told);
    }
}

/// Sends one request to a registry that answers so each time, and says how long it waited in between.
fn waits(mut reply: impl FnMut() -> Reply + Send + 'static) -> (Result<StatusCode, String>, Vec<Duration>) {
    let (_root, real) = real();
    let registry = misbehave(real.address(), move |_| reply());
    let (agent, slept) = (agent(false), Mutex::new(Vec::new()));
    let url = format!("http://{}/v2/", registry.address);
    let mut log_in = LogIn::new(&agent, &url, Credentials::Anonymous, Vec::new(), |_| {}).unwrap();
    log_in.sleep = Box::new(|time| slept.lock().unwrap().push(time));
    let request = ureq::http::Request::get(&url).body(Body::Empty).unwrap();
    let response = log_in.send(&request).map(|response| response.status());
    drop(log_in);
    (response.map_err(|error| format!("{error:#}")), slept.into_inner().unwrap())
}

#[test]
fn a_busy_registry_is_asked_again() {
    let seconds = |numbers: &[u64]| numbers.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
    let mut times = 0;
    let twice_busy = move || {
        times += 1;
        if times < 3 { answer("429 Too Many Requests", &["retry-after: 7"], "") } else { answer("200 OK", &[], "") }
    };
    assert_eq!(waits(twice_busy), (Ok(StatusCode::OK), seconds(&[7, 7])));
    for status in ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"] {
        let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"come back tomorrow"}]}"#;
        let (response, slept) = waits(move || answer(status, &[], body));
        let told = format!("the registry answered {status} 5 times: TOOMANYREQUESTS: come back tomorrow");
        let error = response.unwrap_err();
        assert!(error.starts_with("GET http://127.0.0.1:") && error.ends_with(&told), "{error}");
        assert_eq!(slept, seconds(&[1, 2, 4, 8]));
    }
    let past = || answer("503 Service Unavailable", &["retry-after: Wed, 21 Oct 2015 07:28:00 GMT"], "");
    assert_eq!(waits(past).1, seconds(&[0, 0, 0, 0]));
    let nonsense = || answer("503 Service Unavailable", &["retry-after: soon"], "");
    assert_eq!(waits(nonsense).1, seconds(&[1, 2, 4, 8]));
    let not_implemented = || answer("501 Not Implemented", &[], "");
    assert_eq!(waits(not_implemented), (Ok(StatusCode::NOT_IMPLEMENTED), vec![]));
}

#[test]
fn a_registry_that_wants_an_hour() {
    let (response, slept) = waits(|| answer("429 Too Many Requests", &["retry-after: 3600"], ""));
    let told = "the registry answered 429 Too Many Requests, and to come back in 3600 seconds";
    assert_eq!(slept, vec![]);
    test_kit::refuses(response.unwrap_err(), told);
}
