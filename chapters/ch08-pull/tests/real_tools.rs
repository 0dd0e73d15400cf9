//! Images that others made and pushed to Debian's docker-registry: skopeo's copy and ours have the same blobs.

mod common;

use common::{noise, pull};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use test_kit::{have, names, repository, succeed, temporary};

/// A docker-registry on a free port, and a place for the storage of buildah and podman.
struct DockerRegistry {
    process: Child,
    address: String,
    work: TempDir,
}

impl DockerRegistry {
    fn start() -> DockerRegistry {
        let work = temporary();
        let config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}/data}}}}\nhttp: {{addr: \"127.0.0.1:0\"}}\n",
            work.path().display()
        );
        fs::write(work.path().join("config.yml"), config).unwrap();
        let log = fs::File::create(work.path().join("log")).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(work.path().join("config.yml")).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().unwrap();
        let mut registry = DockerRegistry { process, address: String::new(), work };
        let start = Instant::now();
        while registry.address.is_empty() {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(10));
            let log = fs::read_to_string(registry.work.path().join("log")).unwrap();
            let address = log.split("listening on ").nth(1).unwrap_or_default();
            let end = address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(0);
            registry.address = address[..end].to_owned();
        }
        registry
    }

    fn path(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    /// buildah or podman, with a storage of its own.
    fn storage(&self, tool: &str, args: &[&str]) -> String {
        let mut command = Command::new(tool);
        command.args(["--storage-driver", "vfs", "--root"]).arg(self.path("storage"));
        succeed(command.arg("--runroot").arg(self.path("run")).args(args))
    }

    fn skopeo(&self, from: &str, more: &[&str], name: &str) {
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["copy", "--quiet", "--dest-tls-verify=false"]).args(more).arg(from);
        succeed(skopeo.arg(format!("docker://{}/{name}", self.address)));
    }

    /// Three layers of several kinds of files, by buildah.
    fn build(&self, more: &[&str], name: &str) {
        let context = self.path("context");
        for (layer, size) in [("a", 300_000), ("b", 10), ("c", 50_000)] {
            fs::create_dir_all(context.join(layer)).unwrap();
            fs::write(context.join(layer).join("file"), noise(size, size as u32)).unwrap();
        }
        fs::write(context.join("Dockerfile"), "FROM scratch\nCOPY a /a\nCOPY b /b\nCOPY c /c\n").unwrap();
        let context = context.display().to_string();
        let args = [&["build", "--quiet", "--layers", "--tag", name][..], more, &[context.as_str()]].concat();
        self.storage("buildah", &args);
    }

    /// Pulls with skopeo and with ours, and compares each blob.
    #[track_caller]
    fn same(&self, name: &str, architecture: &str, blobs: usize) {
        let reference = format!("{}/{name}", self.address);
        let (theirs, ours) = (temporary(), temporary());
        let mut skopeo = Command::new("skopeo");
        skopeo.args([
            "copy",
            "--quiet",
            "--src-tls-verify=false",
            "--override-os=linux",
            "--override-arch",
            architecture,
        ]);
        succeed(skopeo.arg(format!("docker://{reference}")).arg(format!("dir:{}", theirs.path().display())));
        let ran = pull(&reference, ours.path(), &["--platform", &format!("linux/{architecture}")]);
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "{name}");
        let theirs = files(theirs.path());
        assert_eq!(theirs.len(), blobs, "{name}");
        assert!(theirs == files(&ours.path().join("oci/blobs/sha256")), "{name}: {}", ran.stdout);
        // What skopeo thinks of our layout. It finds no image of Docker's format in one.
        if !name.ends_with("docker") && !name.ends_with("v2s2") {
            let layout = format!("oci:{}:{}", ours.path().join("oci").display(), name.split(':').nth(1).unwrap());
            let copy = ours.path().join("copy");
            let mut skopeo = Command::new("skopeo");
            succeed(skopeo.args(["copy", "--quiet", &layout]).arg(format!("dir:{}", copy.display())));
            assert!(files(&copy) == theirs, "{name}");
        }
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The blobs in a directory, each by its digest: a `dir:` of skopeo calls the manifest by another name.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = names(directory).into_iter().filter(|name| name != "version");
    let files = files.map(|name| (name.clone(), fs::read(directory.join(&name)).unwrap()));
    let by_digest = |(name, bytes): (String, Vec<u8>)| {
        let digest = ch03_digest::Digest::of(&bytes).hex().to_owned();
        assert!(name == digest || name == "manifest.json", "{name} has the digest {digest}");
        (digest, bytes)
    };
    files.map(by_digest).collect()
}

#[test]
fn buildah_and_podman() {
    if !have(&["docker-registry", "skopeo", "buildah", "podman"]) {
        return;
    }
    let registry = DockerRegistry::start();
    registry.build(&["--arch=amd64"], "layers");
    let check = |name: &str, layer: &str| {
        registry.same(name, "amd64", 5);
        let from = format!("docker://{}/{name}", registry.address);
        let raw = succeed(Command::new("skopeo").args(["inspect", "--raw", "--tls-verify=false", &from]));
        assert_eq!(raw.matches(&format!("\"{layer}\"")).count(), 3, "{raw}");
    };
    let push = |args: &[&str], name: &str, layer: &str| {
        let to = format!("docker://{}/{name}", registry.address);
        registry.storage("buildah", &[&["push", "--quiet", "--tls-verify=false"], args, &["layers", &to]].concat());
        check(name, layer);
    };
    let oci = "application/vnd.oci.image.layer.v1.tar";
    push(&["--format=oci"], "buildah:oci", &format!("{oci}+gzip"));
    push(&["--format=v2s2"], "buildah:docker", "application/vnd.docker.image.rootfs.diff.tar.gzip");
    // To a registry, buildah sends gzip or what is there already: other layers go by way of a directory.
    let (zstd, plain) = (registry.path("zstd"), registry.path("plain"));
    let layout = format!("oci:{}:1", zstd.display());
    registry.storage("buildah", &["push", "--quiet", "--compression-format=zstd", "layers", &layout]);
    registry.skopeo(&layout, &["--preserve-digests"], "zstd:1");
    check("zstd:1", &format!("{oci}+zstd"));
    let directory = format!("dir:{}", plain.display());
    succeed(Command::new("skopeo").args(["copy", "--quiet", "--dest-decompress", &layout, &directory]));
    registry.skopeo(&directory, &["--preserve-digests"], "plain:1");
    check("plain:1", oci);
    let to = format!("docker://{}/podman:1", registry.address);
    registry.storage("podman", &["push", "--quiet", "--tls-verify=false", "layers", &to]);
    registry.same("podman:1", "amd64", 5);
}

#[test]
fn an_index_of_two_platforms() {
    if !have(&["docker-registry", "skopeo", "buildah"]) {
        return;
    }
    let registry = DockerRegistry::start();
    for architecture in ["amd64", "arm64"] {
        // With its cache, buildah takes one image for the other.
        registry.build(&["--no-cache", "--arch", architecture, "--manifest", "both"], architecture);
    }
    for format in ["oci", "v2s2"] {
        let to = format!("docker://{}/both:{format}", registry.address);
        let args = ["manifest", "push", "--quiet", "--all", "--tls-verify=false", "--format", format, "both", &to];
        registry.storage("buildah", &args);
        for architecture in ["amd64", "arm64"] {
            registry.same(&format!("both:{format}"), architecture, 5);
        }
    }
    let ran = pull(&format!("{}/both:oci", registry.address), registry.work.path(), &["--platform=linux/s390x"]);
    let told = "error: cannot pull ADDRESS/both:oci: there is no image for linux/s390x, only for linux/amd64, linux/arm64\n\
                help: choose with --platform\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(1)));
}

#[test]
fn skopeo_and_umoci() {
    if !have(&["docker-registry", "skopeo", "umoci"]) {
        return;
    }
    let registry = DockerRegistry::start();
    let hello = format!("oci:{}:latest", repository("fixtures/hello/reference/oci").display());
    registry.skopeo(&hello, &["--preserve-digests"], "skopeo:oci");
    registry.same("skopeo:oci", "amd64", 3);
    registry.skopeo(&hello, &["--format=v2s2"], "skopeo:docker");
    registry.same("skopeo:docker", "amd64", 3);

    let layout = registry.path("umoci");
    let umoci = |args: &[&str]| succeed(Command::new("umoci").args(args));
    umoci(&["init", "--layout", layout.to_str().unwrap()]);
    let image = format!("{}:1", layout.display());
    umoci(&["new", "--image", &image]);
    umoci(&["config", "--image", &image, "--architecture=amd64", "--os=linux"]);
    for folder in ["scripts", "fixtures/hello/rootfs"] {
        umoci(&["insert", "--image", &image, repository(folder).to_str().unwrap(), "/there"]);
    }
    registry.skopeo(&format!("oci:{image}"), &["--preserve-digests"], "umoci:1");
    registry.same("umoci:1", "amd64", 4);
}
