//! Each kind of difference, and what is said of it.

use explain_diff::{explain, explain_bytes};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use test_kit::{gnu_tar, have, repository, run, succeed, temporary};

const BLOCK: usize = 512;

fn layer() -> Vec<u8> {
    fs::read(repository("fixtures/hello/reference/layer.tar")).unwrap()
}

/// Where the header of this entry begins.
fn header(layer: &[u8], name: &str) -> usize {
    let start = [name.as_bytes(), b"\0"].concat();
    layer.chunks(BLOCK).position(|block| block.starts_with(&start)).unwrap() * BLOCK
}

/// The reference layer, with other bytes in a field of `./etc/motd`, and what is said of it.
fn with_field(offset: usize, bytes: &[u8], fix_checksum: bool) -> Vec<String> {
    let mut mine = layer();
    let start = header(&mine, "./etc/motd");
    mine[start + offset..start + offset + bytes.len()].copy_from_slice(bytes);
    if fix_checksum {
        let sum: u32 = (0..BLOCK).map(|i| if (148..156).contains(&i) { 32 } else { u32::from(mine[start + i]) }).sum();
        mine[start + 148..start + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    explain_bytes(&mine, &layer())
}

#[test]
fn the_same() {
    assert_eq!(explain_bytes(&layer(), &layer()), [""; 0]);
    let reference = repository("fixtures/hello/reference/layer.tar");
    let stdout = succeed(Command::new(env!("CARGO_BIN_EXE_explain-diff")).arg(&reference).arg(&reference));
    assert_eq!(stdout, "the same\n");
}

#[test]
fn fields_of_a_header() {
    let cases: [(usize, &[u8], &str); 15] = [
        (100, b"0000600", "permissions: yours 0600, reference 0644: the umask: --mode=go=u-w takes it out"),
        (108, b"0001750", "owner: yours 1000, reference 0: set the owner to 0: --owner=0"),
        (116, b"0001750", "group: yours 1000, reference 0: set the group to 0: --group=0"),
        (
            136,
            b"14732434440",
            "modification time: yours 2024-12-24T04:31:28Z, reference 1970-01-01T00:00:00Z: \
             set mtime to 0, or both to SOURCE_DATE_EPOCH",
        ),
        (
            156,
            b"1",
            "type: yours hard link, reference regular file: is it a link to a file that is in the archive already?",
        ),
        (157, b"x\xff", "link target: yours \"x\\xff\", reference \"\": the target is stored as the link has it"),
        (
            257,
            b"ustar\x0000",
            "format: yours \"ustar\", reference \"ustar  \": \
             \"ustar  \" is GNU's, \"ustar\" and \"00\" is POSIX's: --format=gnu",
        ),
        (265, b"root", "owner's name: yours \"root\", reference \"\": leave it empty: --numeric-owner"),
        (297, b"root", "group's name: yours \"root\", reference \"\": leave it empty: --numeric-owner"),
        (329, b"0000000", "device major: yours 0, reference nothing: GNU tar leaves it empty where there is no device"),
        (337, b"0000000", "device minor: yours 0, reference nothing: GNU tar leaves it empty where there is no device"),
        (511, b"x", "prefix and padding: \"\" in both, but there is something behind it: GNU tar leaves it empty"),
        (345, b"x", "prefix and padding: yours \"x\", reference \"\": GNU tar leaves it empty"),
        (
            100,
            b" 000644",
            "permissions: 0644 in both, but written as \" 000644\\x00\" and as \"0000644\\x00\": \
             the umask: --mode=go=u-w takes it out",
        ),
        (100, b"x", "permissions: yours \"x000644\\x00\", reference 0644: the umask: --mode=go=u-w takes it out"),
    ];
    for (offset, bytes, expected) in cases {
        assert_eq!(with_field(offset, bytes, true), [format!("./etc/motd: {expected}")]);
    }
}

/// The tar crate's way to write a checksum.
#[test]
fn the_form_of_a_checksum() {
    let told = with_field(148, b"0007123\0", false);
    assert_eq!(told.len(), 1, "{told:?}");
    let start = "./etc/motd: checksum: yours \"0007123\\x00\", reference \"00";
    assert!(told[0].starts_with(start) && told[0].ends_with("\\x00 \": six digits, a NUL and a space"), "{told:?}");
    let wrong = with_field(148, b"000000\0 ", false);
    assert!(wrong[0].ends_with("it is the sum of the header's bytes"), "{wrong:?}");
}

#[test]
fn contents_entries_order_and_end() {
    let reference = layer();
    let mut mine = layer();
    let motd = header(&mine, "./etc/motd");
    mine[motd + BLOCK] = b'X';
    assert_eq!(explain_bytes(&mine, &reference), ["./etc/motd: the contents differ"]);

    // Without the entry, which has two blocks, and as much longer at the end.
    let mut mine = layer();
    mine.drain(motd..motd + 2 * BLOCK);
    let end = "two empty blocks, and then as many as fill a record of 10240 bytes";
    let short = format!("the end: yours has 4096 bytes, the reference 5120: {end}");
    mine.truncate(mine.len() - 1024);
    assert_eq!(explain_bytes(&mine, &reference), ["./etc/motd: missing in yours", &short]);
    let long = format!("the end: yours has 5120 bytes, the reference 4096: {end}");
    assert_eq!(explain_bytes(&reference, &mine), ["./etc/motd: only in yours", &long]);

    let mut mine = layer();
    mine[motd..].rotate_left(2 * BLOCK);
    let hello = header(&mine, "./hello");
    let swapped = [&reference[..motd], &mine[hello..hello + 2 * BLOCK], &reference[motd..motd + 2 * BLOCK]].concat();
    let swapped = [&swapped, &reference[swapped.len()..]].concat();
    assert_eq!(
        explain_bytes(&swapped, &reference),
        ["the order: yours has ./hello where the reference has ./etc/motd: \
          sort the names in each directory by their bytes: --sort=name"]
    );
}

#[test]
fn what_tar_makes_with_other_options() {
    if !have(&["GNU tar"]) {
        return;
    }
    let work = temporary();
    let rootfs = repository("fixtures/hello/rootfs");
    let tar = |name: &str, options: &[&str], what: &str| {
        let archive = work.path().join(name);
        let mut tar = Command::new(gnu_tar());
        tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=go=u-w"])
            .args(options);
        succeed(tar.arg("-C").arg(&rootfs).arg("-cf").arg(&archive).arg(what));
        explain(&archive, &repository("fixtures/hello/reference/layer.tar")).unwrap()
    };
    let posix = tar("posix.tar", &["--format=pax"], ".");
    assert!(posix.iter().any(|line| line.starts_with("./etc: format: yours \"ustar\"")), "{posix:#?}");
    let no_dot = tar("no-dot.tar", &["--format=gnu"], "hello");
    let told = "./hello: name: yours \"hello\", reference \"./hello\": the name begins with ./, and ends with / for a directory";
    assert!(no_dot.contains(&told.to_owned()), "{no_dot:#?}");
    assert_eq!(tar("same.tar", &["--format=gnu"], "."), [""; 0]);
}

#[test]
fn long_names() {
    if !have(&["GNU tar"]) {
        return;
    }
    let (work, rootfs) = (temporary(), temporary());
    // A newline ends no PAX record: its length does.
    let name = "x".repeat(120) + if cfg!(windows) { "" } else { "\n9 path=y\n" };
    fs::write(rootfs.path().join(&name), "").unwrap();
    let name = name.escape_default();
    let archive = |format: &str| {
        let archive = work.path().join(format);
        let mut tar = Command::new(gnu_tar());
        tar.args([&format!("--format={format}"), "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-C"]);
        succeed(tar.arg(rootfs.path()).arg("-cf").arg(&archive).arg("."));
        archive
    };
    let told = explain(&archive("pax"), &archive("gnu")).unwrap();
    let missing = format!("./{name} (its long name, GNU's way): missing in yours");
    let extra = format!("./{name} (a PAX header, which --format=gnu does not write): only in yours");
    assert!(told.contains(&missing) && told.contains(&extra), "{told:#?}");
}

fn gzip(bytes: &[u8], level: u32, builder: flate2::GzBuilder) -> Vec<u8> {
    let mut encoder = builder.write(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_headers_and_contents() {
    use flate2::GzBuilder;
    let reference = fs::read(repository("fixtures/hello/reference/layer.tar.gz")).unwrap();
    let agree = "the uncompressed bytes agree: the same DiffID, another digest: another compressor, level or version";
    let mine = gzip(&layer(), 6, GzBuilder::new().operating_system(255).mtime(1));
    assert_eq!(
        explain_bytes(&mine, &reference),
        [
            "the gzip header: time: yours 1, reference 0: gzip -n stores none: 0",
            "the gzip header: system: yours 255 (unknown), reference 3 (Unix): gzip writes 3, for Unix",
            agree
        ]
    );
    let mine = gzip(&layer(), 9, GzBuilder::new().operating_system(3).filename("layer.tar"));
    assert_eq!(
        explain_bytes(&mine, &reference),
        [
            "the gzip header: flags: yours a name, reference 0: gzip -n stores no name",
            "the gzip header: extra flags: yours 2, reference 0: 2 is level 9, 4 is level 1, 0 all between",
            agree
        ]
    );
    let mut other = layer();
    let motd = header(&other, "./etc/motd");
    other[motd + BLOCK] = b'X';
    let mine = gzip(&other, 6, GzBuilder::new().operating_system(3));
    assert_eq!(explain_bytes(&mine, &reference), ["the uncompressed bytes differ", "./etc/motd: the contents differ"]);
}

#[test]
fn broken_files() {
    let (tar, gz) = (layer(), fs::read(repository("fixtures/hello/reference/layer.tar.gz")).unwrap());
    let cut = explain_bytes(&tar[..header(&tar, "./etc/motd") + 600], &tar);
    assert_eq!(cut[0], "yours is broken: after ./etc: it ends in the middle of an entry of 53 bytes");
    let cut = explain_bytes(&gz[..200], &gz);
    assert!(cut[0].starts_with("yours is broken: it cannot be uncompressed: "), "{cut:?}");
    let mut garbage = gz.clone();
    garbage.extend(b"garbage");
    assert!(explain_bytes(&garbage, &gz)[0].starts_with("yours is broken: "));
    // An entry that claims to be as large as there are numbers.
    let mut huge = tar.clone();
    huge[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(explain_bytes(&huge, &tar)[0], "yours is broken: after the beginning: an entry is too large to be true");
    huge[124..136].copy_from_slice(&[0xff; 12]);
    assert!(explain_bytes(&huge, &tar)[0].ends_with("the size of an entry is not a number"));
}

#[test]
fn documents() {
    let reference = br#"{"os":"linux","config":{"Env":["A=1","B=2"]},"n":1}"#;
    let cases: [(&str, &[&str]); 6] = [
        (
            r#"{"os":"Linux","config":{"Env":["A=1"]},"x":null,"n":1}"#,
            &[
                "config.Env[1]: missing in yours: \"B=2\"",
                "os: yours \"Linux\", reference \"linux\"",
                "x: only in yours: null",
            ],
        ),
        (
            "{\"os\":\"linux\",\"config\":{\"Env\":[\"A=1\",\"B=2\"]},\"n\":1}\n",
            &["the values agree: a newline or space at an end differs: write the document without"],
        ),
        (
            r#"{"os": "linux", "config": {"Env": ["A=1", "B=2"]}, "n": 1}"#,
            &["the values agree: the white space differs: write the document without"],
        ),
        (
            r#"{"config":{"Env":["A=1","B=2"]},"os":"linux","n":1}"#,
            &["the values agree: the keys are in another order, or a value is written in another way"],
        ),
        (r#"{"os":"linux""#, &["yours is not valid JSON: EOF while parsing an object at line 1 column 13"]),
        (
            "[]",
            &["the document: yours [], reference {\"config\":{\"Env\":[\"A=1\",\"B=2\"]},\"n\":1,\"os\":\"linux\"}"],
        ),
    ];
    for (mine, expected) in cases {
        assert_eq!(explain_bytes(mine.as_bytes(), reference), expected, "{mine}");
    }
    let deep = "[".repeat(100_000);
    assert!(explain_bytes(deep.as_bytes(), reference)[0].starts_with("yours is not valid JSON: recursion limit"));
}

#[test]
fn kinds_that_differ() {
    let gz = fs::read(repository("fixtures/hello/reference/layer.tar.gz")).unwrap();
    let told = explain_bytes(&layer(), &gz);
    assert_eq!(told, ["yours is a tar archive, the reference is gzip: gzip -n compresses it"]);
    let told = explain_bytes(b"abc", b"abd!");
    assert_eq!(told, ["yours has 3 bytes, the reference 4; from byte 2 on: yours 63, reference 64 21"]);
    let told = explain_bytes(b"", b"x");
    assert_eq!(told, ["yours has 0 bytes, the reference 1; from byte 0 on: yours nothing, reference 78"]);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in test_kit::names(from) {
        match from.join(&name).is_dir() {
            true => copy(&from.join(&name), &to.join(&name)),
            false => drop(fs::copy(from.join(&name), to.join(&name)).unwrap()),
        }
    }
}

#[test]
fn image_layouts() {
    let reference = repository("fixtures/hello/reference/oci");
    let work = temporary();
    let blobs = work.path().join("blobs/sha256");
    copy(&reference, work.path());
    assert_eq!(explain(work.path(), &reference).unwrap(), [""; 0]);

    fs::write(work.path().join("notes"), "").unwrap();
    assert_eq!(explain(work.path(), &reference).unwrap(), ["notes: only in yours"]);
    assert_eq!(explain(&reference, work.path()).unwrap(), ["notes: missing in yours"]);
    fs::remove_file(work.path().join("notes")).unwrap();

    fs::write(blobs.join("0".repeat(64)), "").unwrap();
    let told = explain(work.path(), &reference).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let zeros = "0".repeat(64);
    assert_eq!(told, [format!("yours: blobs/sha256/{zeros}: the bytes have another digest: sha256:{empty}")]);
    fs::rename(blobs.join(&zeros), blobs.join(empty)).unwrap();
    assert_eq!(explain(work.path(), &reference).unwrap(), [format!("blobs/sha256/{empty}: only in yours")]);
    assert_eq!(explain(&reference, work.path()).unwrap(), [format!("blobs/sha256/{empty}: missing in yours")]);
    fs::remove_file(blobs.join(empty)).unwrap();

    fs::remove_file(work.path().join("oci-layout")).unwrap();
    let error = explain(work.path(), &reference).unwrap_err();
    assert!(format!("{error:#}").contains("it is a directory, but not an image layout: it has no file oci-layout"));
}

/// A config that differs changes the manifest and the index: what is told is why.
#[test]
fn the_cause_in_an_image_layout() {
    use sha2::{Digest, Sha256};
    let reference = repository("fixtures/hello/reference");
    let work = temporary();
    copy(&reference.join("oci"), work.path());
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let read = |name: &str| fs::read_to_string(reference.join(name)).unwrap();
    let (config, manifest) = (read("config.json"), read("manifest.json"));
    let new_config = config.replace("\"amd64\"", "\"arm64\"");
    let new_manifest = manifest.replace(&hex(config.as_bytes()), &hex(new_config.as_bytes()));
    let index = read("oci/index.json").replace(&hex(manifest.as_bytes()), &hex(new_manifest.as_bytes()));
    for document in [&new_config, &new_manifest] {
        fs::write(work.path().join("blobs/sha256").join(hex(document.as_bytes())), document).unwrap();
    }
    fs::write(work.path().join("index.json"), index).unwrap();
    let told = explain(work.path(), &reference.join("oci")).unwrap();
    // Not that three digests differ, which is a consequence.
    assert_eq!(told, ["manifests[0] > config: architecture: yours \"arm64\", reference \"amd64\""]);
    fs::remove_file(work.path().join("blobs/sha256").join(hex(new_config.as_bytes()))).unwrap();
    let told = explain(work.path(), &reference.join("oci")).unwrap();
    assert_eq!(told.last().unwrap(), "manifests[0] > config: the blob is missing in yours");
}

/// Whatever bit is wrong, something is said, and nothing panics.
#[test]
fn every_byte_matters() {
    let reference = repository("fixtures/hello/reference");
    for name in ["layer.tar", "layer.tar.gz", "config.json"] {
        let reference = fs::read(reference.join(name)).unwrap();
        for index in 0..reference.len() {
            let mut mine = reference.clone();
            mine[index] ^= 1 << (index % 8);
            assert!(!explain_bytes(&mine, &reference).is_empty(), "{name}: byte {index}");
        }
    }
}

#[test]
fn no_more_lines_than_anybody_reads() {
    let work = temporary();
    let list = |value: u32| format!("{:?}", vec![value; 50]);
    fs::write(work.path().join("mine"), list(1)).unwrap();
    fs::write(work.path().join("reference"), list(2)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_explain-diff"));
    let ran = run(command.arg(work.path().join("mine")).arg(work.path().join("reference")));
    assert_eq!((ran.stdout.lines().count(), ran.code), (21, Some(1)));
    assert!(ran.stdout.ends_with("[19]: yours 1, reference 2\nand 30 more\n"), "{}", ran.stdout);
}
