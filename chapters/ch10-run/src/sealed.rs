use anyhow::{Context, Result, bail};
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, memfd_create};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Starts this program anew from a copy of itself in memory, unless it is that copy.
///
/// An image can name `/proc/self/exe` as its program. What then runs among the container's files is ours, and whoever holds
/// it can write to it when it no longer runs. The copy is sealed: nobody ever writes to it, root included. runc does the
/// same, since CVE-2019-5736.
pub fn run_from_memory() -> Result<()> {
    let mut program = File::open("/proc/self/exe").context("cannot read this program: /proc/self/exe")?;
    // Files on a disk have no seals, and say so by an error.
    if fcntl_get_seals(&program).is_ok_and(|seals| seals.contains(SealFlags::WRITE)) {
        return Ok(nix::sys::prctl::set_name(c"ch10-run")?);
    }
    let failed = "cannot copy this program to memory";
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Linux before 6.3 does not know EXEC: there, everything in memory can be run.
    let made = memfd_create("ch10-run", flags | MemfdFlags::EXEC).or_else(|_| memfd_create("ch10-run", flags));
    let mut copy = File::from(made.context(failed)?);
    std::io::copy(&mut program, &mut copy).context(failed)?;
    fcntl_add_seals(&copy, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL).context(failed)?;
    let mut arguments = std::env::args_os();
    let mut command = Command::new(format!("/proc/self/fd/{}", copy.as_raw_fd()));
    let error = command.arg0(arguments.next().unwrap_or_default()).args(arguments).exec();
    let help = "help: where that is forbidden, it is allowed by: sudo sysctl vm.memfd_noexec=1";
    bail!("cannot start this program from memory: {error}\n{help}")
}
