// ANCHOR: platform
use anyhow::{Result, bail};
use ch03_digest::Platform;
use ch04_write_config::check_platform;
use std::env::consts::ARCH;

/// What this machine runs: Linux, on its processor by Go's name. On another system it is a virtual machine that does.
pub fn this_machine() -> Platform {
    let architecture = match ARCH {
        "x86" => "386",
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    };
    Platform { architecture: architecture.to_owned(), os: "linux".to_owned(), variant: None }
}

/// Reads `os/architecture` or `os/architecture/variant`.
pub fn parse_platform(text: &str) -> Result<Platform> {
    let parts: Vec<&str> = text.split('/').collect();
    let (os, architecture, variant) = match parts[..] {
        [os, architecture] => (os, architecture, None),
        [os, architecture, variant] => (os, architecture, Some(variant)),
        _ => bail!("a platform is os/architecture or os/architecture/variant, as linux/arm64"),
    };
    check_platform(os, architecture, variant)?;
    let variant = variant.map(str::to_owned);
    Ok(Platform { architecture: architecture.to_owned(), os: os.to_owned(), variant })
}

/// `linux/arm/v7`. An index may hold any text there.
pub fn platform_name(platform: &Platform) -> String {
    let parts = [Some(&platform.os), Some(&platform.architecture), platform.variant.as_ref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    parts.join("/").replace(char::is_control, " ")
}
// ANCHOR_END: platform

// ANCHOR: distance
/// How far the processor that an image is for is from the one there is: 0 is the very same, `None` does not run.
///
/// A later variant runs what was made for an earlier one. Source: the OCI image-spec, image-index.md, "Platform Variants",
/// and containerd's package `platforms`, which also lets an arm64 run images for arm, and an amd64 those for 386.
pub fn distance(offered: &Platform, wanted: &Platform) -> Option<u32> {
    if (&offered.os, &offered.architecture) != (&wanted.os, &wanted.architecture) {
        return None;
    }
    let (offered, wanted) = (variant(offered), variant(wanted));
    match (version(offered), version(wanted)) {
        (Some(offered), Some(wanted)) => wanted.checked_sub(offered),
        _ => (offered == wanted).then_some(0),
    }
}

/// The variant, or which one its absence means.
fn variant(platform: &Platform) -> &str {
    match (platform.architecture.as_str(), platform.variant.as_deref().unwrap_or_default()) {
        ("amd64", "") => "v1",
        ("arm", "") => "v7",
        ("arm64", "" | "8") => "v8",
        (_, variant) => variant,
    }
}

fn version(variant: &str) -> Option<u32> {
    variant.strip_prefix('v')?.parse().ok()
}
// ANCHOR_END: distance
