//! A session at a shell: commands that are run one after the other, and what each printed.

use crate::console::Step;
use crate::repository;
use anyhow::{Context, Result, anyhow, ensure};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The ports that the pages name. In a session, each is a free one.
const PORTS: [&str; 2] = ["5001", "5002"];

/// Runs the steps in one shell, and returns what each printed.
pub fn run(steps: &[Step]) -> Result<Vec<String>> {
    let target = build()?;
    let scratch = tempfile::tempdir().context("cannot make a directory for the session")?;
    let session = scratch.path().join("hard-way");
    for folder in ["fixtures", "scripts", "book/examples"] {
        copy(&repository(folder), &session.join(folder))?;
    }
    // For those that are called by their names: target/debug/NAME.
    #[cfg(unix)]
    std::os::unix::fs::symlink(target, session.join("target")).context("cannot link to the programs")?;
    let ports = free_ports()?;
    fs::write(scratch.path().join("session"), script(steps, &ports)).context("cannot write the session")?;
    let mut bash = Command::new("timeout");
    bash.args(["300", "bash", "../session"]).current_dir(&session).stdin(Stdio::null());
    for variable in ["SOURCE_DATE_EPOCH", "NO_COLOR", "CARGO", "RUSTFLAGS", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        bash.env_remove(variable).env_remove(variable.to_lowercase());
    }
    bash.env("LC_ALL", "C.UTF-8").env("TZ", "UTC").env("DOCKER_CONFIG", scratch.path()).env("COLUMNS", "100");
    let output = bash.env("TARGET", target).output().context("cannot run bash")?;
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

/// Builds all programs, once, and returns cargo's target directory, where they are then.
fn build() -> Result<&'static str> {
    static TARGET: LazyLock<Result<String, String>> = LazyLock::new(|| {
        let cargo = |args: &[&str]| Command::new("cargo").args(args).current_dir(repository("")).output();
        let built = cargo(&["build", "--quiet", "--workspace"]).map_err(|error| error.to_string())?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).into_owned());
        }
        let told = cargo(&["metadata", "--no-deps", "--format-version", "1"]).map_err(|error| error.to_string())?;
        let metadata: serde_json::Value = serde_json::from_slice(&told.stdout).map_err(|error| error.to_string())?;
        Ok(metadata["target_directory"].as_str().unwrap_or("target").to_owned())
    });
    TARGET.as_deref().map_err(|error| anyhow!("cannot build the programs: {error}"))
}

/// In a session, `cargo run -p NAME -- ARGUMENTS` starts the program that cargo has built: to find that there is nothing
/// to do takes cargo a moment each time, and the book has a hundred of them.
const CARGO: &str = r#"cargo() {
    [ "$1 $2" = "run -p" ] || { echo "this is no cargo run -p: cargo $*"; return 1; }
    local program=$3
    shift 3
    [ "${1-}" != -- ] || shift
    "$TARGET/debug/$program" "$@"
}
"#;

fn script(steps: &[Step], ports: &[String]) -> String {
    let mut script =
        String::from("set -m\ntrap 'for group in $(jobs -p); do kill -- -$group; done 2> /dev/null' EXIT\n");
    script += CARGO;
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
