// ANCHOR: clone
use crate::user::User;
use anyhow::{Context, Error, Result, anyhow};
use caps::{CapSet, Capability};
use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Pid, getegid, geteuid};
use std::fs;

/// Starts the first process of a container as a copy of this one, in namespaces of its own, and returns its number;
/// in the copy, `None`.
///
/// The kernel makes the user namespace first, and the others belong to it: what the process may do there, it may do
/// inside only. A namespace lives as long as a process is in it, so nothing of this needs to be undone.
pub fn clone() -> Result<Option<Pid>> {
    let namespaces = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWNET;
    let flags = namespaces.bits() | libc::SIGCHLD;
    // SAFETY: without CLONE_VM and a stack it is a fork. This process has one thread, so the copy has all it needs.
    let pid = unsafe { libc::syscall(libc::SYS_clone, libc::c_long::from(flags), 0, 0, 0, 0) };
    match Errno::result(pid) {
        Ok(0) => Ok(None),
        Ok(pid) => Ok(Some(Pid::from_raw(pid as i32))),
        Err(errno) => Err(refused(errno, "cannot make namespaces")),
    }
}
// ANCHOR_END: clone

// ANCHOR: map_ids
/// Says which users there are in the user namespace of `init`, and who they are outside of it.
///
/// Who may give rights away maps every number to itself: files keep their owners, and root inside is root without
/// power, because power belongs to a namespace. Everybody else may map one number, which is then himself. Docker's
/// daemon is root; rootless tools ask newuidmap, a program with that right, for some more numbers.
pub fn map_ids(init: Pid, user: &User) -> Result<()> {
    let (uids, gids) = match user.mapped_alone {
        true => (format!("{} {} 1", user.uid, geteuid()), format!("{} {} 1", user.gid, getegid())),
        false => (same("/proc/self/uid_map")?, same("/proc/self/gid_map")?),
    };
    let write = |file: &str, text: &str| fs::write(format!("/proc/{init}/{file}"), text);
    let all = || {
        if user.mapped_alone {
            // Or else a process could leave a group that is denied a file which others may read.
            write("setgroups", "deny")?;
        }
        write("gid_map", &gids).and_then(|()| write("uid_map", &uids))
    };
    all().map_err(|error| refused(Errno::from_raw(error.raw_os_error().unwrap_or(0)), "cannot map users"))
}

/// The map that leaves every number of this namespace as it is. Lines are: first inside, first outside, how many.
fn same(file: &str) -> Result<String> {
    let map = fs::read_to_string(file).with_context(|| format!("cannot read: {file}"))?;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        format!("{0} {0} {1}\n", fields[0], fields[2])
    };
    Ok(map.lines().map(line).collect())
}

/// Whether we may map more users than ourselves. In a namespace of one user, we may not.
pub fn may_map() -> bool {
    if fs::read_to_string("/proc/self/setgroups").is_ok_and(|setting| setting.trim() == "deny") {
        return false;
    }
    let needed = [Capability::CAP_SETUID, Capability::CAP_SETGID, Capability::CAP_SETFCAP];
    needed.into_iter().all(|capability| caps::has_cap(None, CapSet::Effective, capability).unwrap_or(false))
}
// ANCHOR_END: map_ids

// ANCHOR: enter
/// What is left to do within the namespaces: the cgroup that we are in by now becomes the root of those that the
/// container sees, the machine gets its name, and the network its loopback.
pub fn enter(hostname: &str) -> Result<()> {
    unshare(CloneFlags::CLONE_NEWCGROUP).context("cannot make a cgroup namespace")?;
    nix::unistd::sethostname(hostname).context("cannot set the host name")?;
    loopback_up().context("cannot switch the loopback network on")
}

/// `ip link set lo up`: a new network namespace has no other interface, and this one is off.
fn loopback_up() -> std::io::Result<()> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
    // SAFETY: all zeros is a valid ifreq, and the kernel reads no more than that.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[..2].copy_from_slice(&[b'l' as libc::c_char, b'o' as libc::c_char]);
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let socket = std::os::fd::AsRawFd::as_raw_fd(&socket);
        Errno::result(libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &request))?;
    }
    Ok(())
}
// ANCHOR_END: enter

// ANCHOR: refused
/// The error of a kernel that refuses namespaces, with the setting that makes it do so. Systems differ in it.
pub fn refused(errno: Errno, what: &str) -> Error {
    let setting = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let help = if setting("/proc/sys/user/max_user_namespaces") == "0" {
        "help: this machine allows no user namespaces: sudo sysctl user.max_user_namespaces=10000"
    } else if setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" && !geteuid().is_root() {
        "help: this machine allows them to root only: sudo sysctl kernel.unprivileged_userns_clone=1"
    } else if setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && !geteuid().is_root() {
        "help: AppArmor keeps rights from them: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    } else {
        "help: inside a container or sandbox this needs its permission: docker run --privileged, for example"
    };
    anyhow!("{what}: {}\n{help}", errno.desc())
}
// ANCHOR_END: refused
