use anyhow::Result;
use ch04_write_config::{Settings, pair};
use ch05_write_manifest::{Format, Image, Recipe, Reference, write_image};
use clap::Parser;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use workbench::OutDir;

/// Writes an image's manifest, the image as a directory (oci/), and as an archive for docker load (image.tar).
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  \
    cargo run -p ch05-write-manifest -- fixtures/hello/rootfs --entrypoint /hello --tag hello:1.0 -o out && podman load -i out/image.tar"
)]
struct Args {
    /// The root file system [default: fixtures/hello/rootfs of this repository]
    rootfs: Option<PathBuf>,
    /// Where to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Whose media types to use
    #[arg(long, value_enum, default_value = "oci")]
    format: Format,
    /// What to call the image
    #[arg(long, value_name = "NAME", default_value = "hello:latest")]
    tag: Reference,
    /// An annotation of the manifest
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    annotation: Vec<(String, String)>,
    #[command(flatten)]
    settings: Settings,
}

fn main() -> ExitCode {
    let args = Args::parse();
    workbench::run(|stdout| {
        let settings = args.settings.checked(args.rootfs.as_deref())?;
        let rootfs = args.rootfs.unwrap_or_else(workbench::hello_rootfs);
        let annotations = args.annotation.into_iter().collect();
        let recipe = Recipe { settings, format: args.format, name: args.tag, annotations };
        let out = OutDir::create(&args.out, &rootfs)?;
        print_tree(stdout, &write_image(&rootfs, &recipe, &out)?, &recipe)
    })
}

fn print_tree(stdout: &mut dyn Write, image: &Image, recipe: &Recipe) -> Result<()> {
    let Image { manifest, config, layer, diff_id } = image;
    writeln!(stdout, "index.json  {}", recipe.name.familiar())?;
    writeln!(stdout, "└── manifest    {}  {} bytes", manifest.digest, manifest.size)?;
    writeln!(stdout, "    ├── config  {}  {} bytes", config.digest, config.size)?;
    writeln!(stdout, "    │   DiffID  {diff_id}")?;
    writeln!(stdout, "    └── layer   {}  {} bytes", layer.digest, layer.size)?;
    Ok(())
}
