// ANCHOR: overlay
use crate::mounts::mount;
use crate::namespaces::refused;
use anyhow::{Context, Result, anyhow};
use nix::fcntl::{OFlag, open};
use nix::mount::{MntFlags, MsFlags, umount2};
use nix::sys::stat::Mode;
use nix::unistd::{chdir, chroot, close, fchdir, pivot_root};
use std::fs::{self, File};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Has absolute paths begin in the container's files, and relative ones in the machine's.
///
/// So what is made and mounted for the container has an absolute path: whatever links the image has, the kernel follows
/// them within it. What the machine gives to it has a relative one.
///
/// An overlay lies between: it shows `rootfs` and takes what the container writes into memory (a tmpfs), which goes with
/// it. The image stays as it is, for the next container. Docker keeps the upper directory on the disk. (Before Linux 6.6,
/// memory has no place for the mark of a directory that replaces one: to remove a directory of the image fails there.)
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
    // What is written to `upper` covers the image, and so do its own owner and mode.
    let root = image.metadata()?;
    let _ = std::os::unix::fs::chown("upper", Some(root.uid()), Some(root.gid())); // who is there, if he is mapped
    fs::set_permissions("upper", root.permissions()).context("cannot set the mode of the root directory")?;
    let help = "help: an overlay in a user namespace needs Linux 5.11, and a file system below that it can read";
    let options = format!("lowerdir=/proc/self/fd/{},upperdir=upper,workdir=work,userxattr", image.as_raw_fd());
    nix::mount::mount(Some("overlay"), "root", Some("overlay"), MsFlags::empty(), Some(options.as_str()))
        .map_err(|errno| anyhow!("cannot lay an overlay over the image: {}\n{help}", errno.desc()))?;
    let old = open_root()?;
    chroot("root").context("cannot change the root directory")?;
    Ok(fchdir(old)?)
}

fn open_root() -> nix::Result<OwnedFd> {
    open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}
// ANCHOR_END: overlay

// ANCHOR: pivot
/// Unmounts the machine's files. Nothing is left of them but what was bound into the container.
///
/// So far there was only chroot, and chroot is no wall: it says where a path begins, the old root is still mounted, and
/// who may call chroot walks out again, as this does. pivot_root changes what is mounted as the root, for all processes
/// of the namespace. Then the old root can be unmounted, and there is no way back to it for anybody.
pub fn pivot() -> Result<()> {
    close_directories()?;
    let new = open_root()?;
    chroot(".").context("cannot change the root directory")?;
    let old = open_root()?;
    fchdir(new)?;
    // The old root goes on top of the new one, so that it needs no directory there.
    pivot_root(".", ".").context("cannot change the root file system")?;
    fchdir(old)?;
    umount2(".", MntFlags::MNT_DETACH).context("cannot unmount the old root file system")?;
    Ok(chdir("/")?)
}

/// A directory of the machine that is still open, ours or our caller's, is a way back: an image may name it as the place
/// to start in, by its number: /proc/self/fd/4. A mark to close it when the program starts comes too late for that.
fn close_directories() -> Result<()> {
    let numbers = fs::read_dir("/proc/self/fd")?.filter_map(|file| file.ok()?.file_name().to_str()?.parse().ok());
    for number in numbers.collect::<Vec<i32>>() {
        if number > 2 && fs::metadata(format!("/proc/self/fd/{number}")).is_ok_and(|file| file.is_dir()) {
            close(number)?;
        }
    }
    Ok(())
}
// ANCHOR_END: pivot
