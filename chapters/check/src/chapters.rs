use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What a chapter leaves, and where it is explained.
pub struct Chapter {
    pub name: &'static str,
    pub page: &'static str,
    pub artifacts: Vec<Artifact>,
}

/// A file, or an image layout.
pub struct Artifact {
    /// Where your program puts it, relative to the output directory.
    pub mine: String,
    /// What it is, for whoever has not made it yet.
    what: String,
    expected: Expected,
}

enum Expected {
    /// What is at this path.
    Path(PathBuf),
    Text(String),
}

fn reference(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference")).join(path)
}

impl Artifact {
    fn of_reference(name: &str, what: &'static str) -> Artifact {
        Artifact { mine: name.to_owned(), what: what.to_owned(), expected: Expected::Path(reference(name)) }
    }

    /// What differs between yours, which is at `mine`, and the reference, a line each.
    pub fn differences(&self, mine: &Path) -> Vec<String> {
        if !mine.exists() {
            return vec![format!("it is not there: {}", self.what)];
        }
        let differences = match &self.expected {
            Expected::Path(path) => explain_diff::explain(mine, path),
            Expected::Text(text) => read(mine).map(|mine| first_line_that_differs(&mine, text)),
        };
        let mut differences = differences.unwrap_or_else(|error| vec![format!("{error:#}")]);
        if differences.iter().any(|line| line.starts_with("the uncompressed bytes agree")) {
            let help = "help: compress with zlib at level 6, or copy fixtures/hello/reference/layer.tar.gz and go on";
            differences.push(help.to_owned());
        }
        differences
    }
}

fn read(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read: {}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn first_line_that_differs(mine: &str, reference: &str) -> Vec<String> {
    let number = mine.lines().zip(reference.lines()).take_while(|(mine, reference)| mine == reference).count();
    let line = |text: &str| text.lines().nth(number).map_or("nothing".to_owned(), |line| format!("{line:?}"));
    match (mine == reference, line(mine) == line(reference)) {
        (true, _) => Vec::new(),
        (false, true) => vec!["the ends of the lines: each is one newline, and the last line has it too".to_owned()],
        (false, false) => vec![format!("line {}: yours {}, reference {}", number + 1, line(mine), line(reference))],
    }
}

/// All chapters that leave something.
pub fn chapters() -> Result<Vec<Chapter>> {
    let chapter = |name, page, artifacts| Chapter { name, page, artifacts };
    let file = Artifact::of_reference;
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
    let index = fs::read_to_string(reference("oci/index.json")).context("cannot read the reference")?;
    let digest = index.split('"').find(|text| text.starts_with("sha256:")).context("the reference has no manifest")?;
    artifacts.push(Artifact {
        mine: format!("registry/repositories/{repository}/_tags/{tag}"),
        what,
        expected: Expected::Text(digest.into()),
    });
    Ok(artifacts)
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
