//! Archives that strangers made to get out of the root file system, or to get more than their due: what becomes of each,
//! and that nothing outside has changed.
#![cfg(target_os = "linux")]

mod common;

use common::{Layer, ch09, header, image, listing, tree};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use tar::EntryType;
use test_kit::{names, run, skip, temporary};

/// Why it is here, its layers, and the outcome: the tree, or the error after the name of the layer.
type Case = (&'static str, Vec<Layer>, &'static str);

fn layer() -> Layer {
    Layer::default()
}

/// As many `..` as lead to the root of the file system from anywhere.
const UP: &str = "../../../../../../../../../../../..";

/// `canary` is a directory outside, with a file `file` and a directory `directory`.
fn names_that_lead_outside(canary: &str) -> Vec<Case> {
    let file = &format!("{canary}/file");
    let up = &format!("{UP}{canary}/file");
    let relative = "../../../canary/file";
    vec![
        (
            "a name with ..",
            vec![layer().file(relative, "evil")],
            "cannot unpack: ../../../canary/file: a name in an image must not contain ..",
        ),
        (
            "a name with .. up to the root",
            vec![layer().file(up, "evil")],
            "cannot unpack: ../../../../../../../../../../../..CANARY/file: a name in an image must not contain ..",
        ),
        (
            "a name with .. further on",
            vec![layer().file(&format!("a/b/{UP}{file}"), "evil")],
            "cannot unpack: a/b/../../../../../../../../../../../..CANARY/file: a name in an image must not contain ..",
        ),
        (
            "a name with .. that would stay inside",
            vec![layer().file("a/../b", "evil")],
            "cannot unpack: a/../b: a name in an image must not contain ..",
        ),
        (
            "a name that is ..",
            vec![layer().directory("..")],
            "cannot unpack: ..: a name in an image must not contain ..",
        ),
        (
            "a name that ends with ..",
            vec![layer().directory("a/..")],
            "cannot unpack: a/..: a name in an image must not contain ..",
        ),
        ("an absolute name", vec![layer().file("/etc/passwd", "inside")], "etc/, etc/passwd inside"),
        (
            "an absolute name with ..",
            vec![layer().file(&format!("/..{file}"), "evil")],
            "cannot unpack: /..CANARY/file: a name in an image must not contain ..",
        ),
        ("many slashes", vec![layer().file("///a////b", "inside")], "a/, a/b inside"),
        (
            "a long name with ..",
            vec![layer().file(&format!("{}{up}", "x/".repeat(60)), "evil")],
            "cannot unpack: x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/x/../../../../../../../../../../../..CANARY/file: a name in an image must not contain ..",
        ),
        (
            "a PAX path with ..",
            vec![layer().pax(&[("path", up.as_bytes())]).file("innocent", "evil")],
            "cannot unpack: ../../../../../../../../../../../..CANARY/file: a name in an image must not contain ..",
        ),
        (
            "a directory outside",
            vec![layer().directory(&format!("{UP}{canary}/directory"))],
            "cannot unpack: ../../../../../../../../../../../..CANARY/directory: a name in an image must not contain ..",
        ),
        (
            "a whiteout outside",
            vec![layer().file(&format!("{UP}{canary}/.wh.file"), "")],
            "cannot unpack: ../../../../../../../../../../../..CANARY/.wh.file: a name in an image must not contain ..",
        ),
        (
            "an opaque whiteout outside",
            vec![layer().file(&format!("{UP}{canary}/.wh..wh..opq"), "")],
            "cannot unpack: ../../../../../../../../../../../..CANARY/.wh..wh..opq: a name in an image must not contain ..",
        ),
        ("a whiteout of ..", vec![layer().file("a/.wh...", "")], "cannot unpack: a/.wh...: a whiteout of no name"),
        ("a whiteout of .", vec![layer().file("a/.wh..", "")], "cannot unpack: a/.wh..: a whiteout of no name"),
        ("a whiteout of nothing", vec![layer().file("a/.wh.", "")], "cannot unpack: a/.wh.: a whiteout of no name"),
        (
            "a device outside",
            vec![layer().device(&format!("{UP}{canary}/null"), EntryType::Char, 1, 3)],
            "cannot unpack: ../../../../../../../../../../../..CANARY/null: a name in an image must not contain ..",
        ),
    ]
}

fn links_that_lead_outside(canary: &str) -> Vec<Case> {
    let file = &format!("{canary}/file");
    let up = &format!("{UP}{canary}");
    let upper = layer().file("link/file", "evil");
    let through = |target: &str| layer().symlink("link", target).file("link/file", "evil");
    vec![
        (
            "a link to a directory, written through",
            vec![through(canary)],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a relative link, written through",
            vec![through("../../../canary")],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a relative link from the root, written through",
            vec![through(up)],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a link of a lower layer, written through",
            vec![layer().symlink("link", canary), upper.clone()],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a link to /, written through",
            vec![layer().symlink("link", "/").file("link/a", "inside")],
            "a inside, link -> /",
        ),
        (
            "a link to .., written through",
            vec![layer().symlink("link", UP).file("link/file", "inside")],
            "file inside, link -> ../../../../../../../../../../../..",
        ),
        (
            "a link through a link",
            vec![layer().symlink("a", canary).symlink("link", "a").file("link/file", "evil")],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a link to a file, replaced by a file",
            vec![layer().symlink("link", file).file("link", "inside")],
            "link inside",
        ),
        (
            "a link to a file, replaced by a lower layer's successor",
            vec![layer().symlink("link", file), layer().file("link", "inside")],
            "link inside",
        ),
        (
            "a link to a directory, replaced by a directory",
            vec![layer().symlink("link", canary).directory("link")],
            "link/",
        ),
        (
            "a link to a directory, replaced, and then written through",
            vec![layer().symlink("link", canary), layer().directory("link").file("link/file", "inside")],
            "link/, link/file inside",
        ),
        (
            "chmod through a link",
            vec![
                layer().symlink("link", canary),
                layer().entry(EntryType::Directory, b"link/", b"", |h| h.set_mode(0o777)),
            ],
            "link/",
        ),
        (
            "the mode of a link",
            vec![layer().link(EntryType::Symlink, "link", file).entry(EntryType::Symlink, b"other", b"", |h| {
                h.set_mode(0o777);
                h.as_old_mut().linkname[..file.len()].copy_from_slice(file.as_bytes())
            })],
            "link -> CANARY/file, other -> CANARY/file",
        ),
        (
            "an attribute through a link",
            vec![layer().pax(&[("SCHILY.xattr.user.evil", b"1")]).symlink("link", file)],
            "cannot unpack: link: attribute user.evil: Operation not permitted (os error 1)",
        ),
        (
            "a whiteout through a link",
            vec![layer().symlink("link", canary), layer().file("link/.wh.file", "")],
            "link -> CANARY",
        ),
        (
            "an opaque whiteout through a link",
            vec![layer().symlink("link", canary), layer().file("link/.wh..wh..opq", "")],
            "link -> CANARY",
        ),
        ("a whiteout of a link", vec![layer().symlink("link", canary), layer().file(".wh.link", "")], ""),
        (
            "a whiteout of a directory with a link in it",
            vec![layer().directory("a").symlink("a/link", canary), layer().file(".wh.a", "")],
            "",
        ),
        (
            "a hard link to a file outside",
            vec![layer().hard_link("link", file).file("link", "evil")],
            "cannot unpack: link: cannot link to CANARY/file: No such file or directory (os error 2)",
        ),
        (
            "a hard link with ..",
            vec![layer().hard_link("link", &format!("{up}/file"))],
            "cannot unpack: link: cannot link to ../../../../../../../../../../../..CANARY/file: a name in an image must not contain ..",
        ),
        (
            "a hard link through a link",
            vec![layer().symlink("a", canary).hard_link("link", "a/file")],
            "cannot unpack: link: cannot link to a/file: No such file or directory (os error 2)",
        ),
        (
            "a hard link to a link",
            vec![layer().symlink("a", file).hard_link("b", "a").file("b", "inside")],
            "a -> CANARY/file, b inside",
        ),
        (
            "a hard link to a link of a lower layer, then its mode",
            vec![
                layer().symlink("a", file),
                layer().hard_link("b", "a").entry(EntryType::Link, b"b", b"", |h| {
                    h.set_mode(0o777);
                    h.as_old_mut().linkname[0] = b'a'
                }),
            ],
            "a -> CANARY/file, b -> CANARY/file",
        ),
        (
            "a link named .",
            vec![layer().symlink(".", canary).file("file", "evil")],
            "cannot unpack: .: the root of the file system can only be a directory",
        ),
        (
            "a link named ./",
            vec![layer().symlink("./", canary).file("file", "evil")],
            "cannot unpack: ./: the root of the file system can only be a directory",
        ),
        (
            "a hard link named .",
            vec![layer().file("a", "").hard_link(".", "a")],
            "cannot unpack: .: the root of the file system can only be a directory",
        ),
        ("a file named /", vec![layer().file("/", "evil")], ""),
        (
            "a magic link",
            vec![layer().symlink("proc", "/proc/self/root").file(&format!("proc{file}"), "evil")],
            "cannot unpack: procCANARY/file: cannot make its directory: Too many levels of symbolic links (os error 40)",
        ),
        (
            "a link to this process's directory",
            vec![layer().symlink("link", "/proc/self/cwd").file("link/file", "evil")],
            "cannot unpack: link/file: cannot make its directory: File exists (os error 17)",
        ),
        (
            "a FIFO in the place of a file",
            vec![layer().entry(EntryType::Fifo, b"a", b"", |_| ()).file("a", "inside")],
            "a inside",
        ),
        (
            "a file in the place of a device",
            vec![layer().device("a", EntryType::Char, 1, 8).file("a", "inside")],
            "a inside",
        ),
    ]
}

fn names_that_are_none(_canary: &str) -> Vec<Case> {
    vec![
        (
            "no name",
            vec![layer().file("", "evil")],
            "cannot unpack: : the root of the file system can only be a directory",
        ),
        ("a newline in a name", vec![layer().file("a\nb", "inside")], "a\nb inside"),
        (
            "an escape sequence in a name",
            vec![layer().file("../\x1b[2Jred", "evil")],
            "cannot unpack: ../�[2Jred: a name in an image must not contain ..",
        ),
        (
            "a NUL in a name",
            vec![layer().pax(&[("path", b"a\0b")]).file("c", "evil")],
            "cannot unpack: a�b: Invalid argument (os error 22)",
        ),
        (
            "a name that is not UTF-8",
            vec![layer().entry(EntryType::Regular, b"../\xff", b"evil", |_| ())],
            "cannot unpack: ../�: a name in an image must not contain ..",
        ),
        (
            "a name of 300 bytes",
            vec![layer().file(&"n".repeat(300), "evil")],
            "cannot unpack: nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: File name too long (os error 36)",
        ),
        (
            "a name of 5000 bytes in many directories",
            vec![layer().file(&"d/".repeat(2500), "evil")],
            "cannot unpack: d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/: cannot make its directory: File name too long (os error 36)",
        ),
        (
            "links in a circle",
            vec![layer().symlink("a", "b").symlink("b", "a").file("a/c", "evil")],
            "cannot unpack: a/c: cannot make its directory: Too many levels of symbolic links (os error 40)",
        ),
        (
            "a link to itself",
            vec![layer().symlink("a", "a").file("a/b", "evil")],
            "cannot unpack: a/b: cannot make its directory: Too many levels of symbolic links (os error 40)",
        ),
        (
            "hard links in a circle",
            vec![layer().hard_link("a", "b").hard_link("b", "a")],
            "cannot unpack: a: cannot link to b: No such file or directory (os error 2)",
        ),
        (
            "a hard link to itself",
            vec![layer().file("a", "1").hard_link("a", "a")],
            "cannot unpack: a: cannot link to a: No such file or directory (os error 2)",
        ),
        (
            "a hard link to a directory",
            vec![layer().directory("a").hard_link("b", "a")],
            "cannot unpack: b: cannot link to a: Operation not permitted (os error 1)",
        ),
        (
            "a hard link to the root",
            vec![layer().hard_link("a", "/")],
            "cannot unpack: a: cannot link to /: it is a directory",
        ),
        (
            "a hard link to nothing",
            vec![layer().hard_link("a", "")],
            "cannot unpack: a: cannot link to : it is a directory",
        ),
        (
            "a link to nothing",
            vec![layer().symlink("a", "")],
            "cannot unpack: a: No such file or directory (os error 2)",
        ),
        (
            "a file in a file",
            vec![layer().file("a", "1").file("a/b", "2")],
            "cannot unpack: a/b: cannot make its directory: Not a directory (os error 20)",
        ),
        (
            "what AUFS kept for itself",
            vec![
                layer()
                    .file(".wh..wh.aufs", "1")
                    .directory(".wh..wh.plnk")
                    .file(".wh..wh.plnk/1.2", "1")
                    .file("a", "2"),
            ],
            "a 2",
        ),
    ]
}

fn archives_that_are_none(_canary: &str) -> Vec<Case> {
    let sized = |size: &[u8; 12]| {
        let mut header = header(EntryType::Regular, b"a", 0);
        header.as_old_mut().size = *size;
        layer().raw(header, b"")
    };
    let timed = |mtime: &[u8; 12]| {
        let mut header = header(EntryType::Regular, b"a", 0);
        header.as_old_mut().mtime = *mtime;
        layer().raw(header, b"")
    };
    let mut checksum = layer().file("a", "1");
    checksum.0[0] = b'b';
    let mut cut = layer().file("a", &"1".repeat(5000));
    cut.0.truncate(1024);
    let mut cut_header = layer().file("a", "");
    cut_header.0.truncate(200);
    let record = |text: &[u8]| layer().raw(header(EntryType::XHeader, b"pax", text.len() as u64), text).file("a", "1");
    let global = |layer: Layer| layer.raw(header(EntryType::XGlobalHeader, b"pax", 16), b"16 path=../evil\n");
    let sparse = |size, map| layer().pax(&[("GNU.sparse.size", size), ("GNU.sparse.map", map)]);
    vec![
        ("a wrong checksum", vec![checksum], "malformed archive: archive header checksum mismatch"),
        ("a file that is cut short", vec![cut], "malformed archive: it ends in the middle of an entry"),
        ("a header that is cut short", vec![cut_header], "malformed archive: archive header checksum mismatch"),
        (
            "no archive at all",
            vec![Layer(b"This is no archive. ".repeat(100))],
            "malformed archive: numeric field was not a number: no archi when getting cksum for This is no archive. This is no archive. This is no archive. This is no archive. This is no archive.",
        ),
        (
            "a negative size",
            vec![sized(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
            "malformed archive: size overflow",
        ),
        (
            "a size of all there is",
            vec![sized(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff")],
            "malformed archive: it ends in the middle of an entry",
        ),
        (
            "a size that is no number",
            vec![sized(b"many\0\0\0\0\0\0\0\0")],
            "malformed archive: numeric field was not a number: many when getting size for a",
        ),
        ("a time before 1970", vec![timed(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe")], "a "),
        ("a time after the end of the world", vec![timed(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff")], "a "),
        (
            "a time that is none",
            vec![layer().pax(&[("mtime", b"yesterday")]).file("a", "1")],
            "cannot unpack: a: malformed archive: a time that is none: yesterday",
        ),
        (
            "a time with a fraction that is none",
            vec![layer().pax(&[("mtime", b"1.-5")]).file("a", "1")],
            "cannot unpack: a: malformed archive: a time that is none: 1.-5",
        ),
        (
            "an owner beyond all numbers",
            vec![layer().pax(&[("uid", b"99999999999")]).file("a", "1")],
            "cannot unpack: a: malformed archive: the owner: 99999999999 is too large",
        ),
        (
            "an owner that is none",
            vec![layer().pax(&[("gid", b"4294967295")]).file("a", "1")],
            "cannot unpack: a: malformed archive: the owner: 4294967295 is too large",
        ),
        (
            "an owner who would command the terminal",
            vec![layer().pax(&[("uid", b"\x1b[31m\x1b]0;title\x07")]).file("a", "1")],
            "cannot unpack: a: malformed archive: the owner: not a decimal number: �[31m�]0;title�",
        ),
        (
            "a mode that would command the terminal",
            vec![layer().entry(EntryType::Regular, b"a\x07", b"", |h| h.as_old_mut().mode = *b"\x1b[31m\0\0\0")],
            "cannot unpack: a�: malformed archive: numeric field was not a number: �[31m when getting mode for a�",
        ),
        (
            "a record that claims more than there is",
            vec![record(b"11 path=b\n")],
            "malformed archive: a PAX record that is none: 11 path=b�",
        ),
        (
            "a record that claims less than it is",
            vec![record(b"8 path=b\n")],
            "malformed archive: a PAX record that is none: 8 path=b�",
        ),
        (
            "a record that claims to end in the next one",
            vec![record(b"15 path=b\n10 path=c\n")],
            "malformed archive: a PAX record that is none: 15 path=b�10 path=c�",
        ),
        (
            "a record of the length 0",
            vec![record(b"0 path=b\n")],
            "malformed archive: a PAX record that is none: 0 path=b�",
        ),
        (
            "a record that claims less than its length takes",
            vec![record(b"1 path=b\n")],
            "malformed archive: a PAX record that is none: 1 path=b�",
        ),
        (
            "a record with a length beyond all numbers",
            vec![record(b"99999999999999999998 path=b\n")],
            "malformed archive: a PAX record that is none: 99999999999999999998 path=b�",
        ),
        (
            "a record with a length that is no number",
            vec![record(b"+11 path=b\n")],
            "malformed archive: a PAX record that is none: +11 path=b�",
        ),
        (
            "a record without a length",
            vec![record(b" path=b\n")],
            "malformed archive: a PAX record that is none:  path=b�",
        ),
        ("a record that is a length", vec![record(b"10")], "malformed archive: a PAX record that is none: 10"),
        (
            "a record without a newline",
            vec![record(b"10 path=bc")],
            "malformed archive: a PAX record that is none: 10 path=bc",
        ),
        (
            "a record without an equals sign",
            vec![record(b"7 path\n")],
            "malformed archive: a PAX record that is none: 7 path�",
        ),
        (
            "a newline after the last record",
            vec![record(b"10 path=b\n\n")],
            "malformed archive: a PAX record that is none: �",
        ),
        (
            "a value that looks like a record",
            vec![layer().pax(&[("comment", b"1\n16 path=../evil\n"), ("path", b"b")]).file("a", "1")],
            "b 1",
        ),
        (
            "two headers of records for one entry",
            vec![layer().pax(&[("path", b"b")]).pax(&[("path", b"c")]).file("a", "1")],
            "malformed archive: two headers of the type 'x' for one entry",
        ),
        (
            "a size that is no number, in a record",
            vec![layer().pax(&[("size", b"-1")]).file("a", "1")],
            "malformed archive: not a decimal number: -1",
        ),
        (
            "a size of all there is, in a record",
            vec![layer().pax(&[("size", b"18446744073709551615")]).file("a", "1")],
            "malformed archive: it ends in the middle of an entry",
        ),
        (
            "a name of two megabytes",
            vec![layer().long(EntryType::GNULongName, &[b'n'; 2 << 20]).file("a", "1")],
            "the header of an entry is longer than 1048576 bytes",
        ),
        (
            "two long names for one entry",
            vec![layer().long(EntryType::GNULongName, b"b").long(EntryType::GNULongName, b"c").file("a", "1")],
            "malformed archive: two headers of the type 'L' for one entry",
        ),
        (
            "a long name for no entry",
            vec![layer().long(EntryType::GNULongName, b"b")],
            "malformed archive: it ends before the entry that a header is for",
        ),
        (
            "an unknown type of entry",
            vec![layer().entry(EntryType::new(b'Z'), b"a", b"", |_| ())],
            "cannot unpack: a: unknown type of entry: 'Z'",
        ),
        ("records for all entries", vec![global(global(layer()).file("a", "1"))], "a 1"),
        ("records for all entries, twice", vec![global(global(layer())).file("a", "1")], "a 1"),
        (
            "a sparse file without a length",
            vec![layer().pax(&[("GNU.sparse.major", b"1")]).file("a", "1")],
            "malformed archive: a sparse file without a length",
        ),
        (
            "a sparse file of another version",
            vec![layer().pax(&[("GNU.sparse.major", b"2"), ("GNU.sparse.realsize", b"1")]).file("a", "1")],
            "malformed archive: a sparse file of an unknown version",
        ),
        (
            "a sparse file with half a piece",
            vec![sparse(b"1", b"0,1,1").file("a", "1")],
            "malformed archive: an offset without a length in a sparse file",
        ),
        (
            "a sparse file that is shorter than its pieces",
            vec![sparse(b"1", b"1,1").file("a", "1")],
            "malformed archive: the pieces of a sparse file are not as long as its header says",
        ),
        (
            "a sparse file with more contents than pieces",
            vec![sparse(b"9", b"1,1").file("a", "12")],
            "malformed archive: the pieces of a sparse file are not as long as its header says",
        ),
        (
            "a sparse file with pieces beyond all numbers",
            vec![sparse(b"9", b"1,512,18446744073709551615,18446744073709551615").file("a", "1")],
            "malformed archive: the pieces of a sparse file are not as long as its header says",
        ),
        (
            "a sparse file with pieces over each other",
            vec![sparse(b"9", b"1,512,512,1").file("a", "1")],
            "malformed archive: the pieces of a sparse file overlap, or begin within a block",
        ),
        (
            "a sparse file with pieces of no whole blocks",
            vec![sparse(b"9", b"1,1,3,1").file("a", "12")],
            "malformed archive: the pieces of a sparse file overlap, or begin within a block",
        ),
        (
            "a sparse file with a map that is cut short",
            vec![
                layer()
                    .pax(&[("GNU.sparse.major", b"1"), ("GNU.sparse.realsize", b"9")])
                    .file("a", "18446744073709551615\n1\n"),
            ],
            "malformed archive: it ends in the middle of an entry",
        ),
        ("an attribute that nobody may set", vec![layer().pax(&[("SCHILY.xattr.evil.a", b"1")]).file("a", "1")], "a 1"),
        (
            "an attribute without a name",
            vec![layer().pax(&[("SCHILY.xattr.", b"1")]).file("a", "1")],
            "cannot unpack: a: attribute : Numerical result out of range (os error 34)",
        ),
        ("twenty thousand entries of one name", vec![(0..20_000).fold(layer(), |layer, _| layer.directory("a"))], "a/"),
        (
            "directories in one another, removed",
            vec![deep(), layer().file(".wh.d", "")],
            "cannot unpack: .wh.d: cannot remove directories that are more than 500 deep",
        ),
    ]
}

/// Directories deeper than any path may be long: each time 100 of them further down, over a link.
fn deep() -> Layer {
    let hundred = "d/".repeat(100);
    let mut layer = layer().directory(&hundred).symlink("0", &hundred);
    for number in 0..8 {
        layer = layer.directory(&format!("{number}/{hundred}"));
        layer = layer.symlink(&format!("{}", number + 1), &format!("{number}/{hundred}"));
    }
    layer
}

/// What lies outside; `directory` may hold no name that a test makes.
fn make_canary(canary: &Path) {
    fs::create_dir_all(canary.join("directory")).unwrap();
    fs::write(canary.join("file"), "alive").unwrap();
    symlink("file", canary.join("link")).unwrap();
}

fn check(cases: impl Fn(&str) -> Vec<Case>) {
    let work = temporary();
    if work.path().metadata().unwrap().uid() != 0 {
        return skip("not root, who could do harm");
    }
    let canary = work.path().join("canary");
    make_canary(&canary);
    let before = listing(&canary);
    let mut wrong = Vec::new();
    for (reason, layers, expected) in cases(canary.to_str().unwrap()) {
        let (layout, out) = (work.path().join("oci"), work.path().join("out"));
        image(&layout, &layers);
        let ran = run(ch09().arg(&layout).arg("-o").arg(out.join("rootfs")));
        let outcome = match ran.code {
            Some(0) => tree(&out.join("rootfs")).join(", "),
            Some(1) => match ran.stderr.strip_prefix("error: cannot unpack the layer sha256:") {
                Some(why) => why[64 + 2..].trim_end().to_owned(),
                None => ran.stderr,
            },
            _ => format!("{ran:?}"),
        };
        let outcome = outcome.replace(canary.to_str().unwrap(), "CANARY");
        let left = names(&out);
        let expected_left = if ran.code == Some(0) { vec!["rootfs", "rootfs.image"] } else { vec![] };
        assert_eq!(left, expected_left, "{reason}: what is left in the output directory");
        assert_eq!(before, listing(&canary), "{reason}: what has changed outside");
        assert_eq!(names(work.path()), ["canary", "oci", "out"], "{reason}");
        if outcome != expected {
            wrong.push(format!("{reason}\n  expected {expected:?}\n  found    {outcome:?}\n"));
        }
        for directory in [layout, out] {
            fs::remove_dir_all(directory).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn no_name_leads_outside() {
    check(names_that_lead_outside);
}

#[test]
fn no_link_leads_outside() {
    check(links_that_lead_outside);
}

#[test]
fn strange_names() {
    check(names_that_are_none);
}

#[test]
fn malformed_archives() {
    check(archives_that_are_none);
}
