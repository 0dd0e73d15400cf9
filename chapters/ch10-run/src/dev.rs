use crate::mounts::{DATA_ONLY, bind_read_only, mount};
use anyhow::{Context, Result};
use nix::mount::MsFlags;
use std::fs::File;
use std::os::unix::fs::symlink;

/// The devices that every program may expect. None of them leads to hardware.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Other names for what a process has open.
const LINKS: [(&str, &str); 6] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
    ("/proc/kcore", "/dev/core"),
    ("pts/ptmx", "/dev/ptmx"),
];

/// Makes /dev. Source: the OCI runtime-spec, config-linux.md, "Default Devices" and "Default filesystems".
///
/// In a user namespace nobody makes devices, because a device is power over the machine: the machine's own are bound. One
/// can write to a device on a read-only mount, but not change whose it is and who may use it.
pub fn mount_dev(mapped_alone: bool) -> Result<()> {
    mount("tmpfs", "/dev", "tmpfs", MsFlags::MS_NOSUID | MsFlags::MS_STRICTATIME, "mode=755,size=65536k")?;
    for name in DEVICES {
        let target = format!("/dev/{name}");
        File::create(&target).with_context(|| format!("cannot make: {target}"))?;
        bind_read_only(&format!("dev/{name}"), &target)?;
    }
    for (target, link) in LINKS {
        symlink(target, link).with_context(|| format!("cannot make: {link}"))?;
    }
    // Terminals of the container's own. Their group is tty, number 5, where the container has such a number.
    let group = if mapped_alone { "" } else { ",gid=5" };
    let options = format!("newinstance,ptmxmode=0666,mode=0620{group}");
    mount("devpts", "/dev/pts", "devpts", MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC, &options)?;
    mount("shm", "/dev/shm", "tmpfs", DATA_ONLY, "mode=1777,size=65536k")?;
    mount("mqueue", "/dev/mqueue", "mqueue", DATA_ONLY, "")
}
