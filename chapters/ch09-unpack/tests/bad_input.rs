//! Each bad input, its exact message, and what is still there afterwards.
#![cfg(target_os = "linux")]

mod common;

use ch03_digest::Digest;
use common::{Layer, ch09, gzip, image, tree, write_layout};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use test_kit::{fails, have, names, succeed, temporary, unprivileged};

/// A directory with the image layout `oci` of one layer, and the root file system of an earlier run.
struct Bench {
    work: tempfile::TempDir,
    /// The layer's digest and DiffID.
    layer: Digest,
    diff_id: Digest,
}

impl Bench {
    fn new(blob: &[u8], diff_id: Digest) -> Bench {
        let bench = Bench { work: temporary(), layer: Digest::of(blob), diff_id: diff_id.clone() };
        image(&bench.layout(), &[Layer::default().file("earlier", "kept")]);
        succeed(ch09().arg(bench.layout()).arg("-o").arg(bench.rootfs()));
        fs::remove_dir_all(bench.layout()).unwrap();
        write_layout(&bench.layout(), &[(blob.to_vec(), diff_id)]);
        bench
    }

    fn of(layer: Layer) -> Bench {
        let tar = layer.tar();
        Bench::new(&gzip(&tar), Digest::of(&tar))
    }

    fn layout(&self) -> PathBuf {
        self.work.path().join("oci")
    }

    fn rootfs(&self) -> PathBuf {
        self.work.path().join("out/rootfs")
    }

    fn blob(&self) -> PathBuf {
        self.layout().join("blobs/sha256").join(self.layer.hex())
    }

    /// It fails with this, and the earlier root file system is still there.
    #[track_caller]
    fn refused(&self, arguments: &[&str], error: &str) {
        let marker = fs::read(self.rootfs().with_extension("image")).unwrap();
        fails(ch09().arg(self.layout()).arg("-o").arg(self.rootfs()).args(arguments), 1, error);
        assert_eq!(tree(&self.rootfs()), ["earlier kept"]);
        assert_eq!(fs::read(self.rootfs().with_extension("image")).unwrap(), marker);
        assert_eq!(names(self.rootfs().parent().unwrap()), ["rootfs", "rootfs.image"]);
    }

    fn failed(&self, why: &str) -> String {
        format!("error: cannot unpack the layer {}: {why}", self.layer)
    }
}

fn some() -> Layer {
    Layer::default().file("a", &"1234567890".repeat(1000))
}

#[test]
fn a_blob_that_is_missing() {
    let bench = Bench::of(some());
    fs::remove_file(bench.blob()).unwrap();
    let why = fs::File::open(bench.blob()).unwrap_err();
    bench.refused(&[], &bench.failed(&format!("cannot read: {}: {why}", bench.blob().display())));
}

#[test]
fn a_blob_with_other_bytes() {
    let bench = Bench::of(some());
    let blob = fs::read(bench.blob()).unwrap();
    let (mut other, middle) = (blob.clone(), blob.len() / 2);
    other[middle] ^= 1;
    for damaged in [&other[..], &blob[..middle], &[&blob[..], b"more"].concat(), b""] {
        fs::write(bench.blob(), damaged).unwrap();
        let why = "the blob's bytes are not those of its digest\nhelp: pull the image again";
        bench.refused(&[], &bench.failed(why));
    }
}

#[test]
fn another_diff_id() {
    let tar = some().tar();
    let bench = Bench::new(&gzip(&tar), Digest::of(b"another"));
    let (is, says) = (Digest::of(&tar), &bench.diff_id);
    let why = format!("its archive has the DiffID {is}, and not the one in the configuration, {says}");
    bench.refused(&[], &bench.failed(&why));
}

/// The DiffID names all that comes out of the blob, not only the archive.
#[test]
fn a_diff_id_of_the_archive_without_what_follows() {
    let tar = some().tar();
    let longer = [&tar[..], b"more"].concat();
    let bench = Bench::new(&gzip(&longer), Digest::of(&tar));
    let (is, says) = (Digest::of(&longer), &bench.diff_id);
    let why = format!("its archive has the DiffID {is}, and not the one in the configuration, {says}");
    bench.refused(&[], &bench.failed(&why));
}

fn put(layout: &Path, descriptor: &mut serde_json::Value, text: &str) {
    let digest = Digest::of(text.as_bytes());
    fs::write(layout.join("blobs/sha256").join(digest.hex()), text).unwrap();
    descriptor["digest"] = digest.to_string().into();
    descriptor["size"] = text.len().into();
}

/// Writes a configuration in the place of the image's, with the right digests all the way up.
fn with_config(layout: &Path, config: &str) {
    with_manifest(layout, |manifest| put(layout, &mut manifest["config"], config));
}

/// The same with the manifest.
fn with_manifest(layout: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let read = |digest: &str| fs::read_to_string(layout.join("blobs").join(digest.replace(':', "/"))).unwrap();
    let mut index: serde_json::Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
    let mut manifest: serde_json::Value =
        serde_json::from_str(&read(index["manifests"][0]["digest"].as_str().unwrap())).unwrap();
    change(&mut manifest);
    let text = manifest.to_string();
    put(layout, &mut index["manifests"][0], &text);
    index["manifests"][0]["platform"] = serde_json::json!({ "architecture": "amd64", "os": "linux" });
    fs::write(layout.join("index.json"), index.to_string()).unwrap();
}

#[test]
fn more_layers_than_diff_ids() {
    let bench = Bench::of(some());
    with_config(&bench.layout(), r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#);
    bench.refused(&[], "error: the configuration has 0 DiffIDs for 1 layers");
}

/// Some write a list without elements like this.
#[test]
fn no_layers_and_no_list_of_diff_ids() {
    for rootfs in [r#"{"type":"layers"}"#, r#"{"type":"layers","diff_ids":null}"#] {
        let bench = Bench::of(some());
        with_config(&bench.layout(), &format!(r#"{{"architecture":"amd64","os":"linux","rootfs":{rootfs}}}"#));
        bench.refused(&[], "error: the configuration has 0 DiffIDs for 1 layers");
        with_manifest(&bench.layout(), |manifest| manifest["layers"] = serde_json::json!([]));
        succeed(ch09().arg(bench.layout()).arg("-o").arg(bench.rootfs()));
        assert_eq!(names(&bench.rootfs()), [""; 0]);
    }
}

#[test]
fn a_configuration_that_is_none() {
    let bench = Bench::of(some());
    with_config(&bench.layout(), r#"{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":["md5:\u001b[2J"]}}"#);
    let why = "unknown digest algorithm: md5: it is neither sha256 nor sha512 at line 1 column 75";
    bench.refused(&[], &format!("error: malformed config: {why}"));
}

#[test]
fn gzip_that_is_none() {
    let tar = some().tar();
    let mut blob = gzip(&tar);
    blob.truncate(60);
    let bench = Bench::new(&blob, Digest::of(&tar));
    bench.refused(&[], &bench.failed("malformed archive: incomplete deflate stream"));
    let bench = Bench::new(&[&gzip(&tar)[..], b"more"].concat(), Digest::of(&tar));
    bench.refused(&[], &bench.failed("unexpected end of file"));
    let bench = Bench::new(&[&gzip(&tar)[..], &[b'x'; 100]].concat(), Digest::of(&tar));
    bench.refused(&[], &bench.failed("invalid gzip header"));
}

#[test]
fn zstd_that_is_none() {
    let blob = b"\x28\xb5\x2f\xfd nothing that zstd made";
    let bench = Bench::new(blob, Digest::of(b""));
    let ran = test_kit::run(ch09().arg(bench.layout()).arg("-o").arg(bench.rootfs()));
    assert!(ran.stderr.starts_with(&bench.failed("malformed archive: ")), "{}", ran.stderr);
    assert_eq!((ran.code, tree(&bench.rootfs())), (Some(1), vec!["earlier kept".to_owned()]));
}

#[test]
fn an_image_that_is_larger_than_allowed() {
    let help = "help: if you trust the image, allow more with --max-size";
    let bench = Bench::of(some());
    bench.refused(
        &["--max-size", "10K"],
        &bench.failed(&format!("cannot unpack: a: the image is larger than 10240 bytes\n{help}")),
    );
    succeed(ch09().arg(bench.layout()).arg("-o").arg(bench.rootfs()).args(["--max-size", "12K"]));
    assert_eq!(names(&bench.rootfs()), ["a"]);
}

#[test]
fn sizes_that_are_none() {
    for size in ["", "0", "-1", "1.5G", "10X", "G", "99999999999T"] {
        let error = format!(
            "error: invalid value '{size}' for '--max-size <SIZE>': it is no number of bytes, such as 500M or 2G\n\n\
             For more information, try '--help'."
        );
        fails(ch09().arg(format!("--max-size={size}")), 2, &error);
    }
}

#[test]
fn a_directory_that_somebody_else_made() {
    let bench = Bench::of(some());
    // It is found out before the work, not after.
    fs::remove_file(bench.blob()).unwrap();
    let mine = bench.work.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("work"), "kept").unwrap();
    let error = format!(
        "error: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out",
        mine.display()
    );
    fails(ch09().arg(bench.layout()).arg("-o").arg(&mine), 1, &error);
    assert_eq!(tree(&mine), ["work kept"]);
    assert_eq!(names(bench.work.path()), ["mine", "oci", "out"]);
    // Over a link to it as well, or to an empty one: on a larger disk, say.
    let link = bench.work.path().join("link");
    fs::create_dir(bench.work.path().join("large")).unwrap();
    for target in ["mine", "large"] {
        symlink(target, &link).unwrap();
        fails(ch09().arg(bench.layout()).arg("-o").arg(&link), 1, &error.replace("/mine:", "/link:"));
        assert_eq!(tree(&mine), ["work kept"]);
        assert_eq!(fs::read_link(&link).unwrap(), Path::new(target));
        fs::remove_file(&link).unwrap();
    }
}

/// Once the directory is moved away, `..` is elsewhere.
#[test]
fn the_current_directory() {
    let bench = Bench::of(some());
    let inside = bench.rootfs().join("inside");
    fs::create_dir(&inside).unwrap();
    for (here, place) in [(bench.rootfs(), "../rootfs"), (inside.clone(), "../../rootfs")] {
        let error = format!(
            "error: cannot write: {place}: it would be replaced, and you are in it\nhelp: go to another directory first"
        );
        fails(ch09().current_dir(here).arg(bench.layout()).args(["-o", place]), 1, &error);
        assert_eq!(tree(&bench.rootfs()), ["earlier kept", "inside/"]);
    }
    fs::remove_dir(&inside).unwrap();
    assert_eq!(names(&bench.work.path().join("out")), ["rootfs", "rootfs.image"]);
}

/// What is mounted cannot be moved away. A marker beside it would make it ours.
#[test]
fn a_mount() {
    if !have(&["unshare", "mount"]) {
        return;
    }
    let bench = Bench::of(some());
    let disk = bench.work.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let marker = fs::read(bench.rootfs().with_extension("image")).unwrap();
    for place in [disk, bench.rootfs()] {
        let (mut sh, ch09) = (Command::new("unshare"), ch09());
        sh.args(["--map-root-user", "--mount", "sh", "-c", r#"mount -t tmpfs none "$0" && exec "$@""#]).arg(&place);
        let why = std::io::Error::from_raw_os_error(rustix::io::Errno::BUSY.raw_os_error());
        let error = format!("error: cannot write: {}: {why}", place.display());
        fails(sh.arg(ch09.get_program()).args(ch09.get_args()).arg(bench.layout()).arg("-o").arg(&place), 1, &error);
    }
    assert_eq!(names(bench.work.path()), ["disk", "oci", "out"]);
    assert_eq!(fs::read(bench.rootfs().with_extension("image")).unwrap(), marker);
}

#[test]
fn a_file_in_the_place_of_the_directory() {
    let bench = Bench::of(some());
    // It is found out before the work, not after.
    fs::remove_file(bench.blob()).unwrap();
    let (file, link) = (bench.work.path().join("file"), bench.work.path().join("link"));
    fs::write(&file, "kept").unwrap();
    symlink("nowhere", &link).unwrap();
    for place in [&file, &link] {
        let error = format!(
            "error: cannot write: {}: a file of that name is there, and this program did not make it\n\
             help: choose another directory with --out",
            place.display()
        );
        fails(ch09().arg(bench.layout()).arg("-o").arg(place), 1, &error);
    }
    assert_eq!(fs::read(&file).unwrap(), b"kept");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("nowhere"));
    assert_eq!(names(bench.work.path()), ["file", "link", "oci", "out"]);
}

/// A disk image, say, beside the directory that is mounted from it.
#[test]
fn a_file_that_is_no_marker() {
    let bench = Bench::of(some());
    let (place, image) = (bench.work.path().join("vm"), bench.work.path().join("vm.image"));
    for contents in [&b"a disk"[..], b"", &[0xff; 4096]] {
        fs::write(&image, contents).unwrap();
        let error = format!(
            "error: cannot write: {}: a file of that name is there, and this program did not make it\n\
             help: choose another directory with --out",
            image.display()
        );
        fails(ch09().arg(bench.layout()).arg("-o").arg(&place), 1, &error);
        fs::create_dir_all(place.join("work")).unwrap();
        fails(ch09().arg(bench.layout()).arg("-o").arg(&place), 1, &error);
        assert_eq!((fs::read(&image).unwrap().as_slice(), tree(&place).len()), (contents, 1));
        fs::remove_dir_all(&place).unwrap();
    }
    // What an earlier run left that was stopped in the middle is one.
    fs::write(&image, "no image\n").unwrap();
    fs::create_dir_all(place.join("earlier")).unwrap();
    succeed(ch09().arg(bench.layout()).arg("-o").arg(&place));
    assert_eq!(names(&place), ["a"]);
}

#[test]
fn an_empty_directory_and_an_earlier_root_are_replaced() {
    let bench = Bench::of(Layer::default().directory("d").file("d/new", "1"));
    // Whoever made it may have closed it since. Only root can move it then.
    if rustix::process::geteuid().is_root() {
        fs::set_permissions(bench.rootfs(), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let empty = bench.work.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for place in [bench.rootfs(), empty] {
        succeed(ch09().arg(bench.layout()).arg("-o").arg(&place));
        assert_eq!(tree(&place), ["d/", "d/new 1"]);
    }
    assert_eq!(names(bench.work.path()), ["empty", "empty.image", "oci", "out"]);
}

/// Chapter 10 holds this lock as long as a container runs in the files.
#[test]
fn files_that_a_container_uses() {
    let bench = Bench::of(some());
    let rootfs = bench.rootfs();
    let in_use = fs::File::open(&rootfs).unwrap();
    rustix::fs::flock(&in_use, rustix::fs::FlockOperation::LockShared).unwrap();
    let why = "a container runs in it\nhelp: choose another directory with --out";
    bench.refused(&[], &format!("error: cannot unpack to {}: {why}", rootfs.display()));
    drop(in_use);
    succeed(ch09().arg(bench.layout()).arg("-o").arg(&rootfs));
}

#[test]
fn no_name_for_a_directory() {
    let bench = Bench::of(some());
    for place in ["/", "..", "a/.."] {
        let error = format!("error: cannot unpack into {place}: it names no new directory");
        fails(ch09().current_dir(bench.work.path()).arg("oci").args(["-o", place]), 1, &error);
    }
    assert_eq!(names(bench.work.path()), ["oci", "out"]);
}

#[test]
fn a_directory_that_lies_in_the_layout() {
    let bench = Bench::of(some());
    let place = bench.layout().join("rootfs");
    // The second time, the layout is still one.
    for _ in 0..2 {
        succeed(ch09().arg(bench.layout()).arg("-o").arg(&place));
        assert_eq!(names(&place), ["a"]);
    }
    let error = format!(
        "error: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out",
        bench.layout().join("blobs").display()
    );
    fails(ch09().arg(bench.layout()).arg("-o").arg(bench.layout().join("blobs")), 1, &error);
    succeed(ch09().arg(bench.layout()).arg("-o").arg(&place));
}

/// No layer is as large as this, and nothing is added to it.
#[test]
fn sizes_beyond_all_numbers() {
    let bench = Bench::of(some());
    let layout = bench.layout();
    with_manifest(&layout, |manifest| {
        let layer = manifest["layers"][0].as_object_mut().unwrap();
        layer["size"] = u64::MAX.into();
        let layer = manifest["layers"][0].clone();
        manifest["layers"] = serde_json::json!([layer, layer]);
    });
    let config = serde_json::json!({ "architecture": "amd64", "os": "linux",
        "rootfs": { "type": "layers", "diff_ids": [bench.diff_id, bench.diff_id] } });
    with_config(&layout, &config.to_string());
    bench.refused(&[], &bench.failed("the blob's bytes are not those of its digest\nhelp: pull the image again"));
}

/// Whoever is root without root's capabilities, as in many containers.
#[test]
fn what_only_root_may_do() {
    if !rustix::process::geteuid().is_root() || !have(&["setpriv"]) {
        return;
    }
    let help = "help: leave out what needs root with --rootless";
    let owned = |kind, name: &[u8]| Layer::default().entry(kind, name, b"", |header| header.set_uid(1000));
    let device = Layer::default().device("null", tar::EntryType::Char, 1, 3);
    let trusted = Layer::default().pax(&[("SCHILY.xattr.trusted.a", b"1")]).file("a", "");
    let cases = [
        (
            owned(tar::EntryType::Regular, b"a"),
            format!("cannot unpack: a: Operation not permitted (os error 1)\n{help}"),
        ),
        (device, format!("cannot unpack: null: Operation not permitted (os error 1)\n{help}")),
        (trusted, format!("cannot unpack: a: attribute trusted.a: Operation not permitted (os error 1)\n{help}")),
    ];
    for (layer, why) in cases {
        let bench = Bench::of(layer);
        fails(unprivileged(&ch09()).arg(bench.layout()).arg("-o").arg(bench.rootfs()), 1, &bench.failed(&why));
        assert_eq!(tree(&bench.rootfs()), ["earlier kept"]);
        succeed(unprivileged(&ch09()).arg(bench.layout()).arg("-o").arg(bench.rootfs()).arg("--rootless"));
    }
}
