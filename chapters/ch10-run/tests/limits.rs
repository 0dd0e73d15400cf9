//! A container gets no more than its limits.
#![cfg(target_os = "linux")]

mod common;

use common::{Image, image, is_root, possible};
use serde_json::json;
use std::path::Path;

/// Limits need cgroups, which only root may make everywhere.
fn limited() -> Option<Image> {
    if !possible() {
        return None;
    }
    if !is_root() || !Path::new("/sys/fs/cgroup").exists() {
        test_kit::skip("limits need root");
        return None;
    }
    Some(image(json!({})).unpacked())
}

#[test]
fn a_memory_hog_is_killed() {
    let Some(image) = limited() else { return };
    let ran = image.run(&["-m", "20m"], &["sh", "-c", "x=x; while :; do x=$x$x; done"]);
    let told = "the container had no memory left, and the kernel ended a process of it: the limit is 20971520 bytes";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(137)));
    assert_eq!(image.sh(&["-m", "20m"], "echo fits"), "fits\n");
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut untold = image.command(&["-m", "20m"], &["sh", "-c", "x=x; while :; do x=$x$x; done"]);
    assert_eq!(untold.stderr(full).status().unwrap().code(), Some(137));
}

#[test]
fn a_fork_bomb_stops_at_its_limit() {
    let Some(image) = limited() else { return };
    let script = "i=0; while [ $i -lt 100 ]; do sleep 5 & i=$((i+1)); done; echo all";
    let ran = image.run(&["--pids", "20"], &["sh", "-c", script]);
    assert!(!ran.stdout.contains("all") && ran.stderr.contains("can't fork"), "{ran:?}");
    assert_eq!(image.run(&[], &["sh", "-c", script]).stdout, "all\n");
}

/// What the container sees of its own group is what was asked for, in the files of either version of cgroups.
#[test]
fn the_values_arrive() {
    let Some(image) = limited() else { return };
    let script = "cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes cpu.max cpu/cpu.cfs_quota_us pids.max pids/pids.max 2> /dev/null || true";
    let values = image.sh(&["-m", "64m", "--cpus", "0.25", "--pids", "30"], script).replace(" 100000", "");
    assert_eq!(values, "67108864\n25000\n30\n");
    let changed = image.run(
        &["--pids", "30"],
        &["sh", "-c", "echo 99 > /sys/fs/cgroup/pids.max || echo 99 > /sys/fs/cgroup/pids/pids.max"],
    );
    assert!(changed.code == Some(1) && changed.stderr.contains("Read-only file system"), "{changed:?}");
}

/// A limit above that of the group which the caller is in would take that away, if it were set for a group higher up. (In
/// version 2 of cgroups, no limit is refused for being above another.)
#[test]
fn not_more_than_the_caller_has() {
    let Some(image) = limited() else { return };
    let hierarchy = Path::new("/sys/fs/cgroup/cpu");
    if !hierarchy.exists() {
        return;
    }
    let own = hierarchy.join(format!("caller-{}", std::process::id()));
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("cpu.cfs_quota_us"), "10000").unwrap();
    let start = |cpus: &str| {
        let container = image.command(&["--cpus", cpus], &["sh", "-c", "cat /proc/self/cgroup | grep -c ch10-run"]);
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", r#"echo $$ > "$0/cgroup.procs"; exec "$@""#]).arg(&own);
        test_kit::run(shell.arg(container.get_program()).args(container.get_args()))
    };
    let (more, less) = (start("1"), start("0.05"));
    common::eventually("the group is empty", || std::fs::remove_dir(&own).is_ok());
    let told = "error: cannot set limits: /sys/fs/cgroup/cpu: Invalid argument (os error 22)\n";
    assert!(more.stderr.starts_with(told) && more.code == Some(1), "{more:?}");
    assert_eq!(less.code, Some(1), "grep finds nothing: the group is the root of what the container sees: {less:?}");
    assert_eq!(less.stdout, "0\n");
}
