// ANCHOR: entry
use crate::pax::Records;
use crate::sparse::Sparse;
use anyhow::{Result, bail};
use std::collections::HashMap;
use std::io::{self, Read, Take};
use tar::{Archive, EntryType, Header};

/// An archive consists of blocks of so many bytes, and contents are filled up to whole ones.
pub const BLOCK: u64 = 512;

/// An entry of an archive, with what the headers before its own say of it.
pub struct Entry<'a> {
    pub header: Header,
    pub records: Records,
    pub name: Vec<u8>,
    /// Where a link leads.
    pub link: Vec<u8>,
    pub sparse: Option<Sparse>,
    pub contents: Take<&'a mut dyn Read>,
    padding: u64,
}
// ANCHOR_END: entry

// ANCHOR: read
impl<'a> Entry<'a> {
    /// Reads the headers up to that of an entry. `None` is the end of the archive.
    ///
    /// The tar crate joins them as well, but ends a PAX record at the first newline.
    pub fn read(archive: &'a mut dyn Read) -> Result<Option<Entry<'a>>> {
        let mut ahead = HashMap::new();
        for entry in Archive::new(&mut *archive).entries()?.raw(true) {
            let mut entry = entry?;
            let mut header = entry.header().clone();
            let kind = header.entry_type().as_byte();
            if !matches!(kind, b'L' | b'K' | b'x' | b'g') {
                drop(entry);
                fill_in(header.as_mut_bytes());
                return Entry::join(header, &ahead, archive).map(Some);
            }
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            // A header of the type g is for all entries to come. containerd ignores it as well; GNU tar does not.
            if kind != b'g' && ahead.insert(kind, text).is_some() {
                bail!("two headers of the type {:?} for one entry", char::from(kind));
            }
        }
        if ahead.is_empty() { Ok(None) } else { bail!("it ends before the entry that a header is for") }
    }

    fn join(header: Header, ahead: &HashMap<u8, Vec<u8>>, archive: &'a mut dyn Read) -> Result<Entry<'a>> {
        let records = Records::parse(ahead.get(&b'x').map_or(b"", Vec::as_slice))?;
        let record = |key| records.get(key).map(<[u8]>::to_vec);
        // GNU's long names, and long targets of links. They end with a NUL.
        let long = |kind| Some(ahead.get(&kind)?.split(|byte| *byte == 0).next()?.to_vec());
        let name = long(b'L').or_else(|| record("GNU.sparse.name")).or_else(|| record("path"));
        let link = long(b'K').or_else(|| record("linkpath"));
        // Only files have contents, whatever the size says. What one program passes over, another must not take for entries.
        let is_other = matches!(header.entry_type().as_byte(), b'1'..=b'6');
        let said = records.number("size")?.map_or_else(|| header.entry_size(), Ok)?;
        let size = if is_other { 0 } else { said };
        let is_gnu = header.entry_type() == EntryType::GNUSparse;
        let gnu = is_gnu.then(|| Sparse::read_gnu(&header, size, archive)).transpose()?;
        let mut contents = archive.take(size);
        Ok(Entry {
            name: name.unwrap_or_else(|| header.path_bytes().into_owned()),
            link: link.or_else(|| Some(header.link_name_bytes()?.into_owned())).unwrap_or_default(),
            sparse: if gnu.is_some() { gnu } else { Sparse::read_pax(&records, &mut contents)? },
            padding: padding(size),
            contents,
            records,
            header,
        })
    }

    /// Reads what is left of it, so that the next header follows.
    pub fn finish(self) -> Result<()> {
        let left = self.contents.limit().saturating_add(self.padding);
        skip(&mut self.contents.into_inner(), left)
    }
}

/// A number that is left out is 0: mode, owner, group, time, and the two of a device.
fn fill_in(header: &mut [u8; 512]) {
    for field in [100..108, 108..116, 116..124, 136..148, 329..337, 337..345] {
        let field = &mut header[field];
        if field.iter().all(|byte| matches!(byte, 0 | b' ')) {
            field.fill(b'0');
        }
    }
}

/// How many bytes follow so many, up to the next block.
pub fn padding(size: u64) -> u64 {
    size.wrapping_neg() % BLOCK
}

pub fn skip(archive: &mut dyn Read, bytes: u64) -> Result<()> {
    if io::copy(&mut archive.take(bytes), &mut io::sink())? < bytes {
        bail!("it ends in the middle of an entry");
    }
    Ok(())
}
// ANCHOR_END: read
