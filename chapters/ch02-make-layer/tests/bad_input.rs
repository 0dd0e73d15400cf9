//! Each bad input, its exact message, and what is still there afterwards.

use ch02_make_layer::{Options, write_archive};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use test_kit::{fails, names, refuses, temporary};

fn ch02() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch02-make-layer"))
}

#[test]
fn a_missing_rootfs_leaves_the_earlier_layer() {
    let out = temporary();
    fs::write(out.path().join("layer.tar"), "an earlier one").unwrap();
    let why = fs::metadata("no/such").unwrap_err();
    let error = format!("error: cannot read the root file system: no/such: {why}");
    fails(ch02().arg("no/such").arg("-o").arg(out.path()), 1, &error);
    assert_eq!(fs::read(out.path().join("layer.tar")).unwrap(), b"an earlier one");
    assert_eq!(names(out.path()), ["layer.tar"]);
}

#[test]
fn an_output_directory_inside_the_rootfs() {
    let rootfs = temporary();
    let out = rootfs.path().join("a/b");
    let error = format!(
        "error: cannot write to the output directory: {}: it lies inside the root file system, which would then hold itself\n\
         help: choose a directory elsewhere with --out",
        out.display()
    );
    fails(ch02().arg(rootfs.path()).arg("-o").arg(&out), 1, &error);
    assert_eq!(names(rootfs.path()), [""; 0], "nothing was made in it");
}

#[test]
fn an_output_directory_that_is_a_file() {
    let work = temporary();
    let file = work.path().join("file");
    fs::write(&file, "kept").unwrap();
    let why = fs::create_dir_all(&file).unwrap_err();
    let error = format!("error: cannot write to the output directory: {}: {why}", file.display());
    fails(ch02().arg("-o").arg(&file), 1, &error);
    assert_eq!(fs::read(&file).unwrap(), b"kept");
}

#[test]
fn a_directory_where_the_layer_should_go() {
    let out = temporary();
    let place = out.path().join("layer.tar");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("work"), "kept").unwrap();
    let error = format!(
        "error: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out",
        place.display()
    );
    fails(ch02().arg("-o").arg(out.path()), 1, &error);
    assert_eq!(fs::read(place.join("work")).unwrap(), b"kept");
}

#[test]
fn a_time_that_is_none() {
    let out = temporary();
    for value in ["yesterday", "-1", "253402300800", ""] {
        let error =
            format!("error: cannot use SOURCE_DATE_EPOCH: {value}: it is not a number of seconds up to 253402300799");
        fails(ch02().arg("-o").arg(out.path()).env("SOURCE_DATE_EPOCH", value), 1, &error);
    }
    assert_eq!(names(out.path()), [""; 0]);
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::*;
    use ch02_make_layer::write_layer;
    use std::fs::File;
    use std::os::unix::fs::PermissionsExt;
    use test_kit::{have, repository, unprivileged};

    #[test]
    fn an_unreadable_file() {
        if !have(&["setpriv"]) {
            return;
        }
        let (rootfs, out) = (temporary(), temporary());
        let secret = rootfs.path().join("secret");
        fs::write(&secret, "kept").unwrap();
        fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
        let error = format!("error: cannot read: {}: Permission denied (os error 13)", secret.display());
        fails(&mut unprivileged(ch02().arg(rootfs.path()).arg("-o").arg(out.path())), 1, &error);
        assert_eq!(names(out.path()), [""; 0]);
    }

    #[test]
    fn an_output_directory_that_cannot_be_written() {
        if !have(&["setpriv"]) {
            return;
        }
        let out = temporary();
        fs::write(out.path().join("layer.tar"), "an earlier one").unwrap();
        fs::set_permissions(out.path(), PermissionsExt::from_mode(0o500)).unwrap();
        let error = format!(
            "error: cannot write to the output directory: {}: Permission denied (os error 13)",
            out.path().display()
        );
        fails(&mut unprivileged(ch02().arg("-o").arg(out.path())), 1, &error);
        assert_eq!(fs::read(out.path().join("layer.tar")).unwrap(), b"an earlier one");
    }

    /// A file system of 8 KiB, in a mount namespace of its own.
    #[test]
    fn a_full_disk() {
        if !have(&["unshare", "mount"]) {
            return;
        }
        let out = temporary();
        let disk = out.path().display();
        let program = env!("CARGO_BIN_EXE_ch02-make-layer");
        let script = format!("mount -t tmpfs -o size=8k tmpfs {disk} && {program} -o {disk}; echo $? $(ls -A {disk})");
        let ran = test_kit::run(Command::new("unshare").args(["-rm", "sh", "-c", &script]));
        if ran.stderr.starts_with("unshare:") {
            test_kit::skip(&format!("this user may not make namespaces: {}", ran.stderr));
            return;
        }
        assert_eq!(ran.stderr, "error: cannot write: layer.tar: No space left on device (os error 28)\n");
        assert_eq!(ran.stdout, "1\n", "exit code 1, and nothing left on the disk");
    }

    #[test]
    fn either_output_on_a_full_disk() {
        let rootfs = repository("fixtures/hello/rootfs");
        let full = || File::options().write(true).open("/dev/full").unwrap();
        let error = write_layer(&rootfs, Options::default(), full(), Vec::new()).unwrap_err();
        refuses(error, "cannot write: layer.tar: No space left on device (os error 28)");
        let error = write_layer(&rootfs, Options::default(), Vec::new(), full()).unwrap_err();
        refuses(error, "cannot write: layer.tar.gz: No space left on device (os error 28)");
    }

    /// Ctrl-C leaves nothing half-done: the earlier layer stays, and no other file.
    #[test]
    fn an_interrupted_run() {
        use std::io::{BufRead, BufReader};
        use std::process::Stdio;
        if !have(&["mkfifo", "kill"]) {
            return;
        }
        let (rootfs, out) = (temporary(), temporary());
        fs::write(out.path().join("layer.tar"), "an earlier one").unwrap();
        // So large that it is not finished when the signal arrives: a hole of 60 GiB.
        File::create(rootfs.path().join("large")).unwrap().set_len(60 << 30).unwrap();
        let mut child = ch02().arg(rootfs.path()).arg("-o").arg(out.path()).stdout(Stdio::piped()).spawn().unwrap();
        while names(out.path()).len() < 2 {
            std::thread::yield_now();
        }
        // The handler is set right after the directory is made; the layer is begun after that.
        let staging = out.path().join(&names(out.path())[0]);
        while names(&staging).is_empty() {
            std::thread::yield_now();
        }
        test_kit::succeed(Command::new("kill").args(["-INT", &child.id().to_string()]));
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(BufReader::new(child.stdout.unwrap()).lines().count(), 0);
        assert_eq!(names(out.path()), ["layer.tar"]);
        assert_eq!(fs::read(out.path().join("layer.tar")).unwrap(), b"an earlier one");
    }
}

/// Changes the length of a file when the first byte of the archive is written: its header is made by then.
struct Meddler {
    file: PathBuf,
    length: u64,
}

impl Write for Meddler {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        OpenOptions::new().write(true).open(&self.file)?.set_len(self.length)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_file_that_changes_while_it_is_read() {
    for (length, change) in [(10, "it shrank from 1000 to 10 bytes"), (2000, "it grew beyond 1000 bytes")] {
        let rootfs = temporary();
        let file = rootfs.path().join("log");
        fs::write(&file, [b'x'; 1000]).unwrap();
        // The header of `log` has been written when the meddler sees it, so the file has 1000 bytes until then.
        let after_header = AfterHeader { seen: 0, meddler: Meddler { file: file.clone(), length } };
        let error = write_archive(rootfs.path(), Options::default(), after_header).err().unwrap();
        refuses(error, &format!("cannot archive: {}: {change} while it was read", file.display()));
    }
}

/// Lets the headers of `./` and of the file pass, and then the meddler at work.
struct AfterHeader {
    seen: usize,
    meddler: Meddler,
}

impl Write for AfterHeader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.seen += bytes.len();
        if self.seen == 1024 {
            return self.meddler.write(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
