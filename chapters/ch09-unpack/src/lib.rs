//! Chapter 9: unpack the image: its layers, one over the other, become a root file system.
//!
//! A layer is an archive of what it adds, and of whiteouts for what it takes away. `layer` reads it and verifies it,
//! `tree` goes through its entries, which `archive` reads with what `pax` and `sparse` say of them. `entry` makes what each
//! says, with the `metadata` it says, `whiteout` removes, and `root` is why nothing outside is ever touched, whatever a
//! stranger's archive holds. Source: the OCI image-spec, layer.md, "Applying Changesets".

#[cfg(target_os = "linux")]
mod archive;
#[cfg(target_os = "linux")]
mod entry;
#[cfg(target_os = "linux")]
mod layer;
#[cfg(target_os = "linux")]
mod metadata;
#[cfg(target_os = "linux")]
mod pax;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod sparse;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod unpack;
#[cfg(target_os = "linux")]
mod whiteout;

#[cfg(target_os = "linux")]
pub use unpack::{is_unpacked, unpack};

/// How to unpack.
#[derive(Debug, Clone)]
pub struct Options {
    /// Leave out what needs root, even as root.
    pub rootless: bool,
    /// How many bytes may come out of the layers, all together.
    pub max_size: u64,
}

/// As much as many images need, and less than most disks have.
pub const MAX_SIZE: u64 = 16 << 30;

/// An error elsewhere than on Linux: there are no owners and modes of its kind, no devices, and no names that differ in
/// case only.
pub fn check_system() -> anyhow::Result<()> {
    if cfg!(not(target_os = "linux")) {
        anyhow::bail!("cannot unpack: a root file system needs Linux\nhelp: use a virtual machine, on Windows WSL 2");
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn unpack(
    _layout: &std::path::Path,
    _image: &ch08_pull::Image,
    _rootfs: &std::path::Path,
    _options: &Options,
    _steps: &mut dyn std::io::Write,
) -> anyhow::Result<()> {
    check_system()
}

/// What a stranger named, without what would command the terminal, and no longer than a few lines.
#[cfg(target_os = "linux")]
fn printable(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[..name.len().min(300)]);
    name.replace(char::is_control, "\u{fffd}")
}
