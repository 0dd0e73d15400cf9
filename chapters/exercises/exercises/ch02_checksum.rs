// ch02_checksum: the checksum of a header
//
// Goal: you know how a reader of archives notices that it has lost its place.
// To do: sum up all bytes of the header with spaces in place of the checksum itself, which are the bytes 148 to 155.
//        Write it as six octal digits, a NUL and a space.
// Read: the book, ch02-header, "The checksum, by hand"; the GNU tar manual, "Basic Tar Format".

/// The eight bytes of the checksum of `header`, whatever stands in their place now.
fn checksum_field(header: &[u8; 512]) -> [u8; 8] {
    // TODO: this adds up the bytes of the checksum too, and writes the sum as the other numbers are written.
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let mut field = [0; 8];
    field.copy_from_slice(format!("{sum:07o}\0").as_bytes());
    field
}

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));

/// The header that begins at byte `start` of the hello layer.
fn header_at(start: usize) -> [u8; 512] {
    std::array::from_fn(|i| LAYER[start + i])
}

fn main() {
    let header = header_at(2048);
    println!("the header of ./hello says {}", header[148..156].escape_ascii());
    println!("your checksum of it is     {}", checksum_field(&header).escape_ascii());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &[u8; 512], want: &[u8], why: &str) {
        let got = checksum_field(header);
        let (want_text, got_text) = (want.escape_ascii(), got.escape_ascii());
        assert!(got == want, "the checksum is \"{want_text}\", not \"{got_text}\": {why}");
    }

    #[test]
    fn spaces_stand_in_its_place_when_the_sum_is_taken() {
        let mut header = header_at(2048);
        let digits = &checksum_field(&header)[..6];
        assert!(
            digits == b"007065",
            "the digits of the checksum of ./hello are 007065, not {}: it counts eight spaces, 8 times 32, and not \
             what stands there",
            digits.escape_ascii()
        );
        for byte in [0, b' ', 0xff] {
            let field = checksum_field(&header);
            header[148..156].fill(byte);
            check(&header, &field, &format!("what stands in its place makes no difference, here eight bytes {byte}"));
        }
    }

    #[test]
    fn it_is_six_digits_a_nul_and_a_space() {
        let field = checksum_field(&header_at(2048));
        let end = &field[6..];
        assert!(
            field[..6].iter().all(u8::is_ascii_digit) && end == b"\0 ",
            "the field is six digits, a NUL and a space, not \"{}\": a reader takes other forms as well, but other bytes have another digest",
            field.escape_ascii()
        );
    }

    #[test]
    fn a_byte_is_never_negative() {
        let mut header = header_at(2048);
        header[..100].fill(0xff);
        let why = "bytes are numbers from 0 to 255. Some old programs took those over 127 for negative ones";
        check(&header, b"067540\0 ", why);
    }

    #[test]
    fn every_header_of_the_hello_layer_has_its_sum() {
        for start in [0, 512, 1024, 2048, 3072, 3584, 4096] {
            let header = header_at(start);
            check(&header, &header[148..156], &format!("GNU tar wrote it into the header at byte {start}"));
        }
    }
}
