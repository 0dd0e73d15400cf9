//! What is good, what is missing, and what differs, is told; the exit code tells it as well.

use practice_registry::{Options, start};
use std::fs;
use std::path::Path;
use std::process::Command;
use test_kit::{repository, run, succeed, temporary};

fn check(out: &Path, chapter: &str) -> (String, Option<i32>) {
    let ran = run(Command::new(env!("CARGO_BIN_EXE_check")).arg(chapter).arg("-o").arg(out));
    assert_eq!(ran.stderr, "");
    (ran.stdout.replace(&out.display().to_string(), "OUT").replace('\\', "/"), ran.code)
}

/// What a container of a reader's prints of its namespaces: none of them is ours.
const ELSEWHERE: &str = "cgroup:[1]\nipc:[1]\nmnt:[1]\nnet:[1]\npid:[1]\nuser:[1]\nuts:[1]\n";

/// What a program of a reader would leave, made by the programs of the chapters.
fn everything(out: &Path) {
    let reference = repository("fixtures/hello/reference");
    for name in ["layer.tar", "layer.tar.gz", "config.json", "manifest.json", "image.tar", "digests.txt"] {
        fs::copy(reference.join(name), out.join(name)).unwrap();
    }
    let listing = "./\n./etc/\n./etc/motd\n./hello\n./srv/\n./srv/www/\n./srv/www/index.html\n";
    fs::write(out.join("listing.txt"), listing).unwrap();
    for oci in ["oci", "pulled/oci"] {
        let blobs = out.join(oci).join("blobs/sha256");
        fs::create_dir_all(&blobs).unwrap();
        for name in ["oci-layout", "index.json"] {
            fs::copy(reference.join("oci").join(name), out.join(oci).join(name)).unwrap();
        }
        for blob in test_kit::names(&reference.join("oci/blobs/sha256")) {
            fs::copy(reference.join("oci/blobs/sha256").join(&blob), blobs.join(&blob)).unwrap();
        }
    }
    fs::create_dir(out.join("rootfs")).unwrap();
    tar::Archive::new(fs::File::open(reference.join("layer.tar")).unwrap()).unpack(out.join("rootfs")).unwrap();
    // The archive has permissions for its root, too, but tar's own unpacking leaves that to whoever made the directory.
    #[cfg(unix)]
    fs::set_permissions(out.join("rootfs"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for name in ["hello", "etc/motd", "etc", "srv/www/index.html", "srv/www", "srv", ""] {
        at_zero(&out.join("rootfs").join(name));
    }
    fs::write(out.join("run.txt"), "Hello from an image built the hard way!\n").unwrap();
    fs::write(out.join("namespaces.txt"), ELSEWHERE).unwrap();
}

/// tar's own unpacking makes 0 of a file a 1, and leaves directories the time at which they were filled.
fn at_zero(path: &Path) {
    let mut options = fs::File::options();
    // Windows opens a directory only with this flag (FILE_FLAG_BACKUP_SEMANTICS), and a file's time only for writing.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(options.write(true), 0x0200_0000);
    options.read(true).open(path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
}

#[test]
fn everything_is_good() {
    let out = temporary();
    everything(out.path());
    let registry = start(Options::new(out.path().join("registry"))).unwrap();
    let address = registry.address();
    let push = |name: &str| {
        let elsewhere = temporary();
        let mut ch06 = Command::new(env!("CARGO"));
        ch06.args(["run", "--quiet", "--package", "ch06-push", "--", &format!("{address}/{name}"), "-o"]);
        succeed(ch06.arg(elsewhere.path()).current_dir(repository("")));
    };
    push("hello:latest");
    push("private/hello:1.0");
    let (stdout, code) = check(out.path(), "all");
    assert_eq!(code, Some(0), "{stdout}");
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines.len(), 1 + 2 + 1 + 1 + 3 + 4 + 4 + 5 + 1 + 2, "{stdout}");
    assert!(lines.iter().all(|line| line.contains("  good      OUT/")), "{stdout}");
}

#[test]
fn nothing_is_there() {
    let out = temporary();
    let (stdout, code) = check(out.path(), "ch04");
    let expected = "ch04  not good  OUT/config.json\n                it is not there: the configuration of the image\n      \
                    read      book/src/ch04-write-config.md\n";
    assert_eq!((stdout.as_str(), code), (expected, Some(1)));
    let (stdout, code) = check(out.path(), "all");
    assert_eq!(stdout.matches("not good").count(), 24, "{stdout}");
    assert_eq!(code, Some(1));
}

#[test]
fn what_differs_is_told_in_words() {
    let out = temporary();
    everything(out.path());
    let mut tar = fs::read(out.path().join("layer.tar")).unwrap();
    tar[100..107].copy_from_slice(b"0000700");
    fs::write(out.path().join("layer.tar"), tar).unwrap();
    let (stdout, code) = check(out.path(), "ch02");
    assert_eq!(code, Some(1));
    assert!(stdout.contains("permissions: yours 0700, reference 0755"), "{stdout}");
    assert!(stdout.contains("ch02  good      OUT/layer.tar.gz"), "{stdout}");
    fs::write(out.path().join("listing.txt"), "./\n./etc/motd\n./etc/\n").unwrap();
    let (stdout, code) = check(out.path(), "ch01");
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("line 2: yours \"./etc/motd\", reference \"./etc/\""), "{stdout}");
    let crlf = fs::read_to_string(repository("fixtures/hello/reference/digests.txt")).unwrap().replace('\n', "\r\n");
    fs::write(out.path().join("digests.txt"), crlf).unwrap();
    let (stdout, code) = check(out.path(), "ch03");
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("the ends of the lines"), "{stdout}");
}

#[test]
fn a_layout_that_names_another_manifest() {
    let out = temporary();
    everything(out.path());
    fs::write(out.path().join("pulled/oci/index.json"), r#"{"manifests":[{"digest":"sha256:00"}]}"#).unwrap();
    let (stdout, code) = check(out.path(), "ch08");
    assert!(stdout.contains("  manifests[0].digest: yours sha256:00, reference sha256:53d1a14a"), "{stdout}");
    assert_eq!((stdout.matches("not good").count(), code), (1, Some(1)), "{stdout}");
}

#[test]
fn a_tree_that_differs() {
    let out = temporary();
    everything(out.path());
    let rootfs = out.path().join("rootfs");
    fs::write(rootfs.join("etc/motd"), "Goodbye").unwrap();
    fs::remove_dir_all(rootfs.join("srv/www")).unwrap();
    fs::write(rootfs.join("srv/www"), "").unwrap();
    let (stdout, code) = check(out.path(), "ch09");
    let told = |what: &str| assert!(stdout.contains(what), "{what}: {stdout}");
    told("  srv: modification time: yours ");
    told("  etc/motd: other contents");
    told("  srv/www: a file in one, a directory in the other");
    told("  srv/www/index.html: missing in yours");
    assert_eq!(code, Some(1));
    fs::write(rootfs.join("srv/.wh.www"), "").unwrap();
    fs::write(rootfs.join("etc/motd"), fs::read(repository("fixtures/hello/rootfs/etc/motd")).unwrap()).unwrap();
    let (stdout, _) = check(out.path(), "ch09");
    assert!(stdout.contains("  srv/.wh.www: only in yours"), "{stdout}");
}

#[test]
#[cfg(unix)]
fn permissions_that_differ() {
    use std::os::unix::fs::PermissionsExt;
    let out = temporary();
    everything(out.path());
    fs::set_permissions(out.path().join("rootfs/hello"), fs::Permissions::from_mode(0o644)).unwrap();
    let (stdout, code) = check(out.path(), "ch09");
    assert!(stdout.contains("  hello: permissions: yours 0644, reference 0755"), "{stdout}");
    assert_eq!((stdout.matches("                ").count(), code), (1, Some(1)), "{stdout}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_container_in_a_namespace_of_the_host() {
    let out = temporary();
    everything(out.path());
    let ours = fs::read_link("/proc/self/ns/net").unwrap().display().to_string();
    fs::write(out.path().join("namespaces.txt"), ELSEWHERE.replace("net:[1]", &ours).replace("pid:", "pid_")).unwrap();
    let (stdout, code) = check(out.path(), "ch10");
    assert!(stdout.contains(&format!("net: the container is in the namespace of the host, {ours}")), "{stdout}");
    assert!(stdout.contains("pid: no line of yours begins with pid:["), "{stdout}");
    assert_eq!((stdout.matches("not good").count(), code), (1, Some(1)), "{stdout}");
}

/// Somebody else's compressor is no fault, and there is a way to go on.
#[test]
fn another_compressor() {
    let out = temporary();
    everything(out.path());
    let mut gz = fs::read(out.path().join("layer.tar.gz")).unwrap();
    gz[9] = 255; // made on an unknown system
    fs::write(out.path().join("layer.tar.gz"), gz).unwrap();
    let (stdout, code) = check(out.path(), "ch02");
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("help: compress with zlib at level 6, or copy "), "{stdout}");
}

#[test]
fn an_unknown_chapter() {
    let ran = run(Command::new(env!("CARGO_BIN_EXE_check")).arg("ch99"));
    assert!(ran.stderr.starts_with("error: invalid value 'ch99' for '[CHAPTER]'"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(2));
}
