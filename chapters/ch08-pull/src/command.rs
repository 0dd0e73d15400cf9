// ANCHOR: command
use crate::hello::push_hello;
use crate::image::Image;
use crate::platform::parse_platform;
use crate::pull::pull;
use anyhow::Result;
use ch03_digest::Platform;
use ch05_write_manifest::Reference;
use ch06_push::Repository;
use ch07_log_in::{LogIn, find_credentials};
use http_agent::agent;
use std::io::Write;
use std::path::PathBuf;
use workbench::OutDir;

#[derive(clap::Args)]
pub struct Command {
    /// What to pull: registry/repository:tag [default: the hello image, from a practice registry that is started for it]
    reference: Option<Reference>,
    /// Where to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// What the image is to run on: os/architecture or os/architecture/variant [default: linux on this processor]
    #[arg(long, value_parser = parse_platform)]
    platform: Option<Platform>,
    /// Print every HTTP exchange, without its secrets
    #[arg(long)]
    trace: bool,
}

impl Command {
    pub fn run(self, stdout: &mut dyn Write) -> Result<()> {
        let out = OutDir::create(&self.out, &workbench::hello_rootfs())?;
        match self.reference {
            Some(reference) => pull_reference(&reference, self.platform.as_ref(), self.trace, &out, stdout)?,
            None => pull_hello(self.platform.as_ref(), self.trace, &out, stdout)?,
        };
        Ok(())
    }
}
// ANCHOR_END: command

// ANCHOR: pull_reference
/// Pulls an image into the image layout `oci` in `out`, with the credentials that `docker login` left.
///
/// `platform` and `trace` are as on the command line.
pub fn pull_reference(
    reference: &Reference,
    platform: Option<&Platform>,
    trace: bool,
    out: &OutDir,
    steps: &mut dyn Write,
) -> Result<Image> {
    let (agent, credentials) = (agent(trace), find_credentials(&reference.registry)?);
    let url = Repository { http: &agent, reference }.url();
    let scopes = vec![format!("repository:{}:pull", reference.repository)];
    let log_in = LogIn::new(&agent, &url, credentials, scopes, |_| {})?;
    pull(&Repository { http: &log_in, reference }, reference, platform, out, steps)
}

/// The same for the hello image, which is made and pushed to a practice registry first. It keeps the name that chapter 5
/// gave it: the registry is gone afterwards.
pub fn pull_hello(platform: Option<&Platform>, trace: bool, out: &OutDir, steps: &mut dyn Write) -> Result<Image> {
    let (reference, _registry) = push_hello(out)?;
    let repository = Repository { http: &agent(trace), reference: &reference };
    pull(&repository, &"hello:latest".parse()?, platform, out, steps)
}
// ANCHOR_END: pull_reference
