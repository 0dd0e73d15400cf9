//! The layer of the hello image is the reference, byte for byte.

use std::fs;
use std::process::Command;
use test_kit::{repository, run, succeed, temporary};

fn ch02() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch02-make-layer"))
}

#[test]
fn makes_the_reference() {
    let out = temporary();
    succeed(ch02().arg("-o").arg(out.path()));
    for name in ["layer.tar", "layer.tar.gz"] {
        explain_diff::assert_same(&out.path().join(name), &repository("fixtures/hello/reference").join(name));
    }
    assert_eq!(test_kit::names(out.path()), ["layer.tar", "layer.tar.gz"], "nothing else is left");
}

#[test]
fn prints_paths_and_sizes() {
    let out = temporary();
    let stdout = succeed(ch02().current_dir(out.path()));
    insta::assert_snapshot!(stdout.replace('\\', "/"));
}

#[test]
fn another_run_replaces_the_first() {
    let out = temporary();
    fs::write(out.path().join("layer.tar"), "an earlier one").unwrap();
    succeed(ch02().arg("-o").arg(out.path()));
    let reference = repository("fixtures/hello/reference/layer.tar");
    explain_diff::assert_same(&out.path().join("layer.tar"), &reference);
}

#[test]
fn source_date_epoch_is_the_time_of_every_entry() {
    let out = temporary();
    succeed(ch02().arg("-o").arg(out.path()).env("SOURCE_DATE_EPOCH", "1000000000"));
    let differences =
        explain_diff::explain(&out.path().join("layer.tar"), &repository("fixtures/hello/reference/layer.tar"))
            .unwrap();
    let expected = "modification time: yours 2001-09-09T01:46:40Z, reference 1970-01-01T00:00:00Z";
    assert!(differences[..3].iter().all(|line| line.contains(expected)), "{differences:#?}");
    assert_eq!(differences[3..], ["modification time: so in 4 more entries"]);
}

/// A header as `xxd` shows it, for the reader of chapter 2.
#[test]
fn the_header_of_the_hello_program() {
    let layer = fs::read(repository("fixtures/hello/reference/layer.tar")).unwrap();
    let header = layer.chunks(512).find(|block| block.starts_with(b"./hello\0")).unwrap();
    let rows = header.chunks(16).enumerate().filter(|(_, row)| row.iter().any(|byte| *byte != 0));
    let rows: Vec<String> = rows.map(|(index, row)| format!("{:03x}  {}", index * 16, row.escape_ascii())).collect();
    insta::assert_snapshot!(rows.join("\n"));
}

#[test]
fn help_has_an_example() {
    let help = run(ch02().arg("--help"));
    assert!(help.stdout.contains("Example:\n  cargo run -p ch02-make-layer"), "{}", help.stdout);
    assert_eq!(help.code, Some(0));
}

/// Whoever clones this repository has a umask, and so other modes.
#[cfg(unix)]
#[test]
fn the_umask_does_not_matter() {
    use std::os::unix::fs::PermissionsExt;
    let source = repository("fixtures/hello/rootfs");
    for umask in [0o077, 0o022, 0o002] {
        let (rootfs, out) = (test_kit::temporary(), temporary());
        for directory in ["", "etc", "srv", "srv/www"] {
            fs::create_dir_all(rootfs.path().join(directory)).unwrap();
            fs::set_permissions(rootfs.path().join(directory), PermissionsExt::from_mode(0o777 & !umask)).unwrap();
        }
        for (file, mode) in [("hello", 0o777), ("etc/motd", 0o666), ("srv/www/index.html", 0o666)] {
            fs::copy(source.join(file), rootfs.path().join(file)).unwrap();
            fs::set_permissions(rootfs.path().join(file), PermissionsExt::from_mode(mode & !umask)).unwrap();
        }
        succeed(ch02().arg(rootfs.path()).arg("-o").arg(out.path()));
        let reference = repository("fixtures/hello/reference/layer.tar");
        explain_diff::assert_same(&out.path().join("layer.tar"), &reference);
    }
}
