use clap::Parser;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Says what differs between two archives, compressed files, JSON documents or image layouts, in words.
///
/// Exits with 0 if they are the same, 1 if they differ, and 2 if one of them cannot be read.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cargo run -p explain-diff -- out/layer.tar fixtures/hello/reference/layer.tar"
)]
struct Args {
    /// What you made
    mine: PathBuf,
    /// What it should be
    reference: PathBuf,
}

/// More than this nobody reads: the first few say what is wrong.
const MOST: usize = 20;

fn main() -> ExitCode {
    let args = Args::parse();
    let differences = match explain_diff::explain(&args.mine, &args.reference) {
        Ok(differences) => differences,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            return ExitCode::from(2);
        }
    };
    // If nobody reads the explanation, the exit code still answers.
    let mut stdout = io::stdout().lock();
    for line in differences.iter().take(MOST) {
        let _ = writeln!(stdout, "{line}");
    }
    match differences.len() {
        0 => drop(writeln!(stdout, "the same")),
        count if count > MOST => drop(writeln!(stdout, "and {} more", count - MOST)),
        _ => {}
    }
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
