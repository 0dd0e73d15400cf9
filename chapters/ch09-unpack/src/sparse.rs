// ANCHOR: gnu
use crate::archive::{BLOCK, padding, skip};
use crate::pax::{Records, decimal};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use tar::{GnuExtSparseHeader, Header};

/// Of a file with holes, the archive has the pieces between them. Source: the GNU tar manual, "Storing Sparse Files".
pub struct Sparse {
    /// Where each begins in the file, and its length.
    pieces: Vec<(u64, u64)>,
    /// The length of the file.
    pub size: u64,
}

impl Sparse {
    /// GNU's own format has the map of pieces in the header, and in as many blocks after it as it takes.
    pub fn read_gnu(header: &Header, contents: u64, archive: &mut dyn Read) -> Result<Sparse> {
        let gnu = header.as_gnu().context("a sparse file in an archive that is not GNU's")?;
        let (mut map, mut continues) = (gnu.sparse.as_slice(), gnu.is_extended());
        let (mut pieces, mut block) = (Vec::new(), GnuExtSparseHeader::new());
        loop {
            for piece in map.iter().filter(|piece| !piece.is_empty()) {
                pieces.push((piece.offset()?, piece.length()?));
            }
            if !continues {
                return Sparse::new(pieces, gnu.real_size()?, contents);
            }
            archive.read_exact(block.as_mut_bytes())?;
            (map, continues) = (block.sparse(), block.is_extended());
        }
    }
    // ANCHOR_END: gnu

    // ANCHOR: pax
    /// PAX has it in records, or since version 1.0 in lines before the pieces.
    pub fn read_pax(records: &Records, contents: &mut Take<&mut dyn Read>) -> Result<Option<Sparse>> {
        let records = records.below("GNU.sparse.");
        if records.0.is_empty() {
            return Ok(None);
        }
        let size = records.number("realsize")?.or(records.number("size")?).context("a sparse file without a length")?;
        let numbers: Result<Vec<u64>> = match (records.get("major"), records.get("map")) {
            (None, Some(map)) => map.split(|byte| *byte == b',').map(decimal).collect(),
            (None, None) => {
                let pieces = records.0.iter().filter(|(key, _)| matches!(key.as_slice(), b"offset" | b"numbytes"));
                pieces.map(|(_, value)| decimal(value)).collect()
            }
            (Some(b"1"), _) => {
                let all = contents.limit();
                let count = read_line(contents)?.saturating_mul(2);
                let numbers = (0..count).map(|_| read_line(contents)).collect();
                let read = all - contents.limit();
                skip(contents, padding(read))?;
                numbers
            }
            _ => bail!("a sparse file of an unknown version"),
        };
        let pair = |pair: &[u64]| Ok((pair[0], *pair.get(1).context("an offset without a length in a sparse file")?));
        let pieces: Result<_> = numbers?.chunks(2).map(pair).collect();
        Sparse::new(pieces?, size, contents.limit()).map(Some)
    }
    // ANCHOR_END: pax

    // ANCHOR: write
    /// An error unless the pieces follow one another, and are all the contents.
    fn new(pieces: Vec<(u64, u64)>, size: u64, contents: u64) -> Result<Sparse> {
        let (mut end, mut sum) = (0, 0);
        for (offset, length) in &pieces {
            // GNU tar fills up each piece to whole blocks, Go does not: but it never comes to that.
            if *offset < end || (*length > 0 && sum % BLOCK != 0) {
                bail!("the pieces of a sparse file overlap, or begin within a block");
            }
            end = offset.saturating_add(*length);
            sum = length.saturating_add(sum);
        }
        if end > size || sum != contents {
            bail!("the pieces of a sparse file are not as long as its header says");
        }
        Ok(Sparse { pieces, size })
    }

    pub fn write(&self, contents: &mut dyn Read, mut file: File) -> io::Result<()> {
        for (offset, length) in &self.pieces {
            file.seek(SeekFrom::Start(*offset))?;
            io::copy(&mut (&mut *contents).take(*length), &mut file)?;
        }
        file.set_len(self.size)
    }
}

#[expect(clippy::unbuffered_bytes, reason = "what follows is no line")]
fn read_line(contents: &mut dyn Read) -> Result<u64> {
    let line: io::Result<Vec<u8>> = contents.bytes().take_while(|byte| !matches!(byte, Ok(b'\n'))).collect();
    decimal(&line?)
}
// ANCHOR_END: write
