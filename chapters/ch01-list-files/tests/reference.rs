//! The listing of the hello image.

use std::process::Command;
use test_kit::{gnu_tar, have, repository, run, succeed};

fn ch01() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch01-list-files"))
}

#[test]
fn lists_the_hello_image() {
    insta::assert_snapshot!(succeed(&mut ch01()));
}

#[test]
fn lists_in_the_order_of_the_layer() {
    if !have(&["GNU tar"]) {
        return;
    }
    let layer = repository("fixtures/hello/reference/layer.tar");
    let in_layer = succeed(Command::new(gnu_tar()).arg("-tf").arg(layer));
    let listed = succeed(&mut ch01());
    let listed: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(listed, in_layer.lines().collect::<Vec<_>>());
}

#[test]
fn a_reader_who_leaves_is_told_nothing() {
    if !have(&["sh"]) {
        return;
    }
    let program = env!("CARGO_BIN_EXE_ch01-list-files");
    let ran = run(Command::new("sh").args(["-c", &format!("'{program}' | true")]));
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
}

#[cfg(unix)]
#[test]
fn shows_every_kind_of_entry() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    let rootfs = test_kit::temporary();
    let path = |name: &str| rootfs.path().join(name);
    std::fs::write(path("a"), "four").unwrap();
    std::fs::set_permissions(path("a"), PermissionsExt::from_mode(0o4751)).unwrap();
    std::fs::hard_link(path("a"), path("b")).unwrap();
    symlink("nowhere", path("c\u{1b}[31m")).unwrap();
    assert_eq!(succeed(Command::new("mkfifo").arg(path("d"))), "");
    std::fs::set_permissions(path("d"), PermissionsExt::from_mode(0o600)).unwrap();
    let _socket = UnixListener::bind(path("e")).unwrap();
    std::fs::set_permissions(path("e"), PermissionsExt::from_mode(0o600)).unwrap();
    insta::assert_snapshot!(succeed(ch01().arg(rootfs.path())));
    assert_eq!(test_kit::names(rootfs.path()).len(), 5);
}
