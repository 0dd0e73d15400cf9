//! The console blocks of a page are one session at a shell, from top to bottom, in a directory of its own.
//!
//! ```text
//! $ a command, which goes on in the next line if it ends with \
//! what it printed
//! ```
//!
//! A block is marked `console`, and after a comma: `fails`, if its last command does; `second-terminal`, if what it starts
//! goes on running; `not-run`, if it cannot run without a network or another machine.

use crate::{Page, session};
use anyhow::{Context, Result, bail};

/// A command, where it stands, and where what it printed stands, as numbers of lines.
pub struct Step {
    pub command: String,
    /// The first line of what it printed.
    output: usize,
    /// The line after.
    end: usize,
    pub fails: bool,
    pub second_terminal: bool,
}

/// The page, with what its commands print now.
pub fn renew(page: &Page) -> Result<String> {
    let lines: Vec<&str> = page.text.lines().collect();
    let steps = steps(&lines)?;
    if steps.is_empty() {
        return Ok(page.text.clone());
    }
    let outputs = session::run(&steps)?;
    let (mut renewed, mut next) = (Vec::new(), 0);
    for (step, output) in steps.iter().zip(&outputs) {
        renewed.extend(lines[next..step.output].iter().map(|line| line.to_string()));
        renewed.extend(output.lines().map(|line| line.trim_end().to_owned()));
        next = step.end;
    }
    renewed.extend(lines[next..].iter().map(|line| line.to_string()));
    Ok(renewed.join("\n") + "\n")
}

/// How many blocks are not run.
pub fn not_run(page: &Page) -> usize {
    page.text.lines().filter(|line| line.starts_with("```console") && line.contains("not-run")).count()
}

fn steps(lines: &[&str]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut start = 0;
    while let Some(open) = lines[start..].iter().position(|line| line.starts_with("```console")) {
        let open = start + open;
        let close = lines[open + 1..].iter().position(|line| *line == "```").context("a block is not closed")?;
        let close = open + 1 + close;
        let marks: Vec<&str> = lines[open].split(',').skip(1).collect();
        if let Some(unknown) = marks.iter().find(|mark| !["fails", "second-terminal", "not-run"].contains(mark)) {
            bail!("line {}: unknown mark: {unknown}", open + 1);
        }
        if !marks.contains(&"not-run") {
            steps.extend(steps_of_block(lines, open, close, &marks)?);
        }
        start = close + 1;
    }
    Ok(steps)
}

fn steps_of_block(lines: &[&str], open: usize, close: usize, marks: &[&str]) -> Result<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut index = open + 1;
    while index < close {
        let Some(command) = lines[index].strip_prefix("$ ") else {
            let step = steps.last_mut().with_context(|| format!("line {}: no command before it", index + 1))?;
            index += 1;
            step.end = index;
            continue;
        };
        let mut command = command.to_owned();
        while command.ends_with('\\') && index + 1 < close {
            index += 1;
            command = format!("{command}\n{}", lines[index]);
        }
        index += 1;
        let second_terminal = marks.contains(&"second-terminal");
        steps.push(Step { command, output: index, end: index, fails: false, second_terminal });
    }
    let last = steps.last_mut().with_context(|| format!("line {}: a block without a command", open + 1))?;
    last.fails = marks.contains(&"fails");
    Ok(steps)
}
