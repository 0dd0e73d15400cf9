use anyhow::{Context, Result};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

/// A directory that is removed with all that it holds when this is dropped, and on Ctrl-C.
pub struct Unfinished(pub PathBuf);

/// Those of this process: Ctrl-C removes them all.
static ALL: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl Unfinished {
    pub fn new(path: PathBuf) -> Result<Unfinished> {
        static HANDLER: Once = Once::new();
        ALL.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        let unfinished = Unfinished(path);
        let mut handler = Ok(());
        HANDLER.call_once(|| handler = ctrlc::set_handler(interrupted));
        handler.context("cannot handle Ctrl-C")?;
        Ok(unfinished)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = remove(&self.0);
    }
}

fn interrupted() {
    for path in ALL.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        // Meanwhile the program goes on to write there: what comes too late for one round is there for the next.
        let _ = (0..100).find(|_| remove(path).is_ok());
    }
    std::process::exit(130); // 128 + SIGINT, as a shell reports it
}

/// Removes the directory `top`, however deep its contents are, and where its owner may not write as well.
///
/// Each directory is moved up into `top` before it is emptied: no path gets too long, and nothing calls itself. So
/// the names in `top` itself may not be numbers.
fn remove(top: &Path) -> io::Result<()> {
    let mut to_empty = vec![top.to_owned()];
    let mut number = 0;
    while let Some(directory) = to_empty.pop() {
        let entries: Vec<_> = fs::read_dir(&directory)?.collect::<io::Result<_>>()?;
        for entry in entries {
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
                continue;
            }
            permit(&entry.path())?;
            let moved = top.join(number.to_string());
            number += 1;
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
