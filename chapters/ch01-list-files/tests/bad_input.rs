//! Each bad input, and its exact message.

use std::fs;
use std::process::Command;
use test_kit::{fails, repository};

fn ch01() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch01-list-files"))
}

/// How this system says that there is no such file.
fn no_such_file() -> String {
    fs::metadata("no/such/file").unwrap_err().to_string()
}

#[test]
fn a_missing_rootfs() {
    let error = format!("error: cannot read the root file system: no/such: {}", no_such_file());
    fails(ch01().arg("no/such"), 1, &error);
}

#[test]
fn a_file_instead_of_a_directory() {
    let file = repository("fixtures/hello/rootfs/hello");
    let error = format!("error: cannot read the root file system: {}: it is not a directory", file.display());
    fails(ch01().arg(&file), 1, &error);
}

#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_directory() {
    use std::os::unix::fs::PermissionsExt;
    if !test_kit::have(&["setpriv"]) {
        return;
    }
    let rootfs = test_kit::temporary();
    let secret = rootfs.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("kept"), "kept").unwrap();
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    let error = format!("error: cannot read the directory: {}: Permission denied (os error 13)", secret.display());
    fails(&mut test_kit::unprivileged(ch01().arg(rootfs.path())), 1, &error);
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(fs::read(secret.join("kept")).unwrap(), b"kept");
}

#[cfg(windows)]
#[test]
fn a_name_that_no_archive_can_hold() {
    use std::os::windows::ffi::OsStringExt;
    let rootfs = test_kit::temporary();
    let half_a_character = std::ffi::OsString::from_wide(&[0xd800]);
    if fs::write(rootfs.path().join(&half_a_character), "kept").is_err() {
        println!("skipped: this file system holds no such name either");
        return;
    }
    let error = "error: cannot store the name in an archive: \u{fffd}: it is not valid Unicode";
    fails(ch01().arg(rootfs.path()), 1, error);
    assert_eq!(fs::read(rootfs.path().join(&half_a_character)).unwrap(), b"kept");
}
