// ANCHOR: outcome
use crate::blobs::Blobs;
use crate::layout::open_file;
use crate::part::{BUFFER, Part, hash_of};
use anyhow::{Context, Error, Result, bail};
use ch03_digest::Descriptor;
use ch05_write_manifest::blob_path;
use http_agent::{Body, header};
use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use ureq::http::{Request, StatusCode};

/// How many requests in a row may bring nothing. A next run gives the blob as many again.
const TRIES: u32 = 5;

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
// ANCHOR_END: outcome

// ANCHOR: pull
impl Blobs<'_> {
    /// Makes sure that a blob is in the layout. It appears there when its size and digest are verified, and not before.
    ///
    /// Source: the OCI distribution-spec, "Pulling blobs", and the OCI image-spec, descriptor.md, "Verification".
    pub fn pull(&self, blob: &Descriptor) -> Result<Outcome> {
        let place = self.layout.join(blob_path(blob));
        if is_there(blob, &place).with_context(|| format!("cannot read: {}", place.display()))? {
            self.bar.inc(blob.size);
            return Ok(Outcome::AlreadyThere);
        }
        let path = self.unfinished.join(format!("{}-{}", blob.digest.algorithm(), blob.digest.hex()));
        let mut part = Part::open(&path, blob)?;
        let earlier = part.size();
        self.bar.inc(earlier);
        if let Err(error) = self.download(blob, &mut part) {
            // What has arrived is kept for the next run, an empty file is not.
            let _ = if part.size() == 0 { fs::remove_file(&path) } else { Ok(()) };
            return Err(error);
        }
        let (size, continued_at, digest) = (part.size(), part.continued_at, part.close());
        if (size, &digest) != (blob.size, &blob.digest) {
            fs::remove_file(&path).with_context(|| format!("cannot write: {}", path.display()))?;
            if earlier > 0 {
                // What an earlier run left may be damaged. Whether the registry's bytes are wrong shows without it.
                self.bar.dec(size);
                return self.pull(blob);
            }
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
    /// Fetches what is missing of a blob. If the connection breaks, it continues, after a pause if that brought nothing.
    fn download(&self, blob: &Descriptor, part: &mut Part) -> Result<()> {
        let (mut tries, mut most) = (0, part.size());
        while part.size() < blob.size {
            if self.stopped.load(Ordering::SeqCst) {
                bail!("another blob failed");
            }
            let ended = self.request(blob, part)?;
            if part.size() > most {
                (tries, most) = (0, part.size());
                continue;
            }
            tries += 1;
            if tries == TRIES {
                let why = ended.map(|error| format!(": {error:#}")).unwrap_or_default();
                let help = "help: run it again: it continues there";
                bail!("only {most} of {} bytes arrived, and no more in {TRIES} tries{why}\n{help}", blob.size);
            }
            thread::sleep(Duration::from_millis(50 << tries));
        }
        Ok(())
    }

    /// Asks for the missing part of a blob, and reads one byte more at most: a registry could send for ever.
    ///
    /// Returns what ended the answer early, if we know. Source: RFC 9110, section 14.
    fn request(&self, blob: &Descriptor, part: &mut Part) -> Result<Option<Error>> {
        let at = part.size();
        let mut request = Request::get(format!("{}/blobs/{}", self.repository.url(), blob.digest));
        let mut accepted = vec![StatusCode::OK];
        if at > 0 {
            request = request.header("range", format!("bytes={at}-"));
            accepted.extend([StatusCode::PARTIAL_CONTENT, StatusCode::RANGE_NOT_SATISFIABLE]);
        }
        let response = match self.repository.send(request, Body::Empty, &accepted) {
            // The registry has not refused: the connection broke, or there was none.
            Err(error) if error.is::<io::Error>() || error.is::<ureq::Error>() => return Ok(Some(error)),
            response => response?,
        };
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
                Err(error) => return Ok(Some(error.into())),
            }
        }
        Ok(None)
    }
}
// ANCHOR_END: download

// ANCHOR: is_there
/// Whether the layout has the blob already, and not only something of its name.
fn is_there(blob: &Descriptor, place: &Path) -> Result<bool> {
    let mut file = match open_file(place) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    Ok(file.metadata()?.len() == blob.size && hash_of(&mut file, blob)?.digest() == blob.digest)
}
// ANCHOR_END: is_there
