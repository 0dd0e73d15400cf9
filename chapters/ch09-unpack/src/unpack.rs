// ANCHOR: head
use crate::layer::{Limits, read_layer};
use crate::printable;
use crate::root::{EPOCH, Root, set_modified};
use crate::tree::Tree;
use crate::whiteout::Made;
use anyhow::{Context, Result, anyhow, bail};
use ch03_digest::Digest;
use ch08_pull::{Image, open_file, read_document};
use serde::Deserialize;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use workbench::OutDir;

/// Of the configuration, what unpacking needs. Source: the OCI image-spec, config.md, "rootfs".
#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    /// Go writes an empty list as null.
    diff_ids: Option<Vec<Digest>>,
}

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

/// What was left out: without root, or where the file system has no attributes.
#[derive(Default)]
pub struct LeftOut {
    /// Each name, with the inode number of the directory that it would be in.
    pub devices: Made,
    pub attributes: u64,
}
// ANCHOR_END: head

// ANCHOR: unpack
/// Unpacks `image`, which lies in the image layout `layout`, into the directory `rootfs`, and tells each layer on `steps`.
///
/// The directory appears when all is unpacked and verified, instead of what an earlier run left there. No file in it can
/// mark it as this program's, so one beside it does, the marker: `ROOTFS.image` holds the digest of the image's manifest.
pub fn unpack(layout: &Path, image: &Image, rootfs: &Path, options: &Options, steps: &mut dyn Write) -> Result<()> {
    let (directory, name) = split_path(rootfs)?;
    let out = OutDir::open(directory)?;
    let (marker, beside) = (format!("{name}.image"), format!("../{name}.image"));
    out.check_replaceable(name, Some(&beside))?;
    let earlier = out.place(&marker);
    let before = read_marker(&earlier);
    if earlier.exists() && before.is_none() {
        return Err(out.taken(&marker));
    }
    let _alone = match workbench::lock(rootfs) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            bail!(
                "cannot unpack to {}: a container runs in it\nhelp: choose another directory with --out",
                rootfs.display()
            )
        }
        lock => lock.ok(), // or it is not there
    };
    let staged = out.staged(name);
    fs::create_dir(&staged).and_then(|()| fs::set_permissions(&staged, Permissions::from_mode(0o755)))?;
    let left_out = apply_layers(layout, image, &staged, options, steps)?;
    // Should this end between one rename and the next, the marker speaks of no image.
    publish_marker(&out, &marker, NO_IMAGE)?;
    if let Err(error) = out.publish(name, Some(&beside)) {
        // What was there is there still.
        match before {
            Some(text) => publish_marker(&out, &marker, &text).map(drop)?,
            None => fs::remove_file(earlier)?,
        }
        return Err(error);
    }
    publish_marker(&out, &marker, &format!("{}\n", image.manifest.digest))?;
    tell(&left_out, is_rootless(options));
    Ok(())
}

/// All is unpacked by now, whether or not this can be told.
fn tell(left_out: &LeftOut, rootless: bool) {
    let (devices, attributes) = (left_out.devices.len(), left_out.attributes);
    let what = format!("{attributes} extended attributes are left out");
    let _ = match (rootless, attributes) {
        (true, _) => {
            writeln!(io::stderr(), "note: unpacked without root: all files are yours; {devices} devices and {what}")
        }
        (false, 0) => Ok(()),
        (false, _) => writeln!(io::stderr(), "note: {what}: the file system has none"),
    };
}
// ANCHOR_END: unpack

// ANCHOR: marker
/// What the marker says while one root file system takes the place of another.
const NO_IMAGE: &str = "no image\n";

/// Whether `rootfs` is what [`unpack`] made of the image whose manifest has this digest.
pub fn is_unpacked(rootfs: &Path, manifest: &Digest) -> bool {
    let mut marker = rootfs.as_os_str().to_owned();
    marker.push(".image");
    rootfs.is_dir() && read_marker(Path::new(&marker)).is_some_and(|text| text.trim_end() == manifest.to_string())
}

/// `None` if the file is no marker but, for all we know, somebody's disk image.
fn read_marker(place: &Path) -> Option<String> {
    let mut text = String::new();
    open_file(place).ok()?.take(200).read_to_string(&mut text).ok()?;
    (text == NO_IMAGE || text.trim_end().parse::<Digest>().is_ok()).then_some(text)
}

fn split_path(rootfs: &Path) -> Result<(&Path, &str)> {
    let name = rootfs.file_name().and_then(|name| name.to_str());
    let name = name.with_context(|| format!("cannot unpack into {}: it names no new directory", rootfs.display()))?;
    let directory = rootfs.parent().filter(|directory| !directory.as_os_str().is_empty());
    Ok((directory.unwrap_or(Path::new(".")), name))
}

fn publish_marker(out: &OutDir, marker: &str, text: &str) -> Result<PathBuf> {
    out.file(marker)?.write_all(text.as_bytes()).with_context(|| format!("cannot write: {marker}"))?;
    out.publish(marker, None)
}
// ANCHOR_END: marker

// ANCHOR: apply_layers
/// Returns what was left out.
fn apply_layers(
    layout: &Path,
    image: &Image,
    rootfs: &Path,
    options: &Options,
    steps: &mut dyn Write,
) -> Result<LeftOut> {
    let config = serde_json::from_slice(&read_document(layout, &image.config)?);
    let malformed = |error: serde_json::Error| anyhow!("malformed config: {}", printable(error.to_string().as_bytes()));
    let Config { rootfs: RootFs { diff_ids } } = config.map_err(malformed)?;
    let diff_ids = diff_ids.unwrap_or_default();
    if diff_ids.len() != image.layers.len() {
        bail!("the configuration has {} DiffIDs for {} layers", diff_ids.len(), image.layers.len());
    }
    let limits = Limits::new(options.max_size);
    let root = Root::open(rootfs)?;
    set_modified(&root.directory(&[])?, b".", EPOCH)?;
    let mut tree = Tree::new(root, &limits, is_rootless(options));
    let size = image.layers.iter().map(|layer| layer.size).fold(0, u64::saturating_add);
    let bar = workbench::progress_bar("unpacking", size);
    for (layer, diff_id) in image.layers.iter().zip(&diff_ids) {
        let failed = || format!("cannot unpack the layer {}", layer.digest);
        let path = layout.join("blobs").join(layer.digest.algorithm()).join(layer.digest.hex());
        let file =
            File::open(&path).with_context(|| format!("cannot read: {}", path.display())).with_context(failed)?;
        let applied = read_layer(layer, diff_id, bar.wrap_read(file), &limits, |archive| tree.apply(archive));
        let (entries, whiteouts) = applied.with_context(failed)?;
        let whiteouts = if whiteouts > 0 { format!(", {whiteouts} of them whiteouts") } else { String::new() };
        bar.suspend(|| {
            writeln!(steps, "layer {}\n  {entries} entries{whiteouts}; its DiffID is verified", layer.digest)
        })?;
    }
    bar.finish_and_clear();
    tree.close()?;
    Ok(tree.left_out)
}

fn is_rootless(options: &Options) -> bool {
    options.rootless || !rustix::process::geteuid().is_root()
}
// ANCHOR_END: apply_layers

// ANCHOR: needs_root
/// Explains what only root may do.
pub fn needs_root(error: rustix::io::Errno) -> anyhow::Error {
    match error {
        rustix::io::Errno::PERM => anyhow!("{error}\nhelp: leave out what needs root with --rootless"),
        error => error.into(),
    }
}
// ANCHOR_END: needs_root
