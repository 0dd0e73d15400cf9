//! Archives that are small until they are unpacked, and memory that stays flat.
#![cfg(target_os = "linux")]

mod common;

use ch03_digest::Digest;
use common::{Layer, ch09, gzip, header, write_layout};
use std::fs;
use std::process::Command;
use tar::EntryType;
use test_kit::{Ran, have, names, run, succeed, temporary};

/// So much of it is compressed for the test: more than the program may have in memory.
const SOME: u64 = 160 << 20;

/// Runs the program with no more memory than 128 MiB, on a layer of which this is the blob.
fn unpack(blob: Vec<u8>, diff_id: Digest, arguments: &[&str]) -> Ran {
    let work = temporary();
    write_layout(&work.path().join("oci"), &[(blob, diff_id)]);
    let mut sh = Command::new("sh");
    sh.args(["-c", r#"ulimit -v 131072; exec "$0" "$@""#]).arg(ch09().get_program()).args(ch09().get_args());
    let ran = run(sh.arg(work.path().join("oci")).arg("-o").arg(work.path().join("out/rootfs")).args(arguments));
    let left = names(&work.path().join("out"));
    assert_eq!(left.is_empty(), ran.code != Some(0), "{left:?}");
    ran
}

/// The error without the digest of the layer.
fn why(ran: &Ran) -> &str {
    let why = ran.stderr.strip_prefix("error: cannot unpack the layer sha256:");
    why.map_or(&ran.stderr, |why| why[64 + 2..].trim_end())
}

fn too_large(name: &str) -> String {
    let help = "help: if you trust the image, allow more with --max-size";
    format!("{name}the image is larger than 67108864 bytes\n{help}")
}

/// `start`, and then a lot of `byte`: the same gzip member over and over.
fn compressed(start: &[u8], byte: u8) -> Vec<u8> {
    let members = gzip(&vec![byte; 1 << 20]).repeat((SOME >> 20) as usize);
    [gzip(start), members].concat()
}

/// A header of an entry that claims to be so long.
fn claims(kind: EntryType, name: &[u8], size: u64) -> Vec<u8> {
    let mut header = header(kind, name, size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn a_terabyte_of_zeros() {
    let blob = compressed(&claims(EntryType::Regular, b"zeros", 1 << 40), 0);
    let ran = unpack(blob, Digest::of(b""), &["--max-size=64M"]);
    assert_eq!(why(&ran), too_large("cannot unpack: zeros: "));
}

#[test]
fn a_terabyte_of_zeros_by_zstd() {
    if !have(&["zstd"]) {
        return;
    }
    let work = temporary();
    let zeros = vec![0; SOME as usize];
    fs::write(work.path().join("a"), [claims(EntryType::Regular, b"zeros", 1 << 40), zeros].concat()).unwrap();
    succeed(Command::new("zstd").arg("-q").arg(work.path().join("a")));
    let blob = fs::read(work.path().join("a.zst")).unwrap();
    assert_eq!(why(&unpack(blob, Digest::of(b""), &["--max-size=64M"])), too_large("cannot unpack: zeros: "));
}

#[test]
fn a_terabyte_of_holes() {
    let mut header = header(EntryType::GNUSparse, b"holes", 0);
    header.as_gnu_mut().unwrap().sparse[0].offset = *b"100000000000";
    header.as_gnu_mut().unwrap().sparse[0].numbytes = *b"00000000000\0";
    header.as_gnu_mut().unwrap().realsize = *b"100000000000";
    let pax = Layer::default().pax(&[("GNU.sparse.size", b"1000000000000")]).file("holes", "");
    for layer in [Layer::default().raw(header, b""), pax] {
        let tar = layer.tar();
        let ran = unpack(gzip(&tar), Digest::of(&tar), &["--max-size=64M"]);
        assert_eq!(why(&ran), too_large("cannot unpack: holes: "));
    }
}

#[test]
fn zeros_after_the_end_of_the_archive() {
    let ran = unpack(compressed(&[0; 1024], 0), Digest::of(b""), &["--max-size=64M"]);
    assert_eq!(why(&ran), too_large(""));
}

#[test]
fn names_and_attributes_of_a_gigabyte() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader, EntryType::XGlobalHeader] {
        // Every header has the limit, not only the first one.
        let start = [Layer::default().file("first", "1").0, claims(kind, b"long", 1 << 30)].concat();
        let blob = compressed(&start, b'n');
        let expected = "the header of an entry is longer than 1048576 bytes";
        assert_eq!(why(&unpack(blob, Digest::of(b""), &[])), expected, "{kind:?}");
    }
}

/// The map stands in the contents, but is held in memory.
#[test]
fn a_map_of_a_gigabyte() {
    let records = [("GNU.sparse.major", b"1".as_slice()), ("GNU.sparse.realsize", b"1")];
    let start =
        [Layer::default().pax(&records).0, claims(EntryType::Regular, b"holes", 1 << 30), b"9".to_vec()].concat();
    let expected = "the header of an entry is longer than 1048576 bytes";
    assert_eq!(why(&unpack(compressed(&start, b'9'), Digest::of(b""), &[])), expected);
}

#[test]
fn the_limit_is_for_all_layers_together() {
    let work = temporary();
    let tar = Layer::default().file("a", &"1".repeat(40_000)).tar();
    let layer = (gzip(&tar), Digest::of(&tar));
    write_layout(&work.path().join("oci"), &[layer.clone(), layer]);
    let mut command = ch09();
    command.arg(work.path().join("oci")).arg("-o").arg(work.path().join("rootfs"));
    assert_eq!(run(command.arg("--max-size=70K")).code, Some(1));
    assert_eq!(names(work.path()), ["oci"]);
}

/// What is read of it is not counted again with its holes.
#[test]
fn a_sparse_file_counts_once() {
    let mut header = header(EntryType::GNUSparse, b"sparse", 40_960);
    let gnu = header.as_gnu_mut().unwrap();
    (gnu.sparse[0].offset, gnu.sparse[0].numbytes) = (*b"00000010000\0", *b"00000120000\0");
    gnu.realsize = *b"00000130000\0";
    let tar = Layer::default().raw(header, &[b'x'; 40_960]).tar();
    let ran = |size| unpack(gzip(&tar), Digest::of(&tar), &[size]).code;
    // 512 of the header, 40,960 of contents, 4,096 of holes, 1,024 of the end.
    assert_eq!([ran("--max-size=46592"), ran("--max-size=46591")], [Some(0), Some(1)]);
}

#[test]
fn a_large_file_takes_no_memory() {
    let start = claims(EntryType::Regular, b"large", SOME);
    let archive = [&start[..], &vec![b'x'; SOME as usize]].concat();
    let ran = unpack(compressed(&start, b'x'), Digest::of(&archive), &[]);
    // There is a note for who is not root.
    assert!(ran.code == Some(0) && !ran.stderr.contains("error"), "{}", ran.stderr);
}
