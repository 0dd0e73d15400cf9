//! The configuration of the hello image is the reference; what overrides it is as Docker and Kubernetes have it.

use ch04_write_config::{ContainerConfig, Overrides, effective, expand};
use std::fs;
use std::process::Command;
use test_kit::{have, repository, script, succeed, temporary};

fn ch04() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch04-write-config"))
}

#[test]
fn makes_the_reference() {
    let out = temporary();
    insta::assert_snapshot!(succeed(ch04().arg("-o").arg(out.path())));
    let reference = repository("fixtures/hello/reference");
    for name in ["layer.tar", "layer.tar.gz", "config.json"] {
        explain_diff::assert_same(&out.path().join(name), &reference.join(name));
    }
}

#[test]
fn script_and_program_agree() {
    if !have(&["sh", "GNU tar", "gzip"]) {
        return;
    }
    let (by_hand, by_program) = (temporary(), temporary());
    for epoch in ["0", "1700000000"] {
        let rootfs = repository("fixtures/hello/rootfs");
        succeed(script("02-make-layer.sh").arg(rootfs).arg(by_hand.path()).env("SOURCE_DATE_EPOCH", epoch));
        succeed(script("04-write-config.sh").arg(by_hand.path()).env("SOURCE_DATE_EPOCH", epoch));
        succeed(ch04().arg("-o").arg(by_program.path()).env("SOURCE_DATE_EPOCH", epoch));
        explain_diff::assert_same(&by_program.path().join("config.json"), &by_hand.path().join("config.json"));
    }
}

#[test]
fn every_option() {
    let out = temporary();
    let mut ch04 = ch04();
    ch04.arg(repository("fixtures/hello/rootfs")).arg("-o").arg(out.path());
    ch04.args(["--entrypoint", "/hello", "--cmd", "[\"--loud\", \"a b\"]", "--cmd", "-x"]);
    ch04.args(["--env", "A=1", "--env", "B=2=3", "--env", "A=", "--workdir", "/srv", "--user", "1000:1000"]);
    ch04.args(["--expose", "8080", "--expose", "53/udp", "--volume", "/data", "--label", "b=2", "--label", "a=1"]);
    ch04.args(["--stop-signal", "SIGINT", "--os", "linux", "--arch", "arm", "--variant", "v7", "--author", "Me <me>"]);
    insta::assert_snapshot!(succeed(&mut ch04));
    let config = fs::read_to_string(out.path().join("config.json")).unwrap();
    assert!(!config.contains(['\n', '\r']) && config.starts_with("{\"created\":\"1970"), "{config}");
}

#[test]
fn another_rootfs_has_no_entrypoint_unless_it_is_given() {
    let (out, rootfs) = (temporary(), temporary());
    let config = succeed(ch04().arg(rootfs.path()).arg("-o").arg(out.path()));
    assert!(!config.contains("Entrypoint") && config.contains("\"WorkingDir\": \"/\""), "{config}");
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

/// The table of the Kubernetes documentation, "Define a Command and Arguments for a Container", which is Docker's too.
#[test]
fn the_command_that_remains() {
    let image = ContainerConfig { entrypoint: words("/entry"), cmd: words("image cmd"), ..Default::default() };
    let cases = [
        (None, None, "/entry image cmd"),
        (Some("/other"), None, "/other"),
        (None, Some("own args"), "/entry own args"),
        (Some("/other"), Some("own args"), "/other own args"),
    ];
    for (entrypoint, cmd, expected) in cases {
        let overrides = Overrides { entrypoint: entrypoint.map(words), cmd: cmd.map(words), ..Default::default() };
        assert_eq!(effective(&image, &overrides).unwrap().command, words(expected), "{overrides:?}");
    }
}

#[test]
fn environment_user_and_directory() {
    let image = ContainerConfig {
        cmd: words("x"),
        env: words("PATH=/bin A=1"),
        user: "me".into(),
        working_dir: "/srv".into(),
        ..Default::default()
    };
    let kept = effective(&image, &Overrides::default()).unwrap();
    assert_eq!((kept.env, kept.user.as_str(), kept.workdir.as_str()), (words("PATH=/bin A=1"), "me", "/srv"));
    let env = vec![("B".into(), "2".into()), ("PATH".into(), "/sbin".into())];
    let overrides = Overrides { env, user: Some("0".into()), workdir: Some("/".into()), ..Default::default() };
    let replaced = effective(&image, &overrides).unwrap();
    assert_eq!((replaced.env, replaced.user.as_str()), (words("PATH=/sbin A=1 B=2"), "0"));
    assert_eq!(replaced.workdir, "/");
}

#[test]
fn kubernetes_expands_references() {
    let env = [("A".to_owned(), "1".to_owned()), ("A".to_owned(), "2".to_owned())];
    let cases =
        [("x", "x"), ("$(A)-$(A)", "2-2"), ("$$(A)", "$(A)"), ("$$$(A)", "$2"), ("$(B)", "$(B)"), ("$A $(A", "$A $(A")];
    for (text, expected) in cases {
        assert_eq!(expand(text, &env), expected, "{text}");
    }
}

#[test]
fn prints_what_docker_and_kubernetes_would_start() {
    let out = temporary();
    let print = |args: &[&str]| succeed(ch04().arg("-o").arg(out.path()).args(args));
    let docker = print(&["--run-with", "-e 'A=b c' --user 1000 --workdir /srv -- --loud 'x y'"]);
    let entrypoint = print(&["--run-with", "--entrypoint /bin/sh -- -c 'echo hi'"]);
    let kubernetes = print(&["--k8s-command", "[\"/hello\"]", "--k8s-args", "[\"$(A)\"]", "--k8s-env", "A=1"]);
    insta::assert_snapshot!([docker, entrypoint, kubernetes].join("\n"));
}

/// What is empty is given in one case, and is nothing in the others.
#[test]
fn empty_overrides() {
    let out = temporary();
    let command = |args: &[&str]| {
        let image = ["--entrypoint", "/hello", "--cmd", "--quietly"];
        let stdout = succeed(ch04().arg("-o").arg(out.path()).args(image).args(args));
        stdout.lines().next().unwrap().to_owned()
    };
    assert_eq!(command(&["--run-with", "--entrypoint '' -- /x"]), r#"command  ["/x"]"#);
    assert_eq!(command(&["--run-with", ""]), r#"command  ["/hello","--quietly"]"#);
    assert_eq!(command(&["--k8s-command", "[]"]), r#"command  ["/hello","--quietly"]"#);
    assert_eq!(command(&["--k8s-args", "[]"]), r#"command  ["/hello","--quietly"]"#);
}

/// A variable of a pod may refer to those above it.
#[test]
fn variables_of_variables() {
    let out = temporary();
    let env = ["--k8s-env", "A=1", "--k8s-env", "B=$(A)$(C)", "--k8s-env", "C=2"];
    let stdout = succeed(ch04().arg("-o").arg(out.path()).args(env).args(["--k8s-args", "[\"$(B)\"]"]));
    assert!(stdout.starts_with("command  [\"/hello\",\"1$(C)\"]\n"), "{stdout}");
    assert!(stdout.contains("\"B=1$(C)\",\"C=2\""), "{stdout}");
}
