use crate::user::User;
use anyhow::{Context, Result};
use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, setgroups, setresgid, setresuid};
use rustix::fs::{FileType, fstat};
use std::io::{stderr, stdin, stdout};
use std::os::fd::AsFd;

/// What root may still do in a container, of the 41 things that root can do. Source: moby, profiles and oci/caps.
const KEPT: [Capability; 14] = [
    Capability::CAP_AUDIT_WRITE,
    Capability::CAP_CHOWN,
    Capability::CAP_DAC_OVERRIDE,
    Capability::CAP_FOWNER,
    Capability::CAP_FSETID,
    Capability::CAP_KILL,
    Capability::CAP_MKNOD,
    Capability::CAP_NET_BIND_SERVICE,
    Capability::CAP_NET_RAW,
    Capability::CAP_SETFCAP,
    Capability::CAP_SETGID,
    Capability::CAP_SETPCAP,
    Capability::CAP_SETUID,
    Capability::CAP_SYS_CHROOT,
];

/// Becomes the container's user, with no more rights than that one has.
pub fn drop(user: &User) -> Result<()> {
    // Or else a set-user-ID program would bring rights back.
    prctl::set_no_new_privs()?;
    let kept = CapsHashSet::from(KEPT);
    // The bounding set is what a program can get when it is started, root's too.
    for capability in caps::all().into_iter().filter(|capability| !kept.contains(capability)) {
        caps::drop(None, CapSet::Bounding, capability).context("cannot drop capabilities")?;
    }
    become_user(user)?;
    caps::clear(None, CapSet::Ambient)?;
    caps::clear(None, CapSet::Inheritable)?;
    let left = if user.uid == 0 { kept } else { CapsHashSet::new() };
    caps::set(None, CapSet::Effective, &left).context("cannot drop capabilities")?;
    caps::set(None, CapSet::Permitted, &left).context("cannot drop capabilities")
}

/// The groups first: who has become another user may not choose groups any more.
fn become_user(user: &User) -> Result<()> {
    let failed = || format!("cannot become user {}, group {}", user.uid, user.gid);
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    if !user.mapped_alone {
        let groups: Vec<Gid> = user.groups.iter().copied().map(Gid::from_raw).collect();
        setgroups(&groups).with_context(failed)?;
    }
    for stream in [stdin().as_fd(), stdout().as_fd(), stderr().as_fd()] {
        // Or else it could not open /dev/stdout where that is a pipe.
        if FileType::from_raw_mode(fstat(stream)?.st_mode) == FileType::Fifo {
            let _ = std::os::unix::fs::fchown(stream, Some(user.uid), None);
        }
    }
    setresgid(gid, gid, gid).with_context(failed)?;
    setresuid(uid, uid, uid).with_context(failed)
}
