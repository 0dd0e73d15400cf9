// ANCHOR: blobs
use crate::blob::Outcome;
use crate::target::Target;
use anyhow::{Context, Result};
use ch03_digest::Descriptor;
use ch06_push::Repository;
use indicatif::ProgressBar;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many blobs are on their way at once: Docker has the same.
const AT_A_TIME: u32 = 3;

/// Where blobs come from, and where they go.
pub struct Blobs<'a> {
    pub repository: &'a Repository<'a>,
    pub layout: PathBuf,
    /// A directory for the beginnings of blobs, where the next run finds them, whatever ended this one.
    pub unfinished: PathBuf,
    /// One for all blobs.
    pub bar: ProgressBar,
    /// Another blob failed: nobody needs what is still on its way.
    pub stopped: AtomicBool,
}
// ANCHOR_END: blobs

// ANCHOR: pull_all
impl<'a> Blobs<'a> {
    /// `sizes` are those of all blobs that will be pulled.
    pub fn new(repository: &'a Repository, target: &Target, sizes: impl Iterator<Item = u64>) -> Result<Blobs<'a>> {
        let unfinished = target.out.place(".unfinished-pull");
        fs::create_dir_all(&unfinished).with_context(|| format!("cannot write: {}", unfinished.display()))?;
        let bar = workbench::progress_bar("pulling", sizes.fold(0, u64::saturating_add));
        Ok(Blobs { repository, layout: target.layout.clone(), unfinished, bar, stopped: AtomicBool::new(false) })
    }

    /// Pulls blobs, a few at a time, and returns what became of each. The first error ends all.
    pub fn pull_all(&self, blobs: &[Descriptor]) -> Result<Vec<Outcome>> {
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let lock = || done.lock().unwrap_or_else(PoisonError::into_inner);
        let work = || {
            while !self.stopped.load(Ordering::SeqCst) {
                let index = next.fetch_add(1, Ordering::SeqCst);
                let Some(blob) = blobs.get(index) else { return };
                let outcome = self.pull(blob).with_context(|| format!("cannot pull the blob {}", blob.digest));
                let failed = outcome.is_err();
                lock().push((index, outcome));
                self.stopped.fetch_or(failed, Ordering::SeqCst);
            }
        };
        thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(work))));
        let mut outcomes = Vec::new();
        // In the order of time: other errors only follow from the first.
        for (index, outcome) in lock().drain(..) {
            outcomes.push((index, outcome?));
        }
        outcomes.sort_by_key(|(index, _)| *index);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }
}

impl Drop for Blobs<'_> {
    /// The directory stays if it holds something.
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.unfinished);
    }
}
// ANCHOR_END: pull_all
