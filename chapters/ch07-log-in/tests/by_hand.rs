//! The script of chapter 7 and the program make the same requests, in the same order.

use practice_registry::{Auth, Options, start};
use std::fs;
use std::process::Command;
use test_kit::{Log, have, script, succeed, temporary};

#[test]
fn script_and_program_make_the_same_requests() {
    if !have(&["sh", "curl"]) {
        return;
    }
    let mut logs = Vec::new();
    for by_hand in [true, false] {
        let (work, lines) = (temporary(), Log::default());
        let mut options = Options::new(work.path().join("registry"));
        options.auth = Auth::Token { user: "me".into(), password: "secret".into() };
        options.log = Some(Box::new(lines.clone()));
        let registry = start(options).unwrap();
        let address = registry.address();
        if by_hand {
            let mut script = script("07-log-in.sh");
            succeed(script.arg(address.to_string()).env("REGISTRY_USER", "me").env("REGISTRY_PASSWORD", "secret"));
        } else {
            let config = format!(r#"{{"auths":{{"{address}":{{"auth":"bWU6c2VjcmV0"}}}}}}"#);
            fs::write(work.path().join("config.json"), config).unwrap();
            let mut ch07 = Command::new(env!("CARGO_BIN_EXE_ch07-log-in"));
            ch07.arg(format!("{address}/hello")).arg("-o").arg(work.path().join("out"));
            succeed(ch07.env("DOCKER_CONFIG", work.path()));
        }
        let log = lines.text();
        // Versions of curl write %2C and %2c: the same.
        logs.push(log.replace("%3a", "%3A").replace("%2c", "%2C"));
    }
    assert_eq!(logs[0], logs[1]);
    insta::assert_snapshot!(logs[1]);
}
