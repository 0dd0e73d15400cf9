// ch02_octal: numbers in a header
//
// Goal: you can read the size and the permissions of an entry.
// To do: read the digits of a field up to its first NUL, in octal. Spaces count for nothing. A field without digits is
//        0, and one with anything else in it is no number.
// Read: the book, ch02-header, "Numbers in octal"; the GNU tar manual, "Basic Tar Format".

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

const LAYER: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar"));
/// Where the header of `./hello` begins.
const HELLO: usize = 2048;

fn main() {
    let header = &LAYER[HELLO..HELLO + 512];
    for (name, field) in [("permissions", &header[100..108]), ("size", &header[124..136])] {
        println!("{name}: {} is {:?}", field.escape_ascii(), octal(field));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: &[u8], want: Option<u64>, why: &str) {
        let got = octal(field);
        let shown = |number: Option<u64>| number.map_or("no number".into(), |n| format!("{n} (octal {n:o})"));
        let (field, want_text, got_text) = (field.escape_ascii(), shown(want), shown(got));
        assert!(got == want, "the field \"{field}\" is {want_text}, and you read {got_text}: {why}");
    }

    #[test]
    fn the_digits_are_octal() {
        let header = &LAYER[HELLO..HELLO + 512];
        check(&header[124..136], Some(193), "the size of ./hello is 3 times 64 and 1");
        check(&header[100..108], Some(0o755), "the permissions of ./hello");
        check(&header[136..148], Some(0), "the time of ./hello is the beginning of 1970");
    }

    #[test]
    fn the_first_nul_ends_the_digits() {
        let checksum = &LAYER[HELLO + 148..HELLO + 156];
        check(checksum, Some(0o7065), "the checksum of ./hello has a NUL after its six digits, and then a space");
        check(b"755\x001234", Some(0o755), "what stands behind the NUL is left over from something else");
    }

    #[test]
    fn a_field_may_have_no_room_for_a_nul() {
        check(
            b"777777777777",
            Some((1 << 36) - 1),
            "some programs use all twelve bytes of the size for digits, up to 64 GiB",
        );
    }

    #[test]
    fn spaces_count_for_nothing() {
        check(b"   755 \0", Some(0o755), "older programs fill up with spaces where GNU tar writes zeros");
    }

    #[test]
    fn a_field_without_digits_is_zero_and_one_with_others_is_no_number() {
        check(
            &LAYER[HELLO + 329..HELLO + 337],
            Some(0),
            "./hello is no device, and GNU tar leaves its major number empty",
        );
        check(b"        ", Some(0), "spaces alone are an empty field too");
        check(b"0000789\0", None, "8 and 9 are no octal digits, so this is no header, or a broken one");
        check(b"./hello\0", None, "no digit at all");
        check(b"+755\0", None, "a plus sign is no digit, though Rust's own reading takes one");
        check(b"\xff\xff\xff\xff\xff\xff\xff\xff", None, "no text at all");
    }
}
