//! Clients that lie, vanish or attack, and command lines that cannot work; and what is still there afterwards.

mod common;

use common::{There, ask, files, sha256};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use test_kit::{fails, temporary};

/// Sends these bytes as they are, and returns the first line of the answer.
fn raw(there: &There, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(there.registry.address()).unwrap();
    stream.write_all(bytes).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn paths_that_lead_out_of_the_storage() {
    let there = There::new();
    fs::write(there.root.path().join("secret"), "secret").unwrap();
    let kept = there.push_blob("a", b"kept");
    let before = files(there.root.path());
    for path in [
        "/v2/../../secret/blobs/uploads/",
        "/v2/a/../../../b/blobs/uploads/",
        "/v2/%2e%2e/%2e%2e/b/blobs/uploads/",
        "/v2/..%2f..%2fb/blobs/uploads/",
        "/v2/_tags/blobs/uploads/",
        "/v2/a/_tags/blobs/uploads/",
        "/v2/a\\..\\b/blobs/uploads/",
        "/v2/A/blobs/uploads/",
        "/v2//blobs/uploads/",
        "/v2/blobs/uploads/",
    ] {
        let answer = raw(&there, format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    for path in ["/v2/a/manifests/..", "/v2/a/manifests/../../secret", "/v2/a/blobs/sha256:../../secret"] {
        let answer = raw(&there, format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
    }
    assert_eq!(files(there.root.path()), before);
    assert_eq!(there.ask(&format!("GET /v2/a/blobs/{kept}"), &[], b"").text(), "kept");
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_a_blob() {
    let there = There::new();
    let digest = sha256(b"0123456789");
    let upload = there.begin("a");
    let mut stream = TcpStream::connect(there.registry.address()).unwrap();
    let request = format!("PATCH {upload} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n01234");
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    assert_eq!(there.ask(&format!("HEAD /v2/a/blobs/{digest}"), &[], b"").status, 404);
    // What arrived is kept for the client to go on from.
    let status = there.ask(&format!("GET {upload}"), &[], b"");
    assert_eq!((status.status, status.header("range")), (204, "0-4"));
    let rest = there.ask(&format!("PUT {upload}?digest={digest}"), &["content-range: 5-9"], b"56789");
    assert_eq!(rest.status, 201);
}

#[test]
fn requests_that_are_none() {
    let there = There::new();
    assert_eq!(raw(&there, b"hello\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    assert_eq!(raw(&there, b"GET /v2/ HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n"), "HTTP/1.1 400 Bad Request");
    let long = format!("GET /v2/ HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let mut stream = TcpStream::connect(there.registry.address()).unwrap();
    let _ = stream.write_all(long.as_bytes());
    drop(stream);
    assert_eq!(there.ask("GET /v2/", &[], b"").status, 200, "it goes on");
}

#[test]
fn a_client_that_waits_to_be_told_to_send() {
    let there = There::new();
    let request = "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n";
    // A POST that begins an upload reads no body, so it answers at once; with a digest, it asks for the body first.
    assert_eq!(raw(&there, request.as_bytes()), "HTTP/1.1 202 Accepted");
    let request = request.replace("uploads/", &format!("uploads/?digest={}", sha256(b"abc")));
    assert_eq!(raw(&there, request.as_bytes()), "HTTP/1.1 100 Continue");
}

fn practice_registry() -> Command {
    Command::new(env!("CARGO_BIN_EXE_practice-registry"))
}

/// A registry of its own process, and where it listens.
fn spawn(root: &std::path::Path) -> (Child, String) {
    let mut command = practice_registry();
    command.arg("--root").arg(root).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    (child, address)
}

#[test]
fn killed_in_the_middle_of_an_upload() {
    let work = temporary();
    let root = work.path().join("registry");
    let (mut child, address) = spawn(&root);
    let digest = sha256(b"complete");
    assert_eq!(ask(&address, &format!("POST /v2/a/blobs/uploads/?digest={digest}"), &[], b"complete").status, 201);
    let upload = ask(&address, "POST /v2/a/blobs/uploads/", &[], b"").header("location").to_owned();
    assert_eq!(ask(&address, &format!("PATCH {upload}"), &[], b"half").status, 202);
    assert_eq!(files(&root.join("uploads")).len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, address) = spawn(&root);
    assert_eq!(ask(&address, &format!("GET /v2/a/blobs/{digest}"), &[], b"").text(), "complete");
    assert_eq!(ask(&address, &format!("GET {upload}"), &[], b"").status, 404);
    assert_eq!(files(&root.join("uploads")), [""; 0], "what was not complete is gone");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_port_that_is_taken() {
    let work = temporary();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let why = TcpListener::bind(address).unwrap_err();
    let mut command = practice_registry();
    command.arg("--root").arg(work.path().join("registry")).arg("--listen").arg(address.to_string());
    fails(&mut command, 1, &format!("error: cannot listen on {address}: {why}"));
}

#[test]
fn a_root_that_is_something_else() {
    let work = temporary();
    fs::write(work.path().join("thesis"), "kept").unwrap();
    let error = format!(
        "error: cannot keep a registry in: {}: the directory holds something else\nhelp: choose an empty one with --root",
        work.path().display()
    );
    fails(practice_registry().arg("--root").arg(work.path()), 1, &error);
    let file = work.path().join("thesis");
    let why = fs::create_dir_all(&file).unwrap_err();
    fails(
        practice_registry().arg("--root").arg(&file),
        1,
        &format!("error: cannot keep a registry in: {}: {why}", file.display()),
    );
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(files(work.path()), ["thesis"]);
}

#[test]
fn malformed_options() {
    let error = |option: &str, value: &str, why: &str| {
        format!("error: invalid value '{value}' for '{option}': {why}\n\nFor more information, try '--help'.")
    };
    for auth in ["basic", "basic:me", "digest:me:secret"] {
        let why = "it is neither basic:USER:PASSWORD nor token:USER:PASSWORD";
        fails(practice_registry().args(["--auth", auth]), 2, &error("--auth <AUTH>", auth, why));
    }
    let error = error("--listen <ADDRESS>", "5000", "invalid socket address syntax");
    fails(practice_registry().args(["--listen", "5000"]), 2, &error);
}
