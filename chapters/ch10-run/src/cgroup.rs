// ANCHOR: cgroup
use crate::arguments::Limits;
use crate::cleaner::Cleaner;
use anyhow::{Context, Result, anyhow};
use nix::unistd::Pid;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the kernel shows control groups: groups of processes that share what they may use.
const ROOT: &str = "/sys/fs/cgroup";

/// The group of a container's processes. It goes when this is dropped, or with this process if that is killed.
pub struct Cgroup {
    /// One directory in version 2, and one for each controller in version 1.
    directories: Vec<PathBuf>,
    _cleaner: Cleaner,
}

/// A controller, and what is written to which of its files.
type Setting = (&'static str, &'static str, String);

impl Cgroup {
    /// Makes a group with these limits; none if there are no limits.
    pub fn create(limits: &Limits) -> Result<Option<Cgroup>> {
        let version_2 = Path::new(ROOT).join("cgroup.controllers").exists();
        let settings = settings(limits, version_2);
        if settings.is_empty() {
            return Ok(None);
        }
        let ours = fs::read_to_string("/proc/self/cgroup").context("cannot read: /proc/self/cgroup")?;
        let mut hierarchies = Vec::new();
        if version_2 {
            // A group with groups below it that have limits may have no processes, and we are in our own one.
            let own = own(&ours, "");
            hierarchies.push((PathBuf::from(ROOT), own.parent().unwrap_or(&own).to_owned(), settings));
        } else {
            for controller in ["memory", "cpu", "pids"] {
                let of_it: Vec<Setting> = settings.iter().filter(|setting| setting.0 == controller).cloned().collect();
                if !of_it.is_empty() {
                    hierarchies.push((Path::new(ROOT).join(controller), own(&ours, controller), of_it));
                }
            }
        }
        let places = hierarchies.iter().flat_map(|(root, own, _)| places(root, own)).collect();
        // First who cleans up, then what is to be cleaned up: a failure and a kill leave nothing either.
        let cleaner = Cleaner::start(places)?;
        let created = hierarchies.iter().map(|(root, own, settings)| create_below(root, own, settings, version_2));
        Ok(Some(Cgroup { directories: created.collect::<Result<_>>()?, _cleaner: cleaner }))
    }

    /// Puts a process there, and with it all that it will start.
    pub fn add(&self, process: Pid) -> Result<()> {
        for directory in &self.directories {
            let failed = || format!("cannot put the container into its cgroup: {}", directory.display());
            fs::write(directory.join("cgroup.procs"), process.to_string()).with_context(failed)?;
        }
        Ok(())
    }

    /// Whether the kernel has ended a process of it for want of memory.
    pub fn out_of_memory(&self) -> bool {
        let files = ["memory.events", "memory.oom_control"];
        let files = self.directories.iter().flat_map(|directory| files.map(|file| directory.join(file)));
        let kills = |text: String| text.lines().any(|line| line.starts_with("oom_kill ") && line != "oom_kill 0");
        files.filter_map(|file| fs::read_to_string(file).ok()).any(kills)
    }
}
// ANCHOR_END: cgroup

// ANCHOR: settings
/// What to write to which file. Source: Linux, cgroup-v2.rst, and for version 1 cgroup-v1/memory.rst.
fn settings(limits: &Limits, version_2: bool) -> Vec<Setting> {
    let mut settings = Vec::new();
    if let Some(bytes) = limits.memory {
        // What is swapped out is used, too: without this second limit, the first would only move memory to the disk.
        let files = match version_2 {
            true => [("memory.max", bytes), ("memory.swap.max", 0)],
            false => [("memory.limit_in_bytes", bytes), ("memory.memsw.limit_in_bytes", bytes)],
        };
        settings.extend(files.map(|(file, value)| ("memory", file, value.to_string())));
    }
    if let Some(cpus) = limits.cpus {
        // Microseconds of processor time in each period of 100,000 microseconds.
        let quota = (cpus * 100_000.0).round();
        settings.push(match version_2 {
            true => ("cpu", "cpu.max", format!("{quota} 100000")),
            false => ("cpu", "cpu.cfs_quota_us", quota.to_string()),
        });
    }
    settings.extend(limits.pids.map(|pids| ("pids", "pids.max", pids.to_string())));
    settings
}
// ANCHOR_END: settings

// ANCHOR: create_below
/// The cgroup of this process in the hierarchy of `controller`: a line is `number:controllers:/path`.
fn own(text: &str, controller: &str) -> PathBuf {
    let mut lines = text.lines().map(|line| line.splitn(3, ':').collect::<Vec<_>>());
    let line = lines.find(|line| line.len() == 3 && line[1].split(',').any(|name| name == controller));
    line.map_or(PathBuf::new(), |line| PathBuf::from(line[2].trim_start_matches('/')))
}

/// Where a group of ours may be: below our own one, or one above that.
fn places(root: &Path, own: &Path) -> impl Iterator<Item = PathBuf> {
    let name = format!("ch10-run-{}", std::process::id());
    own.ancestors().map(move |above| root.join(above).join(&name))
}

/// Makes a group with these settings below our own one, or else below the nearest one above that allows it.
fn create_below(root: &Path, own: &Path, settings: &[Setting], version_2: bool) -> Result<PathBuf> {
    let mut why = io::Error::from(io::ErrorKind::NotFound);
    for directory in places(root, own) {
        match create(&directory, settings, version_2) {
            Ok(()) => return Ok(directory),
            Err(error) => why = error,
        }
        let _ = fs::remove_dir(&directory);
        // A limit above our own one, for example: higher up it would be allowed, and take that away.
        if why.kind() == io::ErrorKind::InvalidInput {
            break;
        }
    }
    let help = "help: leave the limits out, or run it as root; where systemd is: systemd-run --user --scope COMMAND";
    Err(anyhow!("cannot set limits: {}: {why}\n{help}", root.display()))
}

fn create(directory: &Path, settings: &[Setting], version_2: bool) -> io::Result<()> {
    fs::create_dir(directory)?;
    for (controller, file, value) in settings {
        if version_2 {
            fs::write(directory.with_file_name("cgroup.subtree_control"), format!("+{controller}"))?;
        }
        let path = directory.join(file);
        // A kernel without swap has no file for it.
        if path.exists() || !file.contains("sw") {
            fs::write(path, value)?;
        }
    }
    Ok(())
}
// ANCHOR_END: create_below
