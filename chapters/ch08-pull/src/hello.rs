// ANCHOR: hello
use anyhow::{Context, Result};
use ch04_write_config::Settings;
use ch05_write_manifest::{Format, Recipe, Reference, write_image};
use ch06_push::{Repository, push, start_registry};
use clap::Parser;
use http_agent::agent;
use practice_registry::{Auth, Registry};
use std::io;
use workbench::OutDir;

/// What chapter 4 takes where nobody says anything.
#[derive(Parser)]
struct Defaults {
    #[command(flatten)]
    settings: Settings,
}

/// Makes the hello image and pushes it to a practice registry, by the code of chapters 1 to 6. Everything is in the hidden
/// directory of `out`, and the registry ends when it is dropped.
pub fn push_hello(out: &OutDir) -> Result<(Reference, Registry)> {
    let hidden = out.within("hello")?;
    let settings = Defaults::parse_from([""]).settings.checked(None)?;
    let recipe =
        Recipe { settings, format: Format::Oci, name: "hello:latest".parse()?, annotations: Default::default() };
    let image = write_image(&workbench::hello_rootfs(), &recipe, &hidden)?;
    let (reference, registry) = start_registry(&hidden, Auth::Open)?;
    let repository = Repository { http: &agent(false), reference: &reference };
    push(&repository, &image, &hidden.place("oci"), None, &mut io::sink()).context("cannot push the hello image")?;
    Ok((reference, registry))
}
// ANCHOR_END: hello
