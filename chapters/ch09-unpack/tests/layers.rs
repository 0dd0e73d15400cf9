//! How layers are applied: each rule of the specification, and each kind of entry.
#![cfg(target_os = "linux")]

mod common;

use ch03_digest::Digest;
use common::{Layer, attributes, ch09, gzip, image, listing, tree, umoci, write_layout};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::process::Command;
use tar::{EntryType, Header};
use test_kit::{have, succeed, temporary};

fn layer() -> Layer {
    Layer::default()
}

/// The root file system of these layers.
struct Unpacked {
    work: tempfile::TempDir,
    stdout: String,
}

impl Unpacked {
    fn root(&self) -> PathBuf {
        self.work.path().join("rootfs")
    }

    fn tree(&self) -> String {
        tree(&self.root()).join(", ")
    }

    fn metadata(&self, name: &str) -> fs::Metadata {
        self.root().join(name).symlink_metadata().unwrap()
    }
}

fn unpack(layers: &[Layer]) -> Unpacked {
    let work = temporary();
    let layout = work.path().join("oci");
    image(&layout, layers);
    let stdout = succeed(ch09().arg(&layout).arg("-o").arg(work.path().join("rootfs")));
    Unpacked { work, stdout }
}

/// The root file system of one layer, which is compressed as `blob` says.
fn unpack_blob(layer: Layer, blob: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let work = temporary();
    let (layout, rootfs) = (work.path().join("oci"), work.path().join("rootfs"));
    let tar = layer.tar();
    write_layout(&layout, &[(blob(&tar), Digest::of(&tar))]);
    succeed(ch09().arg(&layout).arg("-o").arg(&rootfs));
    tree(&rootfs).join(", ")
}

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        test_kit::skip("only root may give files away and make devices");
    }
    is_root
}

#[test]
fn an_upper_layer_adds_and_replaces() {
    let lower = layer().directory("a").file("a/1", "lower").file("a/2", "lower");
    assert_eq!(
        unpack(&[lower, layer().file("a/2", "upper").file("b", "upper")]).tree(),
        "a/, a/1 lower, a/2 upper, b upper"
    );
}

#[test]
fn a_whiteout_removes_a_file_of_a_lower_layer() {
    let lower = layer().file("a", "1").file("b", "2");
    assert_eq!(unpack(&[lower, layer().file(".wh.a", "")]).tree(), "b 2");
}

#[test]
fn a_whiteout_removes_a_directory_with_all_it_holds() {
    let lower = layer().directory("a").directory("a/b").file("a/b/c", "1").symlink("a/d", "b");
    assert_eq!(unpack(&[lower, layer().file(".wh.a", "")]).tree(), "");
}

#[test]
fn a_whiteout_does_not_follow_a_link() {
    let lower = layer().directory("a").file("a/1", "1").symlink("b", "a");
    assert_eq!(unpack(&[lower, layer().file(".wh.b", "")]).tree(), "a/, a/1 1");
}

#[test]
fn a_whiteout_of_nothing_is_no_error() {
    assert_eq!(unpack(&[layer().file("a", "1").file(".wh.b", "").file("c/d/.wh.e", "")]).tree(), "a 1");
}

#[test]
fn a_whiteout_affects_lower_layers_only_wherever_it_stands() {
    let lower = layer().directory("a").file("a/lower", "1").file("b", "lower");
    let before = layer().file(".wh.a", "").file(".wh.b", "").directory("a").file("a/upper", "2").file("b", "upper");
    let after = layer().directory("a").file("a/upper", "2").file("b", "upper").file(".wh.a", "").file(".wh.b", "");
    for upper in [before, after] {
        assert_eq!(unpack(&[lower.clone(), upper]).tree(), "a/, a/upper 2, b upper");
    }
}

#[test]
fn an_opaque_whiteout_empties_a_directory_of_what_lower_layers_put_there() {
    let lower = layer().directory("a").file("a/lower", "1").directory("a/b").file("a/b/lower", "1");
    let before = layer().directory("a").file("a/.wh..wh..opq", "").file("a/b/upper", "2").file("a/c", "3");
    let after = layer().file("a/b/upper", "2").file("a/c", "3").file("a/.wh..wh..opq", "").directory("a");
    for upper in [before, after] {
        assert_eq!(unpack(&[lower.clone(), upper]).tree(), "a/, a/b/, a/b/upper 2, a/c 3");
    }
}

#[test]
fn a_whiteout_keeps_what_the_layer_made_below_it_even_over_a_link() {
    let lower = layer().directory("a").directory("a/b").file("a/b/lower", "1").symlink("l", "a/b");
    assert_eq!(
        unpack(&[lower, layer().file("l/upper", "2").file(".wh.a", "")]).tree(),
        "a/, a/b/, a/b/upper 2, l -> a/b"
    );
}

/// The same inode is no reason to keep the lower name.
#[test]
fn a_whiteout_of_a_file_that_got_another_name() {
    assert_eq!(unpack(&[layer().file("a", "1"), layer().hard_link("b", "a").file(".wh.a", "")]).tree(), "b 1");
}

#[test]
fn a_file_replaces_a_directory_and_the_reverse() {
    let lower = layer().directory("a").file("a/1", "1").file("b", "2");
    assert_eq!(unpack(&[lower, layer().file("a", "file").directory("b").file("b/1", "1")]).tree(), "a file, b/, b/1 1");
}

#[test]
fn a_directory_over_a_directory_keeps_its_contents_and_takes_the_metadata() {
    let lower = layer().pax(&[("SCHILY.xattr.user.lower", b"1")]).directory("a").file("a/1", "1");
    let upper = layer().entry(EntryType::Directory, b"a/", b"", |header: &mut Header| {
        header.set_mode(0o1777);
        header.set_mtime(5000);
    });
    let unpacked = unpack(&[lower, upper]);
    assert_eq!(unpacked.tree(), "a/, a/1 1");
    assert_eq!((unpacked.metadata("a").mode() & 0o7777, unpacked.metadata("a").mtime()), (0o1777, 5000));
    assert_eq!(attributes(&unpacked.root().join("a")), []);
}

#[test]
fn a_file_or_a_directory_replaces_a_link() {
    let lower = layer().directory("d").file("f", "1").symlink("to-d", "d").symlink("to-f", "f").symlink("also", "f");
    let upper = layer().directory("to-d").file("to-f", "2").symlink("also", "d");
    assert_eq!(unpack(&[lower, upper]).tree(), "also -> d, d/, f 1, to-d/, to-f 2");
}

#[test]
fn a_link_to_a_directory_is_followed_within_the_root() {
    let lower =
        layer().directory("real").symlink("relative", "real").symlink("absolute", "/real").symlink("up", "../../real");
    let upper = layer().file("relative/1", "1").file("absolute/2", "2").file("up/3", "3");
    let expected = "absolute -> /real, real/, real/1 1, real/2 2, real/3 3, relative -> real, up -> ../../real";
    assert_eq!(unpack(&[lower, upper]).tree(), expected);
}

#[test]
fn parents_that_are_missing_are_made() {
    let unpacked = unpack(&[layer().file("a/b/c", "1")]);
    assert_eq!(unpacked.tree(), "a/, a/b/, a/b/c 1");
    assert_eq!(unpacked.metadata("a/b").mode() & 0o7777, 0o755);
    assert_eq!(["", "a", "a/b"].map(|name| unpacked.metadata(name).mtime()), [0; 3], "no time of this run");
}

#[test]
fn times_of_directories_are_right_though_something_is_added_later() {
    let lower = layer().directory("./").directory("a").file("a/1", "1").directory("a/b").file("a/2", "2");
    let unpacked = unpack(&[lower, layer().file("a/3", "3").file("a/.wh.1", "").symlink("a/4", "3")]);
    for directory in ["", "a", "a/b"] {
        assert_eq!(unpacked.metadata(directory).mtime(), 1000, "{directory}");
    }
}

#[test]
fn times_have_nanoseconds_and_may_lie_before_1970() {
    let times: [(&[u8], (i64, i64)); 5] = [
        (b"1.000000001", (1, 1)),
        (b"1.5", (1, 500_000_000)),
        (b"-1.25", (-2, 750_000_000)),
        (b"-3", (-3, 0)),
        (b"1.0123456789", (1, 12_345_678)),
    ];
    for (text, expected) in times {
        let unpacked = unpack(&[layer().pax(&[("mtime", text)]).file("a", "1")]);
        let metadata = unpacked.metadata("a");
        assert_eq!((metadata.mtime(), metadata.mtime_nsec()), expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    let work = temporary();
    let modes = [0o644, 0o4755, 0o2711, 0o1777, 0o7777, 0o000];
    let layer = modes.iter().fold(layer().file("made/for/it", ""), |layer, mode| {
        layer
            .entry(EntryType::Regular, format!("f{mode:o}").as_bytes(), b"1", |header| header.set_mode(*mode))
            .entry(EntryType::Directory, format!("d{mode:o}").as_bytes(), b"", |header| header.set_mode(*mode))
            .entry(EntryType::Fifo, format!("p{mode:o}").as_bytes(), b"", |header| header.set_mode(*mode))
    });
    image(&work.path().join("oci"), &[layer]);
    let [narrow, wide] = ["077", "000"].map(|umask| {
        let rootfs = work.path().join(umask);
        let mut sh = Command::new("sh");
        sh.args(["-c", r#"umask $0; "$@""#, umask]).arg(ch09().get_program()).arg("--platform=linux/amd64");
        succeed(sh.arg(work.path().join("oci")).arg("-o").arg(&rootfs));
        rootfs
    });
    let mode = |path: PathBuf| path.symlink_metadata().unwrap().mode() & 0o7777;
    for root in [narrow, wide] {
        for expected in modes {
            for kind in ["f", "d", "p"] {
                assert_eq!(mode(root.join(format!("{kind}{expected:o}"))), expected, "{kind}");
            }
        }
        assert_eq!((mode(root.join("made/for")), mode(root)), (0o755, 0o755));
    }
}

#[test]
fn owners_and_what_a_change_of_owner_takes_away() {
    if !is_root() {
        return;
    }
    let capability = b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let layer = layer().pax(&[("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.user.a", b"\0b")]);
    let layer = layer.entry(EntryType::Regular, b"a", b"1", |header| {
        header.set_uid(1000);
        header.set_gid(2000);
        header.set_mode(0o6755);
    });
    let layer = layer.pax(&[("uid", b"3000000"), ("gid", b"3000001")]).symlink("b", "a");
    let unpacked = unpack(&[layer]);
    let (a, b) = (unpacked.metadata("a"), unpacked.metadata("b"));
    assert_eq!((a.uid(), a.gid(), a.mode() & 0o7777), (1000, 2000, 0o6755));
    assert_eq!((b.uid(), b.gid()), (3_000_000, 3_000_001));
    let expected = [("security.capability".to_owned(), capability.to_vec()), ("user.a".to_owned(), b"\0b".to_vec())];
    assert_eq!(attributes(&unpacked.root().join("a")), expected);
}

#[test]
fn devices_and_fifos() {
    if !is_root() {
        return;
    }
    let unpacked = unpack(&[layer()
        .device("null", EntryType::Char, 1, 3)
        .device("loop", EntryType::Block, 7, 300)
        .device("fifo", EntryType::Fifo, 0, 0)]);
    let kinds =
        ["null", "loop", "fifo"].map(|name| (unpacked.metadata(name).file_type(), unpacked.metadata(name).rdev()));
    assert!(kinds[0].0.is_char_device() && kinds[1].0.is_block_device() && kinds[2].0.is_fifo());
    assert_eq!(kinds.map(|(_, device)| device), [0x103, rustix::fs::makedev(7, 300), 0]);
}

#[test]
fn hard_links_within_a_layer_and_to_a_lower_one() {
    let unpacked =
        unpack(&[layer().file("a", "1").hard_link("b", "/a"), layer().hard_link("c/d", "./b").hard_link("a", "b")]);
    assert_eq!(unpacked.tree(), "a 1, b 1, c/, c/d 1");
    assert_eq!(unpacked.metadata("a").nlink(), 3);
}

#[test]
fn a_file_that_replaces_one_of_two_names_leaves_the_other() {
    assert_eq!(unpack(&[layer().file("a", "1").hard_link("b", "a"), layer().file("b", "2")]).tree(), "a 1, b 2");
}

#[test]
fn long_names() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let pax = format!("{}/{}", "e".repeat(120), "g".repeat(200));
    let unpacked = unpack(&[layer()
        .file(&long, "1")
        .hard_link("hard", &long)
        .symlink("soft", &long)
        .pax(&[("path", pax.as_bytes()), ("linkpath", long.as_bytes())])
        .symlink("short", "short")]);
    let (d, e) = ("d".repeat(120), "e".repeat(120));
    assert_eq!(unpacked.tree(), format!("{d}/, {long} 1, {e}/, {pax} -> {long}, hard 1, soft -> {long}"));
}

/// A program's capabilities are bytes, for example, and one of them may be a newline.
#[test]
fn attributes_hold_any_bytes() {
    if !have(&["umoci", "sh"]) || !is_root() {
        return;
    }
    let capability = b"\x01\0\0\x02\n\x20\0\0\n\0\0\0\0\0\0\0\0\0\0\0";
    let all: Vec<u8> = (0..=255).collect();
    let records: [(&str, &[u8]); 5] = [
        ("SCHILY.xattr.security.capability", capability),
        ("SCHILY.xattr.user.a", b"1\n2"),
        ("SCHILY.xattr.user.all", &all),
        ("SCHILY.xattr.user.b", b"\n=\0\n13 path=evil\n"),
        ("mtime", b"1.5"), // it is not lost, either
    ];
    let unpacked = unpack(&[layer().pax(&records).file("a", "1")]);
    let found = attributes(&unpacked.root().join("a"));
    let expected = records[..4].iter().map(|(key, value)| (key.replace("SCHILY.xattr.", ""), value.to_vec()));
    assert_eq!(found, expected.collect::<Vec<_>>());
    assert_eq!((unpacked.metadata("a").mtime(), unpacked.metadata("a").mtime_nsec()), (1, 500_000_000));
    let umoci = umoci(&unpacked.work.path().join("oci"), &unpacked.work.path().join("umoci"));
    assert_eq!(listing(&unpacked.root())[&PathBuf::from("a")], umoci[&PathBuf::from("a")]);
}

/// A size of what is no file counts for nothing, so what follows is an entry, as in Go.
#[test]
fn links_and_directories_have_no_contents() {
    if !have(&["umoci", "sh"]) || !is_root() {
        return;
    }
    let sized = |layer: Layer, kind, name: &str| {
        layer.entry(kind, name.as_bytes(), b"", |header| {
            header.as_old_mut().linkname[..6].copy_from_slice(b"target");
            header.set_size(512);
            header.set_device_major(1).unwrap();
            header.set_device_minor(3).unwrap();
        })
    };
    let mut layers = layer().file("target", "");
    for (kind, name) in [
        (EntryType::Link, "hard"),
        (EntryType::Symlink, "soft"),
        (EntryType::Char, "char"),
        (EntryType::Block, "block"),
        (EntryType::Directory, "directory"),
        (EntryType::Fifo, "fifo"),
    ] {
        layers = sized(layers, kind, name).file(&format!("after-{name}"), "1");
    }
    let unpacked = unpack(&[layers]);
    let umoci = umoci(&unpacked.work.path().join("oci"), &unpacked.work.path().join("umoci"));
    let ours = listing(&unpacked.root());
    assert_eq!(ours.keys().filter(|name| name.to_string_lossy().contains("after")).count(), 6);
    assert!(ours.keys().eq(umoci.keys()), "{ours:?} {umoci:?}");
}

/// The last of several records counts, and an empty one does not, as in Go. An attribute may be empty.
#[test]
fn records_take_the_place_of_fields() {
    let records: [(&str, &[u8]); 6] = [
        ("path", b"b"),
        ("path", b"c"),
        ("size", b"600"),
        ("size", b"700"),
        ("mtime", b""),
        ("SCHILY.xattr.user.empty", b""),
    ];
    let contents = "1".repeat(700);
    let file = layer().pax(&records).entry(EntryType::Regular, b"a", contents.as_bytes(), |header| header.set_size(1));
    let unpacked = unpack(&[file.pax(&[("path", b""), ("linkpath", b"x\ny")]).symlink("d", "e")]);
    assert_eq!(unpacked.tree(), format!("c {contents}, d -> x\ny"));
    assert_eq!(unpacked.metadata("c").mtime(), 1000);
    assert_eq!(attributes(&unpacked.root().join("c")), [("user.empty".to_owned(), vec![])]);
}

/// GNU tar leaves the numbers of a device out where there is none, others more.
#[test]
fn numbers_that_are_left_out_are_0() {
    let blank = |kind, name: &[u8]| {
        layer().entry(kind, name, b"", |header| {
            for field in [100..108, 108..116, 116..124, 136..148, 329..337, 337..345] {
                header.as_mut_bytes()[field].fill(if name == b"a" { 0 } else { b' ' });
            }
        })
    };
    for name in ["a", "b"] {
        let unpacked = unpack(&[blank(EntryType::Regular, name.as_bytes())]);
        let file = unpacked.metadata(name);
        assert_eq!((file.mode() & 0o7777, file.mtime()), (0, 0));
        if rustix::process::geteuid().is_root() {
            assert_eq!((file.uid(), file.gid()), (0, 0));
            let device = unpack(&[blank(EntryType::Char, name.as_bytes())]);
            assert_eq!(device.metadata(name).rdev(), 0);
        }
    }
}

#[test]
fn a_sparse_file_of_gnu_tar_keeps_its_holes() {
    if !have(&["GNU tar"]) {
        return;
    }
    let work = temporary();
    let file = fs::File::create(work.path().join("sparse")).unwrap();
    // More pieces than a header has room for, and than the block after it.
    for piece in 0..40 {
        std::os::unix::fs::FileExt::write_all_at(&file, b"in the middle", piece << 21).unwrap();
    }
    for end in [100 << 20, (39 << 21) + 13] {
        file.set_len(end).unwrap();
        for format in ["gnu", "pax --sparse-version=0.0", "pax --sparse-version=0.1", "pax --sparse-version=1.0"] {
            let tar = work.path().join("layer.tar");
            let mut command = Command::new("tar");
            command.args(format!("--sparse --format={format}").split(' ')).arg("-C").arg(work.path());
            succeed(command.arg("-cf").arg(&tar).args(["--hard-dereference", "sparse", "sparse"]));
            let (tar, layout, rootfs) = (fs::read(tar).unwrap(), work.path().join("oci"), work.path().join("rootfs"));
            assert!(tar.len() < 2 << 20, "{format}");
            write_layout(&layout, &[(gzip(&tar), Digest::of(&tar))]);
            succeed(ch09().arg(&layout).arg("-o").arg(&rootfs));
            let (theirs, ours) = (work.path().join("sparse"), rootfs.join("sparse"));
            assert!(fs::read(&ours).unwrap() == fs::read(theirs).unwrap(), "{format}");
            assert!(ours.metadata().unwrap().blocks() * 512 < 2 << 20, "{format}: it has no holes");
        }
    }
}

#[test]
fn an_old_archive_marks_a_directory_by_a_slash() {
    assert_eq!(
        unpack(&[layer().entry(EntryType::Regular, b"a/", b"", |header| header.set_mode(0o755)).file("a/b", "1")])
            .tree(),
        "a/, a/b 1"
    );
}

#[test]
fn the_root_has_metadata_too() {
    let root = |name: &[u8]| layer().entry(EntryType::Directory, name, b"", |header| header.set_mode(0o711));
    for name in [b".".as_slice(), b"./", b"/"] {
        let unpacked = unpack(&[root(name)]);
        assert_eq!((unpacked.metadata("").mode() & 0o7777, unpacked.metadata("").mtime()), (0o711, 1000));
    }
}

#[test]
fn a_layer_without_entries_and_an_image_without_layers() {
    assert_eq!(unpack(&[layer(), layer()]).tree(), "");
    assert_eq!(unpack(&[]).tree(), "");
}

#[test]
fn gzip_zstd_and_none() {
    let archive = || layer().file("a", &"x".repeat(1000)).file("b", "1");
    let expected = format!("a {}, b 1", "x".repeat(1000));
    assert_eq!(unpack_blob(archive(), <[u8]>::to_vec), expected);
    assert_eq!(unpack_blob(archive(), gzip), expected);
    // Two members, and an empty third.
    assert_eq!(unpack_blob(archive(), |tar| [gzip(&tar[..700]), gzip(&tar[700..]), gzip(b"")].concat()), expected);
    if have(&["zstd"]) {
        assert_eq!(unpack_blob(archive(), zstd), expected);
        let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc";
        let frames =
            |tar: &[u8]| [skippable, &zstd(&tar[..700])[..], skippable, &zstd(&tar[700..]), skippable].concat();
        assert_eq!(unpack_blob(archive(), frames), expected);
    }
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let work = temporary();
    fs::write(work.path().join("a"), bytes).unwrap();
    Command::new("zstd").arg("-qc").arg(work.path().join("a")).output().unwrap().stdout
}

/// Some archivers fill up to a record, and some append what they like: the DiffID names it all.
#[test]
fn what_follows_the_end_of_the_archive_is_verified_and_ignored() {
    let more = |tar: &[u8]| [tar, &[0; 20_000], &layer().file("b", "ignored").tar()].concat();
    let work = temporary();
    let (layout, rootfs) = (work.path().join("oci"), work.path().join("rootfs"));
    let tar = more(&layer().file("a", "1").tar());
    write_layout(&layout, &[(gzip(&tar), Digest::of(&tar))]);
    succeed(ch09().arg(&layout).arg("-o").arg(&rootfs));
    assert_eq!(tree(&rootfs), ["a 1"]);
}

#[test]
fn the_same_layer_twice() {
    let layer = layer().directory("a").file("a/b", "1").hard_link("a/c", "a/b").symlink("d", "a").file(".wh.e", "");
    let (once, twice) = (unpack(std::slice::from_ref(&layer)), unpack(&[layer.clone(), layer]));
    assert_eq!(listing(&once.root()).len(), 5);
    assert_eq!(once.tree(), twice.tree());
    assert!(once.stdout.contains("\n  5 entries, 1 of them whiteouts; its DiffID is verified\n"), "{}", once.stdout);
}
