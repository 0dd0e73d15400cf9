//! What the registry asks for and is given, and the same push.

use practice_registry::{Auth, Options, start};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use test_kit::{names, repository, run, temporary};

fn ch07() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch07-log-in"))
}

/// Without what differs between two runs: the port, the date and the temporary directory.
fn normal(text: &str, out: &Path) -> String {
    let text = text.replace(&out.display().to_string(), "OUT").replace('\\', "/");
    let lines = text.lines().filter(|line| !line.starts_with("< date:"));
    let port = |part: &str| part.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned();
    let lines = lines.map(|line| {
        let mut parts = line.split("127.0.0.1:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |line, part| line + "127.0.0.1:PORT" + &port(part))
    });
    lines.collect::<Vec<_>>().join("\n").replace("PORT   #", "5001   #")
}

#[test]
fn logs_in_to_the_practice_registry_that_it_brings() {
    let out = temporary();
    let ran = run(ch07().arg("-o").arg(out.path()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!("stdout", normal(&ran.stdout, out.path()));
    insta::assert_snapshot!("stderr", normal(&ran.stderr, out.path()));
    let blobs = repository("fixtures/hello/reference/oci/blobs/sha256");
    for name in names(&blobs) {
        explain_diff::assert_same(&out.path().join("registry/blobs/sha256").join(&name), &blobs.join(&name));
    }
    // "learner:the hard way", as the header has it.
    assert!(!ran.stderr.contains("bGVhcm5lcjp0aGUgaGFyZCB3YXk="), "the password is not shown");
}

/// Neither the requests to a registry on this machine, nor those for a token, with the password in it.
#[test]
fn a_proxy_sees_nothing_that_stays_on_this_machine() {
    let out = temporary();
    let proxy = "http://127.0.0.1:1";
    let ran = run(ch07().arg("-o").arg(out.path()).env("HTTP_PROXY", proxy).env("ALL_PROXY", proxy));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

/// A practice registry, and a Docker configuration that says this for it.
struct Setting {
    registry: practice_registry::Registry,
    root: TempDir,
    config: TempDir,
}

impl Setting {
    fn new(auth: &str, entry: &str) -> Setting {
        let (root, config) = (temporary(), temporary());
        let mut options = Options::new(root.path().join("registry"));
        options.auth = auth.parse::<Auth>().unwrap();
        let registry = start(options).unwrap();
        let json = entry.replace("ADDRESS", &registry.address().to_string());
        fs::write(config.path().join("config.json"), json).unwrap();
        Setting { registry, root, config }
    }

    fn push(&self, more: &[&str]) -> test_kit::Ran {
        let out = temporary();
        let mut ch07 = ch07();
        ch07.arg(format!("{}/hello:1", self.registry.address())).arg("-o").arg(out.path()).args(more);
        let mut ran = run(ch07.env("DOCKER_CONFIG", self.config.path()));
        ran.stderr = ran.stderr.replace(&self.registry.address().to_string(), "ADDRESS");
        ran.stdout = ran.stdout.replace(&self.registry.address().to_string(), "ADDRESS");
        ran
    }

    fn pushed(&self) -> bool {
        self.root.path().join("registry/repositories/hello/_tags/1").is_file()
    }
}

/// me:secret
const ME: &str = r#"{"auths":{"ADDRESS":{"auth":"bWU6c2VjcmV0"}}}"#;

#[test]
fn a_password_in_the_configuration() {
    for auth in ["basic:me:secret", "token:me:secret"] {
        let setting = Setting::new(auth, ME);
        let ran = setting.push(&["--trace"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(setting.pushed());
        assert!(!ran.stderr.contains("bWU6c2VjcmV0") && !ran.stdout.contains("secret"), "{ran:?}");
    }
}

#[test]
fn an_address_as_older_versions_of_docker_wrote_it() {
    let setting = Setting::new("basic:me:secret", r#"{"auths":{"https://ADDRESS/v1/":{"auth":"bWU6c2VjcmV0"}}}"#);
    assert_eq!(setting.push(&[]).code, Some(0));
}

#[test]
fn an_identity_token() {
    let setting = Setting::new("token:me:secret", ME);
    let url = format!("http://{}/token?offline_token=true", setting.registry.address());
    let answer =
        ureq::get(url).header("authorization", "Basic bWU6c2VjcmV0").call().unwrap().into_body().read_to_string();
    let answer: serde_json::Value = serde_json::from_str(&answer.unwrap()).unwrap();
    let token = answer["refresh_token"].as_str().unwrap();
    let json = format!(r#"{{"auths":{{"{}":{{"identitytoken":"{token}"}}}}}}"#, setting.registry.address());
    fs::write(setting.config.path().join("config.json"), json).unwrap();
    let ran = setting.push(&["--trace"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("> POST http://ADDRESS/token\n") && !ran.stderr.contains(token), "{}", ran.stderr);
    assert!(ran.stdout.contains("for an identity token"), "{}", ran.stdout);
}

#[test]
fn nobody_may_pull_but_not_push() {
    for entry in ["{}", r#"{"auths":{"other.example":{"auth":"bWU6c2VjcmV0"}}}"#] {
        let setting = Setting::new("token:me:secret", entry);
        let ran = setting.push(&[]);
        let layer = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";
        assert!(
            ran.stdout.contains(&format!("layer {layer}\n  asked: a token from http://ADDRESS/token")),
            "{}",
            ran.stdout
        );
        let error = "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
                     POST http://ADDRESS/v2/hello/blobs/uploads/: the registry refuses us, as nobody in particular\n\
                     help: docker login ADDRESS, or set DOCKER_CONFIG to the directory of another config.json\n";
        assert_eq!((ran.stderr.as_str(), ran.code), (error, Some(1)));
        assert!(!setting.pushed());
    }
}

#[test]
fn a_wrong_password() {
    let wrong = r#"{"auths":{"ADDRESS":{"auth":"bWU6d3Jvbmc="}}}"#;
    let setting = Setting::new("token:me:secret", wrong);
    let ran = setting.push(&[]);
    let error = "error: cannot push to ADDRESS/hello:1: cannot push the layer: \
                 cannot fetch a token: http://ADDRESS/token: the server answered 401 Unauthorized\n\
                 help: log in with docker login, or set DOCKER_CONFIG to the directory of another config.json\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (error, Some(1)));
    assert!(!setting.pushed());

    let setting = Setting::new("basic:me:secret", wrong);
    let ran = setting.push(&[]);
    assert!(ran.stderr.contains(": the registry refuses us, as me\nhelp: docker login ADDRESS"), "{}", ran.stderr);
    assert!(!setting.pushed());
}

#[test]
fn a_password_that_is_wanted_and_not_there() {
    let setting = Setting::new("basic:me:secret", "{}");
    let ran = setting.push(&[]);
    let error = "error: cannot push to ADDRESS/hello:1: cannot push the layer: ADDRESS wants a user and a password\n\
                 help: docker login ADDRESS, or set DOCKER_CONFIG to the directory of another config.json\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (error, Some(1)));
}

#[test]
fn mounting_asks_for_both_repositories() {
    let setting = Setting::new("token:me:secret", ME);
    assert_eq!(setting.push(&[]).code, Some(0));
    let out = temporary();
    let mut ch07 = ch07();
    ch07.arg(format!("{}/other:1", setting.registry.address()))
        .arg("-o")
        .arg(out.path())
        .args(["--mount-from", "hello"]);
    let stdout = test_kit::succeed(ch07.env("DOCKER_CONFIG", setting.config.path()));
    assert!(stdout.contains("a token for repository:other:pull,push repository:hello:pull"), "{stdout}");
    assert_eq!(stdout.matches("mounted from hello").count(), 2, "{stdout}");
}
