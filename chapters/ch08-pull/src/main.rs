use ch08_pull::Command;
use clap::Parser;
use std::process::ExitCode;

/// Pulls an image from a registry into an image layout, DIR/oci, and verifies every byte of it.
///
/// The credentials are those that `docker login` left: config.json in DOCKER_CONFIG or in ~/.docker, with helpers. What an
/// interrupted run has downloaded is kept: the next one continues there.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  cargo run -p ch08-pull -- --trace\n  cargo run -p ch08-pull -- localhost:5001/hello:1.0 --platform linux/arm64"
)]
struct Args {
    #[command(flatten)]
    command: Command,
}

fn main() -> ExitCode {
    let command = Args::parse().command;
    workbench::run(|stdout| command.run(stdout))
}
