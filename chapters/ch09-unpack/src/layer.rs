// ANCHOR: head
use anyhow::{Result, bail};
use ch03_digest::{Descriptor, Digest, DigestWriter};
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Sink, Write};
// ANCHOR_END: head

// ANCHOR: limits
/// Before an entry's contents: its header, and with it names and attributes. They are held in memory.
const LONGEST_HEADER: u64 = 1024 * 1024;

/// How many bytes may still come out of the layers.
pub struct Limits {
    max_size: u64,
    contents: Cell<u64>,
    header: Cell<u64>,
}

impl Limits {
    pub fn new(max_size: u64) -> Limits {
        Limits { max_size, contents: Cell::new(max_size), header: Cell::new(LONGEST_HEADER) }
    }

    /// From here on, a header is read.
    pub fn begin_header(&self) {
        self.header.set(LONGEST_HEADER);
    }

    /// The header is read: from here on, it is contents, of any length.
    pub fn end_header(&self) {
        self.header.set(u64::MAX);
    }

    /// Counts bytes that were read, or that a sparse file has without any being read.
    pub fn count(&self, bytes: u64) -> io::Result<()> {
        let Some(left) = self.contents.get().checked_sub(bytes) else {
            let help = "help: if you trust the image, allow more with --max-size";
            return Err(too_large(format!("the image is larger than {} bytes\n{help}", self.max_size)));
        };
        self.contents.set(left);
        let Some(left) = self.header.get().checked_sub(bytes) else {
            return Err(too_large(format!("the header of an entry is longer than {LONGEST_HEADER} bytes")));
        };
        self.header.set(left);
        Ok(())
    }
}

fn too_large(what: String) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, what)
}
// ANCHOR_END: limits

// ANCHOR: read_layer
/// Reads the blob of `layer` from its file, and gives `apply` the archive in it. Both are hashed on the way.
///
/// An error unless the blob is the one that `layer` describes, and the archive the one that `diff_id` names.
pub fn read_layer<T>(
    layer: &Descriptor,
    diff_id: &Digest,
    file: impl Read,
    limits: &Limits,
    apply: impl FnOnce(&mut dyn Read) -> Result<T>,
) -> Result<T> {
    let mut blob = Hashed::new(&layer.digest, file.take(layer.size.saturating_add(1)))?;
    let applied = read_archive(&mut blob, diff_id, limits, apply);
    io::copy(&mut blob, &mut io::sink())?;
    if blob.hash.size() != layer.size || blob.hash.digest() != layer.digest {
        bail!("the blob's bytes are not those of its digest\nhelp: pull the image again");
    }
    applied
}

fn read_archive<T>(
    blob: impl Read,
    diff_id: &Digest,
    limits: &Limits,
    apply: impl FnOnce(&mut dyn Read) -> Result<T>,
) -> Result<T> {
    let archive = decompress(BufReader::with_capacity(64 * 1024, blob))?;
    let mut archive = Hashed::new(diff_id, Limited { limits, inner: archive })?;
    let applied = apply(&mut archive)?;
    // What follows the end of the archive is part of what the DiffID names.
    limits.end_header();
    io::copy(&mut archive, &mut io::sink())?;
    let digest = archive.hash.digest();
    if digest != *diff_id {
        bail!("its archive has the DiffID {digest}, and not the one in the configuration, {diff_id}");
    }
    Ok(applied)
}
// ANCHOR_END: read_layer

// ANCHOR: decompress
/// The compression shows in the first bytes. The media type says it as well, but not all say the truth.
fn decompress<'a>(mut blob: impl BufRead + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match blob.fill_buf()? {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(blob)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Box::new(Zstd { frames: blob, decoder: FrameDecoder::new() })
        }
        _ => Box::new(blob),
    })
}
// ANCHOR_END: decompress

// ANCHOR: zstd
/// The contents of all frames, one after the other. Some compressors make many, and skippable ones for an index.
struct Zstd<R> {
    frames: R,
    decoder: FrameDecoder,
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 {
            if !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.frames, some).map_err(io::Error::other)?;
            } else if self.frames.fill_buf()?.is_empty() {
                return Ok(0);
            } else {
                match self.decoder.init(&mut self.frames) {
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length, ..
                    })) => {
                        io::copy(&mut (&mut self.frames).take(length.into()), &mut io::sink())?;
                    }
                    result => result.map_err(io::Error::other)?,
                }
            }
        }
        self.decoder.read(buffer)
    }
}
// ANCHOR_END: zstd

// ANCHOR: readers
struct Limited<'a, R> {
    limits: &'a Limits,
    inner: R,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.limits.count(read as u64)?;
        Ok(read)
    }
}

/// Hashes what is read.
struct Hashed<R> {
    hash: DigestWriter<Sink>,
    inner: R,
}

impl<R> Hashed<R> {
    /// With the algorithm of the digest that is expected.
    fn new(expected: &Digest, inner: R) -> Result<Hashed<R>> {
        Ok(Hashed { hash: DigestWriter::new(expected.algorithm().parse()?, io::sink()), inner })
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.write_all(&buffer[..read])?;
        Ok(read)
    }
}
// ANCHOR_END: readers
