//! The capstone of each chapter: your program, in any language, makes the chapter's files under `out/`, and this compares
//! them with the reference. What differs is told in the words of `explain-diff`.

mod artifact;
mod chapters;
mod namespaces;
mod tree;

use anyhow::Result;
use chapters::{Chapter, chapters};
use clap::Parser;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Checks what your own program made, in any language, against the reference.
///
/// Exits with 0 if everything is there and the same, with 1 if not, and with 2 if it cannot tell.
#[derive(Parser)]
#[command(version, after_help = "Example:\n  cargo run -p check -- ch02")]
struct Args {
    /// Which chapter
    #[arg(default_value = "all", value_parser = ["all", "ch01", "ch02", "ch03", "ch04", "ch05", "ch06", "ch07", "ch08", "ch09", "ch10"])]
    chapter: String,
    /// Where your program's files are
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything is good.
fn run(args: &Args) -> Result<bool> {
    let mut all_good = true;
    for chapter in chapters()?.iter().filter(|chapter| args.chapter == "all" || args.chapter == chapter.name) {
        all_good &= report(&mut io::stdout().lock(), chapter, &args.out);
    }
    Ok(all_good)
}

/// More than this of one file nobody reads: the first few say what is wrong.
const MOST: usize = 5;

/// Prints what there is to say of a chapter. If nobody reads it, the exit code still answers.
fn report(stdout: &mut dyn Write, chapter: &Chapter, out: &Path) -> bool {
    let mut all_good = true;
    for artifact in &chapter.artifacts {
        let mine = out.join(&artifact.mine);
        let differences = artifact.differences(&mine);
        let verdict = if differences.is_empty() { "good    " } else { "not good" };
        let _ = writeln!(stdout, "{}  {verdict}  {}", chapter.name, mine.display());
        for line in differences.iter().take(MOST) {
            let _ = writeln!(stdout, "                {line}");
        }
        if differences.len() > MOST {
            let _ = writeln!(stdout, "                and {} more", differences.len() - MOST);
        }
        all_good &= differences.is_empty();
    }
    if !all_good {
        let _ = writeln!(stdout, "      read      {}", chapter.page);
    }
    all_good
}
