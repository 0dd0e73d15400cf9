// ANCHOR: options
use crate::config::{ContainerConfig, Empty};
use crate::platform::check_platform;
use anyhow::{Result, anyhow, bail};
use std::path::Path;

/// What Docker gives an image that says nothing: programs are found where they usually are.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The options that say what the configuration holds, for this chapter and those after it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Configuration")]
pub struct Settings {
    /// The program to run, or a JSON array with its arguments; once for each word [default: /hello for the hello image]
    #[arg(long, value_name = "WORD", allow_hyphen_values = true, value_parser = words)]
    entrypoint: Vec<Words>,
    /// Arguments that a user may replace; a word each, or a JSON array
    #[arg(long, value_name = "WORD", allow_hyphen_values = true, value_parser = words)]
    cmd: Vec<Words>,
    /// A variable of the environment; a later one replaces an earlier one
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,
    /// The directory the program starts in
    #[arg(long, value_name = "DIR", default_value = "/", value_parser = absolute)]
    workdir: String,
    /// The user, or user:group, by name or number
    #[arg(long)]
    user: Option<String>,
    /// A port the program listens on: 8080, 53/udp
    #[arg(long, value_name = "PORT", value_parser = port)]
    expose: Vec<String>,
    /// A directory whose contents outlive the container
    #[arg(long, value_name = "DIR", value_parser = absolute)]
    volume: Vec<String>,
    /// A label
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    label: Vec<(String, String)>,
    /// The signal that asks the program to end: SIGINT, 2
    #[arg(long, value_name = "SIGNAL", value_parser = signal)]
    stop_signal: Option<String>,
    /// The system, by Go's name (GOOS)
    #[arg(long, default_value = "linux")]
    pub os: String,
    /// The processor, by Go's name (GOARCH)
    #[arg(long, default_value = "amd64")]
    pub arch: String,
    /// The kind of that processor, such as v7 for arm
    #[arg(long)]
    pub variant: Option<String>,
    /// Who made the image
    #[arg(long)]
    pub author: Option<String>,
}
// ANCHOR_END: options

// ANCHOR: settings
/// A list of words that is one value: clap takes a plain `Vec` for an option that is given several times.
pub type Words = Vec<String>;

impl Settings {
    /// The settings for the image of `rootfs`, or an error if they name a platform that does not exist.
    ///
    /// Without `rootfs` it is the hello image, whose program is known: that is the entrypoint then.
    pub fn checked(mut self, rootfs: Option<&Path>) -> Result<Settings> {
        check_platform(&self.os, &self.arch, self.variant.as_deref())?;
        if rootfs.is_none() && self.entrypoint.is_empty() && self.cmd.is_empty() {
            self.entrypoint = vec![vec!["/hello".into()]];
        }
        Ok(self)
    }

    pub(crate) fn container_config(&self) -> ContainerConfig {
        let mut env = vec![PATH.to_owned()];
        for (name, value) in &self.env {
            set_env(&mut env, name, value);
        }
        ContainerConfig {
            user: self.user.clone().unwrap_or_default(),
            exposed_ports: self.expose.iter().map(|port| (port.clone(), Empty {})).collect(),
            env,
            entrypoint: self.entrypoint.concat(),
            cmd: self.cmd.concat(),
            volumes: self.volume.iter().map(|volume| (volume.clone(), Empty {})).collect(),
            working_dir: self.workdir.clone(),
            labels: self.label.iter().cloned().collect(),
            stop_signal: self.stop_signal.clone().unwrap_or_default(),
        }
    }
}
// ANCHOR_END: settings

// ANCHOR: set_env
/// Sets a variable: in its old place if it has one, else at the end.
pub fn set_env(env: &mut Vec<String>, name: &str, value: &str) {
    let entry = format!("{name}={value}");
    match env.iter_mut().find(|old| old.split('=').next() == Some(name)) {
        Some(old) => *old = entry,
        None => env.push(entry),
    }
}
// ANCHOR_END: set_env

// ANCHOR: readers
/// Reads a list as a Dockerfile or a pod writes it, as a JSON array; other text is one word.
pub fn words(text: &str) -> Result<Words> {
    match text.starts_with('[') {
        true => serde_json::from_str(text).map_err(|error| anyhow!("it is not a JSON array of strings: {error}")),
        false => Ok(vec![text.to_owned()]),
    }
}

/// Reads `NAME=VALUE`; the value may be empty.
pub fn pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some(("", _)) => bail!("the name before the = is empty"),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => bail!("there is no = between a name and its value"),
    }
}

fn absolute(path: &str) -> Result<String> {
    match path.starts_with('/') {
        true => Ok(path.to_owned()),
        false => bail!("a path in an image begins with /"),
    }
}

fn port(text: &str) -> Result<String> {
    let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        bail!("the protocol {protocol} is none of tcp, udp and sctp");
    }
    match number.parse::<u16>() {
        Ok(1..) => Ok(format!("{number}/{protocol}")),
        _ => bail!("the port {number} is not a number from 1 to 65535"),
    }
}

fn signal(text: &str) -> Result<String> {
    let name = text.strip_prefix("SIG").unwrap_or("");
    let is_name = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-'));
    match is_name || matches!(text.parse::<u8>(), Ok(1..=64)) {
        true => Ok(text.to_owned()),
        false => bail!("a signal is SIG and a name, as SIGTERM, or a number from 1 to 64"),
    }
}
// ANCHOR_END: readers
