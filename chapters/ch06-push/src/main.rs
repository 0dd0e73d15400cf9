use ch06_push::Command;
use clap::Parser;
use http_agent::agent;
use practice_registry::Auth;
use std::process::ExitCode;

/// Makes an image and pushes it to a registry.
///
/// Without a reference it starts a practice registry on this machine, pushes to it, and reads everything back.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  cargo run -p ch06-push -- --trace\n  cargo run -p ch06-push -- localhost:5001/hello:1.0"
)]
struct Args {
    #[command(flatten)]
    command: Command,
}

fn main() -> ExitCode {
    let command = Args::parse().command;
    workbench::run(|stdout| {
        let agent = agent(command.trace);
        command.prepare(Auth::Open)?.run(&agent, stdout)
    })
}
