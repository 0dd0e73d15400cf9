// ANCHOR: imports
use crate::Options;
use crate::header::{BLOCK, header};
use anyhow::{Context, Result, bail};
use ch01_list_files::{Entry, Kind, entries};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// An archive ends on a multiple of this many bytes: tapes were written in records of twenty blocks.
const RECORD: u64 = 20 * BLOCK as u64;
// ANCHOR_END: imports

// ANCHOR: write_archive
/// Writes the archive of the root file system `rootfs` to `out`, and returns `out`.
///
/// A file that changes its length in the meantime is an error: its header is already written. A socket is left out with
/// a warning on standard error, as GNU tar does.
pub fn write_archive<W: Write>(rootfs: &Path, options: Options, mut out: W) -> Result<W> {
    let bar = workbench::progress_bar("writing the layer", 0);
    if !bar.is_hidden() {
        bar.set_length(entries(rootfs)?.filter_map(|entry| Some(entry.ok()?.size)).sum());
    }
    let mut written = 0;
    for entry in entries(rootfs)? {
        let entry = entry?;
        if entry.kind == Kind::Socket {
            let _ = writeln!(io::stderr(), "warning: {}: socket ignored", entry.path.display());
            continue;
        }
        let header = header(&entry, options);
        out.write_all(&header).context("cannot write")?;
        write_contents(&entry, &mut out)?;
        written += header.len() as u64 + entry.size.next_multiple_of(BLOCK as u64);
        bar.inc(entry.size);
    }
    // Two empty blocks say that the archive ends here; what follows them fills the record.
    let end = (written + 2 * BLOCK as u64).next_multiple_of(RECORD) - written;
    io::copy(&mut io::repeat(0).take(end), &mut out).context("cannot write")?;
    bar.finish_and_clear();
    Ok(out)
}
// ANCHOR_END: write_archive

// ANCHOR: write_contents
/// The bytes of a regular file, filled up with NULs to a whole number of blocks.
fn write_contents(entry: &Entry, out: &mut impl Write) -> Result<()> {
    if entry.size == 0 {
        return Ok(());
    }
    let path = entry.path.display();
    let mut file = File::open(&entry.path).with_context(|| format!("cannot read: {path}"))?;
    let copied = io::copy(&mut (&mut file).take(entry.size), out);
    let copied = copied.with_context(|| format!("cannot archive: {path}"))?;
    if copied < entry.size {
        bail!("cannot archive: {path}: it shrank from {} to {copied} bytes while it was read", entry.size);
    }
    if file.read(&mut [0]).with_context(|| format!("cannot read: {path}"))? > 0 {
        bail!("cannot archive: {path}: it grew beyond {} bytes while it was read", entry.size);
    }
    let padding = entry.size.next_multiple_of(BLOCK as u64) - entry.size;
    io::copy(&mut io::repeat(0).take(padding), out).context("cannot write")?;
    Ok(())
}
// ANCHOR_END: write_contents
