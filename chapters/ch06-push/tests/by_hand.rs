//! The script of chapter 6 and the program make the same requests, in the same order.

use practice_registry::{Options, start};
use std::process::Command;
use test_kit::{Log, have, script, succeed, temporary};

/// What the registry is asked by `command`, which gets the registry's address as its first argument.
fn requests(command: &mut Command, argument: impl Fn(String) -> String) -> String {
    let (root, lines) = (temporary(), Log::default());
    let mut options = Options::new(root.path().join("registry"));
    options.log = Some(Box::new(lines.clone()));
    let registry = start(options).unwrap();
    succeed(command.arg(argument(registry.address().to_string())));
    drop(registry);
    lines.text()
}

#[test]
fn script_and_program_make_the_same_requests() {
    if !have(&["sh", "curl"]) {
        return;
    }
    let out = temporary();
    let by_hand = requests(&mut script("06-push.sh"), |address| address);
    let mut ch06 = Command::new(env!("CARGO_BIN_EXE_ch06-push"));
    let by_program = requests(ch06.arg("-o").arg(out.path()), |address| format!("{address}/hello:latest"));
    assert_eq!(by_hand, by_program);
    insta::assert_snapshot!(by_program);
}
