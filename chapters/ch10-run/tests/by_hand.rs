//! The script by hand makes the same container.
#![cfg(target_os = "linux")]

mod common;

use common::{image, is_root, possible};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use test_kit::{have, script, succeed};

#[test]
fn says_hello() {
    if !possible() || !have(&["sh", "unshare", "pivot_root", "mount"]) {
        return;
    }
    assert_eq!(succeed(&mut script("10-run.sh")), "Hello from an image built the hard way!\n");
}

const PROBE: &str = "
hostname; id -u; cat /proc/self/uid_map /proc/self/gid_map; ls / /dev; echo x > /new
while read -r number parent device root place options rest; do echo $place $options; done < /proc/self/mountinfo
";

/// What the program mounts besides: terminals, shared memory, queues, cgroups, and what covers parts of /proc and /sys.
fn is_besides(line: &str) -> bool {
    let besides = ["/dev/pts", "/dev/shm", "/dev/mqueue", "/sys/", "/proc/", "pts", "shm", "mqueue", "ptmx", "core"];
    besides.iter().any(|start| line.starts_with(start))
}

#[test]
fn script_and_program_agree() {
    if !possible() || !have(&["sh", "unshare", "pivot_root", "mount", "setpriv"]) {
        return;
    }
    if !is_root() {
        test_kit::skip("only root can become somebody else");
        return;
    }
    // As nobody: root has all users in the program's container, and only himself in the script's.
    let image = image(json!({"Env": ["PATH=/bin"]}));
    let by_program = image.as_nobody(&["--hostname", "container"], &["sh", "-c", PROBE]).output().unwrap().stdout;
    let copy = image.work.path().join("10-run.sh");
    fs::copy(test_kit::repository("scripts/10-run.sh"), &copy).unwrap();
    fs::set_permissions(&copy, PermissionsExt::from_mode(0o755)).unwrap();
    let mut by_hand = Command::new("setpriv");
    by_hand.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "sh"]).arg(copy);
    by_hand.arg(image.work.path().join("files")).args(["/bin/sh", "-c", PROBE]);
    // As Debian has it for those who are not root.
    by_hand.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let by_hand = succeed(&mut by_hand);
    let by_program = String::from_utf8(by_program).unwrap();
    let by_program: Vec<&str> = by_program.lines().filter(|line| !is_besides(line)).collect();
    assert!(by_program.len() > 20, "{by_program:?}");
    assert_eq!(by_program, by_hand.lines().collect::<Vec<_>>());
    assert_eq!(test_kit::names(&image.work.path().join("files")), ["bin", "etc", "home", "tmp"]);
}
