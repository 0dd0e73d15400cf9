//! Where the credentials come from: Docker's configuration, and the helper programs that it names.
#![cfg(unix)]

use practice_registry::{Options, start};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use test_kit::{Ran, run, temporary};

/// A program that is being written cannot be run, and a process that another test starts at that moment holds it open.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Pushes to a registry that wants me:secret, with this configuration and this helper, `docker-credential-kit`.
fn push(config: &str, helper: &str) -> Ran {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let work = temporary();
    let mut options = Options::new(work.path().join("registry"));
    options.auth = "basic:me:secret".parse().unwrap();
    let registry = start(options).unwrap();
    let address = registry.address().to_string();
    fs::write(work.path().join("config.json"), config.replace("ADDRESS", &address)).unwrap();
    let program = work.path().join("docker-credential-kit");
    fs::write(&program, format!("#!/bin/sh\n{}\n", helper.replace("ADDRESS", &address))).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let paths = std::env::var("PATH").unwrap();
    let mut ch07 = Command::new(env!("CARGO_BIN_EXE_ch07-log-in"));
    ch07.arg(format!("{address}/hello")).arg("-o").arg(work.path().join("out")).env("DOCKER_CONFIG", work.path());
    let mut ran = run(ch07.env("PATH", format!("{}:{paths}", work.path().display())));
    ran.stderr = ran.stderr.replace(&address, "ADDRESS").replace(&work.path().display().to_string(), "WORK");
    ran
}

/// Answers for the registry that it is asked about, and for no other.
const HELPER: &str = r#"read server
[ "$1 $server" = "get ADDRESS" ] || { echo "credentials not found in native keychain"; exit 1; }
echo '{"ServerURL":"ADDRESS","Username":"me","Secret":"secret"}'"#;

#[test]
fn helpers() {
    for config in [
        r#"{"credHelpers":{"ADDRESS":"kit"}}"#,
        r#"{"credsStore":"kit"}"#,
        r#"{"auths":{"ADDRESS":{}},"credsStore":"kit"}"#,
        r#"{"credHelpers":{"ADDRESS":"kit"},"credsStore":"missing"}"#,
    ] {
        let ran = push(config, HELPER);
        assert_eq!(ran.code, Some(0), "{config}: {}", ran.stderr);
    }
}

#[test]
fn a_helper_that_has_nothing_is_no_error() {
    let ran = push(r#"{"credsStore":"kit"}"#, "read server; echo 'credentials not found in native keychain'; exit 1");
    assert!(ran.stderr.contains("ADDRESS wants a user and a password\nhelp: docker login ADDRESS"), "{}", ran.stderr);
}

#[test]
fn what_goes_wrong_with_credentials() {
    let store = r#"{"credsStore":"kit"}"#;
    let cases = [
        (store, "read server; echo locked; exit 1", "docker-credential-kit failed: locked"),
        (store, "read server; echo not JSON", "Credential helper response malformed"),
        (r#"{"credsStore":"missing"}"#, "", "Unable to communicate with credential helper"),
        ("not JSON", "", "Unable to read config"),
        (r#"{"auths":{"ADDRESS":{"auth":"???"}}}"#, "", "Unable to decode credential"),
        // me, without a password
        (r#"{"auths":{"ADDRESS":{"auth":"bWU="}}}"#, "", "Unable to decode credential"),
    ];
    for (config, helper, why) in cases {
        let ran = push(config, helper);
        assert_eq!(ran.stderr, format!("error: cannot read the credentials: WORK/config.json: {why}\n"), "{config}");
        assert_eq!(ran.code, Some(1));
    }
}
