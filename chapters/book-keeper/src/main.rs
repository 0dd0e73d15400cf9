use anyhow::{Context, Result};
use book_keeper::{console, errors, generated, includes, pages, repository};
use clap::{Parser, Subcommand};
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

/// Renews what a machine makes in the book: pictures, tables, and what the commands on its pages print.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cargo run -p book-keeper -- ch03-digest.md",
    args_conflicts_with_subcommands = true
)]
struct Args {
    /// Renew these pages only
    pages: Vec<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// For mdBook: passes the book on as it is, unless a page leaves out a line of a chapter
    Preprocess {
        /// mdBook asks first whether this `supports` a renderer: it does
        #[arg(hide = true)]
        question: Vec<String>,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.command {
        Some(Command::Preprocess { question }) if question.is_empty() => preprocess(),
        Some(Command::Preprocess { .. }) => Ok(()),
        None => renew(&args.pages),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn renew(only: &[String]) -> Result<()> {
    for (name, text) in generated()? {
        write(&name, &text)?;
    }
    for page in pages()? {
        if only.is_empty() || only.contains(&page.name) {
            let renewed = match page.name.as_str() {
                "errors.md" => errors::renew(&page.text),
                _ => console::renew(&page),
            };
            write(&page.name, &renewed.with_context(|| format!("cannot renew: {}", page.name))?)?;
        }
    }
    Ok(())
}

fn write(name: &str, text: &str) -> Result<()> {
    let path = repository("book/src").join(name);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    println!("{name}");
    fs::write(&path, text).with_context(|| format!("cannot write: {}", path.display()))
}

/// mdBook gives `[context, book]` and takes a book. Source: mdBook's guide, "Preprocessors".
fn preprocess() -> Result<()> {
    let input: serde_json::Value = serde_json::from_reader(io::stdin()).context("mdBook sent no JSON")?;
    includes::check(&pages()?)?;
    serde_json::to_writer(io::stdout(), &input[1])?;
    Ok(io::stdout().flush()?)
}
