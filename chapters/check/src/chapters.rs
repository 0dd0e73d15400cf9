use crate::artifact::{Artifact, Expected, read};
use crate::namespaces;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What a chapter leaves, and where it is explained.
pub struct Chapter {
    pub name: &'static str,
    pub page: &'static str,
    pub artifacts: Vec<Artifact>,
}

fn reference(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference")).join(path)
}

fn of_reference(name: &str, what: &str) -> Artifact {
    Artifact { mine: name.to_owned(), what: what.to_owned(), expected: Expected::Path(reference(name)) }
}

/// All chapters that leave something.
pub fn chapters() -> Result<Vec<Chapter>> {
    let chapter = |name, page, artifacts| Chapter { name, page, artifacts };
    let file = of_reference;
    let names = Artifact {
        mine: "listing.txt".into(),
        what: "the names in the order of the layer, a line each: ./ first, directories with a slash at the end".into(),
        expected: Expected::Text(names_in(&reference("layer.tar"))?),
    };
    Ok(vec![
        chapter("ch01", "book/src/ch01-list-files.md", vec![names]),
        chapter(
            "ch02",
            "book/src/ch02-make-layer.md",
            vec![
                file("layer.tar", "the archive of fixtures/hello/rootfs"),
                file("layer.tar.gz", "the archive, compressed by zlib at level 6"),
            ],
        ),
        chapter(
            "ch03",
            "book/src/ch03-digest.md",
            vec![Artifact {
                mine: "digests.txt".into(),
                what: "what scripts/03-digest.sh prints: digest, DiffID and descriptor".into(),
                expected: Expected::Text(read(&reference("digests.txt"))?),
            }],
        ),
        chapter("ch04", "book/src/ch04-write-config.md", vec![file("config.json", "the configuration of the image")]),
        chapter(
            "ch05",
            "book/src/ch05-write-manifest.md",
            vec![
                file("manifest.json", "the manifest"),
                file("oci", "the image layout"),
                file("image.tar", "the archive for docker load"),
            ],
        ),
        chapter("ch06", "book/src/ch06-push.md", pushed("hello", "latest", "--listen 127.0.0.1:5001")?),
        chapter("ch07", "book/src/ch07-log-in.md", pushed("private/hello", "1.0", "--auth token:me:secret")?),
        chapter("ch08", "book/src/ch08-pull.md", pulled()?),
        chapter(
            "ch09",
            "book/src/ch09-unpack.md",
            vec![Artifact {
                mine: "rootfs".into(),
                what: "the files of the image, unpacked, with their permissions and times".into(),
                expected: Expected::Tree(reference("layer.tar")),
            }],
        ),
        chapter("ch10", "book/src/ch10-run.md", ran()),
    ])
}

/// What a practice registry in `registry` holds when the image was pushed to it under this name.
fn pushed(repository: &str, tag: &str, option: &str) -> Result<Vec<Artifact>> {
    let mut artifacts = Vec::new();
    let what = format!(
        "push {repository}:{tag} to a registry: cargo run -p practice-registry -- --root out/registry {option}"
    );
    for blob in blobs()? {
        let (mine, expected) = (format!("registry/blobs/sha256/{blob}"), reference("oci/blobs/sha256").join(&blob));
        artifacts.push(Artifact { mine, what: what.clone(), expected: Expected::Path(expected) });
    }
    artifacts.push(Artifact {
        mine: format!("registry/repositories/{repository}/_tags/{tag}"),
        what,
        expected: Expected::Text(manifest()?),
    });
    Ok(artifacts)
}

/// An image layout into which hello:latest was pulled.
fn pulled() -> Result<Vec<Artifact>> {
    let what = "pull hello:latest, which chapter 6 pushed, into an image layout".to_owned();
    let blobs = blobs()?.into_iter().map(|blob| {
        let expected = Expected::Path(reference("oci/blobs/sha256").join(&blob));
        Artifact { mine: format!("pulled/oci/blobs/sha256/{blob}"), what: what.clone(), expected }
    });
    let mut artifacts: Vec<Artifact> = blobs.collect();
    artifacts.push(Artifact {
        mine: "pulled/oci/index.json".into(),
        what: what.clone(),
        expected: Expected::Index(manifest()?),
    });
    artifacts.push(Artifact {
        mine: "pulled/oci/oci-layout".into(),
        what,
        expected: Expected::Path(reference("oci/oci-layout")),
    });
    Ok(artifacts)
}

/// What two containers printed.
fn ran() -> Vec<Artifact> {
    let hello = "Hello from an image built the hard way!\n";
    vec![
        Artifact {
            mine: "run.txt".into(),
            what: "what the hello image prints in your container".into(),
            expected: Expected::Text(hello.into()),
        },
        Artifact {
            mine: "namespaces.txt".into(),
            what: format!("what this prints in a container of yours that has a shell: {}", namespaces::COMMAND),
            expected: Expected::Namespaces,
        },
    ]
}

fn manifest() -> Result<String> {
    let index = fs::read_to_string(reference("oci/index.json")).context("cannot read the reference")?;
    let digest = index.split('"').find(|text| text.starts_with("sha256:")).context("the reference has no manifest")?;
    Ok(digest.to_owned())
}

fn blobs() -> Result<Vec<String>> {
    let entries = fs::read_dir(reference("oci/blobs/sha256")).context("cannot read the reference")?;
    let names: Result<Vec<String>> = entries.map(|entry| Ok(entry?.file_name().display().to_string())).collect();
    let mut names = names?;
    names.sort();
    Ok(names)
}

/// The names of the entries of an archive, a line each.
fn names_in(archive: &Path) -> Result<String> {
    let file = fs::File::open(archive).with_context(|| format!("cannot read: {}", archive.display()))?;
    let mut names = String::new();
    for entry in tar::Archive::new(file).entries()? {
        names += &format!("{}\n", String::from_utf8_lossy(&entry?.path_bytes()));
    }
    Ok(names)
}
