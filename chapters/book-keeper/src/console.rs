//! The console blocks of a page are one session at a shell, from top to bottom, in a directory of its own.
//!
//! ```text
//! $ a command, which goes on in the next line if it ends with \
//! what it printed
//! ```
//!
//! A block is marked `console`, and after a comma: `fails`, if its last command does; `second-terminal`, if what it starts
//! goes on running; `not-run`, if it cannot run without a network or another machine.

use crate::{Page, repository};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command, where it stands, and where what it printed stands, as numbers of lines.
struct Step {
    command: String,
    /// The first line of what it printed.
    output: usize,
    /// The line after.
    end: usize,
    fails: bool,
    second_terminal: bool,
}

/// The ports that the pages name. In a session, each is a free one.
const PORTS: [&str; 2] = ["5001", "5002"];

/// The page, with what its commands print now.
pub fn renew(page: &Page) -> Result<String> {
    let lines: Vec<&str> = page.text.lines().collect();
    let steps = steps(&lines)?;
    if steps.is_empty() {
        return Ok(page.text.clone());
    }
    let outputs = run(&steps)?;
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

/// Runs the steps in one shell, and returns what each printed.
fn run(steps: &[Step]) -> Result<Vec<String>> {
    let scratch = tempfile::tempdir().context("cannot make a directory for the session")?;
    let session = scratch.path().join("hard-way");
    for folder in ["fixtures", "scripts", "book/examples"] {
        copy(&repository(folder), &session.join(folder))?;
    }
    let ports = free_ports()?;
    fs::write(scratch.path().join("session"), script(steps, &ports)).context("cannot write the session")?;
    let mut bash = Command::new("timeout");
    bash.args(["300", "bash", "../session"]).current_dir(&session).stdin(Stdio::null());
    for variable in ["SOURCE_DATE_EPOCH", "NO_COLOR", "CARGO", "RUSTFLAGS", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        bash.env_remove(variable).env_remove(variable.to_lowercase());
    }
    bash.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("DOCKER_CONFIG", scratch.path()).env("COLUMNS", "100");
    let output = bash.env("REPOSITORY", repository("")).output().context("cannot run bash")?;
    let mut outputs = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let read = |suffix: &str| fs::read(scratch.path().join(format!("{index}.{suffix}"))).unwrap_or_default();
        let printed = normal(&String::from_utf8_lossy(&read("out")), scratch.path(), &ports);
        let code = String::from_utf8_lossy(&read("code")).trim().to_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(!code.is_empty(), "it did not end: {}\n{printed}\n{stderr}", step.command);
        ensure!((code != "0") == step.fails, "it ended with {code}: {}\n{printed}", step.command);
        outputs.push(printed);
    }
    Ok(outputs)
}

/// The cargo of a session is the real one; what it says of its own work is left out, as it is in the book.
fn script(steps: &[Step], ports: &[String]) -> String {
    let mut script = String::from(
        "set -m\n\
         trap 'for group in $(jobs -p); do kill -- -$group; done 2> /dev/null' EXIT\n\
         cargo() { command cargo \"$1\" --quiet --manifest-path \"$REPOSITORY/Cargo.toml\" \"${@:2}\"; }\n",
    );
    for (index, step) in steps.iter().enumerate() {
        let command = PORTS.iter().zip(ports).fold(step.command.clone(), |text, (ours, free)| text.replace(ours, free));
        let out = format!("\"$WORK/{index}.out\"");
        let code = format!("\"$WORK/{index}.code\"");
        script += &match step.second_terminal {
            // What it starts has started when it says so.
            true => format!(
                "{{ {command}\n}} > {out} 2>&1 &\nfor i in $(seq 400); do [ -s {out} ] && break; sleep 0.05; done\n\
                 sleep 0.2; echo 0 > {code}\n"
            ),
            false => format!("{{ {command}\n}} > {out} 2>&1\necho $? > {code}\n"),
        };
    }
    format!("WORK=$(dirname \"$PWD\")\n{script}")
}

/// All at once, so that they differ.
fn free_ports() -> Result<Vec<String>> {
    let listeners = PORTS.map(|_| TcpListener::bind("127.0.0.1:0"));
    listeners.into_iter().map(|listener| Ok(listener?.local_addr()?.port().to_string())).collect()
}

/// What was printed, without what differs from one run to the next.
fn normal(text: &str, scratch: &Path, ports: &[String]) -> String {
    let text = text.replace(&format!("{}/hard-way", scratch.display()), "~/hard-way");
    let text = text.replace(&format!("{}/", repository("").display()), "~/hard-way/");
    let text =
        PORTS.iter().zip(ports).fold(text, |text, (ours, free)| text.replace(&format!(":{free}"), &format!(":{ours}")));
    let lines = text.lines().map(|line| {
        let line = match line.find("date: ").or_else(|| line.find("Date: ")) {
            Some(index) if line.ends_with(" GMT") => format!("{}Thu, 01 Jan 1970 00:00:00 GMT", &line[..index + 6]),
            _ => line.to_owned(),
        };
        with_ports_hidden(&line)
    });
    lines.map(|line| line + "\n").collect()
}

/// A port that the system chose differs each time.
fn with_ports_hidden(line: &str) -> String {
    let mut parts = line.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let port = &part[..part.len() - rest.len()];
        format!("{text}127.0.0.1:{}{rest}", if PORTS.contains(&port) { port } else { "PORT" })
    })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read: {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => fs::copy(entry.path(), &to).map(|_| ())?,
        }
    }
    Ok(())
}
