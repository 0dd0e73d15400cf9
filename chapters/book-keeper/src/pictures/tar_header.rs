use super::artifacts::entries;
use super::svg::*;
use anyhow::{Context, Result};

/// The fields of a header: their names, and where they end. Source: the GNU tar manual, "Basic Tar Format".
const FIELDS: [(&str, usize); 13] = [
    ("name", 100),
    ("permissions, octal", 108),
    ("owner", 116),
    ("group", 124),
    ("size, octal", 136),
    ("modification time", 148),
    ("checksum, octal", 156),
    ("type", 157),
    ("target of a link", 257),
    ("magic", 265),
    ("names of owner and group", 329),
    ("device number", 345),
    ("not in use", 512),
];
/// The map has so many bytes in a row, each so wide and so high.
const ROW: usize = 32;
const BYTE: i32 = 10;
const HEIGHT: i32 = 20;
const LEFT: i32 = 20;
const TOP: i32 = 40;
const FILLED: &str = r#"fill="var(--links)" fill-opacity=".3""#;

/// The header of `./hello`, as a map of its 512 bytes.
pub fn picture() -> Result<(String, String)> {
    let entries = entries()?;
    let entry = entries.iter().find(|entry| entry.name == "./hello").context("the layer holds no ./hello")?;
    let mut shapes = vec![text(LEFT, 24, &[BOLD], "512 bytes, 32 in a row; coloured if not zero")];
    let (mut list, mut sentences, mut start) = (Vec::new(), Vec::new(), 0);
    let mut y = TOP + HEIGHT * (512 / ROW) as i32 + 26;
    for (number, (name, end)) in (1..).zip(FIELDS) {
        let value = value(&entry.header[start..end]);
        shapes.extend(field(&entry.header, start, end, number));
        list.push(text(40, y, &[SMALL, END], &number.to_string()));
        list.push(text(50, y, &[SMALL], name));
        list.push(text(226, y, &[MONO], &value));
        sentences.push(format!("Bytes {start} to {}, {name}: {value}.", end - 1));
        (start, y) = (end, y + 22);
    }
    shapes.extend(list);
    let description = format!("The 512 bytes of the header, field by field. {}", sentences.join(" "));
    Ok(draw("tar-header", y - 8, "The header of ./hello in layer.tar", &description, &shapes))
}

/// A field: its bytes that are not zero, its outline, and its number where it is widest.
fn field(header: &[u8], start: usize, end: usize, number: usize) -> Vec<String> {
    let (mut shapes, mut widest, mut from) = (Vec::new(), (0, 0), start);
    while from < end {
        let to = end.min((from / ROW + 1) * ROW);
        let filled = |index: &usize| header[*index] != 0;
        if let (Some(first), Some(last)) = ((from..to).find(filled), (from..to).rfind(filled)) {
            let ((x, y), width) = (corner(first), BYTE * (last + 1 - first) as i32);
            shapes.push(format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" {FILLED}/>"));
        }
        if to - from > widest.1 - widest.0 {
            widest = (from, to);
        }
        from = to;
    }
    shapes.push(outline(start, end));
    let (x, y) = corner(widest.0);
    let x = x + BYTE * (widest.1 - widest.0) as i32 / 2;
    shapes.push(text(x, y + 14, &[MIDDLE, SMALL], &number.to_string()));
    shapes
}

/// Around a field, which may begin and end within a row.
fn outline(start: usize, end: usize) -> String {
    let (right, (x0, y0), (x1, y1)) = (LEFT + BYTE * ROW as i32, corner(start), corner(end - 1));
    let (x1, below0, below1) = (x1 + BYTE, y0 + HEIGHT, y1 + HEIGHT);
    if y0 == y1 {
        return line(&[(x0, y0), (x1, y0), (x1, below0), (x0, below0), (x0, y0)], &[LINE]);
    }
    let first = [(x0, below0), (x0, y0), (right, y0), (right, y1)];
    let last = [(x1, y1), (x1, below1), (LEFT, below1), (LEFT, below0), (x0, below0)];
    line(&[first.as_slice(), &last].concat(), &[LINE])
}

fn corner(index: usize) -> Point {
    (LEFT + BYTE * (index % ROW) as i32, TOP + HEIGHT * (index / ROW) as i32)
}

/// The text in a field, or that there is none.
fn value(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    match String::from_utf8_lossy(&bytes[..end]) {
        text if text.is_empty() => "zeros".to_owned(),
        text => text.trim_end().to_owned(),
    }
}
