// ANCHOR: tables
use anyhow::{Result, bail};

/// Go's systems and, for each, the processors it compiles to. Source: `go tool dist list` of Go 1.25.
const PLATFORMS: [(&str, &str); 15] = [
    ("aix", "ppc64"),
    ("android", "386 amd64 arm arm64"),
    ("darwin", "amd64 arm64"),
    ("dragonfly", "amd64"),
    ("freebsd", "386 amd64 arm arm64 riscv64"),
    ("illumos", "amd64"),
    ("ios", "amd64 arm64"),
    ("js", "wasm"),
    ("linux", "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x"),
    ("netbsd", "386 amd64 arm arm64"),
    ("openbsd", "386 amd64 arm arm64 ppc64 riscv64"),
    ("plan9", "386 amd64 arm"),
    ("solaris", "amd64"),
    ("wasip1", "wasm"),
    ("windows", "386 amd64 arm64"),
];

/// How the variants that the specification lists begin; a processor that is not here may have any.
///
/// Source: the OCI image-spec, image-index.md, "Platform Variants".
const VARIANTS: [(&str, &str); 5] =
    [("amd64", "v"), ("arm", "v"), ("arm64", "v"), ("ppc64le", "power"), ("riscv64", "rva")];
// ANCHOR_END: tables

// ANCHOR: check
/// A platform nobody has is a mistake that shows only when the image is run: this refuses it now.
pub fn check_platform(os: &str, arch: &str, variant: Option<&str>) -> Result<()> {
    let Some((_, processors)) = PLATFORMS.iter().find(|(name, _)| *name == os) else {
        let known = PLATFORMS.map(|(name, _)| name).join(" ");
        bail!("unknown platform: {os}/{arch}: no system has the name {os}\nhelp: the systems are {known}");
    };
    if !processors.split(' ').any(|name| name == arch) {
        let uname = "uname calls amd64 x86_64, and arm64 aarch64";
        bail!("unknown platform: {os}/{arch}: {os} has no processor {arch}\nhelp: it has {processors}; {uname}");
    }
    let start = VARIANTS.iter().find(|(name, _)| *name == arch).map_or("", |(_, start)| start);
    match variant {
        Some(variant) if variant.is_empty() || !variant.starts_with(start) => {
            bail!("unknown platform: {os}/{arch}/{variant}: a variant of {arch} begins with \"{start}\"")
        }
        _ => Ok(()),
    }
}
// ANCHOR_END: check
