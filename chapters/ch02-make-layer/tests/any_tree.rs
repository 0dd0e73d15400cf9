//! The layer of any tree is what GNU tar makes of it.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use test_kit::{Numbers, gnu_tar, have, run, succeed, temporary};

/// A name that is new by its number; some are longer than a header has room for, some are not UTF-8.
fn name(numbers: &mut Numbers, number: usize) -> OsString {
    let mut bytes =
        format!("{}{number}", ["a", "a-", "B", ".", "a b", "\u{e9}", "~", "a\n"][numbers.below(8)]).into_bytes();
    match numbers.below(8) {
        0 => bytes.resize(80 + numbers.below(40), b'x'),
        1 => bytes.resize(200 + numbers.below(55), b'y'),
        // macOS takes only names that are UTF-8.
        2 if cfg!(target_os = "linux") => bytes.extend([0xff, 0x80]),
        _ => {}
    }
    OsString::from_vec(bytes)
}

fn tar_command(rootfs: &Path) -> Command {
    let mut tar = Command::new(gnu_tar());
    tar.args(["--sort=name", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner", "--mode=go=u-w", "-C"]);
    tar.arg(rootfs);
    tar
}

/// A tree of all kinds of entries in `root`.
fn grow(root: &Path, seed: u64) {
    let mut numbers = Numbers(seed);
    let mut directories = vec![root.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    for number in 0..60 {
        let parent = directories[numbers.below(directories.len())].clone();
        let path = parent.join(name(&mut numbers, number));
        // Neither every file system nor every call takes a path of any length.
        if path.as_os_str().len() > 900 {
            continue;
        }
        match numbers.below(10) {
            0 | 1 => {
                fs::create_dir(&path).unwrap();
                directories.push(path.clone());
            }
            2 => symlink("x".repeat(numbers.below(150) + 1), &path).unwrap(),
            3 => symlink(path.file_name().unwrap(), &path).unwrap(),
            4 if !files.is_empty() => fs::hard_link(&files[numbers.below(files.len())], &path).unwrap(),
            5 => drop(succeed(Command::new("mkfifo").arg("--").arg(&path))),
            6 if path.as_os_str().len() < 100 => drop(UnixListener::bind(&path).unwrap()),
            _ => {
                let size = [0, 1, 511, 512, 513, 10_000, 70_000][numbers.below(7)];
                fs::write(&path, vec![number as u8; size]).unwrap();
                files.push(path.clone());
            }
        }
        let mode = [0o644, 0o600, 0o755, 0o4755, 0o6711, 0o1777, 0o7777, 0o700][numbers.below(8)];
        if !path.is_symlink() {
            // Without these, only root could make anything in a directory, or read it.
            let mode = if path.is_dir() { mode | 0o700 } else { mode };
            // Some systems give some of these bits to root only; any mode will do.
            let _ = fs::set_permissions(&path, PermissionsExt::from_mode(mode));
        }
    }
}

#[test]
fn random_trees() {
    if !have(&["GNU tar", "gzip", "mkfifo"]) {
        return;
    }
    for seed in 0..40 {
        let (work, root) = (temporary(), temporary());
        grow(root.path(), seed);
        for (epoch, keep_modes) in [("0", false), ("9999999999", true)] {
            let reference = work.path().join("reference.tar");
            let mut tar = tar_command(root.path());
            if keep_modes {
                tar = Command::new(gnu_tar());
                tar.args(["--sort=name", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner", "-C"])
                    .arg(root.path());
            }
            succeed(tar.arg(format!("--mtime=@{epoch}")).arg("-cf").arg(&reference).arg("."));
            let mut ch02 = Command::new(env!("CARGO_BIN_EXE_ch02-make-layer"));
            ch02.arg(root.path()).arg("-o").arg(work.path()).env("SOURCE_DATE_EPOCH", epoch);
            succeed(ch02.args(keep_modes.then_some("--keep-modes")));
            println!("seed {seed}, SOURCE_DATE_EPOCH {epoch}");
            explain_diff::assert_same(&work.path().join("layer.tar"), &reference);
            assert_eq!(gunzip(&work.path().join("layer.tar.gz")), fs::read(&reference).unwrap(), "seed {seed}");
        }
    }
}

fn gunzip(path: &Path) -> Vec<u8> {
    Command::new("gzip").arg("-dc").arg(path).output().unwrap().stdout
}

/// Root alone may make devices, so this one says when it does not run.
#[test]
fn devices() {
    let root = temporary();
    let null = root.path().join("null");
    let made = ["c 1 3", "b 7 300"]
        .iter()
        .zip([&null, &root.path().join("loop")])
        .all(|(kind, path)| run(Command::new("mknod").arg(path).args(kind.split(' '))).code == Some(0));
    if !made {
        test_kit::skip("only root may make devices");
        return;
    }
    let work = temporary();
    let reference = work.path().join("reference.tar");
    succeed(tar_command(root.path()).arg("--mtime=@0").arg("-cf").arg(&reference).arg("."));
    succeed(Command::new(env!("CARGO_BIN_EXE_ch02-make-layer")).arg(root.path()).arg("-o").arg(work.path()));
    explain_diff::assert_same(&work.path().join("layer.tar"), &reference);
}

#[test]
fn a_socket_is_left_out_with_a_warning() {
    let (root, work) = (temporary(), temporary());
    let socket = root.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let ran = run(Command::new(env!("CARGO_BIN_EXE_ch02-make-layer")).arg(root.path()).arg("-o").arg(work.path()));
    assert_eq!(ran.stderr, format!("warning: {}: socket ignored\n", socket.display()));
    assert_eq!(ran.code, Some(0));
}

/// Takes so many bytes, and then no more.
#[derive(Debug)]
struct Beginning {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() >= self.limit {
            return Err(io::Error::other("enough"));
        }
        self.bytes.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The size of a file of more than 8 GiB does not fit into eleven octal digits. The file has a hole instead of bytes.
#[test]
fn a_file_of_nine_gibibytes() {
    if !have(&["GNU tar", "sh"]) {
        return;
    }
    let root = temporary();
    File::create(root.path().join("large")).unwrap().set_len(9 << 30).unwrap();
    let head = r#""$0" --sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=u-w -C "$1" -cf - . | head -c 1536"#;
    let reference = Command::new("sh").args(["-c", head, gnu_tar()]).arg(root.path()).output().expect("sh").stdout;
    let mut beginning = Beginning { bytes: Vec::new(), limit: 1536 };
    ch02_make_layer::write_archive(root.path(), Default::default(), &mut beginning).expect_err("it is cut short");
    explain_diff::assert_same_bytes("the headers", &beginning.bytes[..1536], &reference);
    assert_eq!(beginning.bytes[512 + 124], 0x80, "base 256");
}
