//! For the tests: running programs, finding tools, random numbers, and a registry that misbehaves. No chapter needs it to run.

mod log;
mod misbehaving;
mod numbers;

pub use log::Log;
pub use misbehaving::{Misbehaving, Reply, Request, answer, misbehave};
pub use numbers::Numbers;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory that is removed when the test ends.
pub fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A path in this repository.
pub fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the repository").join(path)
}

/// What a program printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    /// `None` if a signal ended it.
    pub code: Option<i32>,
}

/// Runs a program to its end, without what this machine's user has set for it.
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    for variable in ["SOURCE_DATE_EPOCH", "DOCKER_CONFIG", "NO_COLOR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        if command.get_envs().all(|(name, _)| name != variable) {
            command.env_remove(variable).env_remove(variable.to_lowercase());
        }
    }
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    record_error(&stderr);
    Ran { stdout: String::from_utf8_lossy(&output.stdout).into_owned(), stderr, code: output.status.code() }
}

/// Keeps an error that a program printed, where `RECORD_ERRORS` says: the book explains each that the tests provoke.
fn record_error(stderr: &str) {
    let (Some(folder), Some(start)) = (std::env::var_os("RECORD_ERRORS"), stderr.find("error: ")) else { return };
    let file = tempfile::Builder::new().prefix("error-").tempfile_in(folder).expect("the folder for the errors");
    std::fs::write(file.path(), &stderr[start..]).expect("the folder for the errors");
    file.keep().expect("the folder for the errors");
}

/// Runs a program that must succeed, and returns what it printed.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
    let ran = run(command);
    assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
    ran.stdout
}

/// Asserts that a program fails with exactly this on standard error.
#[track_caller]
pub fn fails(command: &mut Command, code: i32, stderr: &str) {
    let ran = run(command);
    assert_eq!((ran.stderr.trim_end(), ran.code), (stderr, Some(code)), "{command:?} printed: {}", ran.stdout);
}

/// Asserts that a function fails with exactly this error.
#[track_caller]
pub fn refuses(error: impl std::fmt::Display, expected: &str) {
    let error = format!("{error:#}");
    record_error(&format!("error: {error}"));
    assert_eq!(error, expected);
}

/// Whether these programs are here. If not, the test says so and passes; on a CI machine, where all are, it fails.
pub fn have(tools: &[&str]) -> bool {
    let missing: Vec<&&str> = tools.iter().filter(|tool| !exists(tool)).collect();
    if missing.is_empty() {
        return true;
    }
    skip(&format!("{missing:?} is not on this machine"));
    false
}

/// Says that a test did not run, and why. On a CI machine all of them run.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "skipped on a CI machine: {why}");
    println!("skipped: {why}");
}

fn exists(tool: &str) -> bool {
    // Windows may have both, from Git, but they take no path that begins with C:.
    if cfg!(windows) && matches!(tool, "sh" | "GNU tar") {
        return false;
    }
    if tool == "GNU tar" {
        return Command::new(gnu_tar())
            .arg("--version")
            .output()
            .is_ok_and(|output| output.stdout.starts_with(b"tar (GNU"));
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|path| path.join(tool).is_file() || path.join(format!("{tool}.exe")).is_file())
}

/// GNU tar has another name on macOS.
pub fn gnu_tar() -> &'static str {
    if cfg!(target_os = "macos") { "gtar" } else { "tar" }
}

/// A script of this repository. Windows runs none by itself.
pub fn script(name: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg(repository("scripts").join(name)).current_dir(repository(""));
    command
}

/// The same program without the right to pass over permissions, which root has.
pub fn unprivileged(command: &Command) -> Command {
    let mut limited = Command::new("setpriv");
    limited.args(["--bounding-set=-all", "--inh-caps=-all"]).arg(command.get_program()).args(command.get_args());
    limited
}

/// Copies a program to where a user other than the owner of the repository may run it.
///
/// Another process does it. One that a test starts meanwhile would inherit the file, and nobody may run a file that
/// somebody has open for writing: "Text file busy".
#[cfg(unix)]
pub fn copy_program(program: &str, to: &Path) {
    succeed(Command::new("install").args(["-m", "755", program]).arg(to));
}

/// The names of the files in a directory, sorted; hidden ones too.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().display().to_string()).collect();
    names.sort();
    names
}
