//! What a program finds in a container of ours and in one of runc's, of the same files and the same configuration.
#![cfg(target_os = "linux")]

mod common;

use common::{Image, image, is_root, possible};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use test_kit::{have, succeed};

const PROBE: &str = "
for map in uid gid; do echo $map $(cat /proc/self/${map}_map); done
grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status | tr '\\t' ' '
echo hostname $(hostname)
env | sort | grep -v ^SHLVL
ls -l /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/ptmx | grep -o '/dev.*'
for limit in c d f l n s t v; do echo limit $limit $(ulimit -$limit); done
for path in /proc/acpi /proc/kcore /proc/keys /proc/timer_list /proc/scsi /sys/firmware; do
    [ ! -e $path ] || echo masked $path $(ls -A $path 2> /dev/null | head -c 20) $(head -c 9 $path 2> /dev/null)
done
cat /proc/net/dev | grep -c :
while read -r number parent device root place options rest; do
    echo mount $place $options ${rest#*- }
done < /proc/self/mountinfo
";

/// A mount without what depends on the machine: the device below /, and the options of the file system after its own.
fn normalized(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["mount", "/", options, ..] => format!("mount / {options}"),
        ["mount", place, options, kind, ..] => format!("mount {place} {options} {kind}"),
        _ => line.trim_end().to_owned(),
    }
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(normalized).collect()
}

/// Runs the probe with runc: its own example of a configuration, with Docker's capabilities and lists, our namespaces and
/// our maps.
fn by_runc(image: &Image) -> String {
    let bundle = image.work.path().join("bundle");
    fs::create_dir(&bundle).unwrap();
    succeed(Command::new("runc").arg("spec").current_dir(&bundle));
    let path = bundle.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let names = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT";
    let capabilities: Vec<String> = names.split(' ').map(|name| format!("CAP_{name}")).collect();
    config["process"] = json!({
        "terminal": false, "user": {"uid": 0, "gid": 0}, "args": ["sh", "-c", PROBE], "env": ["PATH=/bin", "A=1"], "cwd": "/tmp",
        "noNewPrivileges": true,
        "capabilities": {"bounding": capabilities, "effective": capabilities, "permitted": capabilities},
    });
    config["root"] = json!({"path": image.work.path().join("files")});
    config["hostname"] = json!("box");
    let kinds = ["pid", "network", "ipc", "uts", "mount", "user", "cgroup"];
    config["linux"]["namespaces"] = kinds.map(|kind| json!({"type": kind})).into();
    for map in ["uidMappings", "gidMappings"] {
        config["linux"][map] = json!([{"containerID": 0, "hostID": 0, "size": u32::MAX}]);
    }
    // As Docker mounts it; the example leaves it open.
    config["mounts"][0]["options"] = json!(["nosuid", "noexec", "nodev"]);
    fs::write(&path, config.to_string()).unwrap();
    let mut runc = Command::new("runc");
    runc.arg("--root").arg(image.work.path().join("runc")).args(["run", "--bundle"]).arg(&bundle);
    succeed(runc.arg(format!("probe-{}", std::process::id())))
}

#[test]
fn against_runc() {
    if !possible() || !have(&["runc"]) {
        return;
    }
    if !is_root() {
        test_kit::skip("runc is compared as root");
        return;
    }
    let image = image(json!({"Env": ["PATH=/bin", "A=1"], "WorkingDir": "/tmp"})).unpacked();
    let ours = lines(&image.sh(&["--hostname", "box"], PROBE));
    let theirs = lines(&by_runc(&image));
    assert!(ours.len() > 50, "{ours:#?}");
    // Each difference that there is to be, and why.
    let mut expected: BTreeSet<String> = [
        "- Seccomp: 0", // runc's example has no filter. Docker's has one, and so have we.
        "+ Seccomp: 2",
        "+ HOSTNAME=box",                                               // Docker sets it, not runc.
        "- mount /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime tmpfs", // runc leaves the directory above writable.
        "+ mount /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime tmpfs",
    ]
    .map(String::from)
    .into();
    // runc lets a container change owner and mode of the machine's devices, if the maps leave it the same root.
    let devices = ["null", "zero", "full", "random", "urandom", "tty"].map(|name| format!("/dev/{name} "));
    let masks = ["kcore", "keys", "latency_stats", "timer_list", "timer_stats", "sched_debug"];
    for place in devices.into_iter().chain(masks.map(|name| format!("/proc/{name} "))) {
        for line in theirs.iter().filter(|line| line.starts_with(&format!("mount {place}"))) {
            expected.extend([format!("- {line}"), format!("+ {}", line.replacen(" rw", " ro", 1))]);
        }
    }
    let found = theirs.difference(&ours).map(|line| format!("- {line}"));
    let found: BTreeSet<String> = found.chain(ours.difference(&theirs).map(|line| format!("+ {line}"))).collect();
    // Of cgroups version 1, we mount the hierarchies that we set limits in. A machine with version 2 has one for all.
    let another_controller = |line: &&String| line.starts_with("- mount /sys/fs/cgroup/");
    let version_2 = !fs::exists("/sys/fs/cgroup/memory").unwrap();
    let only_1 = |line: &&String| version_2 && line.contains("/sys/fs/cgroup ");
    let found: Vec<&String> = found.iter().filter(|line| !another_controller(line) && !only_1(line)).collect();
    let expected: Vec<&String> = expected.iter().filter(|line| !only_1(line)).collect();
    assert_eq!(found, expected);
}
