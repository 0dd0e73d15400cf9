//! Each bad input, its exact message, and what is still there afterwards.

use ch05_write_manifest::Reference;
use std::fs;
use std::process::Command;
use test_kit::{fails, names, refuses, temporary};

fn ch05() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch05-write-manifest"))
}

#[test]
fn annotations_in_the_docker_format() {
    let out = temporary();
    let error = "error: cannot annotate the manifest: the Docker format has no annotations\nhelp: use --format oci";
    fails(ch05().arg("-o").arg(out.path()).args(["--format", "docker", "--annotation", "a=1"]), 1, error);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn somebody_s_directory_where_the_layout_should_go() {
    let out = temporary();
    fs::create_dir(out.path().join("oci")).unwrap();
    fs::write(out.path().join("oci/work"), "kept").unwrap();
    let error = format!(
        "error: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out",
        out.path().join("oci").display()
    );
    fails(ch05().arg("-o").arg(out.path()), 1, &error);
    assert_eq!(fs::read(out.path().join("oci/work")).unwrap(), b"kept");
    assert_eq!(names(out.path()), ["oci"], "nothing else was begun");
}

#[test]
fn a_digest_as_a_name() {
    let out = temporary();
    let name = format!("hello@sha256:{}", "0".repeat(64));
    let error =
        format!("error: cannot name the image docker.io/library/{name}: its digest is not chosen, it is computed");
    fails(ch05().arg("-o").arg(out.path()).args(["--tag", &name]), 1, &error);
    assert_eq!(names(out.path()), [""; 0]);
}

/// As `docker pull` reads them. Source of the cases: the documentation of the distribution project's package `reference`.
#[test]
fn references() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let with_digest = format!("docker.io/library/hello@{digest}");
    let with_both = format!("quay.example/a/hello:1@{digest}");
    let cases = [
        ("hello", "docker.io/library/hello:latest"),
        ("hello:1.0", "docker.io/library/hello:1.0"),
        ("me/hello", "docker.io/me/hello:latest"),
        ("docker.io/hello", "docker.io/library/hello:latest"),
        ("index.docker.io/me/hello", "docker.io/me/hello:latest"),
        ("localhost/hello", "localhost/hello:latest"),
        ("localhost:5000/hello", "localhost:5000/hello:latest"),
        ("localhost:5000", "docker.io/library/localhost:5000"),
        ("registry.example/a/b/c:x", "registry.example/a/b/c:x"),
        ("REGISTRY/hello", "REGISTRY/hello:latest"),
        ("127.0.0.1:80/hello", "127.0.0.1:80/hello:latest"),
        ("[::1]:5000/hello", "[::1]:5000/hello:latest"),
        ("a.b/c-d__e.f_g--h/i:T_a.g-1", "a.b/c-d__e.f_g--h/i:T_a.g-1"),
        (&format!("hello@{digest}"), &with_digest),
        (&format!("quay.example/a/hello:1@{digest}"), &with_both),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), expected, "{text}");
    }
}

#[test]
fn malformed_references() {
    let long_tag = format!("hello:{}", "x".repeat(129));
    let long_tag_error = format!("malformed tag: \"{}\": it is longer than 128 characters", "x".repeat(129));
    let long = "x".repeat(256);
    let long_error = format!("malformed repository: \"library/{long}\": it is longer than 255 characters");
    let part = "is not letters and digits with single . or _, __ or dashes between them";
    let cases = [
        ("", "malformed reference: \"\": it has no repository"),
        (":latest", "malformed reference: \":latest\": it has no repository"),
        ("Hello", "malformed repository: \"library/Hello\": \"Hello\" has capital letters"),
        ("a//b", "malformed repository: \"a//b\": a part between slashes is empty"),
        ("a/", "malformed repository: \"a/\": a part between slashes is empty"),
        ("/a", "malformed repository: \"/a\": a part between slashes is empty"),
        ("a b", &format!("malformed repository: \"library/a b\": \"a b\" {part}")),
        ("a..b", &format!("malformed repository: \"library/a..b\": \"a..b\" {part}")),
        ("-a", &format!("malformed repository: \"library/-a\": \"-a\" {part}")),
        ("a___b", &format!("malformed repository: \"library/a___b\": \"a___b\" {part}")),
        ("r.example/../a", &format!("malformed repository: \"../a\": \"..\" {part}")),
        ("hello:", "malformed tag: \"\": it is empty"),
        ("hello:.x", "malformed tag: \".x\": it begins with a dot or a dash"),
        ("hello:a+b", "malformed tag: \"a+b\": only letters, digits, underscores, dots and dashes may stand in it"),
        (&long_tag, &long_tag_error),
        (&long, &long_error),
        ("hello@sha256", "malformed digest: sha256: there is no colon after the algorithm"),
        ("hello@md5:12", "unknown digest algorithm: md5: it is neither sha256 nor sha512"),
        ("hello@sha256:12", "malformed digest: sha256:12: sha256 has 64 digits, this has 2"),
        ("a:0/b", "malformed registry: \"a:0\": its port is not a number from 1 to 65535"),
        ("a:99999/b", "malformed registry: \"a:99999\": its port is not a number from 1 to 65535"),
        ("a:http/b", "malformed registry: \"a:http\": its port is not a number from 1 to 65535"),
        ("a_b.c/d", "malformed registry: \"a_b.c\": \"a_b.c\" is not the name or address of a host"),
        ("[::g]:1/b", "malformed registry: \"[::g]:1\": \"[::g]\" is not the name or address of a host"),
        ("me@r.example/b", "malformed digest: r.example/b: there is no colon after the algorithm"),
    ];
    for (text, expected) in cases {
        refuses(text.parse::<Reference>().unwrap_err(), expected);
    }
}
