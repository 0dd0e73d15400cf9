//! Signals reach the program, and its end is ours.
#![cfg(target_os = "linux")]

mod common;

use common::{Image, eventually, image, possible};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use std::process::{Child, Stdio};

#[test]
fn exit_codes() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    for (script, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -TERM $$", 143),
        ("kill -KILL $$", 137),
        ("kill -SEGV $$", 139),
        ("kill -37 $$", 165),
    ] {
        assert_eq!(image.run(&[], &["sh", "-c", script]).code, Some(code), "{script}");
    }
}

/// Starts a script and waits for the file /data/ready that it makes.
fn start(image: &Image, script: &str) -> Child {
    let volume = format!("{}:/data", image.work.path().display());
    let mut command = image.command(&["-v", &volume], &["sh", "-c", script]);
    // Whoever runs the tests may ignore some.
    let expect = || {
        for signal in [Signal::SIGINT, Signal::SIGHUP, Signal::SIGQUIT] {
            // SAFETY: it is the default action, no function.
            unsafe { nix::sys::signal::signal(signal, nix::sys::signal::SigHandler::SigDfl)? };
        }
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls only.
    unsafe { std::os::unix::process::CommandExt::pre_exec(&mut command, expect) };
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    eventually("the script is ready", || image.work.path().join("ready").exists());
    child
}

fn signal_and_wait(child: Child, signal: Signal) -> (String, Option<i32>) {
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn signals_are_passed_on() {
    if !possible() {
        return;
    }
    for signal in [Signal::SIGINT, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGWINCH]
    {
        let image = image(json!({})).unpacked();
        let name = signal.as_str().strip_prefix("SIG").unwrap();
        let script = format!("trap 'echo {name}; exit 9' {name}; touch /data/ready; while :; do sleep 0.05; done");
        let child = start(&image, &script);
        assert_eq!(signal_and_wait(child, signal), (format!("{name}\n"), Some(9)));
    }
}

/// Who asks us to end asks the program in the way that its image knows.
#[test]
fn the_stop_signal() {
    if !possible() {
        return;
    }
    for (name, number) in [("SIGINT", "2"), ("usr2", "12"), ("3", "3"), ("SIGRTMIN+3", "37")] {
        let image = image(json!({"StopSignal": name})).unpacked();
        let script = format!("trap 'echo {number}; exit 9' {number}; touch /data/ready; while :; do sleep 0.05; done");
        let child = start(&image, &script);
        assert_eq!(signal_and_wait(child, Signal::SIGTERM), (format!("{number}\n"), Some(9)));
    }
}

#[test]
fn an_unhandled_signal_ends_it() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    // The shell becomes sleep: a process 1 would not even notice.
    let child = start(&image, "touch /data/ready; exec sleep 600");
    assert_eq!(signal_and_wait(child, Signal::SIGTERM), (String::new(), Some(143)));
}

#[test]
fn orphans_are_reaped() {
    if !possible() {
        return;
    }
    let image = image(json!({}));
    let script =
        "for i in 1 2 3; do sh -c 'sleep 0.01 &'; done; sleep 0.3; grep -l '^State:.Z' /proc/[0-9]*/status; echo none";
    assert_eq!(image.sh(&[], script), "none\n");
}

/// The shell's `&` and `nohup` ignore signals, and a blocked one would be inherited: none of it is the container's.
#[test]
fn the_program_starts_with_clean_signals() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let probe = image.command(&[], &["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    let mut words = vec![probe.get_program().to_owned()];
    words.extend(probe.get_args().map(ToOwned::to_owned));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' INT QUIT HUP PIPE; exec \"$@\"", "sh"]).args(words);
    let (status, zeros) = (test_kit::succeed(&mut shell), "0".repeat(16));
    // 32 and 33 belong to the C library, which lets nobody touch them.
    assert_eq!(status.replace("180000000", "000000000"), format!("SigBlk:\t{zeros}\nSigIgn:\t{zeros}\n"));
}

/// A signal to the whole job, as Ctrl-C sends it, comes from us: process 1 is in no job of ours.
#[test]
fn a_signal_to_the_job_comes_once() {
    if !possible() {
        return;
    }
    let image = image(json!({}));
    assert_eq!(image.sh(&[], "read number name state parent job rest < /proc/1/stat; echo $job"), "1\n");
}

/// As nohup does. The signal ends neither us nor, for that reason, the program.
#[test]
fn whoever_starts_us_may_ignore_signals() {
    if !possible() || !test_kit::have(&["env"]) {
        return;
    }
    let image = image(json!({})).unpacked();
    let volume = format!("{}:/data", image.work.path().display());
    let script = "touch /data/ready; while [ ! -e /data/go ]; do sleep 0.02; done; echo survived";
    let container = image.command(&["-v", &volume], &["sh", "-c", script]);
    let mut nohup = std::process::Command::new("env");
    nohup.arg("--ignore-signal=HUP").arg(container.get_program()).args(container.get_args());
    let child = nohup.stdout(Stdio::piped()).spawn().unwrap();
    eventually("the script is ready", || image.work.path().join("ready").exists());
    kill(Pid::from_raw(child.id() as i32), Signal::SIGHUP).unwrap();
    std::fs::write(image.work.path().join("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((String::from_utf8_lossy(&output.stdout).as_ref(), output.status.code()), ("survived\n", Some(0)));
}

/// A fault's signal that somebody sends is none, neither to process 1 nor to the process outside.
#[test]
fn faults_that_are_none() {
    if !possible() {
        return;
    }
    let image = image(json!({"User": "me"})).unpacked();
    assert_eq!(image.sh(&[], "kill -SEGV 1; kill -BUS 1; sleep 0.1; echo alive"), "alive\n");
}

/// Who ignores SIGCHLD hears of no child, and passes that on to the programs that it starts.
#[test]
fn whoever_starts_us_may_ignore_his_children() {
    if !possible() || !test_kit::have(&["env"]) {
        return;
    }
    let image = image(json!({}));
    let container = image.command(&[], &["sh", "-c", "exit 5"]);
    let mut careless = std::process::Command::new("env");
    careless.arg("--ignore-signal=CHLD").arg(container.get_program()).args(container.get_args());
    // The second time, there is no child but the container.
    for _ in 0..2 {
        assert_eq!(test_kit::run(&mut careless).code, Some(5));
    }
}
