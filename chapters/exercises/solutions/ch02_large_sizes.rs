// ch02_large_sizes: the size of a file that is too large for octal digits
//
// Goal: you know what becomes of the size field beyond 8 GiB.
// To do: write a size as eleven octal digits and a NUL if that is enough for it. If it is not, write it in base 256:
//        the first byte is 0x80, and the number stands at the end of the field, its highest byte first.
// Read: the book, ch02-header, "A file that is too large"; the GNU tar manual, "GNU
//       Extensions to the Archive Format".

/// The twelve bytes of the size field of a header.
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

/// The bytes of a field in hexadecimal digits, as `xxd` shows them.
fn hex(field: &[u8]) -> String {
    let bytes: Vec<String> = field.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn main() {
    for size in [193, (8 << 30) - 1, 9 << 30] {
        println!("{}  {size}", hex(&size_field(size)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: &[u8] =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

    fn check(size: u64, want: &[u8], why: &str) {
        let got = size_field(size);
        assert!(got == want, "the field of the size {size}: {why}.\n  wanted: {}\n  but is: {}", hex(want), hex(&got));
    }

    #[test]
    fn a_small_size_is_eleven_digits_and_a_nul() {
        check(
            193,
            &LAYER[2048 + 124..2048 + 136],
            "so it stands in the header of ./hello, 30 for the digit 0, 31 for 1, 33 for 3",
        );
        check(0, &LAYER[124..136], "so it stands in the header of ./, and of everything that has no contents");
    }

    #[test]
    fn eleven_digits_go_up_to_8_gib_less_one() {
        check((8 << 30) - 1, b"77777777777\0", "this is the last number that has room");
    }

    #[test]
    fn from_8_gib_on_the_size_is_in_base_256() {
        check(8 << 30, b"\x80\0\0\0\0\0\0\x02\0\0\0\0", "it has twelve octal digits, which leave no room for the NUL");
        check(9 << 30, b"\x80\0\0\0\0\0\0\x02\x40\0\0\0", "so GNU tar writes it: 0x240000000 in the last eight bytes");
    }

    #[test]
    fn any_size_has_room_in_base_256() {
        check(0x0123_4567_89ab_cdef, b"\x80\0\0\0\x01\x23\x45\x67\x89\xab\xcd\xef", "the highest byte comes first");
        check(
            u64::MAX,
            b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
            "the first byte is 0x80 and nothing else: the size has the last eight",
        );
    }
}
