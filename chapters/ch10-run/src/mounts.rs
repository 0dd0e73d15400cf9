// ANCHOR: mount
use crate::arguments::{Volume, check_target};
use crate::user::shown;
use anyhow::{Context, Result, anyhow, bail};
use libc::c_int;
use nix::errno::Errno;
use nix::mount::MsFlags;
use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::mount::{MoveMountFlags, OpenTreeFlags, move_mount, open_tree};
use std::ffi::CString;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;

/// Nothing there is a program to run, a device, or a program that runs as somebody else.
pub const DATA_ONLY: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV).union(MsFlags::MS_NOEXEC);

/// `mount -t KIND -o OPTIONS WHAT TARGET`; the target is made if it is not there.
pub fn mount(what: &str, target: &str, kind: &str, flags: MsFlags, options: &str) -> Result<()> {
    let failed = || format!("cannot mount: {target}");
    fs::create_dir_all(target).with_context(failed)?;
    // It would be mounted where the link leads, and what we rely on here would be the image's.
    if Path::new(target).is_symlink() {
        bail!("{}: the image has a link there", failed());
    }
    nix::mount::mount(Some(what), target, Some(kind), flags, Some(options)).with_context(failed)
}

/// `mount --rbind SOURCE TARGET`: the same files in a second place, with what is mounted on them.
pub fn bind(source: &str, target: &str) -> nix::Result<()> {
    nix::mount::mount(Some(source), target, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)
}

/// The same for a file or directory that can be read and written, but has its mode and owner for good.
pub fn bind_read_only(source: &str, target: &str) -> Result<()> {
    bind(source, target).with_context(|| format!("cannot bind: {target}"))?;
    set_read_only(target, false)
}

/// Makes a mount read-only, and with `recursive` those below it. Its other attributes stay: some are locked.
pub fn set_read_only(target: &str, recursive: bool) -> Result<()> {
    let flags = if recursive { libc::AT_RECURSIVE } else { 0 };
    set_attributes(libc::AT_FDCWD, target, flags, libc::MOUNT_ATTR_RDONLY, MsFlags::empty())
        .with_context(|| format!("cannot make read-only: {target}"))
}

fn set_attributes(directory: c_int, path: &str, flags: c_int, attr_set: u64, propagation: MsFlags) -> Result<()> {
    let (path, propagation) = (CString::new(path)?, propagation.bits());
    let attributes = libc::mount_attr { attr_set, attr_clr: 0, propagation, userns_fd: 0 };
    // SAFETY: the path ends with a zero, and the size is that of the attributes.
    let result = unsafe {
        let size = size_of_val(&attributes);
        libc::syscall(libc::SYS_mount_setattr, directory, path.as_ptr(), flags, &raw const attributes, size)
    };
    Ok(Errno::result(result).map(drop)?)
}
// ANCHOR_END: mount

// ANCHOR: volumes
/// Copies the mounts of directories and files of this machine, with those below them, to no place as yet.
pub fn copy_volumes(volumes: &[Volume]) -> Result<Vec<File>> {
    let copy = |Volume { source, read_only, .. }: &Volume| {
        let failed = || format!("cannot use the volume: {}", source.display());
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::AT_RECURSIVE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let tree = open_tree(CWD, source, flags).with_context(failed)?;
        let attributes = if *read_only { libc::MOUNT_ATTR_RDONLY } else { 0 };
        let flags = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
        set_attributes(tree.as_raw_fd(), "", flags, attributes, MsFlags::MS_PRIVATE).with_context(failed)?;
        Ok(tree.into())
    };
    volumes.iter().map(copy).collect()
}

/// Puts them into the container.
///
/// The target is an absolute path, so the kernel follows it within the container, links and all; where that ends is seen
/// only then. This comes before /proc, whose links lead to what a process has open, and this one has the machine's root.
pub fn mount_volumes(volumes: &[Volume], trees: Vec<File>) -> Result<()> {
    for (Volume { target, .. }, tree) in volumes.iter().zip(trees) {
        let failed = || format!("cannot mount the volume: {target}");
        make_target(Path::new(target), tree.metadata()?.is_dir()).with_context(failed)?;
        let place = open(target.as_str(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).with_context(failed)?;
        // The machine's /proc: its root is the working directory.
        let path = fs::read_link(format!("proc/self/fd/{}", place.as_raw_fd())).with_context(failed)?;
        check_target(path.to_str().unwrap_or_default()).with_context(failed)?;
        let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        move_mount(tree, "", place, "", flags).with_context(failed)?;
    }
    Ok(())
}

/// A directory is mounted on a directory, and everything else on a file. What is there is not opened: it may be a pipe.
fn make_target(target: &Path, directory: bool) -> std::io::Result<()> {
    if directory {
        return fs::create_dir_all(target);
    }
    fs::create_dir_all(target.parent().unwrap_or(target))?;
    if target.exists() { Ok(()) } else { File::create(target).map(drop) }
}
// ANCHOR_END: volumes

// ANCHOR: kernel
/// The kernel's view of its devices and of the cgroups. To see is enough: they are not the container's to set.
pub fn mount_sys() -> Result<()> {
    mount_view("sysfs", "/sys", DATA_ONLY | MsFlags::MS_RDONLY)?;
    let read_only = DATA_ONLY | MsFlags::MS_RDONLY;
    if Path::new("sys/fs/cgroup/cgroup.controllers").exists() {
        return mount("cgroup", "/sys/fs/cgroup", "cgroup2", read_only, "");
    }
    // Version 1 has a hierarchy for each controller. These are the ones that limits are set in.
    mount("tmpfs", "/sys/fs/cgroup", "tmpfs", DATA_ONLY, "mode=755")?;
    for controller in ["memory", "cpu", "pids"] {
        let there = Path::new("sys/fs/cgroup").join(controller);
        let target = format!("/sys/fs/cgroup/{controller}");
        if there.exists() {
            // One that shares its hierarchy is a link to the names of all: cpu,cpuacct.
            let all = fs::read_link(&there).ok().and_then(|link| link.into_os_string().into_string().ok());
            mount("cgroup", &target, "cgroup", read_only, all.as_deref().unwrap_or(controller))?;
        }
    }
    set_read_only("/sys/fs/cgroup", false)
}

/// The processes, as this PID namespace has them.
pub fn mount_proc() -> Result<()> {
    mount_view("proc", "/proc", DATA_ONLY)
}

/// The kernel allows it where nothing covers what it shows outside.
fn mount_view(kind: &str, target: &str, flags: MsFlags) -> Result<()> {
    let help = "this is refused: docker run --privileged, for example";
    mount(kind, target, kind, flags, "").map_err(|error| match error.is::<Errno>() {
        true => anyhow!("{error:#}\nhelp: inside a container that masks its {target} {help}"),
        false => error,
    })
}
// ANCHOR_END: kernel

// ANCHOR: mask
/// What /proc and /sys tell of the whole machine, not only of the container. Source: moby, oci/defaults.go.
const MASKED: [&str; 11] = [
    "/proc/asound",
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/devices/virtual/powercap",
];

/// What sets something for the whole machine. Source: moby, oci/defaults.go.
const READ_ONLY: [&str; 5] = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// Covers what is masked with nothing: a file with the machine's /dev/null, a directory with an empty one.
pub fn mask() -> Result<()> {
    for path in MASKED {
        let Ok(metadata) = fs::metadata(path) else { continue };
        if metadata.is_dir() {
            mount("tmpfs", path, "tmpfs", MsFlags::MS_RDONLY, "")?;
        } else {
            bind_read_only("dev/null", path)?;
        }
    }
    for path in READ_ONLY.into_iter().filter(|path| fs::exists(path).unwrap_or(false)) {
        bind(path, path).with_context(|| format!("cannot mount: {path}"))?;
        set_read_only(path, true)?;
    }
    Ok(())
}

/// The image may name a working directory that it does not have. Docker makes it, too.
pub fn make_workdir(workdir: &str) -> Result<()> {
    fs::create_dir_all(workdir).with_context(|| format!("cannot make the working directory: {}", shown(workdir)))
}
// ANCHOR_END: mask
