//! Without root: all files belong to whoever unpacks, and what only root may make is left out.
#![cfg(target_os = "linux")]

mod common;

use common::{Layer, attributes, ch09, image, tree};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use tar::EntryType;
use test_kit::{Ran, copy_program, have, names, run, succeed, temporary};

/// Runs the program as `nobody`, who may write to the directory `work`.
fn as_nobody(work: &Path, layout: &Path) -> Ran {
    // Whatever the umask, he may read the layout. The directory that cargo writes to he may not.
    succeed(Command::new("chmod").args(["-R", "a+rX"]).arg(layout));
    let program = work.join("ch09-unpack");
    copy_program(env!("CARGO_BIN_EXE_ch09-unpack"), &program);
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).arg("--platform=linux/amd64");
    run(command.arg(layout).arg("-o").arg(work.join("out/rootfs")))
}

fn can_be_nobody() -> bool {
    if !rustix::process::geteuid().is_root() {
        test_kit::skip("only root can become nobody");
        return false;
    }
    have(&["setpriv"])
}

fn layers() -> [Layer; 2] {
    let mode = |layer: Layer, kind, name: &str, mode| layer.entry(kind, name.as_bytes(), b"", |h| h.set_mode(mode));
    let lower = mode(mode(Layer::default(), EntryType::Directory, "./", 0o555), EntryType::Directory, "closed", 0o555);
    let lower = mode(lower.file("closed/1", "one"), EntryType::Directory, "./closed/inner", 0);
    let lower =
        mode(lower.file("closed/inner/2", "two").file("closed/3", "three"), EntryType::Directory, "open", 0o500);
    // Once this one is closed, nobody gets at the other.
    let lower = mode(mode(lower, EntryType::Directory, "./dark", 0), EntryType::Directory, "dark/inner", 0o500);
    let lower = lower.device("null", EntryType::Char, 1, 3).device("fifo", EntryType::Fifo, 0, 0);
    let owned = |layer: Layer, name: &str| layer.entry(EntryType::Regular, name.as_bytes(), b"", |h| h.set_uid(1000));
    let records: [(&str, &[u8]); 3] =
        [("SCHILY.xattr.user.a", b"1"), ("SCHILY.xattr.trusted.a", b"1"), ("SCHILY.xattr.security.a", b"1")];
    let lower = mode(owned(lower.pax(&records), "owned"), EntryType::Regular, "suid", 0o4755);
    // Another layer adds, removes, and opens again.
    let upper = Layer::default().file("closed/4", "four").file("closed/.wh.3", "");
    [lower, mode(upper, EntryType::Directory, "open", 0o755).file("open/5", "five")]
}

#[test]
fn an_ordinary_user() {
    if !can_be_nobody() {
        return;
    }
    let work = temporary();
    let (layout, root) = (work.path().join("oci"), work.path().join("out/rootfs"));
    fs::set_permissions(work.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(work.path().join("out")).unwrap();
    chown(work.path().join("out"), Some(65534), Some(65534)).unwrap();
    image(&layout, &layers());
    // The second time, the first is in the way, with its closed directories.
    for _ in 0..2 {
        let ran = as_nobody(work.path(), &layout);
        let note =
            "note: unpacked without root: all files are yours; 1 devices and 2 extended attributes are left out\n";
        assert_eq!((ran.stderr.as_str(), ran.code), (note, Some(0)), "{}", ran.stdout);
        assert_eq!(
            tree(&root).join(", "),
            "closed/, closed/1 one, closed/4 four, closed/inner/, closed/inner/2 two, dark/, dark/inner/, fifo FIFO, open/, open/5 five, \
             owned , suid "
        );
        let mode = |name: &str| root.join(name).symlink_metadata().unwrap().mode() & 0o7777;
        assert_eq!(["", "closed", "closed/inner", "dark", "dark/inner"].map(mode), [0o755, 0o555, 0, 0, 0o500]);
        assert_eq!(["open", "suid"].map(mode), [0o755, 0o4755]);
        assert_eq!(root.join("closed").metadata().unwrap().mtime(), 1000);
        assert_eq!(root.join("owned").metadata().unwrap().uid(), 65534);
        assert_eq!(attributes(&root.join("owned")), [("user.a".to_owned(), b"1".to_vec())]);
        assert_eq!(names(&work.path().join("out")), ["rootfs", "rootfs.image"]);
    }
}

#[test]
fn a_failure_leaves_nothing_of_closed_directories() {
    if !can_be_nobody() {
        return;
    }
    let work = temporary();
    fs::set_permissions(work.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(work.path().join("out")).unwrap();
    chown(work.path().join("out"), Some(65534), Some(65534)).unwrap();
    image(&work.path().join("oci"), &[layers()[0].clone(), Layer::default().file("../evil", "")]);
    assert_eq!(as_nobody(work.path(), &work.path().join("oci")).code, Some(1));
    assert_eq!(names(&work.path().join("out")), [""; 0]);
}

#[test]
fn root_without_its_rights() {
    let work = temporary();
    let (layout, root) = (work.path().join("oci"), work.path().join("rootfs"));
    image(&layout, &layers());
    let ran = run(ch09().arg(&layout).arg("-o").arg(&root).arg("--rootless"));
    assert_eq!((ran.stderr.lines().count(), ran.code), (1, Some(0)), "{}", ran.stderr);
    let full = fs::File::create("/dev/full").unwrap();
    let untold = ch09().arg(&layout).arg("-o").arg(&root).arg("--rootless").stderr(full).status().unwrap();
    assert_eq!(untold.code(), Some(0), "all is unpacked, even if the note cannot be told");
    let uid = work.path().metadata().unwrap().uid();
    assert_eq!(root.join("owned").metadata().unwrap().uid(), uid);
    assert!(!root.join("null").exists());
}

/// The modes of these layers' directories, without root.
fn modes<const N: usize>(layers: &[Layer], names: [&str; N]) -> [u32; N] {
    let work = temporary();
    let (layout, root) = (work.path().join("oci"), work.path().join("rootfs"));
    image(&layout, layers);
    succeed(ch09().arg(&layout).arg("-o").arg(&root).arg("--rootless"));
    names.map(|name| root.join(name).metadata().unwrap().mode() & 0o7777)
}

/// A directory that was removed leaves its inode number to the next one.
#[test]
fn a_directory_in_the_place_of_a_closed_one() {
    let closed = Layer::default().entry(EntryType::Directory, b"a", b"", |header| header.set_mode(0o500));
    assert_eq!(modes(&[closed.clone(), Layer::default().file(".wh.a", "").file("a/b", "")], ["a"]), [0o755]);
    let opened = Layer::default().file(".wh.a", "").directory("b");
    assert_eq!(modes(&[closed, opened, Layer::default().file("c/d", "")], ["b", "c"]), [0o755, 0o755]);
}

#[test]
fn a_closed_directory_with_a_name_through_a_link() {
    let closed = |layer: Layer, name: &str, mode| {
        layer.entry(EntryType::Directory, name.as_bytes(), b"", |header| header.set_mode(mode))
    };
    let lower = closed(Layer::default().directory("real").symlink("link", "real"), "link/inner", 0o555);
    assert_eq!(modes(&[lower, Layer::default().file(".wh.link", "")], ["real", "real/inner"]), [0o755, 0o555]);
    let dark = closed(Layer::default(), "z", 0o100).symlink("a", "z");
    assert_eq!(modes(&[closed(dark, "a/inner", 0o555)], ["z", "z/inner"]), [0o100, 0o555]);
}

/// Another name for a device is left out with it.
#[test]
fn a_hard_link_to_a_device() {
    let work = temporary();
    let (layout, root) = (work.path().join("oci"), work.path().join("rootfs"));
    let lower = Layer::default().device("dev/null", EntryType::Char, 1, 3).hard_link("dev/zero", "dev/null");
    let upper = Layer::default().hard_link("null", "dev/zero").file("dev/null", "1").hard_link("file", "dev/null");
    image(&layout, &[lower, upper]);
    let ran = run(ch09().arg(&layout).arg("-o").arg(&root).arg("--rootless"));
    let note = "note: unpacked without root: all files are yours; 3 devices and 0 extended attributes are left out\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (note, Some(0)));
    assert_eq!(tree(&root), ["dev/", "dev/null 1", "file 1"]);
    image(&layout, &[Layer::default().hard_link("dev/zero", "dev/null")]);
    assert_eq!(run(ch09().arg(&layout).arg("-o").arg(&root).arg("--rootless")).code, Some(1));
}

/// A root file system in memory (a ramfs) has none.
#[test]
fn a_file_system_without_attributes() {
    if !have(&["unshare", "mount"]) {
        return;
    }
    let work = temporary();
    let (layout, disk) = (work.path().join("oci"), work.path().join("disk"));
    fs::create_dir(&disk).unwrap();
    image(&layout, &[Layer::default().pax(&[("SCHILY.xattr.user.a", b"1")]).file("a", "1")]);
    let (mut sh, ch09) = (Command::new("unshare"), ch09());
    let mount = r#"mount -t ramfs none "$0" && "$@" && ls "$0/rootfs""#;
    sh.args(["--map-root-user", "--mount", "sh", "-c", mount]).arg(&disk).arg(ch09.get_program());
    let ran = run(sh.args(ch09.get_args()).arg(&layout).arg("-o").arg(disk.join("rootfs")));
    assert_eq!(ran.stderr, "note: 1 extended attributes are left out: the file system has none\n");
    assert!(ran.stdout.ends_with("\na\n"), "{}", ran.stdout);
}

/// Without the word `--rootless`: that the user is not root shows. Under another number, root remains the owner of this
/// repository, which may be closed to everybody else.
#[test]
fn without_arguments() {
    if !have(&["unshare"]) {
        return;
    }
    let work = temporary();
    let mut command = Command::new("unshare");
    if rustix::process::geteuid().is_root() {
        command.arg("--map-user=1000");
    }
    command.args([env!("CARGO_BIN_EXE_ch09-unpack"), "--platform=linux/amd64"]);
    let ran = run(command.current_dir(work.path()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("note: unpacked without root"), "{}", ran.stderr);
    assert_eq!(names(&work.path().join("out/rootfs")), ["etc", "hello", "srv"]);
}
