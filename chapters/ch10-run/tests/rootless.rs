//! As an ordinary user, who owns nothing but himself.
#![cfg(target_os = "linux")]

mod common;

use common::{image, is_root, possible};
use serde_json::json;
use test_kit::{have, run, succeed};

/// In a user namespace with one user: its root may not give rights to others, as its map says.
#[test]
fn in_a_namespace_of_one_user() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let command = image.command(&[], &["id"]);
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--user", "--map-root-user"]).arg(command.get_program()).args(command.get_args());
    assert!(succeed(&mut unshare).starts_with("uid=0(root) gid=0(root)"));
}

#[test]
fn as_nobody() {
    if !possible() || !have(&["setpriv"]) {
        return;
    }
    if !is_root() {
        test_kit::skip("only root can become somebody else");
        return;
    }
    let image = image(json!({}));
    let first = run(&mut image.as_nobody(&[], &["true"]));
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    // Whoever the image asks for is us, and owns the files.
    for (user, id) in [("root", "uid=0(root) gid=0(root)"), ("me", "uid=1000(me) gid=1000(me)"), ("7:8", "uid=7 gid=8")]
    {
        let script = "id; touch /new /etc/passwd; ls -ln /new | tr -s ' '; tr -s ' ' < /proc/self/uid_map; grep ^CapEff /proc/self/status";
        let told = succeed(&mut image.as_nobody(&["-u", user], &["sh", "-c", script]));
        let lines: Vec<&str> = told.lines().collect();
        let number = id[4..].split(['(', ' ']).next().unwrap();
        assert!(lines[0].starts_with(id), "{told}");
        assert!(lines[1].starts_with(&format!("-rw-r--r-- 1 {number} ")), "{told}");
        assert_eq!(lines[2].trim(), format!("{number} 65534 1"));
        assert_eq!(lines[3], if number == "0" { "CapEff:\t00000000a80425fb" } else { "CapEff:\t0000000000000000" });
    }
}
