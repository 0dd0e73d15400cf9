// ANCHOR: head
//! Chapter 10: run it.
//!
//! A container is a process that the kernel shows another system: its own files, its own process numbers, its own host
//! name, its own network. There is no call that makes one. [`run`] puts it together from the calls that there are, and
//! [`inside`] is what the first process of the container does before it starts the program.
#![cfg(target_os = "linux")]

mod arguments;
mod cgroup;
mod cleaner;
mod container;
mod dev;
mod image;
mod init;
mod mounts;
mod namespaces;
mod privileges;
mod rootfs;
mod seccomp;
mod show_config;
mod signals;
mod terminal;
mod unwritable;
mod user;

pub use arguments::{Args, Limits, Volume};
pub use container::{Container, container};
pub use image::{find_image, unpack};
pub use show_config::show_config;
pub use unwritable::run_unwritable;
pub use user::{User, find_user};

use anyhow::{Context, Result};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use std::io::{PipeReader, Read, Write, stderr};
// ANCHOR_END: head

// ANCHOR: run
/// Runs the container to its end, and returns the exit code of its program: 128 and the signal's number if one ended it.
///
/// This process stays outside. It must have no second thread: a copy of a process has only the thread that made it.
pub fn run(container: &Container) -> Result<i32> {
    let signals = signals::block()?;
    let cgroup = cgroup::Cgroup::create(&container.limits)?;
    let terminal = container.terminal.then(terminal::raw).transpose()?;
    let (ready, mut go) = std::io::pipe()?;
    let Some(init) = namespaces::clone()? else {
        // The copy: process 1 of the container. Only its parent can let it go on, and if that dies, so does this.
        drop(go);
        std::process::exit(inside(container, ready, signals).unwrap_or_else(init::report));
    };
    drop(ready);
    namespaces::map_ids(init, &container.user)?;
    cgroup.as_ref().map_or(Ok(()), |cgroup| cgroup.add(init))?;
    go.write_all(b"!").context("cannot start the container")?;
    let code = signals::forward_until_exit(&signals, init, container.stop_signal)?;
    drop(terminal);
    if let (Some(limit), Some(true)) = (container.limits.memory, cgroup.map(|cgroup| cgroup.out_of_memory())) {
        let told = "the container had no memory left, and the kernel ended a process of it";
        let _ = writeln!(stderr(), "{told}: the limit is {limit} bytes");
    }
    Ok(code)
}
// ANCHOR_END: run

// ANCHOR: inside
/// What process 1 of the container does: it shuts the doors, one after the other, and starts the program.
fn inside(container: &Container, mut ready: PipeReader, signals: nix::sys::signalfd::SignalFd) -> Result<i32> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    if ready.read_exact(&mut [0]).is_err() {
        // The parent is gone, or has told why it goes no further.
        return Ok(1);
    }
    if !container.terminal {
        // A signal to our whole job, as Ctrl-C sends it, would reach the program twice: we pass on the one to our parent.
        nix::unistd::setsid()?;
    }
    // What is made from here on can be read by all in the container, whatever its caller has set for himself.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    namespaces::enter(&container.hostname)?;
    let volumes = mounts::copy_volumes(&container.volumes)?;
    rootfs::enter(&container.rootfs)?;
    dev::mount_dev(container.user.mapped_alone)?;
    mounts::mount_sys()?;
    mounts::mount_volumes(&container.volumes, volumes)?;
    mounts::mount_proc()?;
    mounts::mask()?;
    rootfs::pivot()?;
    mounts::make_workdir(&container.workdir)?;
    if container.read_only {
        mounts::set_read_only("/", false)?;
    }
    privileges::drop(&container.user)?;
    seccomp::filter()?;
    init::start(container, &ready, &signals)
}
// ANCHOR_END: inside
