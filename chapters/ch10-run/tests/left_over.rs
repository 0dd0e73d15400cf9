//! Nothing of a container is left when it has ended, however it ends.
#![cfg(target_os = "linux")]

mod common;

use common::{Image, eventually, image, is_root, possible, processes};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use serde_json::json;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};

/// Cgroups of this program's process `pid`.
fn cgroups(pid: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new("/sys/fs/cgroup").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().is_dir() && !entry.path().is_symlink())
        {
            if entry.file_name().to_string_lossy() == format!("ch10-run-{pid}") {
                found.push(entry.path().display().to_string());
            }
            folders.push(entry.path());
        }
    }
    found
}

/// A container with limits, if they are possible, in a process group of its own, that runs two processes `sleep mark`.
fn start(image: &Image, mark: &str) -> Child {
    let options = if is_root() { vec!["-m", "64m", "--pids", "50"] } else { vec![] };
    let script = format!("sleep {mark} & sleep {mark}");
    let mut command = image.command(&options, &["sh", "-c", &script]);
    let child =
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the processes run", || processes(mark).len() == 2);
    assert_eq!(cgroups(child.id()).is_empty(), !is_root());
    child
}

#[track_caller]
fn nothing_is_left(image: &Image, pid: u32, mark: &str) {
    eventually("no process is left", || processes(mark).is_empty());
    eventually("no cgroup is left", || cgroups(pid).is_empty());
    let place = image.out.canonicalize().unwrap();
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(place.to_str().unwrap()), "{mounts}");
    assert_eq!(test_kit::names(&image.out), ["rootfs", "rootfs.image"]);
    assert_eq!(test_kit::names(&image.out.join("rootfs")), ["bin", "etc", "home", "tmp"]);
}

#[test]
fn when_it_is_killed() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    type End = fn(Pid) -> nix::Result<()>;
    let kills: [(&str, End); 4] = [
        ("86401", |pid| kill(pid, Signal::SIGTERM)),
        ("86402", |pid| kill(pid, Signal::SIGKILL)),
        ("86403", |pid| killpg(pid, Signal::SIGKILL)),
        ("86404", |pid| killpg(pid, Signal::SIGINT)),
    ];
    for (mark, end) in kills {
        let mark = &format!("{mark}.{}", std::process::id());
        let mut child = start(&image, mark);
        if mark.starts_with("86404") {
            // A shell's background job ignores SIGINT. The program is asked in vain; the kernel must not be.
            kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
        }
        end(Pid::from_raw(child.id() as i32)).unwrap();
        child.wait().unwrap();
        nothing_is_left(&image, child.id(), mark);
    }
}

/// What the program leaves running ends with it.
#[test]
fn when_the_program_ends() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let mark = format!("86405.{}", std::process::id());
    image.sh(&[], &format!("sleep {mark} > /dev/null 2>&1 &"));
    nothing_is_left(&image, 0, &mark);
}

/// The second of the controllers refuses, and the group in the first goes again.
#[test]
fn when_not_all_limits_can_be_set() {
    // Version 2 has one group for all controllers.
    if !possible() || !is_root() || !Path::new("/sys/fs/cgroup/pids/tasks").exists() {
        return;
    }
    let image = image(json!({})).unpacked();
    let container = image.command(&["-m", "64m", "--pids", "50"], &["true"]);
    let mut refused = std::process::Command::new("unshare");
    let pids = "mount --bind /sys/fs/cgroup/pids /sys/fs/cgroup/pids; mount -o remount,bind,ro /sys/fs/cgroup/pids";
    refused.args(["-m", "sh", "-c", &format!("{pids}; exec \"$@\""), "sh"]);
    refused.arg(container.get_program()).args(container.get_args());
    let child = refused.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let told = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    let error = "error: cannot set limits: /sys/fs/cgroup/pids: Read-only file system (os error 30)";
    assert!(told.starts_with(error), "{told}");
    nothing_is_left(&image, pid, "no such process");
}

#[test]
fn when_it_cannot_start() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let options = if is_root() { vec!["-m", "64m"] } else { vec![] };
    let mut command = image.command(&options, &["/nowhere"]);
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let pid = child.id();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(127));
    nothing_is_left(&image, pid, "/nowhere");
}
