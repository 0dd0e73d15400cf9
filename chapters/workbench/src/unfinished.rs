use anyhow::{Context, Result};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// A directory that is removed with all that it holds when this is dropped, and on Ctrl-C.
pub struct Unfinished(pub PathBuf);

/// Those of this process: Ctrl-C removes them all.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn all() -> MutexGuard<'static, Vec<PathBuf>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Unfinished {
    /// What `make` makes. If Ctrl-C comes in between, it waits until the directory is among those to remove.
    pub fn new(make: impl FnOnce() -> Result<PathBuf>) -> Result<Unfinished> {
        static HANDLER: Once = Once::new();
        let mut handler = Ok(());
        HANDLER.call_once(|| handler = ctrlc::set_handler(interrupted));
        handler.context("cannot handle Ctrl-C")?;
        let mut all = all();
        let path = make()?;
        all.push(path.clone());
        Ok(Unfinished(path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After Ctrl-C, this waits for the end of the process: nothing is to be said about files that are gone.
        let _all = all();
        let _ = remove(&self.0);
    }
}

fn interrupted() {
    let all = all();
    // Meanwhile the program goes on to write there: what comes too late for one round is there for the next.
    for path in all.iter().cycle().take(20 * all.len()) {
        let _ = remove(path);
    }
    std::process::exit(130); // 128 + SIGINT, as a shell reports it
}

/// Removes the directory `top`, however deep its contents are, and where its owner may not write as well.
///
/// Each directory is moved up into `top` before it is emptied: no path gets too long, and nothing calls itself. So
/// the names in `top` itself may not be numbers, other than those of an earlier round.
fn remove(top: &Path) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut to_empty = vec![top.to_owned()];
    while let Some(directory) = to_empty.pop() {
        let entries: Vec<_> = fs::read_dir(&directory)?.collect::<io::Result<_>>()?;
        for entry in entries {
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
                continue;
            }
            permit(&entry.path())?;
            let moved = top.join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
            fs::rename(entry.path(), &moved)?;
            to_empty.push(moved);
        }
        if directory != top {
            fs::remove_dir(directory)?;
        }
    }
    match fs::remove_dir(top) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Lets the owner of a directory read it and write to it.
#[cfg(unix)]
fn permit(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

#[cfg(not(unix))]
fn permit(_directory: &Path) -> io::Result<()> {
    Ok(())
}
