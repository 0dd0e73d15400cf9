// ANCHOR: args
use anyhow::{Context, Result};
use ch04_write_config::{ContainerConfig, Overrides, Settings, Words, effective, expand, image_config};
use clap::Parser;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use workbench::OutDir;

/// Writes an image's configuration: what to run, as whom, where, with which environment.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  \
    cargo run -p ch04-write-config -- fixtures/hello/rootfs --entrypoint /hello --env COLOUR=blue\n  \
    cargo run -p ch04-write-config -- --run-with '--env COLOUR=red --user 1000 --loud'"
)]
struct Args {
    /// The root file system [default: fixtures/hello/rootfs of this repository]
    rootfs: Option<PathBuf>,
    /// Where to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// Print what `docker run` would start, given these options and arguments (without the image's name)
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true, help_heading = "Effective configuration")]
    run_with: Option<String>,
    /// Print what Kubernetes would start, given this `command`: a JSON array, or one word
    #[arg(long, value_name = "JSON", conflicts_with = "run_with", value_parser = ch04_write_config::words)]
    #[arg(help_heading = "Effective configuration")]
    k8s_command: Option<Words>,
    /// The same, given these `args`
    #[arg(long, value_name = "JSON", conflicts_with = "run_with", value_parser = ch04_write_config::words)]
    #[arg(help_heading = "Effective configuration")]
    k8s_args: Option<Words>,
    /// The same, given this variable in `env`
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "run_with", value_parser = ch04_write_config::pair)]
    #[arg(help_heading = "Effective configuration")]
    k8s_env: Vec<(String, String)>,
}

/// What --run-with understands of `docker run`.
#[derive(Parser)]
#[command(name = "--run-with", no_binary_name = true)]
struct DockerRun {
    #[arg(long)]
    entrypoint: Option<String>,
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = ch04_write_config::pair)]
    env: Vec<(String, String)>,
    #[arg(short, long)]
    user: Option<String>,
    #[arg(short, long)]
    workdir: Option<String>,
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}
// ANCHOR_END: args

// ANCHOR: main
fn main() -> ExitCode {
    let args = Args::parse();
    workbench::run(|stdout| {
        let settings = args.settings.clone().checked(args.rootfs.as_deref())?;
        let rootfs = args.rootfs.clone().unwrap_or_else(workbench::hello_rootfs);
        let mtime = ch02_make_layer::source_date_epoch()?;
        let options = ch02_make_layer::Options { mtime, ..Default::default() };

        let out = OutDir::create(&args.out, &rootfs)?;
        let layer = ch03_digest::write_layer(&rootfs, options, out.file("layer.tar")?, out.file("layer.tar.gz")?)?;
        let config = image_config(&settings, &layer, mtime);
        fs::write(out.staged("config.json"), serde_json::to_vec(&config)?).context("cannot write: config.json")?;
        for name in ["layer.tar", "layer.tar.gz", "config.json"] {
            out.publish(name, None)?;
        }

        match overrides(&args)? {
            Some(overrides) => print_effective(stdout, &config.config, &overrides),
            None => Ok(writeln!(stdout, "{}", serde_json::to_string_pretty(&config)?)?),
        }
    })
}
// ANCHOR_END: main

// ANCHOR: overrides
/// What --run-with or the --k8s options say; `None` if none of them was given.
fn overrides(args: &Args) -> Result<Option<Overrides>> {
    if let Some(line) = &args.run_with {
        let words = shlex::split(line).context("cannot read --run-with: a quote is not closed")?;
        let run = DockerRun::try_parse_from(words).unwrap_or_else(|error| error.exit());
        let cmd = Some(run.args).filter(|args| !args.is_empty());
        // An empty one takes the image's away and puts none in its place.
        let entrypoint = run.entrypoint.map(|entrypoint| if entrypoint.is_empty() { vec![] } else { vec![entrypoint] });
        return Ok(Some(Overrides { entrypoint, cmd, env: run.env, user: run.user, workdir: run.workdir }));
    }
    if args.k8s_command.is_none() && args.k8s_args.is_none() && args.k8s_env.is_empty() {
        return Ok(None);
    }
    let mut env = Vec::new();
    for (name, value) in &args.k8s_env {
        env.push((name.clone(), expand(value, &env)));
    }
    // An empty list says as little as none.
    let given = |words: &Option<Words>| words.clone().filter(|words| !words.is_empty());
    let expanded = |words: Words| words.iter().map(|word| expand(word, &env)).collect();
    let entrypoint = given(&args.k8s_command).map(expanded);
    let cmd = given(&args.k8s_args).map(expanded);
    Ok(Some(Overrides { entrypoint, cmd, env, ..Default::default() }))
}
// ANCHOR_END: overrides

// ANCHOR: print
fn print_effective(stdout: &mut dyn Write, image: &ContainerConfig, overrides: &Overrides) -> Result<()> {
    let effective = effective(image, overrides)?;
    writeln!(stdout, "command  {}", serde_json::to_string(&effective.command)?)?;
    writeln!(stdout, "env      {}", serde_json::to_string(&effective.env)?)?;
    writeln!(stdout, "user     {}", if effective.user.is_empty() { "root" } else { &effective.user })?;
    writeln!(stdout, "workdir  {}", effective.workdir)?;
    Ok(())
}
// ANCHOR_END: print
