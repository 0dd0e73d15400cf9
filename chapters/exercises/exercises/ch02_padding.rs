// ch02_padding: how many zeros follow the contents
//
// Goal: you can say where the next header begins, and how long an archive is.
// To do: return how many bytes are missing until the length is a whole number of units: of blocks, or of records.
// Read: the book, ch02-make-layer, "In Rust", and ch02-header, "All headers of an archive"; the GNU tar manual, "Basic
//       Tar Format".

/// An archive is a sequence of blocks of this many bytes.
const BLOCK: u64 = 512;
/// An archive ends on a multiple of this many bytes: tapes were written in records of twenty blocks.
const RECORD: u64 = 20 * BLOCK;

/// How many bytes are missing until `length` bytes are a whole number of units.
fn padding(length: u64, unit: u64) -> u64 {
    // TODO: this is right for nearly all lengths. For which is it wrong?
    unit - length % unit
}

/// The length of an archive of entries whose contents have these sizes.
fn archive_size(sizes: &[u64]) -> u64 {
    let entries: u64 = sizes.iter().map(|size| BLOCK + size + padding(*size, BLOCK)).sum();
    // Two empty blocks say that the archive ends here; what follows them fills the record.
    let end = entries + 2 * BLOCK;
    end + padding(end, RECORD)
}

fn main() {
    for size in [0, 53, 193, 512] {
        println!("{size} bytes of contents are followed by {} of padding", padding(size, BLOCK));
    }
    println!("the hello layer has {} bytes", archive_size(&[0, 0, 53, 193, 0, 0, 97]));
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    fn check(length: u64, unit: u64, want: u64, why: &str) {
        let got = padding(length, unit);
        assert!(got == want, "{length} bytes in units of {unit} are filled up with {want} bytes, not {got}: {why}");
    }

    #[test]
    fn contents_are_filled_up_to_a_whole_number_of_blocks() {
        check(53, 512, 459, "./etc/motd takes up one block");
        check(513, 512, 511, "one byte more than a block takes up two");
        check((1 << 33) + 1, 512, 511, "contents may be larger than 8 GiB");
    }

    #[test]
    fn what_is_whole_already_is_not_filled_up() {
        check(0, 512, 0, "a directory has no contents, and the next header follows at once");
        check(512, 512, 0, "an empty block more would be read as the end of the archive");
        check(10240, 10240, 0, "the record is full");
    }

    #[test]
    fn after_the_padding_comes_the_next_header() {
        // Where the contents of each file in the hello layer begin, their size, and what follows.
        let files: [(usize, usize, &[u8]); 3] =
            [(1536, 53, b"./hello\0"), (2560, 193, b"./srv/\0"), (4608, 97, &[0; 512])];
        for (start, size, next) in files {
            let end = start + size + padding(size as u64, BLOCK) as usize;
            let found = LAYER.get(end..end + next.len()).unwrap_or_default();
            assert!(
                found == next,
                "the {size} bytes from {start} are followed by the block at {}, and it begins with {}. At {end} is {}",
                start + 512,
                next[..7].escape_ascii(),
                found.get(..7).unwrap_or_default().escape_ascii()
            );
        }
    }

    #[test]
    fn the_archive_fills_whole_records() {
        let size = archive_size(&[0, 0, 53, 193, 0, 0, 97]);
        assert!(size == LAYER.len() as u64, "the hello layer has {} bytes, not {size}", LAYER.len());
        for (entries, want) in [(0, 10240), (18, 10240), (19, 20480)] {
            let size = archive_size(&vec![0; entries]);
            assert!(
                size == want,
                "{entries} headers and two empty blocks are {} blocks, and fill up {want} bytes, not {size}: 20 blocks \
                 are a record",
                entries + 2
            );
        }
    }
}
