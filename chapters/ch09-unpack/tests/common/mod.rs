//! Archives as strangers make them, image layouts of such layers, and what lies in a directory.
#![allow(dead_code)] // each test file uses some of it

use ch03_digest::Digest;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use tar::{EntryType, Header};
use test_kit::succeed;

/// A layer under construction: the bytes of an archive.
#[derive(Default, Clone)]
pub struct Layer(pub Vec<u8>);

/// The header of an entry of root's, as each test then changes it.
pub fn header(kind: EntryType, name: &[u8], size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(if kind == EntryType::Directory { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(1000);
    header
}

impl Layer {
    /// Any header and contents; the checksum is set here.
    pub fn raw(mut self, mut header: Header, contents: &[u8]) -> Layer {
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn entry(self, kind: EntryType, name: &[u8], contents: &[u8], change: impl FnOnce(&mut Header)) -> Layer {
        let mut header = header(kind, &name[..name.len().min(100)], contents.len() as u64);
        change(&mut header);
        let layer = if name.len() > 100 { self.long(EntryType::GNULongName, name) } else { self };
        layer.raw(header, contents)
    }

    pub fn long(self, kind: EntryType, text: &[u8]) -> Layer {
        self.raw(header(kind, b"././@LongLink", text.len() as u64 + 1), &[text, b"\0"].concat())
    }

    pub fn file(self, name: &str, contents: &str) -> Layer {
        self.entry(EntryType::Regular, name.as_bytes(), contents.as_bytes(), |_| ())
    }

    pub fn directory(self, name: &str) -> Layer {
        self.entry(EntryType::Directory, name.as_bytes(), b"", |_| ())
    }

    pub fn link(self, kind: EntryType, name: &str, target: &str) -> Layer {
        let layer = if target.len() > 100 { self.long(EntryType::GNULongLink, target.as_bytes()) } else { self };
        let field = target.as_bytes()[..target.len().min(100)].to_vec();
        let set = |header: &mut Header| header.as_old_mut().linkname[..field.len()].copy_from_slice(&field);
        layer.entry(kind, name.as_bytes(), b"", set)
    }

    pub fn symlink(self, name: &str, target: &str) -> Layer {
        self.link(EntryType::Symlink, name, target)
    }

    pub fn hard_link(self, name: &str, target: &str) -> Layer {
        self.link(EntryType::Link, name, target)
    }

    pub fn device(self, name: &str, kind: EntryType, major: u32, minor: u32) -> Layer {
        self.entry(kind, name.as_bytes(), b"", |header| {
            header.set_device_major(major).unwrap();
            header.set_device_minor(minor).unwrap();
        })
    }

    /// The records for the next entry. Source: POSIX, pax, "pax Extended Header".
    pub fn pax(self, records: &[(&str, &[u8])]) -> Layer {
        let mut text = Vec::new();
        for (key, value) in records {
            let rest = key.len() + value.len() + 3;
            let length = (1..).map(|digits| rest + digits).find(|sum| sum.to_string().len() + rest == *sum).unwrap();
            text.extend([length.to_string().as_bytes(), b" ", key.as_bytes(), b"=", value, b"\n"].concat());
        }
        let mut header = Header::new_ustar();
        header.set_path("pax").unwrap();
        header.set_entry_type(EntryType::XHeader);
        header.set_size(text.len() as u64);
        self.raw(header, &text)
    }

    /// The archive, with its end.
    pub fn tar(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An image layout in `layout`, tagged latest, of these blobs; each with the DiffID of its archive.
pub fn write_layout(layout: &Path, layers: &[(Vec<u8>, Digest)]) {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        fs::write(blobs.join(digest.hex()), bytes).unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    };
    let diff_ids: Vec<&Digest> = layers.iter().map(|(_, diff_id)| diff_id).collect();
    let config = json!({ "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": { "type": "layers", "diff_ids": diff_ids } });
    let config = put("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
    let layers: Vec<_> =
        layers.iter().map(|(blob, _)| put("application/vnd.oci.image.layer.v1.tar+gzip", blob)).collect();
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    let document = json!({ "schemaVersion": 2, "mediaType": manifest, "config": config, "layers": layers });
    let mut manifest = put(manifest, document.to_string().as_bytes());
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    fs::write(layout.join("index.json"), index.to_string()).unwrap();
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

/// The same, of layers as they should be.
pub fn image(layout: &Path, layers: &[Layer]) {
    let tars = layers.iter().map(|layer| layer.clone().tar());
    let layers: Vec<_> = tars.map(|tar| (gzip(&tar), Digest::of(&tar))).collect();
    write_layout(layout, &layers);
}

pub fn ch09() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ch09-unpack"));
    command.args(["--platform", "linux/amd64"]);
    command
}

/// What umoci makes of an image. A root file system of which no layer says a mode gets one that depends on the umask.
pub fn umoci(layout: &Path, rootfs: &Path) -> BTreeMap<PathBuf, String> {
    let mut sh = Command::new("sh");
    sh.args(["-c", r#"umask 022; exec umoci raw unpack --image "$0:latest" "$1""#]).arg(layout).arg(rootfs);
    succeed(&mut sh);
    listing(rootfs)
}

/// All that lies in a directory, by its path: type and mode, owner, time, contents and attributes, and which of the
/// names are one file.
pub fn listing(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut entries = BTreeMap::new();
    let mut first_names = BTreeMap::new();
    let mut to_visit = vec![root.to_owned()];
    while let Some(path) = to_visit.pop() {
        let name = path.strip_prefix(root).unwrap().to_owned();
        entries.insert(name, path.clone());
        if path.symlink_metadata().unwrap().is_dir() {
            to_visit.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    let describe = |(name, path): (PathBuf, PathBuf)| {
        let metadata = path.symlink_metadata().unwrap();
        let kind = metadata.file_type();
        let contents = match kind {
            kind if kind.is_symlink() => format!("-> {}", fs::read_link(&path).unwrap().display()),
            kind if kind.is_file() => format!("{:?}", Digest::of(&fs::read(&path).unwrap())),
            kind if kind.is_block_device() || kind.is_char_device() => format!("device {}", metadata.rdev()),
            _ => String::new(),
        };
        let first = first_names.entry(metadata.ino()).or_insert(name.clone()).clone();
        let same = if metadata.is_dir() || metadata.nlink() == 1 { String::new() } else { format!("={first:?}") };
        let (mode, uid, gid) = (metadata.mode(), metadata.uid(), metadata.gid());
        let (time, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
        let text = format!("{mode:o} {uid}:{gid} {time}.{nanoseconds:09} {contents} {same} {:?}", attributes(&path));
        (name, text)
    };
    entries.into_iter().map(describe).collect()
}

pub fn attributes(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = Vec::with_capacity(64 * 1024);
    rustix::fs::llistxattr(path, rustix::buffer::spare_capacity(&mut names)).unwrap();
    let mut attributes = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let mut value = Vec::with_capacity(64 * 1024);
        rustix::fs::lgetxattr(path, name, rustix::buffer::spare_capacity(&mut value)).unwrap();
        attributes.push((String::from_utf8_lossy(name).into_owned(), value));
    }
    attributes.sort();
    attributes
}

/// What is where, without times: `name contents`, directories with a slash.
pub fn tree(root: &Path) -> Vec<String> {
    let describe = |name: &PathBuf| {
        let path = root.join(name);
        let shown = String::from_utf8_lossy(name.as_os_str().as_bytes()).into_owned();
        let kind = path.symlink_metadata().unwrap().file_type();
        match kind {
            kind if kind.is_dir() => format!("{shown}/"),
            kind if kind.is_symlink() => format!("{shown} -> {}", fs::read_link(&path).unwrap().display()),
            kind if kind.is_file() => format!("{shown} {}", fs::read_to_string(&path).unwrap_or_default()),
            kind if kind.is_fifo() => format!("{shown} FIFO"),
            _ => format!("{shown} device"),
        }
    };
    listing(root).keys().filter(|name| !name.as_os_str().is_empty()).map(describe).collect()
}
