use crate::mounts::set_read_only;
use anyhow::{Context, Result, bail};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{CWD, MemfdFlags, SealFlags, StatVfsMountFlags};
use rustix::fs::{fcntl_add_seals, fcntl_get_seals, fstatvfs, memfd_create};
use rustix::mount::{OpenTreeFlags as Flags, open_tree};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Starts this program anew from where nobody can write to it, unless that is where it runs.
///
/// An image can name `/proc/self/exe` as its program. What then runs among the container's files is ours, and whoever holds
/// it can write to it when it no longer runs. Since CVE-2019-5736, runc starts itself anew as well.
pub fn run_unwritable() -> Result<()> {
    let program = File::open("/proc/self/exe").context("cannot read this program: /proc/self/exe")?;
    // What lies on a disk has no seals, and says so by an error.
    let sealed = fcntl_get_seals(&program).is_ok_and(|seals| seals.contains(SealFlags::WRITE));
    if sealed || fstatvfs(&program)?.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(nix::sys::prctl::set_name(c"ch10-run")?);
    }
    let unwritable = read_only_view().or_else(|_| sealed_copy(program))?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(path_of(&unwritable));
    let error = command.arg0(arguments.next().unwrap_or_default()).args(arguments).exec();
    bail!("cannot start this program anew: {error}\nhelp: if memory may run nothing: sudo sysctl vm.memfd_noexec=1")
}

fn path_of(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// The same file in a mount of its own, which has no place in any directory. Only root can make one.
fn read_only_view() -> Result<OwnedFd> {
    let view = open_tree(CWD, "/proc/self/exe", Flags::OPEN_TREE_CLONE | Flags::OPEN_TREE_CLOEXEC)?;
    set_read_only(&path_of(&view), false)?;
    Ok(view)
}

/// A copy in memory. Nobody writes to what is sealed, root neither.
fn sealed_copy(mut program: File) -> Result<OwnedFd> {
    let failed = "cannot copy this program to memory";
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Linux before 6.3 does not know EXEC: there, everything in memory can be run.
    let made = memfd_create("ch10-run", flags | MemfdFlags::EXEC).or_else(|_| memfd_create("ch10-run", flags));
    let mut copy = File::from(made.context(failed)?);
    std::io::copy(&mut program, &mut copy).context(failed)?;
    fcntl_add_seals(&copy, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL).context(failed)?;
    Ok(copy.into())
}
