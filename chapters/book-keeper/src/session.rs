//! A session at a shell: commands that are run one after the other, and what each printed.

use crate::console::Step;
use crate::repository;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;

/// The ports that the pages name. In a session, each is a free one.
const PORTS: [&str; 2] = ["5001", "5002"];

/// Runs the steps in one shell, and returns what each printed.
pub fn run(steps: &[Step]) -> Result<Vec<String>> {
    build();
    let scratch = tempfile::tempdir().context("cannot make a directory for the session")?;
    let session = scratch.path().join("hard-way");
    for folder in ["fixtures", "scripts", "book/examples"] {
        copy(&repository(folder), &session.join(folder))?;
    }
    link_programs(&session)?;
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

/// The programs as cargo leaves them, under `target/debug` for a reader.
fn link_programs(session: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(repository(""));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.output().context("cannot run cargo")?.stdout)?;
    #[cfg_attr(not(unix), allow(unused_variables))]
    let target = metadata["target_directory"].as_str().context("cargo names no target directory")?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, session.join("target")).context("cannot link to the programs")?;
    Ok(())
}

/// Builds all programs, once, so that no session waits for it. If that fails, the sessions say why.
fn build() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let mut cargo = Command::new("cargo");
        let _ = cargo.args(["build", "--quiet", "--workspace"]).current_dir(repository("")).status();
    });
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
        with_ports_hidden(&line, "127.0.0.1:")
    });
    lines.map(|line| line + "\n").collect()
}

/// Without the ports of `host` that the system chose: they differ each time.
pub fn with_ports_hidden(line: &str, host: &str) -> String {
    let mut parts = line.split(host);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let port = &part[..part.len() - rest.len()];
        format!("{text}{host}{}{rest}", if PORTS.contains(&port) { port } else { "PORT" })
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
