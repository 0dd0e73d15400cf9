// ch08_verify_blob: believe nothing that a registry sends
//
// Goal: a download that ends, whatever comes: a wrong blob, a short one, a long one, and one without an end.
// To do: write `copy_verified`. Take at most one byte more than `size` from the registry, and then compare what came
// with the size and with the digest. Each error begins with the digest of the descriptor.
// Read: the book, ch08-pull, "In Rust" and "When it goes wrong"; the image-spec, descriptor.md, "Verification".

use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

// From ch03_hash_while_copying.
/// Passes what is written on to `out`, and hashes and counts it on the way.
struct DigestWriter<W> {
    hasher: Sha256,
    size: u64,
    out: W,
}

impl<W: Write> DigestWriter<W> {
    fn new(out: W) -> DigestWriter<W> {
        DigestWriter { hasher: Sha256::new(), size: 0, out }
    }

    /// The digest of all that has arrived in `out`.
    fn digest(self) -> String {
        let hex: String = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }
}

impl<W: Write> Write for DigestWriter<W> {
    /// Offers `bytes` to `out`, and says how many of them it took. The caller offers the rest again.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // First the write, then the hash: only `out` knows how many bytes went through, and after an error none did.
        // Production tools have the same part under another name: in Go it is an io.MultiWriter or an io.TeeReader.
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Copies a blob from a registry into a file, and checks it on the way. `size` and `digest` are from its descriptor.
///
/// An error says what is wrong: "more than 421 bytes", "200 bytes instead of 421", "the bytes have the digest …", or
/// why the connection was cut. Whoever calls this gives the file its name after an `Ok`, and not before.
fn copy_verified(from: impl Read, to: impl Write, size: u64, digest: &str) -> Result<(), String> {
    let mut writer = DigestWriter::new(to);
    // One byte more than promised is enough to know that there are too many. So a blob that is too long needs no more
    // time and no more disk than a right one. The size too comes from a stranger: it may be the greatest number there
    // is, and one more would be an overflow. containerd and skopeo hash and count on the way as well.
    io::copy(&mut from.take(size.saturating_add(1)), &mut writer).map_err(|error| format!("{digest}: {error}"))?;
    match writer.size {
        came if came > size => return Err(format!("{digest}: more than {size} bytes")),
        came if came < size => return Err(format!("{digest}: {came} bytes instead of {size}")),
        _ => {}
    }
    match writer.digest() {
        came if came == digest => Ok(()),
        came => Err(format!("{digest}: the bytes have the digest {came}")),
    }
}

const LAYER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));
const DIGEST: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";

fn main() {
    for (what, blob) in [("the layer", LAYER), ("a part of it", &LAYER[..200])] {
        let mut file = Vec::new();
        println!("{what}: {:?}", copy_verified(blob, &mut file, 421, DIGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection: it gives 100 bytes at a time, and what comes at the end is up to it.
    struct Connection<'a> {
        bytes: &'a [u8],
        end: End,
        given: usize,
    }

    #[derive(PartialEq)]
    enum End {
        Closed,
        Cut,
        /// Zeros, without an end.
        Endless,
    }

    impl Read for Connection<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(
                self.given < 2000,
                "\nthe descriptor says 421 bytes. You have taken {} from a registry that sends them without an end, \
                 and \
                 the disk fills up\n",
                self.given
            );
            let room = buffer.len().min(100);
            let length = match self.bytes.len() {
                0 if self.end == End::Cut => return Err(io::Error::other("the connection was cut")),
                0 if self.end == End::Endless => {
                    buffer[..room].fill(0);
                    room
                }
                left => {
                    let length = left.min(room);
                    buffer[..length].copy_from_slice(&self.bytes[..length]);
                    self.bytes = &self.bytes[length..];
                    length
                }
            };
            self.given += length;
            Ok(length)
        }
    }

    fn receive(bytes: &[u8], end: End, size: u64) -> (Result<(), String>, Vec<u8>) {
        let mut file = Vec::new();
        let came = copy_verified(Connection { bytes, end, given: 0 }, &mut file, size, DIGEST);
        (came, file)
    }

    #[track_caller]
    fn refuse(bytes: &[u8], end: End, size: u64, words: &[&str], why: &str) {
        match receive(bytes, end, size).0 {
            Ok(()) => panic!("\nthe blob was accepted. {why}\n"),
            Err(error) => {
                assert!(
                    error.starts_with(DIGEST),
                    "\nwhich of the blobs is it? The error must begin with {DIGEST}: {error}\n"
                );
                for word in words {
                    assert!(error.contains(word), "\nthe error must have {word:?} in it: {error}\n{why}\n");
                }
            }
        }
    }

    #[test]
    fn the_right_blob_arrives() {
        let (came, file) = receive(LAYER, End::Closed, 421);
        assert_eq!(came, Ok(()), "\nthese are the 421 bytes of layer.tar.gz\n");
        assert!(file == LAYER, "\n{} bytes are in the file, and they are not those of layer.tar.gz\n", file.len());
    }

    #[test]
    fn wrong_bytes_are_refused() {
        let mut changed = LAYER.to_vec();
        changed[200] ^= 1;
        let other = DigestWriter::new(io::sink());
        let empty = other.digest();
        refuse(&changed, End::Closed, 421, &["digest"], "One bit is another one, and the length is right.");
        refuse(b"", End::Closed, 0, &[&empty], "The descriptor says 0 bytes, and the digest is that of others.");
    }

    #[test]
    fn a_short_blob_is_refused_for_its_size() {
        let why = "It is not wrong yet: what is missing can be asked for with Range. So say how many bytes there are.";
        refuse(&LAYER[..200], End::Closed, 421, &["200", "421"], why);
        refuse(b"", End::Closed, 421, &["421"], "Nothing came at all.");
        refuse(&LAYER[..200], End::Cut, 421, &["the connection was cut"], "Pass on what the connection said.");
    }

    #[test]
    fn a_long_blob_is_refused_and_an_endless_one_too() {
        let mut longer = LAYER.to_vec();
        longer.push(b'\n');
        let why = "Its first 421 bytes are right, and one more came.";
        refuse(&longer, End::Closed, 421, &["more than 421"], why);
        refuse(LAYER, End::Endless, 421, &["more than 421"], "Its first 421 bytes are right, and it has no end.");
    }

    #[test]
    fn the_size_may_be_any_number() {
        let why = "421 bytes came. And the greatest number there is, plus one, is no number: Rust panics.";
        refuse(LAYER, End::Closed, u64::MAX, &["421", "18446744073709551615"], why);
    }
}
