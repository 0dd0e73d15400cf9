// ANCHOR: arguments
use crate::{Repository, push, read_back};
use anyhow::{Context, Result};
use ch04_write_config::Settings;
use ch05_write_manifest::{Format, Image, Recipe, Reference, check_repository, write_image};
use http_agent::Http;
use practice_registry::{Auth, Registry};
use std::io::Write;
use std::path::PathBuf;
use workbench::OutDir;

/// The command line of this chapter and the next.
#[derive(clap::Args)]
pub struct Command {
    /// Where to push to: registry/repository:tag [default: a practice registry that is started for it]
    reference: Option<Reference>,
    /// The root file system [default: fixtures/hello/rootfs of this repository]
    #[arg(long)]
    rootfs: Option<PathBuf>,
    /// Where to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Whose media types to use
    #[arg(long, value_enum, default_value = "oci")]
    format: Format,
    /// A repository of the same registry that may have the blobs already
    #[arg(long, value_name = "REPO", value_parser = repository)]
    mount_from: Option<String>,
    /// Print every HTTP exchange, without its secrets
    #[arg(long)]
    pub trace: bool,
    #[command(flatten)]
    settings: Settings,
}

fn repository(text: &str) -> Result<String> {
    check_repository(text).map(|()| text.to_owned())
}
// ANCHOR_END: arguments

// ANCHOR: prepare
/// An image, and where it goes.
pub struct Push {
    pub reference: Reference,
    pub mount_from: Option<String>,
    /// The practice registry, if no other was named; it ends with this.
    pub registry: Option<Registry>,
    image: Image,
    out: PathBuf,
}

impl Command {
    /// Makes the image, as chapter 5 does. Without a reference, starts the practice registry, empty, with `auth`.
    pub fn prepare(self, auth: Auth) -> Result<Push> {
        let settings = self.settings.checked(self.rootfs.as_deref())?;
        let rootfs = self.rootfs.unwrap_or_else(workbench::hello_rootfs);
        let name = "hello:latest".parse()?;
        let recipe = Recipe { settings, format: self.format, name, annotations: Default::default() };
        let out = OutDir::create(&self.out, &rootfs)?;
        let image = write_image(&rootfs, &recipe, &out)?;
        let (reference, registry) = match self.reference {
            Some(reference) => (reference, None),
            None => start_registry(&out, auth).map(|(reference, registry)| (reference, Some(registry)))?,
        };
        Ok(Push { reference, mount_from: self.mount_from, registry, image, out: self.out })
    }
}

/// Starts the practice registry, empty, in `out`. Returns it with the name for an image there.
pub fn start_registry(out: &OutDir, auth: Auth) -> Result<(Reference, Registry)> {
    let root = out.clear("registry", Some(practice_registry::MARKER))?;
    let registry =
        practice_registry::start(practice_registry::Options { auth, ..practice_registry::Options::new(root) })?;
    Ok((format!("{}/hello:latest", registry.address()).parse()?, registry))
}
// ANCHOR_END: prepare

// ANCHOR: run
impl Push {
    /// Pushes with the agent `http`. What went to the practice registry is read back as well.
    pub fn run(&self, http: &dyn Http, stdout: &mut dyn Write) -> Result<()> {
        let repository = Repository { http, reference: &self.reference };
        let layout = self.out.join("oci");
        writeln!(stdout, "pushing to {}", self.reference)?;
        let digest = push(&repository, &self.image, &layout, self.mount_from.as_deref(), stdout)
            .with_context(|| format!("cannot push to {}", self.reference))?;
        if self.registry.is_some() {
            read_back(&repository, &self.image)?;
            writeln!(stdout, "read back: the manifest and both blobs are the bytes that were sent")?;
        }
        writeln!(stdout, "{}", self.reference.with_digest(&digest))?;
        if self.registry.is_some() {
            let root = self.out.join("registry");
            let _ = writeln!(
                std::io::stderr(),
                "\nThe registry's files are in {0}. To look around:\n  \
                 find {0} -type f\n  \
                 cargo run -p practice-registry -- --root {0} --listen 127.0.0.1:5001   # and in another terminal:\n  \
                 curl http://127.0.0.1:5001/v2/hello/tags/list",
                root.display()
            );
        }
        Ok(())
    }
}
// ANCHOR_END: run
