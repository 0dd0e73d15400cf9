// ANCHOR: find
use crate::arguments::Args;
use crate::signals::{expect_children, wait};
use anyhow::{Context, Result};
use ch03_digest::Platform;
use ch04_write_config::ContainerConfig;
use ch05_write_manifest::Reference;
use ch08_pull::{Image, open_layout, pull_hello, pull_reference, read_document};
use ch09_unpack::{MAX_SIZE, Options, is_unpacked};
use nix::sys::signal::Signal;
use nix::unistd::{ForkResult, fork};
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use std::fs::File;
use std::io::stderr;
use std::path::{Path, PathBuf};
use workbench::OutDir;

/// An image in a layout, and what it says about running it.
#[derive(Debug)]
pub struct FoundImage {
    pub layout: PathBuf,
    pub image: Image,
    pub config: ContainerConfig,
}

/// The image that the arguments name: the one in a layout, or one that is pulled into one.
pub fn find_image(args: &Args) -> Result<FoundImage> {
    let layout = match &args.image {
        // No reference begins like that.
        Some(path) if path.starts_with(['.', '/']) || Path::new(path).join("oci-layout").is_file() => path.into(),
        name => {
            let reference = name.as_deref().map(str::parse).transpose()?;
            apart(|| pull(reference.as_ref(), args.platform.as_ref(), &args.out))?;
            args.out.join("oci")
        }
    };
    let image = open_layout(&layout, args.platform.as_ref())?;
    let config = parse_config(&read_document(&layout, &image.config)?)?;
    Ok(FoundImage { layout, image, config })
}

/// Pulls as chapter 8 does. What it tells goes to standard error: standard output is the container's.
fn pull(reference: Option<&Reference>, platform: Option<&Platform>, out: &Path) -> Result<()> {
    let out = OutDir::create(out, &workbench::hello_rootfs())?;
    match reference {
        Some(reference) => pull_reference(reference, platform, false, &out, &mut stderr()),
        None => pull_hello(platform, false, &out, &mut stderr()),
    }
    .map(drop)
}

/// Reads `config` of an image's configuration. Go writes an empty list as null; it says as little as no list.
fn parse_config(bytes: &[u8]) -> Result<ContainerConfig> {
    let mut document: Value = serde_json::from_slice(bytes).context("malformed configuration")?;
    let Some(Value::Object(fields)) = document.get_mut("config") else { return Ok(ContainerConfig::default()) };
    fields.retain(|_, value| !value.is_null());
    serde_json::from_value(Value::Object(std::mem::take(fields))).context("malformed configuration")
}
// ANCHOR_END: find

// ANCHOR: unpack
/// Unpacks the image to DIR/rootfs as chapter 9 does, unless that is done already, and returns that place.
///
/// As long as the file that comes with it is open, chapter 9 puts no other image there: a container runs in these files.
pub fn unpack(found: &FoundImage, out: &Path) -> Result<(PathBuf, File)> {
    let rootfs = out.join("rootfs");
    let _alone = lock(out)?;
    if !is_unpacked(&rootfs, &found.image.manifest.digest) {
        let options = Options { rootless: !crate::namespaces::may_map(), max_size: MAX_SIZE };
        apart(|| ch09_unpack::unpack(&found.layout, &found.image, &rootfs, &options, &mut stderr()))?;
    }
    let failed = || format!("cannot lock: {}", rootfs.display());
    let in_use = File::open(&rootfs).with_context(failed)?;
    flock(&in_use, FlockOperation::LockShared).with_context(failed)?;
    Ok((rootfs, in_use))
}

/// Waits until no other process unpacks into `out`. The lock goes with the file, and with this process.
fn lock(out: &Path) -> Result<File> {
    if !out.is_dir() {
        apart(|| OutDir::create(out, &workbench::hello_rootfs()).map(drop))?;
    }
    let failed = || format!("cannot lock: {}", out.display());
    let directory = File::open(out).with_context(failed)?;
    flock(&directory, FlockOperation::LockExclusive).with_context(failed)?;
    Ok(directory)
}

/// Does some work in a process of its own, and ends this one if it fails.
///
/// Downloads and Ctrl-C have threads, and [`crate::run`] needs a process that has none besides its own.
fn apart(work: impl FnOnce() -> Result<()>) -> Result<()> {
    expect_children();
    // SAFETY: this process has one thread, so the copy has all it needs.
    let child = match unsafe { fork() }.context("cannot start a process")? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            // It does not go on alone if this process is killed.
            let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGTERM);
            std::process::exit(work().map_or_else(crate::init::report, |()| 0))
        }
    };
    loop {
        match wait(child.as_raw(), 0)? {
            Some((_, 0)) => return Ok(()),
            Some((_, code)) => std::process::exit(code),
            None => {}
        }
    }
}
// ANCHOR_END: unpack
