// ANCHOR: args
use anyhow::{Context, Result, bail};
use ch03_digest::Platform;
use ch04_write_config::{Overrides, Words, pair, words};
use std::path::PathBuf;

/// What to run, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An image layout's directory, or the name of an image in a registry [default: the hello image]
    #[arg(value_name = "LAYOUT|REFERENCE")]
    pub image: Option<String>,
    /// What to run instead of the image's cmd
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
    /// The program to run instead of the image's, or a JSON array with its arguments
    #[arg(long, value_name = "WORD", allow_hyphen_values = true, value_parser = words)]
    entrypoint: Option<Words>,
    /// A variable of the environment
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// The directory the program starts in
    #[arg(short, long, value_name = "DIR", value_parser = absolute)]
    workdir: Option<String>,
    /// The user, or user:group, by name or number
    #[arg(short, long)]
    user: Option<String>,
    /// The name of the machine that the container sees [default: the first 12 digits of the image's digest]
    #[arg(long, value_name = "NAME", value_parser = hostname)]
    pub hostname: Option<String>,
    #[command(flatten)]
    pub limits: Limits,
    /// A directory or file of this machine, and where it is in the container
    #[arg(short, long, value_name = "HOST:CONTAINER[:ro]", value_parser = volume)]
    pub volume: Vec<Volume>,
    /// Let the container write to its volumes and to /dev only
    #[arg(long)]
    pub read_only: bool,
    /// Print what would be run, and where each value comes from
    #[arg(long)]
    pub show_config: bool,
    /// Where to write the image and its files
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// For which platform, where there is a choice: os/architecture[/variant]
    #[arg(long, value_parser = ch08_pull::parse_platform)]
    pub platform: Option<Platform>,
}

/// How much a container may use.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Limits {
    /// Memory: bytes, or a number with k, m or g
    #[arg(short, long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<u64>,
    /// Processors: 0.5 is half the time of one
    #[arg(long, value_name = "NUMBER", value_parser = cpus)]
    pub cpus: Option<f64>,
    /// Processes and threads, with init
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(2..=4_194_304))]
    pub pids: Option<u32>,
}

/// A directory or file of this machine that the container sees.
#[derive(Debug, Clone)]
pub struct Volume {
    pub source: PathBuf,
    pub target: String,
    pub read_only: bool,
}
// ANCHOR_END: args

// ANCHOR: overrides
impl Args {
    pub fn overrides(&self) -> Overrides {
        // An empty entrypoint takes the image's away and puts none in its place.
        let is_empty = |words: &Words| words.len() == 1 && words[0].is_empty();
        let entrypoint = self.entrypoint.clone().map(|words| if is_empty(&words) { vec![] } else { words });
        let cmd = Some(self.args.clone()).filter(|args| !args.is_empty());
        let (env, user, workdir) = (self.env.clone(), self.user.clone(), self.workdir.clone());
        Overrides { entrypoint, cmd, env, user, workdir }
    }
}
// ANCHOR_END: overrides

// ANCHOR: readers
fn absolute(path: &str) -> Result<String> {
    match path.starts_with('/') {
        true => Ok(path.to_owned()),
        false => bail!("a path in a container begins with /"),
    }
}

/// Source: Linux, hostname(7), and its limit, HOST_NAME_MAX.
fn hostname(name: &str) -> Result<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    match (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        true => Ok(name.to_owned()),
        false => bail!("a host name is 1 to 64 letters, digits, dots and dashes"),
    }
}

fn memory(text: &str) -> Result<u64> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => bail!("a size is a number of bytes, or a number with k, m or g"),
    };
    let number: u64 = text[..text.len() - unit.len()].parse().context("it is not a number")?;
    // Docker's smallest, too: with less, the kernel cannot start a program.
    match number.checked_mul(factor) {
        Some(bytes @ 0x60_0000..) => Ok(bytes),
        Some(_) => bail!("less than 6m is too little to start a program"),
        None => bail!("it is too large"),
    }
}

fn cpus(text: &str) -> Result<f64> {
    match text.parse() {
        Ok(number) if (0.01..=4096.0).contains(&number) => Ok(number),
        _ => bail!("the number of processors is from 0.01 to 4096"),
    }
}

fn volume(text: &str) -> Result<Volume> {
    let (paths, read_only) = text.strip_suffix(":ro").map_or((text, false), |paths| (paths, true));
    let paths = paths.strip_suffix(":rw").unwrap_or(paths);
    let Some((source, target)) = paths.rsplit_once(':') else { bail!("there is no : between the two paths") };
    if source.is_empty() {
        bail!("the path on this machine is empty");
    }
    let target = absolute(target)?;
    // Without `.` and `..`, as Docker has it: the kernel would take `..` in its own way after a symbolic link.
    let mut parts = Vec::new();
    for part in target.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let target = format!("/{}", parts.join("/"));
    check_target(&target)?;
    Ok(Volume { source: source.into(), target, read_only })
}

/// The rest of the container relies on what is there.
pub fn check_target(target: &str) -> Result<()> {
    if matches!(target, "/" | "/dev" | "/proc") || target.starts_with("/proc/") {
        bail!("a container's /, /dev and /proc are no place for a volume");
    }
    Ok(())
}
// ANCHOR_END: readers
