// ch09_max_size: a small file that has no end
//
// Goal: a bomb stops at a limit with an error, and an archive that is as large as the limit is unpacked.
// To do: write `read` of Limited. It passes on what `inner` gives, and fails as soon as more than the limit has come.
// The end of `inner` is no error, wherever it is.
// Read: the book, ch09-unpack, "When it goes wrong"; the documentation of the standard library, std::io::Read, "read"
// and "take".

use std::io::{self, Read};

/// A reader that gives at most `left` bytes, and then an error if there are more.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    /// Reads some bytes into the buffer, and says how many. 0 bytes are the end of the file.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // TODO: this cuts the archive off at the limit, and says that it has come to its end.
        let room = buffer.len().min(self.left as usize);
        let read = self.inner.read(&mut buffer[..room])?;
        self.left -= read as u64;
        Ok(read)
    }
}

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

fn main() {
    for limit in [10240, 10239] {
        let copied = io::copy(&mut Limited { inner: LAYER, left: limit }, &mut io::sink());
        println!("10240 bytes, of which {limit} may come: {copied:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zeros without an end, as they come out of a bomb: gzip makes 99 KB of 100 MB of zeros.
    struct Bomb {
        given: u64,
        limit: u64,
    }

    impl Read for Bomb {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let (given, limit) = (self.given, self.limit);
            assert!(
                given < limit + 100_000,
                "\nthe limit is {limit}, and you have taken {given} bytes of zeros without an end\n"
            );
            buffer.fill(0);
            self.given += buffer.len() as u64;
            Ok(buffer.len())
        }
    }

    /// Reads all that there is with a buffer of this length.
    fn read_all(from: impl Read, limit: u64, buffer: usize) -> io::Result<Vec<u8>> {
        let mut limited = Limited { inner: from, left: limit };
        let (mut all, mut buffer) = (Vec::new(), vec![0; buffer]);
        loop {
            match limited.read(&mut buffer) {
                Ok(0) => return Ok(all),
                Ok(read) => all.extend(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    #[test]
    fn what_is_not_larger_than_the_limit_comes_whole() {
        for (limit, buffer) in [(10240, 512), (10240, 10240), (10240, 65536), (10240, 7), (u64::MAX, 512)] {
            let came = read_all(LAYER, limit, buffer);
            let came =
                came.unwrap_or_else(|error| panic!("\nlayer.tar has 10240 bytes, and {limit} may come: {error}\n"));
            assert!(came == LAYER, "\n{} bytes came, and they are not the 10240 of layer.tar\n", came.len());
        }
        let nothing = read_all(io::empty(), 0, 512);
        assert!(nothing.is_ok(), "\nnothing comes, and nothing may come: {nothing:?}\n");
    }

    #[test]
    fn one_byte_more_is_an_error_and_no_end() {
        for (limit, buffer) in [(10239, 512), (10239, 65536), (10239, 7), (10239, 1), (0, 512), (5120, 512)] {
            let came = read_all(LAYER, limit, buffer).map(|bytes| bytes.len());
            assert!(
                came.is_err(),
                "\nlayer.tar has 10240 bytes, {limit} may come, and your reader said after {came:?} that this is the \
                 end. A \
                 program would unpack half of the image and report success\n"
            );
        }
    }

    #[test]
    fn a_bomb_stops() {
        for buffer in [512, 8192] {
            let came = read_all(Bomb { given: 0, limit: 10240 }, 10240, buffer).map(|bytes| bytes.len());
            assert!(
                came.is_err(),
                "\n10240 bytes may come of zeros without an end. After {came:?} your reader has ended well\n"
            );
        }
    }

    #[test]
    fn an_error_of_the_archive_is_passed_on_and_counts_nothing() {
        /// Every second call is interrupted by a signal.
        struct Interrupted<'a>(&'a [u8], bool);
        impl Read for Interrupted<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.1 = !self.1;
                if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
            }
        }
        let came = read_all(Interrupted(LAYER, false), 10240, 512);
        assert!(
            came.is_ok_and(|came| came == LAYER),
            "\na call that was interrupted gave no bytes, and the next one goes on\n"
        );
        let cut = LAYER.chain(Broken);
        let error = read_all(cut, 20000, 512).expect_err("\nthe file is cut, and that is not its end\n");
        assert_eq!(error.to_string(), "the file is cut", "\nthe limit is not what is wrong here\n");
    }

    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the file is cut"))
        }
    }
}
