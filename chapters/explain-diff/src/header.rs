use std::time::{Duration, UNIX_EPOCH};

pub const BLOCK: usize = 512;
pub type Header = [u8; BLOCK];

/// How the bytes of a field are to be read.
#[derive(Clone, Copy)]
enum Value {
    Text,
    Number,
    Octal,
    Time,
    Type,
}

/// A field of a header: what to call it, where it is, and what a difference usually means.
struct Field {
    name: &'static str,
    start: usize,
    end: usize,
    value: Value,
    hint: &'static str,
}

const fn field(name: &'static str, start: usize, end: usize, value: Value, hint: &'static str) -> Field {
    Field { name, start, end, value, hint }
}

/// Source: the GNU tar manual, "Basic Tar Format".
const FIELDS: [Field; 14] = [
    field("name", 0, 100, Value::Text, "the name begins with ./, and ends with / for a directory"),
    field("permissions", 100, 108, Value::Octal, "the umask: --mode=go=u-w takes it out"),
    field("owner", 108, 116, Value::Number, "set the owner to 0: --owner=0"),
    field("group", 116, 124, Value::Number, "set the group to 0: --group=0"),
    field("size", 124, 136, Value::Number, "the contents differ, or the entry is of another type"),
    field("modification time", 136, 148, Value::Time, "set mtime to 0, or both to SOURCE_DATE_EPOCH"),
    field("type", 156, 157, Value::Type, "is it a link to a file that is in the archive already?"),
    field("link target", 157, 257, Value::Text, "the target is stored as the link has it"),
    field("format", 257, 265, Value::Text, "\"ustar  \" is GNU's, \"ustar\" and \"00\" is POSIX's: --format=gnu"),
    field("owner's name", 265, 297, Value::Text, "leave it empty: --numeric-owner"),
    field("group's name", 297, 329, Value::Text, "leave it empty: --numeric-owner"),
    field("device major", 329, 337, Value::Number, "GNU tar leaves it empty where there is no device"),
    field("device minor", 337, 345, Value::Number, "GNU tar leaves it empty where there is no device"),
    field("prefix and padding", 345, 512, Value::Text, "GNU tar leaves it empty"),
];

/// What differs between the headers of one entry.
pub fn compare(mine: &Header, reference: &Header) -> Vec<String> {
    let mut differences = Vec::new();
    for field in &FIELDS {
        let (ours, theirs) = (&mine[field.start..field.end], &reference[field.start..field.end]);
        if ours == theirs {
            continue;
        }
        let (our_value, their_value) = (show(ours, field.value), show(theirs, field.value));
        let values = match our_value == their_value {
            true if ours.len() > 12 => format!("{our_value} in both, but there is something behind it"),
            true => format!("{our_value} in both, but written as {} and as {}", raw(ours), raw(theirs)),
            false => format!("yours {our_value}, reference {their_value}"),
        };
        differences.push(format!("{}: {values}: {}", field.name, field.hint));
    }
    // A checksum that is right differs because of something else, which has been told.
    let (ours, theirs) = (&mine[148..156], &reference[148..156]);
    let same_form = checksum_form(ours) == checksum_form(theirs);
    if ours != theirs && (differences.is_empty() || !same_form) {
        let hint = if same_form { "it is the sum of the header's bytes" } else { "six digits, a NUL and a space" };
        differences.push(format!("checksum: yours {}, reference {}: {hint}", raw(ours), raw(theirs)));
    }
    differences
}

/// Which bytes of a checksum are digits.
fn checksum_form(field: &[u8]) -> Vec<Option<u8>> {
    field.iter().map(|byte| (!byte.is_ascii_digit()).then_some(*byte)).collect()
}

fn show(bytes: &[u8], value: Value) -> String {
    let number = || number(bytes).map_or_else(|| raw(bytes), |number| number.to_string());
    match value {
        Value::Text => format!("\"{}\"", text(bytes).escape_ascii()),
        Value::Number if bytes.iter().all(|byte| *byte == 0) => "nothing".to_owned(),
        Value::Number => number(),
        Value::Octal => self::number(bytes).map_or_else(|| raw(bytes), |mode| format!("{mode:04o}")),
        Value::Time => self::number(bytes).and_then(date).unwrap_or_else(|| raw(bytes)),
        Value::Type => match bytes {
            b"0" | b"\0" => "regular file".to_owned(),
            b"1" => "hard link".to_owned(),
            b"2" => "symbolic link".to_owned(),
            b"3" => "character device".to_owned(),
            b"4" => "block device".to_owned(),
            b"5" => "directory".to_owned(),
            b"6" => "FIFO".to_owned(),
            b"L" => "GNU long name".to_owned(),
            b"K" => "GNU long link target".to_owned(),
            b"x" | b"g" => "PAX header".to_owned(),
            _ => raw(bytes),
        },
    }
}

fn date(seconds: u64) -> Option<String> {
    let last = 253_402_300_799; // the end of the year 9999
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds <= last)?;
    Some(humantime::format_rfc3339_seconds(time).to_string())
}

/// The bytes as they are, in quotes.
fn raw(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// The text before the first NUL.
pub fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number in octal digits, or in base 256 if the first bit is set; `None` if it is neither.
pub fn number(bytes: &[u8]) -> Option<u64> {
    if bytes[0] & 0x80 != 0 {
        return bytes[1..].iter().try_fold(0u64, |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let digits = std::str::from_utf8(text(bytes)).ok()?.trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}
