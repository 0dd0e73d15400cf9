// ch07_basic: the header that carries a user and a password
//
// Goal: you know what base64 does, and that it hides nothing.
// To do: fill in the character. Three bytes are 24 bits, and four characters of six bits each. The last group may
// have one byte or two; then the characters for which it has no bits are `=`.
// Read: the book, ch07-log-in, "By hand"; RFC 7617, section 2; RFC 4648, section 4.

/// The character for each number from 0 to 63.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |index: usize| group.get(index).map_or(0, |byte| u32::from(*byte));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            // TODO: these are the last six of the 24 bits, whichever character it is, and there is no `=` yet.
            let character = if index < 4 { ALPHABET[bits as usize % 64] } else { b'=' };
            text.push(char::from(character));
        }
    }
    text
}

/// The value of the header Authorization. The first colon ends the user: a password may have colons, a user has none.
fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

fn main() {
    println!("Authorization: {}", basic("me", "secret"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], wanted: &str, why: &str) {
        let came = base64(bytes);
        let bits: Vec<String> = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        assert_eq!(
            came,
            wanted,
            "\nthe bytes   {bytes:?}, {:?}\nin bits     {}\nare written {wanted}\nand not     {came}\n{why}\n",
            String::from_utf8_lossy(bytes),
            bits.join(" ")
        );
    }

    #[test]
    fn three_bytes_are_four_characters() {
        let why = "The first character is the first six bits.";
        check(b"me:", "bWU6", why);
        check(b"me:secret", "bWU6c2VjcmV0", why);
        check(&[0xfb, 0xef, 0xff], "++//", "62 is + and 63 is /.");
    }

    #[test]
    fn one_byte_or_two_are_filled_up_with_equals_signs() {
        // The examples of RFC 4648, section 10.
        let why = "A byte that is not there counts as 0, and a character without a bit of a real byte is `=`.";
        for (text, wanted) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
        {
            check(text.as_bytes(), wanted, why);
        }
        // The zero is a byte here, and not a missing one.
        check(&[0, 0, 0], "AAAA", "The zeros are real bytes: `=` is for what is missing.");
        check(&[0, 0], "AAA=", why);
        check(&[0], "AA==", why);
    }

    #[test]
    fn a_user_and_a_password_make_a_header() {
        let cases = [
            ("me", "secret", "Basic bWU6c2VjcmV0"),
            ("learner", "the hard way", "Basic bGVhcm5lcjp0aGUgaGFyZCB3YXk="),
            ("me", ">>>???", "Basic bWU6Pj4+Pz8/"),
            ("me", "geheim€", "Basic bWU6Z2VoZWlt4oKs"),
        ];
        for (user, password, wanted) in cases {
            let came = basic(user, password);
            assert_eq!(came, wanted, "\nprintf %s '{user}:{password}' | base64\nsays otherwise than your function\n");
        }
    }
}
