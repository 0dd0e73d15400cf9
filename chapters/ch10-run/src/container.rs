// ANCHOR: container
use crate::arguments::{Args, Limits, Volume};
use crate::image::FoundImage;
use crate::user::{User, find_user};
use crate::{signals, terminal};
use anyhow::{Context, Result};
use ch04_write_config::{effective, set_env};
use std::path::{Path, PathBuf};

/// Everything that is to be known about a container before there is one.
#[derive(Debug)]
pub struct Container {
    pub rootfs: PathBuf,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    pub user: User,
    pub workdir: String,
    pub hostname: String,
    /// The number of the signal that asks the program to end.
    pub stop_signal: i32,
    pub volumes: Vec<Volume>,
    pub limits: Limits,
    pub read_only: bool,
    /// Whether it gets a terminal.
    pub terminal: bool,
}
// ANCHOR_END: container

// ANCHOR: put_together
/// Puts together what the image says, what the options say, and what is left to the runtime.
pub fn container(args: &Args, image: &FoundImage, rootfs: &Path) -> Result<Container> {
    let effective = effective(&image.config, &args.overrides())?;
    let user = find_user(rootfs, &effective.user)?;
    let hostname = args.hostname.clone().unwrap_or_else(|| image.image.manifest.digest.hex()[..12].to_owned());
    let terminal = terminal::is_there();
    let mut env = effective.env;
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let defaults = [("PATH", path), ("HOSTNAME", &hostname), ("HOME", &user.home), ("TERM", "xterm")];
    for (name, value) in defaults.into_iter().filter(|(name, _)| *name != "TERM" || terminal) {
        if !env.iter().any(|entry| entry.split('=').next() == Some(name)) {
            set_env(&mut env, name, value);
        }
    }
    let mut volumes = args.volume.iter().map(found).collect::<Result<Vec<_>>>()?;
    // One that lies in another comes after it.
    volumes.sort_by_key(|volume| volume.target.matches('/').count());
    Ok(Container {
        rootfs: rootfs.canonicalize().with_context(|| format!("cannot read: {}", rootfs.display()))?,
        command: effective.command,
        env,
        user,
        // An image may leave the slash out.
        workdir: format!("/{}", effective.workdir.trim_start_matches('/')),
        hostname,
        stop_signal: signals::parse(&image.config.stop_signal)?,
        volumes,
        limits: args.limits.clone(),
        read_only: args.read_only,
        terminal,
    })
}

/// The volume with the whole path of its source, which must be there: Docker makes a directory if it is not.
fn found(volume: &Volume) -> Result<Volume> {
    let failed = || format!("cannot use the volume: {}", volume.source.display());
    let source = volume.source.canonicalize().with_context(failed)?;
    Ok(Volume { source, ..volume.clone() })
}
// ANCHOR_END: put_together
