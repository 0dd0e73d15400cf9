//! Each bad input, and its exact message.

use ch03_digest::Digest;
use std::process::Command;
use test_kit::{fails, refuses};

fn ch03() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch03-digest"))
}

#[test]
fn a_missing_file() {
    let why = std::fs::metadata("no/such").unwrap_err();
    fails(ch03().arg("no/such"), 1, &format!("error: cannot read: no/such: {why}"));
}

#[test]
fn an_unknown_algorithm() {
    let error = "error: invalid value 'md5' for '--algorithm <ALGORITHM>': \
                 unknown digest algorithm: md5: it is neither sha256 nor sha512\n\n\
                 For more information, try '--help'.";
    fails(ch03().args(["--algorithm", "md5"]), 2, error);
}

#[test]
fn malformed_digests() {
    let short = "malformed digest: sha256:12: sha256 has 64 digits, this has 2";
    let capital = format!("sha256:{}", "A".repeat(64));
    let digits = format!("malformed digest: {capital}: its digits must be 0 to 9 and a to f");
    let cases = [
        ("", "malformed digest: : there is no colon after the algorithm"),
        ("sha256", "malformed digest: sha256: there is no colon after the algorithm"),
        ("md5:12", "unknown digest algorithm: md5: it is neither sha256 nor sha512"),
        ("sha256:12", short),
        (&capital, &digits),
    ];
    for (text, expected) in cases {
        refuses(text.parse::<Digest>().unwrap_err(), expected);
    }
    let good = format!("sha256:{}", "0".repeat(64));
    assert_eq!(good.parse::<Digest>().unwrap().to_string(), good);
}
