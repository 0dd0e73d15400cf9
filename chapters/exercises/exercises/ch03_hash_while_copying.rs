// ch03_hash_while_copying: a writer that hashes and counts what passes through it
//
// Goal: you name a file while it is written, so that no byte has to be read a second time.
// To do: write `write` of DigestWriter: it passes bytes on to `out`, and hashes and counts those that `out` took.
// Read: the book, ch03-digest, "In Rust"; the documentation of the standard library, std::io::Write, "write".

use sha2::{Digest, Sha256};
use std::io::{self, Write};

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
        // TODO: mend these lines: `out` may take fewer bytes than it is offered, or none.
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn main() -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz");
    let mut writer = DigestWriter::new(Vec::new());
    io::copy(&mut std::fs::File::open(path)?, &mut writer)?;
    println!("{} bytes copied, {} counted", writer.out.len(), writer.size);
    println!("{}  layer.tar.gz", writer.digest());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));
    const DIGEST: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";

    /// A slow connection: it takes seven bytes at a time, and at most `room` altogether. Every third call is
    /// interrupted by a signal, which means that nothing was taken and the same bytes will come again.
    struct Slow {
        taken: Vec<u8>,
        room: usize,
        calls: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.calls += 1;
            if self.calls.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let length = bytes.len().min(7).min(self.room - self.taken.len());
            if length == 0 && !bytes.is_empty() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.taken.extend(&bytes[..length]);
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow(room: usize) -> DigestWriter<Slow> {
        DigestWriter::new(Slow { taken: Vec::new(), room, calls: 0 })
    }

    #[test]
    fn all_bytes_arrive_and_are_named() {
        let mut writer = DigestWriter::new(Vec::new());
        for half in [&LAYER[..200], &LAYER[200..]] {
            writer.write_all(half).expect("a Vec takes everything");
        }
        assert!(writer.out == LAYER, "{} bytes arrived, and they are not those of layer.tar.gz", writer.out.len());
        assert_eq!(writer.size, 421, "layer.tar.gz has 421 bytes");
        assert_eq!(writer.digest(), DIGEST, "digests.txt names layer.tar.gz so");
    }

    #[test]
    fn bytes_that_are_offered_again_are_hashed_and_counted_once() {
        let mut writer = slow(LAYER.len());
        writer.write_all(LAYER).expect("the connection is slow, but it takes everything");
        assert!(writer.out.taken == LAYER, "the connection has got other bytes than those of layer.tar.gz");
        assert_eq!(
            writer.size, 421,
            "421 bytes went through, seven at a time. Count what `write` of `out` returns, not what it was offered"
        );
        assert_eq!(writer.digest(), DIGEST, "the right bytes arrived, and others were hashed");
    }

    #[test]
    fn a_write_that_fails_counts_nothing() {
        let mut writer = slow(100);
        let error = writer.write_all(LAYER).expect_err("there is room for 100 bytes of 421");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "the error of `out` must reach the caller");
        assert_eq!(writer.size, 100, "100 bytes have arrived before the disk was full");
        assert_eq!(
            writer.digest(),
            "sha256:4a31fe3c40d8223fd4f0b050593777bb14e8dbea5a3904843bfa549bcf0f56e0",
            "this is the digest of the 100 bytes that arrived. Who resumes an upload needs to know where it stopped"
        );
    }

    #[test]
    fn a_short_write_is_reported_as_short() {
        let mut writer = slow(LAYER.len());
        let taken = writer.write(LAYER).expect("the first call is not interrupted");
        assert_eq!(taken, 7, "`out` took 7 bytes; with another answer, the caller loses bytes or repeats some");
    }
}
