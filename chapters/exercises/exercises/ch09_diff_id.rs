// ch09_diff_id: an archive goes on behind its end
//
// Goal: a layer is unpacked and verified in one reading, and no byte of it is left out.
// To do: write `unpack`. It reads the names with `read_names`, compares the digest of all bytes of the layer with the
// DiffID, and gives the names only if the two are equal.
// Read: the book, ch09-unpack, "In Rust"; the image-spec, config.md, "Layer DiffID".

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Hashes what is read through it.
struct Hashed<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Hashed<R> {
    fn new(inner: R) -> Hashed<R> {
        Hashed { inner, hasher: Sha256::new() }
    }

    /// The digest of all that was read.
    fn digest(self) -> String {
        let hex: String = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{hex}")
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

// From ch02_octal.
/// The number in a field of a header, if it is one.
fn octal(field: &[u8]) -> Option<u64> {
    // The NUL ends the digits, and what comes after it does not belong to them: the checksum has a space there. A full
    // field has no NUL. A field that is not in use is all NULs. Without a size, a program cannot tell where the next
    // header is, so it stops, or tries one block after the other until one has a right checksum.
    let digits = field.split(|byte| *byte == 0).next()?;
    let digits = std::str::from_utf8(digits).ok()?.trim_matches(' ');
    match digits {
        "" => Some(0),
        // Rust would take a plus sign before the digits; no tar does.
        _ if digits.starts_with('+') => None,
        _ => u64::from_str_radix(digits, 8).ok(),
    }
}

/// Reads an archive up to the first of the blocks of zeros that end it, and gives the names in it.
fn read_names(archive: &mut impl Read) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut header = [0; 512];
    loop {
        archive.read_exact(&mut header)?;
        if header == [0; 512] {
            return Ok(names);
        }
        let name = header[..100].split(|byte| *byte == 0).next().unwrap_or_default();
        names.push(String::from_utf8_lossy(name).into_owned());
        let size = octal(&header[124..136]).ok_or_else(|| io::Error::other("the size is no number"))?;
        // Behind the contents are zeros up to the next block.
        io::copy(&mut archive.take(size.next_multiple_of(512)), &mut io::sink())?;
    }
}

/// The names in a layer, if the layer is the one that a config names so.
fn unpack(layer: impl Read, diff_id: &str) -> Result<Vec<String>, String> {
    let mut layer = Hashed::new(layer);
    let names = read_names(&mut layer).map_err(|error| format!("cannot unpack: {diff_id}: {error}"))?;
    // TODO: this prints a digest of something, and compares nothing.
    println!("{}", layer.digest());
    Ok(names)
}

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));
const DIFF_ID: &str = "sha256:e8291d7a8676b569b01c130eb21743c03d01069595f7ef90da4bfedc7aea8398";

fn main() {
    match unpack(LAYER, DIFF_ID) {
        Ok(names) => println!("{}", names.join("\n")),
        Err(error) => println!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the zeros begin: behind seven headers, and a block each for three files.
    const END: usize = 5120;

    fn digest_of(bytes: &[u8]) -> String {
        let mut reader = Hashed::new(bytes);
        io::copy(&mut reader, &mut io::sink()).expect("bytes in memory can be read");
        reader.digest()
    }

    /// The layer with something else behind its end.
    fn with_tail(tail: &[u8]) -> Vec<u8> {
        [&LAYER[..END + 1024], tail].concat()
    }

    #[track_caller]
    fn refuse(layer: &[u8], why: &str) {
        let came = unpack(layer, DIFF_ID);
        assert!(
            came.is_err(),
            "\nthe layer has the DiffID {}, and it was taken for {DIFF_ID}: {came:?}\n{why}\n",
            digest_of(layer)
        );
    }

    #[test]
    fn the_layer_of_the_reference_is_unpacked() {
        let names = ["./", "./etc/", "./etc/motd", "./hello", "./srv/", "./srv/www/", "./srv/www/index.html"];
        assert_eq!(
            unpack(LAYER, DIFF_ID),
            Ok(names.map(String::from).to_vec()),
            "\nthe digest of its 10240 bytes is {DIFF_ID}. That of the first 5632, with one block of zeros, is {}\n",
            digest_of(&LAYER[..END + 512])
        );
    }

    #[test]
    fn another_layer_is_refused() {
        let mut changed = LAYER.to_vec();
        changed[2560] ^= 1;
        refuse(&changed, "One bit of ./hello is another one.");
        let mut padding = LAYER.to_vec();
        padding[2000] = 1;
        refuse(&padding, "A byte of the padding behind ./etc/motd is no zero.");
    }

    #[test]
    fn every_byte_behind_the_end_counts() {
        let mut changed = LAYER.to_vec();
        changed[10239] = 1;
        refuse(&changed, "Its last byte is no zero. No tar looks at it, and the DiffID is another one.");
        refuse(&LAYER[..END + 1024], "The end is there, and the filling up to 10240 bytes is not.");
        refuse(&[LAYER, &[0; 512]].concat(), "There is a block too many.");
        refuse(&LAYER[..END], "The archive is cut where its end should be.");
    }

    #[test]
    fn what_stands_behind_the_end_is_hashed_and_not_unpacked() {
        for (tail, what) in [(&LAYER[2048..], "entries"), (&b"x"[..], "a byte"), (&[][..], "nothing")] {
            let layer = with_tail(tail);
            let names = unpack(&layer[..], &digest_of(&layer));
            assert!(
                names.as_ref().is_ok_and(|names| names.len() == 7),
                "\nbehind the end of the archive there is {what}. The layer has the DiffID that the config says, and \
                 its \
                 seven entries are to be seen: {names:?}\n"
            );
        }
    }

    #[test]
    fn the_end_is_reached_in_small_steps_too() {
        /// Gives at most seven bytes at a time.
        struct Slow<'a>(&'a [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let room = buffer.len().min(7);
                self.0.read(&mut buffer[..room])
            }
        }
        let names = unpack(Slow(LAYER), DIFF_ID).map(|names| names.len());
        assert_eq!(names, Ok(7), "\none call of `read` gives what has come so far. The end of the file are 0 bytes\n");
    }
}
