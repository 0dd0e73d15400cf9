//! Random stacks of layers become what umoci makes of them: names, types, contents, modes, owners, times, attributes,
//! and which names are one file.
#![cfg(target_os = "linux")]

mod common;

use common::{Layer, ch09, image, listing, umoci};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use tar::{EntryType, Header};
use test_kit::{Numbers, have, succeed, temporary};

/// Bytes that could be taken for the end of a record or of a key, or for another record. Some there are: Go takes an
/// empty value for none.
fn bytes(numbers: &mut Numbers) -> Vec<u8> {
    let parts = [b"\n".as_slice(), b"\0", b"=", b" ", b"\xff", b"red", b"\n13 path=evil\n", b"11 size=99\n"];
    (0..=numbers.below(5)).flat_map(|_| numbers.one_of(&parts).to_vec()).collect()
}

/// What there is so far: a path, and whether it is a directory (true), or a file that may get another name (false).
type Paths = BTreeMap<String, bool>;

fn forget(paths: &mut Paths, path: &str) {
    paths.retain(|known, _| known != path && !known.starts_with(&format!("{path}/")));
}

/// A layer over `lower`, which becomes what there is afterwards.
fn layer(numbers: &mut Numbers, lower: &mut Paths) -> Layer {
    let mut layer = Layer::default();
    // Some layers say what the root is; the others leave it as it is.
    if numbers.below(2) == 0 {
        layer = layer.directory("./");
    }
    let mut made: BTreeSet<String> = BTreeSet::new();
    for _ in 0..numbers.below(14) {
        let parents: Vec<String> =
            lower.iter().filter(|(_, is_directory)| **is_directory).map(|(p, _)| p.clone()).collect();
        let parent = numbers.one_of(&parents);
        let path = format!("{parent}/{}", numbers.one_of(&["a", "b", "c", "d", "e"]));
        let name = path.trim_start_matches('/').to_owned();
        match numbers.below(12) {
            0 | 1 => {
                let last = path.rsplit('/').next().unwrap_or_default();
                layer = layer.file(format!("{parent}/.wh.{last}").trim_start_matches('/'), "");
                remove_lower(lower, &made, &path, true);
                continue;
            }
            2 => {
                layer = layer.file(format!("{parent}/.wh..wh..opq").trim_start_matches('/'), "");
                remove_lower(lower, &made, &parent, false);
                continue;
            }
            3..=5 => {
                layer = decorate(numbers, layer, EntryType::Directory, &name, b"");
                if lower.get(&path) != Some(&true) {
                    forget(lower, &path);
                }
                lower.insert(path.clone(), true);
            }
            6 => {
                // What the link replaces may not be what it leads to.
                let apart = |file: &str| {
                    !format!("{path}/").starts_with(&format!("{file}/")) && !file.starts_with(&format!("{path}/"))
                };
                let files = lower.iter().filter(|(file, is_directory)| !**is_directory && apart(file));
                let files: Vec<String> = files.map(|(file, _)| file.clone()).collect();
                if files.is_empty() {
                    continue;
                }
                layer = layer.hard_link(&name, numbers.one_of(&files).trim_start_matches('/'));
                forget(lower, &path);
                lower.insert(path.clone(), false);
            }
            7 => {
                layer = layer.link(EntryType::Symlink, &name, numbers.one_of(&["a", "/b", "../../c", "nowhere"]));
                forget(lower, &path);
            }
            8 => {
                let kind = numbers.one_of(&[EntryType::Fifo, EntryType::Char, EntryType::Block]);
                layer = layer.device(&name, kind, 1, 3);
                forget(lower, &path);
            }
            _ => {
                let size = numbers.one_of(&[0, 1, 511, 512, 513, 70_000]);
                let contents = vec![b'a' + numbers.below(26) as u8; size];
                layer = decorate(numbers, layer, EntryType::Regular, &name, &contents);
                forget(lower, &path);
                lower.insert(path.clone(), false);
            }
        }
        let mut up = path.as_str();
        while !up.is_empty() {
            made.insert(up.to_owned());
            up = up.rsplit_once('/').map_or("", |(up, _)| up);
        }
    }
    layer
}

/// What a whiteout takes away, of `path` with or without itself.
fn remove_lower(lower: &mut Paths, made: &BTreeSet<String>, path: &str, itself: bool) {
    let below = format!("{path}/");
    let goes = |known: &str| (itself && known == path) || known.starts_with(&below);
    lower.retain(|known, _| known.is_empty() || !goes(known) || made.contains(known));
}

/// An entry with any owner, mode and time, and attributes.
fn decorate(numbers: &mut Numbers, mut layer: Layer, kind: EntryType, name: &str, contents: &[u8]) -> Layer {
    let mut records: Vec<(&str, Vec<u8>)> = Vec::new();
    if numbers.below(3) == 0 {
        records.push(("SCHILY.xattr.user.color", bytes(numbers)));
    }
    if numbers.below(4) == 0 {
        let mut capability = *b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        capability[4] = numbers.one_of(b"\0\n= ");
        records.push(("SCHILY.xattr.security.capability", capability.to_vec()));
    }
    if numbers.below(3) == 0 {
        let times = [b"1234567.891234567".as_slice(), b"1.5", b"1700000000.000000001"];
        records.push(("mtime", numbers.one_of(&times).to_vec()));
    }
    if !records.is_empty() {
        let records: Vec<(&str, &[u8])> = records.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        layer = layer.pax(&records);
    }
    let mode = numbers.one_of(&[0o644, 0o600, 0o755, 0o4755, 0o6711, 0o1777, 0o7777, 0o000, 0o555]);
    let (uid, gid) = (numbers.one_of(&[0, 1, 1000, 65534]), numbers.one_of(&[0, 5, 1000]));
    let mtime = numbers.below(1_700_000_000) as u64;
    layer.entry(kind, name.as_bytes(), contents, |header: &mut Header| {
        header.set_mode(mode);
        header.set_uid(uid);
        header.set_gid(gid);
        header.set_mtime(mtime);
    })
}

/// A directory of which a whiteout took a part has the image's time with us, and the time of unpacking with umoci: where
/// that is the case, no time is compared.
fn without_times_of_unpacking(
    ours: &mut BTreeMap<PathBuf, String>,
    umoci: &mut BTreeMap<PathBuf, String>,
    started: u64,
) {
    let time = |text: &str| text.split(' ').nth(2).unwrap_or_default().to_owned();
    for (name, text) in umoci.iter_mut().filter(|(_, text)| text.starts_with("4")) {
        let theirs = time(text);
        let seconds: u64 = theirs.split('.').next().unwrap_or_default().parse().unwrap();
        if seconds >= started {
            *text = text.replace(&theirs, "");
            ours.entry(name.clone()).and_modify(|text| *text = text.replace(&time(text), ""));
        }
    }
}

fn compare(seeds: std::ops::Range<u64>) {
    if !have(&["umoci", "sh"]) || !rustix::process::geteuid().is_root() {
        return;
    }
    for seed in seeds {
        let work = temporary();
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut numbers = Numbers(seed);
        let mut paths = Paths::from([(String::new(), true)]);
        let layers: Vec<Layer> = (0..=numbers.below(4)).map(|_| layer(&mut numbers, &mut paths)).collect();
        let (layout, rootfs) = (work.path().join("oci"), work.path().join("ours"));
        image(&layout, &layers);
        succeed(ch09().arg(&layout).arg("-o").arg(&rootfs));
        let (mut ours, mut umoci) = (listing(&rootfs), umoci(&layout, &work.path().join("umoci")));
        without_times_of_unpacking(&mut ours, &mut umoci, started);
        let different = ours.keys().chain(umoci.keys()).filter(|name| ours.get(*name) != umoci.get(*name));
        let different: String = different
            .map(|name| format!("{name:?}\n  ours:  {:?}\n  umoci: {:?}\n", ours.get(name), umoci.get(name)))
            .collect();
        assert!(different.is_empty(), "seed {seed}\n{different}");
    }
}

#[test]
fn stacks_0_to_99() {
    compare(0..100);
}

#[test]
fn stacks_100_to_199() {
    compare(100..200);
}
