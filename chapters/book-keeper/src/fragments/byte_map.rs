//! The header of one entry, field by field.

use super::{escape, hex, permissions, reference};
use anyhow::{Context, Result, ensure};
use tar::{Archive, Header};

const ENTRY: &str = "./hello";

/// A field of a header as GNU tar writes it. Source: the manual of GNU tar, "Basic Tar Format".
struct Field {
    name: &'static str,
    length: usize,
    meaning: String,
}

pub fn html() -> Result<String> {
    let (offset, header) = header()?;
    let bytes = header.as_bytes();
    let (mut rows, mut start) = (String::new(), 0);
    for Field { name, length, meaning } in fields(&header)? {
        let value = bytes.get(start..start + length).context("the fields are longer than a header")?;
        rows += &format!(
            "<tr data-bytes=\"{}\"><td class=\"number\">{start}</td><td class=\"number\">{length}</td>\
             <th scope=\"row\">{name}</th><td>{}</td><td>{}</td></tr>\n",
            hex(value),
            as_stored(value),
            escape(&meaning),
        );
        start += length;
    }
    ensure!(start == bytes.len(), "the fields are {start} bytes long, a header {}", bytes.len());
    Ok(format!(
        "<div class=\"byte-map\">\n\
         <details open>\n\
         <summary>The header as a table</summary>\n\
         <div class=\"table-wrapper\">\n\
         <table>\n\
         <caption>The header of <code>{ENTRY}</code>: the 512 bytes at offset {offset} of \
         <code>fixtures/hello/reference/layer.tar</code></caption>\n\
         <thead><tr><th scope=\"col\" class=\"number\">Offset</th><th scope=\"col\" class=\"number\">Length</th>\
         <th scope=\"col\">Field</th><th scope=\"col\">As stored</th><th scope=\"col\">Meaning</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</div>\n</details>\n</div>\n"
    ))
}

/// The header, and where it begins in the archive.
fn header() -> Result<(u64, Header)> {
    let layer = reference("layer.tar")?;
    for entry in Archive::new(layer.as_slice()).entries()? {
        let entry = entry?;
        if *entry.path_bytes() == *ENTRY.as_bytes() {
            return Ok((entry.raw_header_position(), entry.header().clone()));
        }
    }
    anyhow::bail!("{ENTRY} is not in the layer")
}

fn fields(header: &Header) -> Result<Vec<Field>> {
    let gnu = header.as_gnu().context("it is not a header as GNU tar writes it")?;
    let (mode, size, mtime) = (header.mode()?, header.entry_size()?, header.mtime()?);
    ensure!(header.entry_type().is_file() && mtime == 0 && header.uid()? == 0 && header.gid()? == 0);
    let (sum, path) = (checksum(header)?, header.path_bytes().len());
    let empty = [&gnu.linkname[..], &gnu.uname, &gnu.gname, &gnu.dev_major, &gnu.dev_minor, &header.as_bytes()[345..]];
    ensure!(empty.concat().iter().all(|byte| *byte == 0), "a field that should be empty is not");
    let field = |name, length, meaning: &str| Field { name, length, meaning: meaning.to_owned() };
    Ok(vec![
        field("name", 100, &format!("Path of the entry, {path} bytes. It ends at the first NUL byte.")),
        field("mode", 8, &format!("Permissions in octal, {mode:o}: {}.", permissions(mode))),
        field("uid", 8, "Number of the user who owns it: 0, which is root."),
        field("gid", 8, "Number of the group that owns it: 0, which is root's."),
        field("size", 12, &format!("Length of the contents. Octal {size:o} is {size} bytes.")),
        field("mtime", 12, "When it last changed: 0 seconds after 1970-01-01 00:00 UTC."),
        field("chksum", 8, &format!("Sum of all 512 bytes, with these 8 taken as spaces: {sum}, in octal {sum:o}.")),
        field("typeflag", 1, "What the entry is: 0, a regular file."),
        field("linkname", 100, "Where a link leads. Empty: this is no link."),
        field("magic, version", 8, "Says that this is GNU tar's format: \"ustar\", two spaces and a NUL byte."),
        field("uname", 32, "Name of the user. Empty: --numeric-owner leaves names out."),
        field("gname", 32, "Name of the group. Empty, for the same reason."),
        field("devmajor", 8, "First half of a device number. Empty: this is no device."),
        field("devminor", 8, "Second half of a device number. Empty as well."),
        field("atime", 12, "When it was last read. Empty: GNU tar keeps it in incremental backups only."),
        field("ctime", 12, "When its metadata last changed. Empty as well."),
        field("sparse and more", 126, "For archives in several volumes, and for files with holes. Empty."),
        field("padding", 17, "No field: fills the header up to 512 bytes."),
    ])
}

/// The sum of the header's bytes, its own eight counted as spaces; an error if the header holds another.
fn checksum(header: &Header) -> Result<u32> {
    let byte = |(index, byte): (usize, &u8)| if (148..156).contains(&index) { b' ' } else { *byte };
    let sum = header.as_bytes().iter().enumerate().map(|indexed| u32::from(byte(indexed))).sum();
    ensure!(header.cksum()? == sum, "the checksum is {}, the sum {sum}", header.cksum()?);
    Ok(sum)
}

/// The bytes as characters, NUL as `\0`, a long run of them counted.
fn as_stored(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |index| index + 1);
    let (text, nuls) = (escape(&String::from_utf8_lossy(&bytes[..end])).replace('\0', "\\0"), bytes.len() - end);
    // Spaces are part of the value, and a browser would run two of them into one.
    let text = text.replace(' ', "&nbsp;");
    match (end, nuls) {
        (_, ..3) => format!("<code>{text}{}</code>", "\\0".repeat(nuls)),
        (0, _) => format!("<span class=\"runs\"><code>\\0</code> × {nuls}</span>"),
        _ => format!("<code>{text}</code> <span class=\"runs\">then <code>\\0</code> × {nuls}</span>"),
    }
}
