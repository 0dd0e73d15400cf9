use crate::unfinished::Unfinished;
use anyhow::{Context, Result, anyhow, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// A directory for results, where each one appears whole or not at all.
///
/// A chapter writes into a hidden directory beside the results ([`OutDir::staged`]) and moves each finished artifact
/// to its place ([`OutDir::publish`]): a rename within one file system cannot stop half-way. An error, a panic and
/// Ctrl-C all remove the hidden directory and leave the earlier results as they were.
pub struct OutDir {
    dir: PathBuf,
    staging: Unfinished,
}

impl OutDir {
    /// Makes `dir` if need be. It may not lie inside `rootfs`: the layer would then hold itself.
    pub fn create(dir: &Path, rootfs: &Path) -> Result<OutDir> {
        if lies_inside(dir, rootfs) {
            let why = "it lies inside the root file system, which would then hold itself";
            let help = "help: choose a directory elsewhere with --out";
            bail!("cannot write to the output directory: {}: {why}\n{help}", dir.display());
        }
        OutDir::open(dir)
    }

    /// Makes `dir` if need be, wherever it lies.
    pub fn open(dir: &Path) -> Result<OutDir> {
        OutDir::begin(dir).with_context(|| format!("cannot write to the output directory: {}", dir.display()))
    }

    fn begin(dir: &Path) -> Result<OutDir> {
        fs::create_dir_all(dir)?;
        let staging = Unfinished::new(|| {
            let staging = tempfile::Builder::new().prefix(".unfinished-").tempdir_in(dir);
            Ok(staging.map_err(|error| anyhow!("{}", without_path(error)))?.keep())
        })?;
        Ok(OutDir { dir: dir.to_owned(), staging })
    }

    /// Another one within the hidden directory, for results that are needed on the way only: it goes with it.
    pub fn within(&self, name: &str) -> Result<OutDir> {
        let dir = self.staged(name);
        OutDir::begin(&dir).with_context(|| format!("cannot write to the output directory: {}", self.dir.display()))
    }

    /// Where the artifact `name` is when it is finished.
    pub fn place(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where to write the artifact `name` until it is finished.
    pub fn staged(&self, name: &str) -> PathBuf {
        self.staging.0.join(name)
    }

    /// Begins the artifact `name`, which is a file.
    pub fn file(&self, name: &str) -> Result<File> {
        File::create(self.staged(name)).with_context(|| format!("cannot write: {}", self.place(name).display()))
    }

    /// Moves the finished artifact `name` to its place, instead of what an earlier run left there, and returns that place.
    ///
    /// `marker` is as in [`OutDir::clear`].
    pub fn publish(&self, name: &str, marker: Option<&str>) -> Result<PathBuf> {
        let place = self.clear(name, marker)?;
        let moved = fs::rename(self.staged(name), &place);
        if moved.is_err() {
            let _ = fs::rename(self.earlier(name), &place);
        }
        moved.with_context(|| format!("cannot write: {}", place.display()))?;
        Ok(place)
    }

    /// Removes the directory `name` of an earlier run, if there is one, and returns its place.
    ///
    /// It is removed only if it is empty or holds the file `marker`: another directory of that name is somebody's work.
    pub fn clear(&self, name: &str, marker: Option<&str>) -> Result<PathBuf> {
        self.check_replaceable(name, marker)?;
        let place = self.place(name);
        if place.is_dir() {
            fs::rename(&place, self.earlier(name)).with_context(|| format!("cannot write: {}", place.display()))?;
        }
        Ok(place)
    }

    /// Where what an earlier run left goes, to be removed.
    fn earlier(&self, name: &str) -> PathBuf {
        self.staged(&format!("earlier-{name}"))
    }

    /// The same as [`OutDir::check`], for a directory that will be moved away: a link to one would be, and not what it leads
    /// to, and paths from the current directory would lead elsewhere.
    pub fn check_replaceable(&self, name: &str, marker: Option<&str>) -> Result<()> {
        self.check(name, marker)?;
        let place = self.place(name);
        if place.is_dir() && place.is_symlink() {
            return Err(self.taken(name));
        }
        let is_in_it = |here: PathBuf| place.canonicalize().is_ok_and(|place| here.starts_with(place));
        if place.is_dir() && std::env::current_dir().is_ok_and(is_in_it) {
            let help = "help: go to another directory first";
            bail!("cannot write: {}: it would be replaced, and you are in it\n{help}", place.display());
        }
        Ok(())
    }

    /// An error if the place of `name` is taken by what may not be removed: better before the work than after.
    ///
    /// A file gives way to a file, but not to a directory, which is what has a `marker`.
    pub fn check(&self, name: &str, marker: Option<&str>) -> Result<()> {
        let place = self.place(name);
        let is_free = match place.is_dir() {
            true => {
                let is_empty = fs::read_dir(&place).is_ok_and(|mut entries| entries.next().is_none());
                is_empty || marker.is_some_and(|marker| place.join(marker).is_file())
            }
            false => marker.is_none() || place.symlink_metadata().is_err(),
        };
        if is_free { Ok(()) } else { Err(self.taken(name)) }
    }

    /// What to say when somebody's work is at the place of `name`.
    pub fn taken(&self, name: &str) -> anyhow::Error {
        let place = self.place(name);
        let what = if place.is_dir() { "directory" } else { "file" };
        let why = format!("a {what} of that name is there, and this program did not make it");
        anyhow!("cannot write: {}: {why}\nhelp: choose another directory with --out", place.display())
    }
}

/// tempfile's errors end with the temporary path, which the reader never typed.
fn without_path(error: std::io::Error) -> String {
    let text = error.to_string();
    text.split(" at path ").next().unwrap_or_default().to_owned()
}

/// Whether `dir`, which need not exist yet, is `rootfs` or lies below it.
fn lies_inside(dir: &Path, rootfs: &Path) -> bool {
    let Ok(rootfs) = rootfs.canonicalize() else { return false };
    let Ok(dir) = std::path::absolute(dir) else { return false };
    let existing = dir.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    existing.is_some_and(|existing| existing.starts_with(rootfs))
}
