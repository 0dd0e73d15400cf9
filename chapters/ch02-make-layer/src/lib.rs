// ANCHOR: head
//! Chapter 2: a layer is a directory as a tar archive, compressed with gzip.
//!
//! The same directory gives the same bytes on every machine: exactly those of
//!
//! ```sh
//! tar --sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go=u-w -C ROOTFS -cf layer.tar .
//! gzip -n < layer.tar > layer.tar.gz
//! ```
//!
//! The order is chapter 1's. What the archive says of an entry is in `header`, how entries become an archive in
//! `archive`, and the compression is here. Source: the OCI image-spec, layer.md.

mod archive;
mod header;

pub use archive::write_archive;
pub use header::header;

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::thread;

/// What of the files on disk goes into the archive.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The permissions as they are, instead of those that depend on no umask.
    pub keep_modes: bool,
    /// The modification time of every entry, in seconds since 1970.
    pub mtime: u64,
}

/// The time that `SOURCE_DATE_EPOCH` asks for, in seconds since 1970; 0 if it is not set.
///
/// Source: <https://reproducible-builds.org/specs/source-date-epoch/>.
pub fn source_date_epoch() -> Result<u64> {
    const LAST: u64 = 253_402_300_799; // the end of the year 9999, the last that RFC 3339 can write
    let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(0) };
    match value.to_str().and_then(|value| value.parse().ok()) {
        Some(seconds) if seconds <= LAST => Ok(seconds),
        _ => bail!("cannot use SOURCE_DATE_EPOCH: {}: it is not a number of seconds up to {LAST}", value.display()),
    }
}
// ANCHOR_END: head

// ANCHOR: write_layer
/// Writes the layer of the root file system `rootfs`: the archive to `tar` and its compressed form to `gz`, which are
/// returned when all is written.
///
/// The archive is compressed by a second thread while the first still writes it, as in the shell's `tar | gzip`. Memory
/// does not grow with the layer.
pub fn write_layer<T: Write, G: Write + Send>(rootfs: &Path, options: Options, tar: T, gz: G) -> Result<(T, G)> {
    let (from_archive, to_gzip) = io::pipe().context("cannot make a pipe")?;
    thread::scope(|threads| {
        let gzip = threads.spawn(|| compress(from_archive, gz).context("cannot write: layer.tar.gz"));
        let tee = Tee { tar: BufWriter::with_capacity(PIPE, tar), gzip: BufWriter::with_capacity(PIPE, to_gzip) };
        let archive = write_archive(rootfs, options, tee).and_then(finish);
        let gz = gzip.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (archive, gz) {
            (Ok(tar), Ok(gz)) => Ok((tar, gz)),
            // If the second thread failed, all that the first one knows is a broken pipe.
            (Err(broken), Err(cause)) if is_broken_pipe(&broken) => Err(cause),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    })
}
// ANCHOR_END: write_layer

// ANCHOR: broken_pipe
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
// ANCHOR_END: broken_pipe

// ANCHOR: tee
/// What a pipe holds, on Linux, in bytes.
const PIPE: usize = 64 * 1024;

struct Tee<T: Write> {
    tar: BufWriter<T>,
    gzip: BufWriter<io::PipeWriter>,
}

impl<T: Write> Write for Tee<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tar.write_all(bytes).map_err(in_layer_tar)?;
        self.gzip.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tar.flush().map_err(in_layer_tar)?;
        self.gzip.flush()
    }
}
// ANCHOR_END: tee

// ANCHOR: finish
/// A copy from a file into the archive can fail at either end: this names the one.
fn in_layer_tar(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("layer.tar: {error}"))
}

/// Empties the buffers and closes the pipe, which tells the compressor that the archive ends.
fn finish<T: Write>(mut tee: Tee<T>) -> Result<T> {
    tee.flush().context("cannot write")?;
    tee.tar.into_inner().map_err(|error| error.into_error()).context("cannot write: layer.tar")
}
// ANCHOR_END: finish

// ANCHOR: compress
/// Compresses as `gzip -n` does: level 6, no file name, no time, made on Unix.
fn compress<G: Write>(archive: impl Read, gz: G) -> Result<G> {
    const UNIX: u8 = 3; // RFC 1952, section 2.3.1
    let gz = BufWriter::with_capacity(PIPE, gz);
    let mut encoder = GzBuilder::new().operating_system(UNIX).write(gz, Compression::new(6));
    io::copy(&mut BufReader::with_capacity(PIPE, archive), &mut encoder)?;
    Ok(encoder.finish()?.into_inner().map_err(|error| error.into_error())?)
}
// ANCHOR_END: compress
