//! An image of busybox, and running it.
#![allow(dead_code)] // each test file uses some of it

use ch03_digest::Digest;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use test_kit::{Ran, run, temporary};

pub fn ch10() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch10-run"))
}

/// An image layout, and the directory for what is made of it.
pub struct Image {
    pub work: tempfile::TempDir,
    pub layout: PathBuf,
    pub out: PathBuf,
}

/// Whether a container can be tested here: busybox runs without a library, and user namespaces are allowed.
pub fn possible() -> bool {
    if !test_kit::have(&["busybox", "unshare"]) {
        return false;
    }
    let linked = fs::read("/usr/bin/busybox").or_else(|_| fs::read("/bin/busybox")).unwrap_or_default();
    // The path of the loader that a program asks for stands at its beginning.
    if linked[..linked.len().min(4096)].windows(4).any(|bytes| bytes == b"/lib") {
        test_kit::skip("busybox is not static: install busybox-static");
        return false;
    }
    let allowed = Command::new("unshare").args(["-U", "-r", "-m", "true"]).output().unwrap().status.success();
    if !allowed {
        test_kit::skip("user namespaces are not allowed here");
    }
    allowed
}

/// An image with busybox, two users and this `config`.
pub fn image(config: Value) -> Image {
    image_with(config, |_| ())
}

/// The same, with what `change` makes of its files.
pub fn image_with(config: Value, change: impl FnOnce(&Path)) -> Image {
    let work = temporary();
    fs::set_permissions(work.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let rootfs = work.path().join("files");
    for name in ["bin", "etc", "tmp", "home/me"] {
        fs::create_dir_all(rootfs.join(name)).unwrap();
    }
    let busybox = ["/usr/bin/busybox", "/bin/busybox"].into_iter().find(|path| Path::new(path).exists()).unwrap();
    fs::copy(busybox, rootfs.join("bin/busybox")).unwrap();
    for name in [
        "sh", "cat", "id", "ls", "sleep", "kill", "mount", "umount", "mknod", "grep", "env", "hostname", "pwd",
        "touch", "stty", "chroot", "ps", "tty", "sort", "tr", "head", "nc", "true",
    ] {
        symlink("busybox", rootfs.join("bin").join(name)).unwrap();
    }
    fs::write(rootfs.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n").unwrap();
    fs::write(rootfs.join("etc/group"), "root:x:0:\nme:x:1000:\ntape:x:26:you,me\nother:x:27:you\n").unwrap();
    // Whatever the umask is.
    test_kit::succeed(Command::new("chmod").args(["-R", "u=rwX,go=rX"]).arg(&rootfs));
    change(&rootfs);
    layout_of(work, &rootfs, &config)
}

fn layout_of(work: tempfile::TempDir, rootfs: &Path, config: &Value) -> Image {
    let layout = work.path().join("oci");
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let archive = work.path().join("layer.tar");
    ch02_make_layer::write_archive(rootfs, ch02_make_layer::Options::default(), File::create(&archive).unwrap())
        .unwrap();
    let blob = |kind: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(digest.hex()), bytes).unwrap();
        json!({"mediaType": format!("application/vnd.oci.image.{kind}"), "digest": digest.to_string(), "size": bytes.len()})
    };
    let layer = blob("layer.v1.tar", &fs::read(&archive).unwrap());
    let rootfs = json!({"type": "layers", "diff_ids": [layer["digest"]]});
    let architecture = ch08_pull::this_machine().architecture;
    let config = json!({"architecture": architecture, "os": "linux", "config": config, "rootfs": rootfs});
    let config = blob("config.v1+json", &serde_json::to_vec(&config).unwrap());
    let manifest = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [layer]});
    let manifest = blob("manifest.v1+json", &serde_json::to_vec(&manifest).unwrap());
    fs::write(layout.join("index.json"), json!({"schemaVersion": 2, "manifests": [manifest]}).to_string()).unwrap();
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    let out = work.path().join("out");
    Image { work, layout, out }
}

impl Image {
    /// Puts `document` in the place of the whole configuration.
    pub fn replace_config(&self, document: &Value) {
        let blob = |value: &Value| {
            let bytes = serde_json::to_vec(value).unwrap();
            let digest = Digest::of(&bytes);
            fs::write(self.layout.join("blobs/sha256").join(digest.hex()), &bytes).unwrap();
            (json!(digest.to_string()), json!(bytes.len()))
        };
        let read = |path: PathBuf| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
        let mut index = read(self.layout.join("index.json"));
        let digest = index["manifests"][0]["digest"].as_str().unwrap().replace("sha256:", "blobs/sha256/");
        let mut manifest = read(self.layout.join(digest));
        (manifest["config"]["digest"], manifest["config"]["size"]) = blob(document);
        (index["manifests"][0]["digest"], index["manifests"][0]["size"]) = blob(&manifest);
        fs::write(self.layout.join("index.json"), index.to_string()).unwrap();
    }

    /// ch10-run with these options, and what the container is to run.
    pub fn command(&self, options: &[&str], args: &[&str]) -> Command {
        let mut command = ch10();
        command.arg("-o").arg(&self.out).args(options).arg(&self.layout).args(args);
        command
    }

    pub fn run(&self, options: &[&str], args: &[&str]) -> Ran {
        let mut ran = run(&mut self.command(options, args));
        // Only the first run unpacks, and has a note for who is not root.
        let steps = ["layer sha256:", "note: unpacked without root"];
        let is_ours =
            |line: &&str| !steps.iter().any(|step| line.starts_with(step)) && !line.contains("DiffID is verified");
        ran.stderr = ran.stderr.lines().filter(is_ours).collect::<Vec<_>>().join("\n");
        ran
    }

    /// What a shell script in the container prints.
    #[track_caller]
    pub fn sh(&self, options: &[&str], script: &str) -> String {
        let ran = self.run(options, &["sh", "-c", script]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "{}", ran.stdout);
        ran.stdout
    }

    /// Unpacks it, so that what a later run prints is its own.
    pub fn unpacked(self) -> Image {
        self.sh(&[], "true");
        self
    }

    /// The same for an image that cannot run.
    pub fn unpacked_with(self, program: &str) -> Image {
        self.run(&[], &[program]);
        self
    }

    /// The same program as nobody: the files of the image are readable, and its results are nobody's.
    pub fn as_nobody(&self, options: &[&str], args: &[&str]) -> Command {
        let program = self.work.path().join("ch10-run");
        test_kit::copy_program(env!("CARGO_BIN_EXE_ch10-run"), &program);
        let out = self.work.path().join("nobody");
        fs::create_dir_all(&out).unwrap();
        std::os::unix::fs::chown(&out, Some(65534), Some(65534)).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).arg(program);
        command.arg("-o").arg(out).args(options).arg(&self.layout).args(args).current_dir("/");
        command.env("HOME", "/");
        for entry in [&self.layout, &self.layout.join("blobs"), &self.layout.join("blobs/sha256")] {
            fs::set_permissions(entry, PermissionsExt::from_mode(0o755)).unwrap();
        }
        for blob in test_kit::names(&self.layout.join("blobs/sha256")) {
            let blob = self.layout.join("blobs/sha256").join(blob);
            fs::set_permissions(blob, PermissionsExt::from_mode(0o644)).unwrap();
        }
        for file in ["index.json", "oci-layout"] {
            fs::set_permissions(self.layout.join(file), PermissionsExt::from_mode(0o644)).unwrap();
        }
        command
    }
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Tries for some seconds.
#[track_caller]
pub fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("not within ten seconds: {what}");
}

/// The numbers of the processes whose command line has this text.
pub fn processes(text: &str) -> Vec<i32> {
    let numbers = test_kit::names(Path::new("/proc")).into_iter().filter_map(|name| name.parse().ok());
    let has_text = |pid: &i32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).split('\0').any(|word| word == text)
    };
    numbers.filter(has_text).collect()
}
