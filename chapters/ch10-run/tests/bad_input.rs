//! Each bad input, its exact message, and what is still there afterwards.
#![cfg(target_os = "linux")]

mod common;

use common::{ch10, image, image_with, is_root, possible};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use test_kit::{fails, names, temporary};

#[test]
fn malformed_arguments() {
    let out = temporary();
    let path = "a path in a container begins with /";
    let size = "a size is a number of bytes, or a number with k, m or g";
    let cpus = "the number of processors is from 0.01 to 4096";
    let host = "a host name is 1 to 64 letters, digits, dots and dashes";
    let place = "a container's /, /dev and /proc are no place for a volume";
    let cases = [
        ("--workdir <DIR>", "srv", path),
        ("--memory <SIZE>", "1x", size),
        ("--memory <SIZE>", "m", "it is not a number"),
        ("--memory <SIZE>", "1k", "less than 6m is too little to start a program"),
        ("--memory <SIZE>", "99999999999g", "it is too large"),
        ("--cpus <NUMBER>", "0", cpus),
        ("--cpus <NUMBER>", "NaN", cpus),
        ("--pids <NUMBER>", "1", "1 is not in 2..=4194304"),
        ("--hostname <NAME>", "a b", host),
        ("--env <NAME=VALUE>", "A", "there is no = between a name and its value"),
        ("--volume <HOST:CONTAINER[:ro]>", "/data", "there is no : between the two paths"),
        ("--volume <HOST:CONTAINER[:ro]>", ":/data", "the path on this machine is empty"),
        ("--volume <HOST:CONTAINER[:ro]>", "/etc:data", path),
        ("--volume <HOST:CONTAINER[:ro]>", "/etc:/a/..", place),
        ("--volume <HOST:CONTAINER[:ro]>", "/etc:/a/../proc/x", place),
        ("--volume <HOST:CONTAINER[:ro]>", "/etc:/dev/", place),
        ("--platform <PLATFORM>", "linux", "a platform is os/architecture or os/architecture/variant, as linux/arm64"),
    ];
    for (option, value, why) in cases {
        let error =
            format!("error: invalid value '{value}' for '{option}': {why}\n\nFor more information, try '--help'.");
        let name = option.split(' ').next().unwrap();
        fails(ch10().arg("-o").arg(out.path()).args([name, value]), 2, &error);
    }
    let error = "error: malformed repository: \"library/no-such-directory/X\": \"X\" has capital letters";
    let error = error.replace("library/", "");
    fails(ch10().arg("-o").arg(out.path()).arg("no-such-directory/X"), 1, &error);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn what_the_image_does_not_have() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let nothing = "error: nothing to run: the image has neither entrypoint nor cmd, and none was given";
    fails(&mut image.command(&[], &[]), 1, nothing);
    let user = "error: the image has no user \"you\": /etc/passwd does not name it";
    fails(&mut image.command(&["-u", "you"], &["id"]), 1, user);
    let group = "error: the image has no group \"a b\": /etc/group does not name it";
    fails(&mut image.command(&["-u", "me:a\u{7f}b"], &["id"]), 1, group);
    let program = "error: cannot run: \"nothing here\": No such file or directory (os error 2)";
    fails(&mut image.command(&[], &["nothing\nhere"]), 127, program);
    let script = image_with(json!({}), |rootfs| {
        // The last is a program for a processor that nobody has.
        for (name, text) in [
            ("script", &b"#!/nowhere"[..]),
            ("text", b"echo text"),
            ("bin/alien", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xfe\xfe"),
        ] {
            fs::write(rootfs.join(name), text).unwrap();
            fs::set_permissions(rootfs.join(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
    });
    let script = script.unpacked();
    for name in ["/text", "alien"] {
        let format = format!(
            "error: cannot run: \"{name}\": Exec format error (os error 8)\n\
            help: it is for another processor, or a script without #! and its interpreter"
        );
        fails(&mut script.command(&[], &[name]), 126, &format);
    }
    let loader = "error: cannot run: \"/script\": No such file or directory (os error 2)\n\
        help: the file is there; its loader or interpreter is not";
    fails(&mut script.command(&[], &["/script"]), 127, loader);
    let denied = "error: cannot run: \"/etc/passwd\": Permission denied (os error 13)";
    fails(&mut image.command(&[], &["/etc/passwd"]), 126, denied);
    let full = fs::File::create("/dev/full").unwrap();
    let ran = image.command(&[], &["nothing"]).stderr(full).status().unwrap();
    assert_eq!(ran.code(), Some(127), "an error that cannot be told is one all the same");
    let workdir = "error: cannot make the working directory: \"/etc/passwd\": File exists (os error 17)";
    fails(&mut image.command(&["-w", "/etc/passwd"], &["id"]), 1, workdir);
    let volume = "error: cannot use the volume: /no/such/place: No such file or directory (os error 2)";
    fails(&mut image.command(&["-v", "/no/such/place:/x"], &["id"]), 1, volume);
    let in_the_way = "error: cannot mount the volume: /etc/passwd/x: Not a directory (os error 20)";
    fails(&mut image.command(&["-v", "/etc:/etc/passwd/x"], &["id"]), 1, in_the_way);
    assert_eq!(names(&image.out.join("rootfs")), ["bin", "etc", "home", "tmp"]);
}

#[test]
fn malformed_images() {
    if !possible() {
        return;
    }
    let signal = image(json!({"Cmd": ["id"], "StopSignal": "SIG\u{1b}X"})).unpacked_with("id");
    fails(&mut signal.command(&[], &[]), 1, "error: the image's stop signal is none: \"SIG X\"");
    let signal = image(json!({"Cmd": ["id"], "StopSignal": "RTMIN+2147483647"})).unpacked_with("id");
    fails(&mut signal.command(&[], &[]), 1, "error: the image's stop signal is none: \"RTMIN+2147483647\"");
    let workdir = image(json!({"Cmd": ["id"], "WorkingDir": "/etc/passwd/\u{1b}[2J"})).unpacked_with("id");
    let error = "error: cannot make the working directory: \"/etc/passwd/ [2J\": Not a directory (os error 20)";
    fails(&mut workdir.command(&[], &[]), 1, error);
    let env = image(json!({"Env": "A=1"}));
    let why = "invalid type: string \"A=1\", expected a sequence";
    fails(&mut env.command(&[], &["id"]), 1, &format!("error: malformed configuration: {why}"));
    let users = |text: &'static str| {
        image_with(json!({"User": "me"}), |rootfs| fs::write(rootfs.join("etc/passwd"), text).unwrap())
    };
    let command = |image: &common::Image| {
        image.run(&["-u", "0"], &["true"]);
        image.command(&[], &["true"])
    };
    let malformed = users("me:x:a lot:5");
    let error = "error: the image's users are malformed: \"me\": \"a lot\" is no number";
    fails(&mut command(&malformed), 1, error);
    let pipe = image_with(json!({"User": "me"}), |rootfs| {
        fs::remove_file(rootfs.join("etc/passwd")).unwrap();
        nix::unistd::mkfifo(&rootfs.join("etc/passwd"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    });
    let _ = pipe.run(&[], &["true"]);
    fails(&mut pipe.command(&[], &["true"]), 1, "error: cannot read the image's users: /etc/passwd: it is not a file");
    // A link to this machine's users leads to none: the image has no such file.
    let link = image_with(json!({"User": "daemon"}), |rootfs| {
        fs::remove_file(rootfs.join("etc/passwd")).unwrap();
        symlink("../../../../../../../../../../etc/../etc/passwd-", rootfs.join("etc/passwd")).unwrap();
    });
    let _ = link.run(&[], &["true"]);
    let error = "error: the image has no user \"daemon\": /etc/passwd does not name it";
    fails(&mut link.command(&[], &["true"]), 1, error);
}

/// serde reads the fields of a structure from a list as well, so that a list can say for which platform it is.
#[test]
fn a_configuration_that_is_a_list() {
    if !possible() {
        return;
    }
    let image = image(json!({}));
    let platform = ch08_pull::this_machine();
    image.replace_config(&json!([platform.architecture, platform.os, null]));
    let ran = test_kit::run(&mut image.command(&[], &["id"]));
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
}

/// A path is an image layout's, and never the name of an image in a registry.
#[test]
fn a_path_that_is_no_layout() {
    let out = temporary();
    let error = "error: cannot read: /no/such/layout/index.json: No such file or directory (os error 2)\n\
        help: name a directory that holds an image layout, such as out/oci: cargo run -p ch08-pull makes one";
    fails(ch10().arg("-o").arg(out.path()).args(["/no/such/layout", "id"]), 1, error);
    let error = "error: cannot read: ./nothing/index.json: No such file or directory (os error 2)\n\
        help: name a directory that holds an image layout, such as out/oci: cargo run -p ch08-pull makes one";
    fails(ch10().arg("-o").arg(out.path()).args(["./nothing", "id"]), 1, error);
    assert_eq!(names(out.path()), [""; 0]);
}

/// A machine that lets nothing run from memory: the setting belongs to a namespace of process numbers.
#[test]
fn without_memory_to_run_from() {
    if !possible() || !is_root() || !test_kit::have(&["setpriv"]) {
        return;
    }
    if !Path::new("/proc/sys/vm/memfd_noexec").exists() {
        test_kit::skip("Linux has this setting since 6.3");
        return;
    }
    let image = image(json!({}));
    let command = image.as_nobody(&[], &["true"]);
    let forbid = "echo 2 > /proc/sys/vm/memfd_noexec; exec \"$@\"";
    let mut forbidden = Command::new("unshare");
    forbidden.args(["--pid", "--fork", "--mount-proc", "sh", "-c", forbid, "sh"]);
    forbidden.arg(command.get_program()).args(command.get_args());
    let error = "error: cannot start this program anew: Permission denied (os error 13)\n\
        help: if memory may run nothing: sudo sysctl vm.memfd_noexec=1";
    fails(&mut forbidden, 1, error);
}

/// It is not waited for somebody who writes to it.
#[test]
fn a_pipe_in_the_place_of_a_file() {
    let image = image(json!({}));
    let (index, rootfs) = (image.layout.join("index.json"), image.out.join("rootfs"));
    let pipe = |path: &std::path::Path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    pipe(&image.out);
    let out =
        format!("error: cannot write to the output directory: {}: File exists (os error 17)", image.out.display());
    fails(&mut image.command(&[], &["true"]), 1, &out);
    fs::remove_file(&image.out).unwrap();
    fs::create_dir(&image.out).unwrap();
    let taken = |path: &std::path::Path| {
        let why = "a file of that name is there, and this program did not make it";
        format!("error: cannot write: {}: {why}\nhelp: choose another directory with --out", path.display())
    };
    pipe(&rootfs);
    fails(&mut image.command(&[], &["true"]), 1, &taken(&rootfs));
    fs::remove_file(&rootfs).unwrap();
    let marker = image.out.join("rootfs.image");
    pipe(&marker);
    fails(&mut image.command(&[], &["true"]), 1, &taken(&marker));
    fs::remove_file(&index).unwrap();
    pipe(&index);
    let read = format!("error: cannot read: {}: it is not a file", index.display());
    fails(&mut image.command(&[], &["true"]), 1, &read);
}

/// What a machine says that does not allow it, and the way out.
#[test]
fn without_user_namespaces() {
    if !possible() || !is_root() {
        return;
    }
    let image = image(json!({})).unpacked();
    // Within a user namespace the limit on further ones is its own.
    let command = image.command(&[], &["id"]);
    let mut none = Command::new("unshare");
    none.args(["-U", "-r", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"", "sh"]);
    none.arg(command.get_program()).args(command.get_args());
    let error = "error: cannot make namespaces: No space left on device\n\
        help: this machine allows no user namespaces: sudo sysctl user.max_user_namespaces=10000";
    fails(&mut none, 1, error);
    // A sandbox that has something mounted over /proc lets nobody mount another.
    let mut masked = Command::new("unshare");
    masked.args(["-m", "sh", "-c", "mount -t tmpfs none /proc/fs; exec \"$@\"", "sh"]);
    masked.arg(command.get_program()).args(command.get_args());
    let error = "error: cannot mount: /proc: EPERM: Operation not permitted\n\
        help: inside a container that masks its /proc this is refused: docker run --privileged, for example";
    fails(&mut masked, 1, error);
    let mut masked = Command::new("unshare");
    masked.args(["-m", "sh", "-c", "mount -t tmpfs none /sys/kernel; exec \"$@\"", "sh"]);
    masked.arg(command.get_program()).args(command.get_args());
    fails(&mut masked, 1, &error.replace("/proc", "/sys"));
}

#[test]
fn limits_that_are_not_ours_to_set() {
    if !possible() || !is_root() || !test_kit::have(&["setpriv"]) {
        return;
    }
    let image = image(json!({}));
    test_kit::succeed(&mut image.as_nobody(&[], &["true"]));
    let ran = test_kit::run(&mut image.as_nobody(&["--memory", "64m"], &["true"]));
    let help =
        "\nhelp: leave the limits out, or run it as root; where systemd is: systemd-run --user --scope COMMAND\n";
    assert!(ran.code == Some(1) && ran.stderr.starts_with("error: cannot set limits: /sys/fs/cgroup"), "{ran:?}");
    assert!(ran.stderr.ends_with(help), "{ran:?}");
}
