// ANCHOR: pax
use anyhow::{Result, bail};

/// A key and a value.
type Record = (Vec<u8>, Vec<u8>);

/// What a PAX header says of the next entry. Source: POSIX, pax, "pax Extended Header".
pub struct Records(pub Vec<Record>);

impl Records {
    pub fn parse(mut text: &[u8]) -> Result<Records> {
        let mut records = Vec::new();
        while !text.is_empty() {
            let Some((record, rest)) = split_record(text) else {
                bail!("a PAX record that is none: {}", String::from_utf8_lossy(&text[..text.len().min(80)]));
            };
            records.push(record);
            text = rest;
        }
        Ok(Records(records))
    }

    /// Those whose keys begin with `prefix`, without it.
    pub fn below(&self, prefix: &str) -> Records {
        let below = |(key, value): &Record| Some((key.strip_prefix(prefix.as_bytes())?.to_vec(), value.clone()));
        Records(self.0.iter().filter_map(below).collect())
    }

    /// The last value of a key counts, and an empty one is none.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        let (_, value) = self.0.iter().rev().find(|(name, _)| name == key.as_bytes())?;
        Some(value.as_slice()).filter(|value| !value.is_empty())
    }

    pub fn number(&self, key: &str) -> Result<Option<u64>> {
        self.get(key).map(decimal).transpose()
    }
}

/// A record is `LENGTH KEY=VALUE` and a newline. The length counts all of that, so a value may hold any bytes.
fn split_record(text: &[u8]) -> Option<(Record, &[u8])> {
    let space = text.iter().position(|byte| *byte == b' ')?;
    let length = decimal(&text[..space]).ok()?.try_into().ok()?;
    let record = text.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some(((record[..equals].to_vec(), record[equals + 1..].to_vec()), &text[length..]))
}

pub fn decimal(text: &[u8]) -> Result<u64> {
    let shown = String::from_utf8_lossy(text);
    match shown.parse() {
        Ok(number) if text.iter().all(u8::is_ascii_digit) => Ok(number),
        _ => bail!("not a decimal number: {shown}"),
    }
}
// ANCHOR_END: pax
