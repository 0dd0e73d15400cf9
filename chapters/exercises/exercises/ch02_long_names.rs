// ch02_long_names: a name that has no room in the header
//
// Goal: you know what ././@LongLink is, and why an archive can have more headers than files.
// To do: write what goes ahead of the contents of a file. If its name has over 100 bytes, that is an entry of the type
//        `L` first, whose contents are the name and a NUL in whole blocks, and then the file's own header.
// Read: the book, ch02-header, "A name that is too long"; the GNU tar manual, "Basic Tar Format".

// From ch02_checksum.
fn checksum_field(header: &[u8; 512]) -> [u8; 8] {
    // The sum cannot be in itself, so something fixed has to stand there meanwhile: spaces, since 1979. GNU tar, Go and
    // Python write six digits, a NUL and a space. Seven digits and a NUL, as the crate `tar` has it, are as legal, but
    // other bytes make another digest.
    let mut header = *header;
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let mut field = [0; 8];
    field.copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    field
}

// From ch02_large_sizes.
fn size_field(size: u64) -> [u8; 12] {
    // Eleven octal digits are 33 bits. Base 256 is GNU's way, and the first bit of the field marks it, since no digit
    // has that one. Most readers know it by now. POSIX's way is another: decimal digits in a pax header,
    // `size=9663676416`, which is what programs in Go write.
    let mut field = [0; 12];
    if size < 1 << 33 {
        field[..11].copy_from_slice(format!("{size:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&size.to_be_bytes());
    }
    field
}

/// One header, of something that belongs to root, with as much of its name as there is room for.
fn header(name: &[u8], entry_type: u8, mode: u32, size: u64) -> [u8; 512] {
    let mut header = [0; 512];
    let room = name.len().min(100);
    header[..room].copy_from_slice(&name[..room]);
    header[100..108].copy_from_slice(format!("{mode:07o}\0").as_bytes());
    header[108..116].copy_from_slice(b"0000000\0"); // owner
    header[116..124].copy_from_slice(b"0000000\0"); // group
    header[124..136].copy_from_slice(&size_field(size));
    header[136..148].copy_from_slice(b"00000000000\0"); // modification time
    header[156] = entry_type;
    header[257..265].copy_from_slice(b"ustar  \0");
    let checksum = checksum_field(&header);
    header[148..156].copy_from_slice(&checksum);
    header
}

/// The blocks that go ahead of the contents of a regular file.
fn blocks_ahead(name: &[u8], mode: u32, size: u64) -> Vec<u8> {
    // TODO: this is all for a short name. The rest of a long one is lost. The entry ahead is named `././@LongLink`, has
    // the permissions 0644, and its size counts the NUL.
    header(name, b'0', mode, size).to_vec()
}

fn main() {
    for length in [7, 100, 101, 600] {
        let blocks = blocks_ahead(&vec![b'x'; length], 0o644, 3).len() / 512;
        println!("a name of {length} bytes: blocks ahead of the contents: {blocks}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    /// `./` and as many letters as it takes.
    fn name(length: usize) -> Vec<u8> {
        let mut name = b"./".to_vec();
        name.resize(length, b'x');
        name
    }

    #[track_caller]
    fn check_length(length: usize, want: usize, why: &str) {
        let got = blocks_ahead(&name(length), 0o644, 3).len();
        assert!(
            got == want * 512,
            "ahead of the contents of a file with {length} bytes of name are {want} blocks: {} bytes, not {got}: {why}",
            want * 512
        );
    }

    #[test]
    fn a_name_of_up_to_100_bytes_is_in_the_header() {
        let blocks = blocks_ahead(b"./hello", 0o755, 193);
        assert!(blocks == LAYER[2048..2560], "ahead of the contents of ./hello is its header, and nothing else");
        check_length(100, 1, "100 bytes have room, without a NUL behind them");
        check_length(101, 3, "101 bytes have not: a header, a block with the name, and the header of the file");
    }

    #[test]
    fn a_longer_name_has_an_entry_of_its_own_ahead() {
        // What GNU tar writes for a name of 122 bytes: all that is not zero.
        let fields: [(usize, &[u8]); 9] = [
            (0, b"././@LongLink"),
            (100, b"0000644"),
            (108, b"0000000"),
            (116, b"0000000"),
            (124, b"00000000173"),
            (136, b"00000000000"),
            (148, b"007774\0 "),
            (156, b"L"),
            (257, b"ustar  "),
        ];
        let blocks = blocks_ahead(&name(122), 0o644, 3);
        for (start, want) in fields {
            let got = &blocks[start..start + want.len()];
            assert!(
                got == want,
                "for a name of 122 bytes, GNU tar writes \"{}\" from byte {start} on, and you \"{}\": the size is in \
                 octal and counts the NUL",
                want.escape_ascii(),
                got.escape_ascii()
            );
        }
    }

    #[test]
    fn its_contents_are_the_name_and_nuls_in_whole_blocks() {
        for length in [122, 511, 512] {
            let why = "the name and its NUL are filled up to whole blocks, as all contents are";
            check_length(length, 2 + (length + 1).div_ceil(512), why);
            let blocks = blocks_ahead(&name(length), 0o644, 3);
            let contents = &blocks[512..blocks.len() - 512];
            assert!(
                contents.starts_with(&name(length)) && contents[length..].iter().all(|byte| *byte == 0),
                "the contents are a name of {length} bytes, all of it, and NULs"
            );
        }
    }

    #[test]
    fn the_header_of_the_file_comes_last() {
        let blocks = blocks_ahead(&name(122), 0o755, 193);
        let (got, want) = (&blocks[blocks.len() - 512..], header(&name(122), b'0', 0o755, 193));
        assert!(
            blocks.len() > 512 && got == want,
            "the contents of the file follow, so the header before them is its own: type 0, its permissions, its size, \
             and the first 100 bytes of its name"
        );
    }
}
