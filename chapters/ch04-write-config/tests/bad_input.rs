//! Each bad input, and its exact message; in each case nothing is written.

use std::process::Command;
use test_kit::{fails, names, temporary};

/// What a wrong value of an option is told.
fn wrong(option: &str, placeholder: &str, value: &str, why: &str) {
    let out = temporary();
    let error = format!(
        "error: invalid value '{value}' for '{option} <{placeholder}>': {why}\n\nFor more information, try '--help'."
    );
    let mut ch04 = Command::new(env!("CARGO_BIN_EXE_ch04-write-config"));
    fails(ch04.arg("-o").arg(out.path()).arg(format!("{option}={value}")), 2, &error);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn wrong_values() {
    wrong("--env", "NAME=VALUE", "A", "there is no = between a name and its value");
    wrong("--env", "NAME=VALUE", "=1", "the name before the = is empty");
    wrong("--label", "NAME=VALUE", "A", "there is no = between a name and its value");
    wrong("--k8s-env", "NAME=VALUE", "A", "there is no = between a name and its value");
    wrong("--expose", "PORT", "65536", "the port 65536 is not a number from 1 to 65535");
    wrong("--expose", "PORT", "0", "the port 0 is not a number from 1 to 65535");
    wrong("--expose", "PORT", "http", "the port http is not a number from 1 to 65535");
    wrong("--expose", "PORT", "80/icmp", "the protocol icmp is none of tcp, udp and sctp");
    wrong("--workdir", "DIR", "srv", "a path in an image begins with /");
    wrong("--volume", "DIR", "data", "a path in an image begins with /");
    wrong("--stop-signal", "SIGNAL", "TERM", "a signal is SIG and a name, as SIGTERM, or a number from 1 to 64");
    wrong("--stop-signal", "SIGNAL", "65", "a signal is SIG and a name, as SIGTERM, or a number from 1 to 64");
    let not_json = "it is not a JSON array of strings: EOF while parsing a list at line 1 column 4";
    wrong("--entrypoint", "WORD", "[\"a\"", not_json);
}

fn wrong_platform(args: &[&str], error: &str) {
    let out = temporary();
    let mut ch04 = Command::new(env!("CARGO_BIN_EXE_ch04-write-config"));
    fails(ch04.arg("-o").arg(out.path().join("new")).args(args), 1, error);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn unknown_platforms() {
    wrong_platform(
        &["--os", "Linux"],
        "error: unknown platform: Linux/amd64: no system has the name Linux\n\
         help: the systems are aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows",
    );
    wrong_platform(
        &["--arch", "x86_64"],
        "error: unknown platform: linux/x86_64: linux has no processor x86_64\n\
         help: it has 386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x; \
         uname calls amd64 x86_64, and arm64 aarch64",
    );
    wrong_platform(
        &["--arch", "arm", "--variant", "7"],
        "error: unknown platform: linux/arm/7: a variant of arm begins with \"v\"",
    );
}

#[test]
fn nothing_to_run() {
    let (out, rootfs) = (temporary(), temporary());
    let mut ch04 = Command::new(env!("CARGO_BIN_EXE_ch04-write-config"));
    let error = "error: nothing to run: the image has neither entrypoint nor cmd, and none was given";
    fails(ch04.arg(rootfs.path()).arg("-o").arg(out.path()).args(["--run-with", ""]), 1, error);
    assert!(names(out.path()).contains(&"config.json".to_owned()), "the image itself is good");
}

#[test]
fn an_open_quote() {
    let out = temporary();
    let mut ch04 = Command::new(env!("CARGO_BIN_EXE_ch04-write-config"));
    let error = "error: cannot read --run-with: a quote is not closed";
    fails(ch04.arg("-o").arg(out.path()).args(["--run-with", "'x"]), 1, error);
}
