//! Ways out of a container, none of which leads anywhere.
#![cfg(target_os = "linux")]

mod common;

use common::{eventually, image, image_with, is_root, possible, processes};
use serde_json::json;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;

/// Each of these fails, and says why.
#[test]
fn what_a_program_may_not() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let attempts = [
        ("mount -t tmpfs x /tmp", "mount: permission denied (are you root?)"),
        ("mount -o remount,rw /proc/sys", "mount: permission denied (are you root?)"),
        ("umount /proc/keys", "umount: can't unmount /proc/keys: Operation not permitted"),
        ("mknod /tmp/disk b 254 0", "mknod: /tmp/disk: Operation not permitted"),
        ("busybox unshare -U true", "unshare: unshare(0x10000000): Operation not permitted"),
        ("busybox unshare -m true", "unshare: unshare(0x20000): Operation not permitted"),
        (
            "busybox nsenter -t $$ -n true",
            "nsenter: setns(): can't reassociate to namespace 'net': Operation not permitted",
        ),
        ("busybox nsenter -t 1 -n true", "nsenter: can't open '/proc/1/ns/net': Permission denied"),
        ("hostname other", "hostname: sethostname: Operation not permitted"),
        ("busybox pivot_root /tmp /tmp", "pivot_root: (null): Operation not permitted"),
        ("busybox date -s 2000.01.01-00:00; exit 1", "date: can't set date: Operation not permitted"),
        ("busybox swapoff /tmp", "swapoff: /tmp: Operation not permitted"),
        ("busybox reboot -f", "reboot: (null): Operation not permitted"),
        ("busybox dmesg", "dmesg: klogctl: Operation not permitted"),
        (
            "echo x > /proc/sys/kernel/core_pattern",
            "sh: can't create /proc/sys/kernel/core_pattern: Read-only file system",
        ),
        ("echo 1 > /sys/kernel/uevent_helper", "sh: can't create /sys/kernel/uevent_helper: Read-only file system"),
        ("ls /proc/1/root/", "ls: /proc/1/root/: Permission denied"),
        ("cat /proc/1/exe > /dev/null", "cat: can't open '/proc/1/exe': Permission denied"),
    ];
    for (attempt, why) in attempts {
        let ran = image.run(&[], &["sh", "-c", attempt]);
        assert_eq!((ran.stderr.as_str(), ran.code), (why, Some(1)), "{attempt}: {}", ran.stdout);
    }
}

#[test]
fn what_a_program_does_not_see() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let processes = image.sh(&[], "echo /proc/[0-9]*");
    assert_eq!(processes, "/proc/1 /proc/2\n", "init and the shell");
    assert_eq!(image.sh(&[], "cat /proc/kcore /proc/keys /proc/timer_list 2> /dev/null | head -c 9"), "");
    assert_eq!(image.sh(&[], "ls /sys/firmware"), "");
    let init = image.sh(&[], "grep ^CapEff /proc/1/status");
    assert_eq!(init, "CapEff:\t00000000a80425fb\n", "init can do no more than the program");
    let network = image.sh(&[], "cat /proc/net/dev | tr -d ' ' | grep : | grep -o '^[^:]*'");
    assert_eq!(network, "lo\n");
    let ping = image.sh(&[], "busybox ping -c 1 127.0.0.1 | grep -c '1 packets received'");
    assert_eq!(
        ping,
        "1
",
        "the loopback network is on"
    );
    // Not every kernel has the file. It takes no letter, whether or not it is there.
    assert_eq!(image.run(&[], &["sh", "-c", "echo b > /proc/sysrq-trigger"]).code, Some(1));
    let files = image.sh(&[], "ls /proc/self/fd");
    assert_eq!(files, "0\n1\n2\n3\n", "the fourth is the directory that ls reads");
}

/// A file that the caller has open is not the container's: it could be a way to a directory outside.
#[test]
fn no_open_file_is_inherited() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let probe = image.command(&[], &["ls", "/proc/self/fd"]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "exec 7< /; exec \"$@\"", "sh"]).arg(probe.get_program()).args(probe.get_args());
    assert_eq!(test_kit::succeed(&mut shell), "0\n1\n2\n3\n");
}

/// The image says where its program starts. That is in the container, or nowhere, whatever is open outside: a directory
/// of ours, or one of whoever starts us.
#[test]
fn no_working_directory_outside() {
    if !possible() {
        return;
    }
    let (image, outside) = (image(json!({})).unpacked(), test_kit::temporary());
    for number in 3..20 {
        for below in ["", "/made"] {
            let workdir = format!("/proc/self/fd/{number}{below}");
            let probe = image.command(&["-w", &workdir], &["ls"]);
            let mut shell = std::process::Command::new("sh");
            shell.current_dir(outside.path()).args(["-c", "exec 9< .; exec \"$@\"", "sh"]);
            let ran = shell.arg(probe.get_program()).args(probe.get_args()).output().unwrap();
            assert_eq!((ran.status.code(), ran.stdout), (Some(1), vec![]), "{workdir}");
        }
    }
    assert_eq!(test_kit::names(outside.path()), [""; 0]);
    assert_eq!(test_kit::names(&image.out.join("rootfs")), ["bin", "etc", "home", "tmp"]);
}

/// The process that holds a directory outside its new root is still in it: chroot is no wall, but there is nothing left
/// on its other side.
#[test]
fn out_of_a_chroot() {
    if !possible() || !is_root() {
        return;
    }
    let image = image(json!({})).unpacked();
    let script = "cd /; busybox chroot /home /../bin/sh -c 'ls /' 2> /dev/null; cd /../../..; pwd; ls";
    assert_eq!(image.sh(&[], script), "/\nbin\ndev\netc\nhome\nproc\nsys\ntmp\n");
}

/// What is made and mounted for the container stays in it, whatever links the image has in its place.
#[test]
fn links_in_the_image() {
    if !possible() {
        return;
    }
    let outside = test_kit::temporary();
    let target = outside.path().to_str().unwrap().to_owned();
    for name in ["proc", "sys", "dev", "srv", "etc/passwd", "etc/group"] {
        for link in [target.clone(), format!("/..{target}"), format!("../../../../../..{target}")] {
            let place = |rootfs: &std::path::Path| {
                let _ = fs::remove_file(rootfs.join(name));
                symlink(&link, rootfs.join(name)).unwrap();
            };
            let image = image_with(json!({"WorkingDir": "/srv/made"}), place);
            let volume = format!("{}:/srv/volume", image.work.path().display());
            let ran = image.run(&["-v", &volume], &["sh", "-c", "echo ran"]);
            let (told, names) = (format!("{ran:?}"), test_kit::names(outside.path()));
            assert_eq!(names, [""; 0], "{name} -> {link}: {told}");
        }
    }
}

/// A link to `/` in the place of /proc would have it lie on the root, where only `/..` finds it: with /proc/sys for all to
/// write to, and what is to be closed and masked would be looked for in the image's own files.
#[test]
fn a_link_in_the_place_of_a_mount() {
    if !possible() {
        return;
    }
    for name in ["proc", "sys", "dev"] {
        for link in ["/", "/tmp", "tmp", "../../.."] {
            let place = |rootfs: &std::path::Path| {
                fs::create_dir_all(rootfs.join("self/fd")).unwrap();
                symlink(link, rootfs.join(name)).unwrap();
            };
            let image = image_with(json!({"WorkingDir": "/../self/fd/4/../../.."}), place).unpacked_with("true");
            let ran = image.run(&[], &["sh", "-c", "ls; ls /.."]);
            let told = format!("error: cannot mount: /{name}: the image has a link there");
            assert_eq!((ran.stderr, ran.stdout, ran.code), (told, String::new(), Some(1)), "{link}");
        }
    }
}

/// The machine's devices are shown in the container. They are files of root's, and root is in there.
#[test]
fn the_machine_s_devices_keep_owner_and_mode() {
    use std::os::unix::fs::MetadataExt;
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let metadata =
        |name: &str| fs::metadata(name).map(|file| (file.mode(), file.uid(), file.gid(), file.mtime())).unwrap();
    let before = ["/dev/null", "/dev/full", "/dev/tty"].map(metadata);
    for change in ["chmod 666", "chown 0", "touch"] {
        for name in
            ["/dev/full", "/dev/tty", "/proc/keys", "/proc/timer_list"].iter().filter(|name| fs::exists(name).unwrap())
        {
            let ran = image.run(&[], &["sh", "-c", &format!("busybox {change} {name}")]);
            let told = format!("{}: {name}: Read-only file system", change.split(' ').next().unwrap());
            assert_eq!((ran.stderr, ran.code), (told, Some(1)));
        }
    }
    assert_eq!(["/dev/null", "/dev/full", "/dev/tty"].map(metadata), before);
    assert_eq!(image.sh(&[], "echo x > /dev/null; head -c 1 /dev/zero | busybox od -An -tx1"), " 00\n");
}

/// What the container relies on cannot be replaced by a link to it in the image, or in another volume.
#[test]
fn a_volume_over_what_the_container_relies_on() {
    if !possible() {
        return;
    }
    let link = |rootfs: &std::path::Path| {
        fs::create_dir(rootfs.join("links")).unwrap();
        fs::create_dir(rootfs.join("proc")).unwrap();
        for (name, target) in [("dev", "/dev"), ("proc", "../proc"), ("root", "/"), ("null", "/dev/null")] {
            symlink(target, rootfs.join("links").join(name)).unwrap();
        }
    };
    let (image, data) = (image_with(json!({}), link).unpacked(), test_kit::temporary());
    symlink("/proc/sys/vm/swappiness", data.path().join("null")).unwrap();
    symlink("/dev", data.path().join("link")).unwrap();
    let volume = format!("{}:/data", data.path().display());
    // If it arrives, it changes nothing.
    let write = format!("echo {} > /proc/keys", fs::read_to_string("/proc/sys/vm/swappiness").unwrap().trim());
    for target in ["/links/dev", "/links/proc", "/links/root", "/data/link", "/links/proc/sys"] {
        let other = format!("{}:{target}", data.path().display());
        let ran = image.run(&["-v", &volume, "-v", &other], &["sh", "-c", &write]);
        let told = format!(
            "error: cannot mount the volume: {target}: a container's /, /dev and /proc are no place for a volume"
        );
        assert_eq!((ran.stderr, ran.code), (told, Some(1)));
    }
    // A file over a device is the container's own affair.
    fs::write(data.path().join("file"), "mine").unwrap();
    let other = format!("{}:/links/null", data.path().join("file").display());
    assert_eq!(image.sh(&["-v", &other], "cat /dev/null /proc/keys"), "mine");
}

/// A volume leads to its directory, and not to the one above.
#[test]
fn above_a_volume() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let (data, secret) = (image.work.path().join("data"), image.work.path().join("secret"));
    fs::create_dir(&data).unwrap();
    fs::write(&secret, "secret").unwrap();
    symlink("../secret", data.join("link")).unwrap();
    symlink(&secret, data.join("absolute")).unwrap();
    let volume = format!("{}:/data", data.display());
    let script =
        "cat /data/link /data/absolute /data/../secret /data/../../secret; echo x > /data/../secret; cat /secret";
    let ran = image.run(&["-v", &volume], &["sh", "-c", script]);
    assert_eq!(ran.stdout, "x\n", "{}", ran.stderr);
    assert_eq!(fs::read_to_string(secret).unwrap(), "secret");
}

/// As CVE-2019-5736 did it: hold the program that runs the container, wait until it runs no more, and write to it.
#[test]
fn our_program_is_where_nobody_writes_to_it() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let mark = format!("86420.{}", std::process::id());
    let script = format!("sleep {mark}; true");
    let args = ["sh", "-c", &script];
    let mut commands = vec![(image.command(&[], &args), ErrorKind::PermissionDenied)];
    if is_root() {
        commands = vec![
            (image.command(&[], &args), ErrorKind::ReadOnlyFilesystem),
            (image.as_nobody(&[], &args), ErrorKind::PermissionDenied),
        ];
    }
    for (mut command, why) in commands {
        let mut child = command.spawn().unwrap();
        eventually("the program runs", || processes(&mark).len() == 1);
        let held = File::open(format!("/proc/{}/exe", child.id())).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let write = || {
            let mut file = File::options().write(true).open(format!("/proc/self/fd/{}", held.as_raw_fd()))?;
            file.write_all(b"\x7fELF") // what is there already: if this succeeds, it breaks nothing
        };
        let written = || write().map_err(|error| error.kind());
        eventually("nothing runs from it", || written() != Err(ErrorKind::ExecutableFileBusy));
        assert_eq!(written(), Err(why));
    }
}
