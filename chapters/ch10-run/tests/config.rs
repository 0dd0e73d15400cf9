//! What the image says, and what overrides it, is what the program finds.
#![cfg(target_os = "linux")]

mod common;

use common::{image, image_with, is_root, possible};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;

#[test]
fn environment() {
    if !possible() {
        return;
    }
    let image = image(json!({"Env": ["A=1", "PATH=/bin", "EMPTY="], "User": "me"}));
    let env = image.sh(&["-e", "A=2", "--env", "B=3 4", "--hostname", "box"], "env | sort");
    assert_eq!(env, "A=2\nB=3 4\nEMPTY=\nHOME=/home/me\nHOSTNAME=box\nPATH=/bin\nPWD=/\nSHLVL=1\n");
    // Without a name, a directory of PATH is the current one.
    for path in ["PATH=", "PATH=/etc:", "PATH=:/etc"] {
        assert_eq!(image.run(&["-e", path, "-w", "/bin"], &["hostname"]).code, Some(0), "{path}");
    }
}

#[test]
fn users_and_their_groups() {
    if !possible() || !is_root() {
        return;
    }
    let image = image_with(json!({"User": "me"}), |rootfs| {
        for (name, lines) in [("passwd", "33:x:3333:3333::/:\nwww-data:x:33:34::/:\n"), ("group", "33:x:34:\n")] {
            let path = rootfs.join("etc").join(name);
            let text = fs::read_to_string(&path).unwrap().replace("you,me", "you,me,www-data");
            fs::write(path, text + lines).unwrap();
        }
    });
    let cases = [
        (None, "uid=1000(me) gid=1000(me) groups=26(tape)"),
        (Some("root"), "uid=0(root) gid=0(root)"),
        (Some("me:27"), "uid=1000(me) gid=27(other)"),
        (Some("1000"), "uid=1000(me) gid=1000(me) groups=26(tape)"),
        (Some("5"), "uid=5 gid=0(root)"),
        // Digits are a number, whoever has them for a name.
        (Some("33"), "uid=33(www-data) gid=34(33) groups=26(tape)"),
        (Some("3333"), "uid=3333(33) gid=3333"),
        (Some("me:34"), "uid=1000(me) gid=34(33)"),
        (Some("me:33"), "uid=1000(me) gid=33"),
        (Some("5:tape"), "uid=5 gid=26(tape)"),
        (Some(":tape"), "uid=0(root) gid=26(tape)"),
    ];
    for (user, expected) in cases {
        let options = user.map_or(vec![], |user| vec!["--user", user]);
        assert_eq!(image.sh(&options, "id").trim(), expected, "{user:?}");
    }
}

#[test]
fn the_working_directory_is_made() {
    if !possible() {
        return;
    }
    let image = image(json!({"WorkingDir": "/srv/new"}));
    assert_eq!(image.sh(&[], "pwd"), "/srv/new\n");
    assert_eq!(image.sh(&["-w", "/tmp/a/b"], "pwd"), "/tmp/a/b\n");
    assert!(!image.out.join("rootfs/srv").exists(), "it is the container's, not the image's");
}

/// As other tools write it: null for empty lists, fields that no specification has, and no configuration at all.
#[test]
fn a_configuration_of_any_builder() {
    if !possible() {
        return;
    }
    let nulls = json!({
        "Entrypoint": null, "Cmd": ["id", "-u"], "Env": null, "Volumes": null, "ExposedPorts": {"80/tcp": {}},
        "OnBuild": null, "ArgsEscaped": true, "AttachStdin": false, "Healthcheck": {"Test": ["NONE"]}
    });
    assert_eq!(image(nulls).run(&[], &[]).stdout, "0\n");
    assert_eq!(image(Value::Null).run(&[], &["pwd"]).stdout, "/\n");
}

/// The image's root directory has an owner and a mode as every other.
#[test]
fn the_root_directory_is_the_image_s() {
    if !possible() || !is_root() {
        return;
    }
    let image = image(json!({"User": "me"})).unpacked();
    let rootfs = image.out.join("rootfs");
    std::os::unix::fs::chown(&rootfs, Some(1000), Some(26)).unwrap();
    fs::set_permissions(&rootfs, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(image.sh(&[], "busybox stat -c '%a %u:%g' /; touch /mine"), "700 1000:26\n");
}

/// As the logs of many images are written.
#[test]
fn every_user_may_open_his_output_by_name() {
    if !possible() {
        return;
    }
    let image = image(json!({"User": "me"})).unpacked();
    assert_eq!(image.sh(&[], "echo out > /dev/stdout"), "out\n");
    assert_eq!(image.run(&[], &["sh", "-c", "echo error > /dev/stderr"]).stderr, "error");
}

#[test]
fn standard_input_reaches_the_program_to_its_end() {
    if !possible() {
        return;
    }
    let image = image(json!({})).unpacked();
    let mut command = image.command(&[], &["cat"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let bytes: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let mut stdin = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &sent).unwrap());
    assert!(child.wait_with_output().unwrap().stdout == bytes);
    writer.join().unwrap();
}

#[test]
fn volumes() {
    if !possible() {
        return;
    }
    // A link in the image that would lead to the machine's files leads to the container's.
    let image = image_with(json!({}), |rootfs| symlink("/../../../../../../tmp", rootfs.join("link")).unwrap());
    let data = image.work.path().join("data, with: signs");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("file"), "from outside").unwrap();
    let data_at = |target: &str| format!("{}:{target}", data.display());
    assert_eq!(image.sh(&["-v", &data_at("/a/b:rw")], "cat /a/b/file; echo new > /a/b/other"), "from outside");
    assert_eq!(fs::read_to_string(data.join("other")).unwrap(), "new\n");
    let read_only = image.run(&["-v", &data_at("/data:ro")], &["sh", "-c", "cat /data/file && touch /data/x"]);
    assert_eq!((read_only.stdout.as_str(), read_only.code), ("from outside", Some(1)));
    assert_eq!(read_only.stderr, "touch: /data/x: Read-only file system");
    let file = format!("{}:/etc/new/name", data.join("file").display());
    assert_eq!(image.sh(&["-v", &file], "cat /etc/new/name"), "from outside");
    assert_eq!(image.sh(&["-v", &data_at("/link/x")], "cat /tmp/x/file"), "from outside");
    // One in another, in any order; and over a file of a volume that cannot be written to.
    let (inner, outer) = (data_at("/data/b/c"), format!("{}:/data", image.work.path().display()));
    assert_eq!(
        image.sh(&["-v", &inner, "-v", &outer], "cat /data/b/c/file; ls -d /data/oci"),
        "from outside/data/oci\n"
    );
    let file = format!("{}:/data/other", data.join("file").display());
    assert_eq!(image.sh(&["-v", &data_at("/data:ro"), "-v", &file], "cat /data/other"), "from outside");
    // What is there is not opened: this one would wait for its reader.
    let pipe = format!("{}:/data/pipe", data.join("file").display());
    test_kit::succeed(std::process::Command::new("mkfifo").arg(data.join("pipe")));
    assert_eq!(image.sh(&["-v", &data_at("/data"), "-v", &pipe], "cat /data/pipe"), "from outside");
    // The directory that the container is made in is in it as it was before.
    let all = format!("{}:/all", image.work.path().display());
    assert_eq!(image.sh(&["-v", &all], "ls /all/out/rootfs"), "bin\netc\nhome\nlink\ntmp\n");
    assert_eq!(image.sh(&["-v", &data_at("/../../../x/../y")], "cat /y/file"), "from outside");
    assert!(!image.out.join("rootfs/a").exists() && !image.out.join("rootfs/tmp/x").exists());
}

#[test]
fn a_read_only_root() {
    if !possible() {
        return;
    }
    let image = image(json!({}));
    let data = format!("{}:/data", image.work.path().display());
    let options = ["--read-only", "-w", "/new", "-v", &data];
    let script = "touch /x 2> /dev/null || echo refused; touch /dev/shm/x /data/x && echo written; pwd";
    assert_eq!(image.sh(&options, script), "refused\nwritten\n/new\n");
}

/// Two containers of one image see nothing of each other.
#[test]
fn what_is_written_goes_with_the_container() {
    if !possible() {
        return;
    }
    let image = image(json!({}));
    assert_eq!(
        image.sh(&[], "echo x > /new; echo y >> /etc/passwd; umask 0; ls /"),
        "bin\ndev\netc\nhome\nnew\nproc\nsys\ntmp\n"
    );
    assert_eq!(image.sh(&[], "ls /; grep -c . /etc/passwd"), "bin\ndev\netc\nhome\nproc\nsys\ntmp\n2\n");
}

/// Several that come first at the same time unpack once, and another image does not take the files of one that runs.
#[test]
fn several_in_one_directory() {
    if !possible() {
        return;
    }
    let one = image(json!({}));
    let script = |name: &str| {
        format!(
            "touch /data/{name}; for i in $(busybox seq 500); do [ -e /data/go ] || sleep 0.02; done; id -u; ls /bin/busybox"
        )
    };
    let volume = format!("{}:/data", one.work.path().display());
    let start = |name: &str| {
        let mut command = one.command(&["-v", &volume], &["sh", "-c", &script(name)]);
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let containers = ["a", "b", "c"].map(start);
    let all_run = || ["a", "b", "c"].iter().all(|name| one.work.path().join(name).exists());
    common::eventually("they run", all_run);
    let mut other = image(json!({"Env": ["OTHER=1"]}));
    other.out = one.out.clone();
    let error = "error: cannot unpack to DIR/rootfs: a container runs in it\n\
        help: choose another directory with --out";
    let error = error.replace("DIR", one.out.to_str().unwrap());
    test_kit::fails(&mut other.command(&[], &["true"]), 1, &error);
    fs::write(one.work.path().join("go"), "").unwrap();
    let mut unpacked = 0;
    for container in containers {
        let output = container.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n/bin/busybox\n", "{output:?}");
        unpacked += usize::from(!output.stderr.is_empty());
    }
    assert_eq!(unpacked, 1);
    assert_eq!(other.run(&[], &["true"]).code, Some(0), "now that nobody runs there");
}
