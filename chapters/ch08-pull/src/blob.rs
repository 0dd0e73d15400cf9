// ANCHOR: blobs
use crate::part::{BUFFER, Part, hash_of};
use crate::target::Target;
use anyhow::{Context, Result, bail};
use ch03_digest::Descriptor;
use ch05_write_manifest::blob_path;
use ch06_push::Repository;
use http_agent::{Body, header};
use indicatif::ProgressBar;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use ureq::http::{Request, StatusCode};

/// How many requests a blob may take. A next run gives it as many again.
const TRIES: u32 = 5;
/// How many blobs are on their way at once: Docker has the same.
const AT_A_TIME: u32 = 3;

/// Where blobs come from, and where they go.
pub struct Blobs<'a> {
    repository: &'a Repository<'a>,
    layout: PathBuf,
    /// A directory for the beginnings of blobs, where the next run finds them, whatever ended this one.
    unfinished: PathBuf,
    bar: ProgressBar,
    /// Another blob failed: nobody needs what is still on its way.
    stopped: AtomicBool,
}

/// How a blob came to be in the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    AlreadyThere,
    Pulled,
    /// After so many bytes.
    ContinuedAt(u64),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Outcome::AlreadyThere => f.write_str("already there"),
            Outcome::Pulled => f.write_str("pulled"),
            Outcome::ContinuedAt(size) => write!(f, "continued at {size}"),
        }
    }
}
// ANCHOR_END: blobs

// ANCHOR: pull_all
impl<'a> Blobs<'a> {
    /// `sizes` are those of all that will be pulled: there is one progress bar for them.
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
    // ANCHOR_END: pull_all

    // ANCHOR: pull
    /// Makes sure that a blob is in the layout. It appears there when its size and digest are verified, and not before.
    ///
    /// Source: the OCI distribution-spec, "Pulling blobs", and the OCI image-spec, descriptor.md, "Verification".
    fn pull(&self, blob: &Descriptor) -> Result<Outcome> {
        let place = self.layout.join(blob_path(blob));
        if is_there(blob, &place).with_context(|| format!("cannot read: {}", place.display()))? {
            self.bar.inc(blob.size);
            return Ok(Outcome::AlreadyThere);
        }
        let path = self.unfinished.join(format!("{}-{}", blob.digest.algorithm(), blob.digest.hex()));
        let mut part = Part::open(&path, blob)?;
        self.bar.inc(part.size());
        if let Err(error) = self.download(blob, &mut part) {
            // What has arrived is kept for the next run, an empty file is not.
            let _ = if part.size() == 0 { fs::remove_file(&path) } else { Ok(()) };
            return Err(error);
        }
        let (size, continued_at, digest) = (part.size(), part.continued_at, part.close());
        if (size, &digest) != (blob.size, &blob.digest) {
            fs::remove_file(&path).with_context(|| format!("cannot write: {}", path.display()))?;
            let found = if size > blob.size { "more".to_owned() } else { digest.to_string() };
            bail!("the registry sent other bytes: not {} of {} bytes, but {found}", blob.digest, blob.size);
        }
        // A production tool would have the disk write it out first (fsync). Here the next pull finds what is damaged.
        let directory = place.parent().unwrap_or(&self.layout);
        let moved = fs::create_dir_all(directory).and_then(|()| fs::rename(&path, &place));
        moved.with_context(|| format!("cannot write: {}", place.display()))?;
        Ok(if continued_at == 0 { Outcome::Pulled } else { Outcome::ContinuedAt(continued_at) })
    }
    // ANCHOR_END: pull

    // ANCHOR: download
    /// Fetches what is missing of a blob. If the connection breaks, it continues.
    fn download(&self, blob: &Descriptor, part: &mut Part) -> Result<()> {
        let mut tries = 0;
        while part.size() < blob.size {
            let ended = self.request(blob, part)?;
            tries += 1;
            if tries == TRIES && part.size() < blob.size {
                let why = ended.map(|error| format!(": {error}")).unwrap_or_default();
                let help = "help: run it again: it continues there";
                bail!("only {} of {} bytes arrived in {TRIES} tries{why}\n{help}", part.size(), blob.size);
            }
        }
        Ok(())
    }

    /// Asks for the missing part of a blob, and reads one byte more at most: a registry could send for ever.
    ///
    /// Returns what ended the answer early, if we know. Source: RFC 9110, section 14.
    fn request(&self, blob: &Descriptor, part: &mut Part) -> Result<Option<io::Error>> {
        let at = part.size();
        let mut request = Request::get(format!("{}/blobs/{}", self.repository.url(), blob.digest));
        let mut accepted = vec![StatusCode::OK];
        if at > 0 {
            request = request.header("range", format!("bytes={at}-"));
            accepted.extend([StatusCode::PARTIAL_CONTENT, StatusCode::RANGE_NOT_SATISFIABLE]);
        }
        let response = self.repository.send(request, Body::Empty, &accepted)?;
        let range = header(response.headers(), "content-range").unwrap_or_default();
        if response.status() == StatusCode::PARTIAL_CONTENT && range.starts_with(&format!("bytes {at}-")) {
            part.continued_at = at;
        } else {
            // The whole blob, or not what we asked for: what we have is of no use.
            part.clear(blob)?;
            self.bar.dec(at);
            if response.status() != StatusCode::OK {
                return Ok(None);
            }
        }
        let mut body = response.into_body().into_reader().take((blob.size - part.size()).saturating_add(1));
        let mut buffer = vec![0; BUFFER];
        while !self.stopped.load(Ordering::SeqCst) {
            match body.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(read) => {
                    part.append(&buffer[..read])?;
                    self.bar.inc(read as u64);
                }
                Err(error) => return Ok(Some(error)),
            }
        }
        bail!("another blob failed")
    }
}
// ANCHOR_END: download

// ANCHOR: is_there
impl Drop for Blobs<'_> {
    /// The directory stays if it holds something.
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.unfinished);
    }
}

/// Whether the layout has the blob already, and not only something of its name.
fn is_there(blob: &Descriptor, place: &Path) -> Result<bool> {
    let mut file = match File::open(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    Ok(file.metadata()?.len() == blob.size && hash_of(&mut file, blob)?.digest() == blob.digest)
}
// ANCHOR_END: is_there
