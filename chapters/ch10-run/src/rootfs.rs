// ANCHOR: overlay
use crate::mounts::mount;
use crate::namespaces::refused;
use anyhow::{Context, Result, anyhow};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, umount2};
use nix::sys::stat::Mode;
use nix::unistd::{chdir, fchdir, pivot_root};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;

/// Gives the process the files of `rootfs` as its root. What was the root before is the working directory now.
///
/// An overlay lies between: it shows `rootfs` and takes what the container writes into memory (a tmpfs), which goes with
/// it. The image stays as it is, for the next container. Docker keeps the upper directory on the disk.
pub fn enter(rootfs: &Path) -> Result<()> {
    // No mount from here on reaches the machine, and none of its later ones reaches us.
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    nix::mount::mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .map_err(|errno| refused(errno, "cannot leave the mounts of this machine"))?;
    let image = File::open(rootfs).with_context(|| format!("cannot read: {}", rootfs.display()))?;
    let place = rootfs.to_str().context("the path of the root file system is no UTF-8")?;
    mount("tmpfs", place, "tmpfs", MsFlags::empty(), "mode=700")?;
    // The options take paths from here, so that a comma or colon in the path of `rootfs` is none of theirs.
    chdir(place)?;
    for name in ["upper", "work", "root"] {
        fs::create_dir(name).with_context(|| format!("cannot make the directory {name}"))?;
    }
    copy_mode(&image)?;
    let options = format!("lowerdir=/proc/self/fd/{},upperdir=upper,workdir=work,userxattr", image.as_raw_fd());
    nix::mount::mount(Some("overlay"), "root", Some("overlay"), MsFlags::empty(), Some(options.as_str()))
        .map_err(|errno| no_overlay(errno))?;
    chdir("root")?;
    pivot()
}

/// The root directory of the container is `upper`: it gets the mode of the image's.
fn copy_mode(image: &File) -> Result<()> {
    let permissions = image.metadata()?.permissions();
    fs::set_permissions("upper", permissions).context("cannot set the mode of the root directory")
}

fn no_overlay(errno: Errno) -> anyhow::Error {
    let help = "help: an overlay in a user namespace needs Linux 5.11, and a file system below that it can read";
    anyhow!("cannot lay an overlay over the image: {}\n{help}", errno.desc())
}
// ANCHOR_END: overlay

// ANCHOR: pivot
/// Makes the working directory the root, and the old root the working directory.
///
/// chroot would only change where a path begins: the old root would still be mounted, and a process that may call
/// chroot itself walks back to it. After pivot_root it can be unmounted, and then there is no way, for anybody.
/// The new root covers the old one in its own place (`.` and `.`), so no directory is needed for it.
///
/// From here on an absolute path is the container's, whatever links the image has, and a relative one is this machine's.
fn pivot() -> Result<()> {
    let old = open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    pivot_root(".", ".").context("cannot change the root file system")?;
    Ok(fchdir(old)?)
}

/// Lets go of the machine's files. Nothing is left of them but what was bound into the container.
pub fn leave_the_old() -> Result<()> {
    umount2(".", MntFlags::MNT_DETACH).context("cannot unmount the old root file system")?;
    Ok(chdir("/")?)
}
// ANCHOR_END: pivot
