use anyhow::{Context, Result};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, setpgid};
use std::fs;
use std::io::{PipeReader, PipeWriter, Read};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// A process that removes directories of cgroups when this one ends, however it ends.
///
/// Mounts and processes go with their namespaces, but a cgroup stays until it is removed, and a process that is killed
/// removes nothing. runc leaves this to whoever called it, and systemd to itself.
pub struct Cleaner {
    process: Pid,
    /// Nothing is ever written. When the last copy of it is gone, the reader knows.
    alive: Option<PipeWriter>,
}

impl Cleaner {
    pub fn start(directories: Vec<PathBuf>) -> Result<Cleaner> {
        let (end, alive) = std::io::pipe()?;
        // SAFETY: this process has one thread, so the copy has all it needs.
        match unsafe { fork() }.context("cannot start the process that cleans up")? {
            ForkResult::Parent { child } => {
                // Who kills all processes of this job means the container, not this one.
                setpgid(child, child)?;
                Ok(Cleaner { process: child, alive: Some(alive) })
            }
            ForkResult::Child => {
                drop(alive);
                clean_up_after(end, &directories);
                std::process::exit(0)
            }
        }
    }
}

/// Removes the directories when `end` has come. The kernel refuses as long as a process is in one: some are still ending.
fn clean_up_after(mut end: PipeReader, directories: &[PathBuf]) {
    let _ = end.read(&mut [0]);
    for directory in directories {
        let tries = (0..5000).take_while(|_| fs::remove_dir(directory).is_err() && directory.exists());
        tries.for_each(|_| sleep(Duration::from_millis(1)));
    }
}

impl Drop for Cleaner {
    fn drop(&mut self) {
        self.alive = None;
        let _ = waitpid(self.process, None);
    }
}
