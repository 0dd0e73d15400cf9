use crate::{Artifact, archive, kind_of_start};
use anyhow::Result;
use flate2::read::MultiGzDecoder;
use std::io::{BufReader, Read, SeekFrom};

/// Compares two compressed files: what is in them first, because that is where most differences come from.
pub fn compare(mine: &mut dyn Artifact, reference: &mut dyn Artifact) -> Result<Vec<String>> {
    let mut differences = compare_headers(&header(mine)?, &header(reference)?);
    let same = match same_contents(mine, reference)? {
        Ok(same) => same,
        Err(broken) => {
            differences.push(broken);
            return Ok(differences);
        }
    };
    if same {
        let why = "the same DiffID, another digest: another compressor, level or version";
        differences.push(format!("the uncompressed bytes agree: {why}"));
        return Ok(differences);
    }
    differences.push("the uncompressed bytes differ".to_owned());
    if kind_of_start(&mut decoder(mine)?)? == crate::Kind::Tar
        && kind_of_start(&mut decoder(reference)?)? == crate::Kind::Tar
    {
        differences.extend(archive::compare_streams(decoder(mine)?, decoder(reference)?));
    }
    Ok(differences)
}

fn decoder(artifact: &mut dyn Artifact) -> Result<MultiGzDecoder<BufReader<&mut dyn Artifact>>> {
    artifact.seek(SeekFrom::Start(0))?;
    Ok(MultiGzDecoder::new(BufReader::new(artifact)))
}

/// Whether both hold the same bytes, or which of them cannot be uncompressed.
fn same_contents(mine: &mut dyn Artifact, reference: &mut dyn Artifact) -> Result<Result<bool, String>> {
    let (mut mine, mut reference) = (decoder(mine)?, decoder(reference)?);
    loop {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        if let Err(error) = Read::take(&mut mine, 64 * 1024).read_to_end(&mut ours) {
            return Ok(Err(format!("yours is broken: it cannot be uncompressed: {error}")));
        }
        if let Err(error) = Read::take(&mut reference, 64 * 1024).read_to_end(&mut theirs) {
            return Ok(Err(format!("the reference is broken: it cannot be uncompressed: {error}")));
        }
        if ours != theirs || ours.is_empty() {
            return Ok(Ok(ours == theirs));
        }
    }
}

/// The fixed part of a gzip header. Source: RFC 1952, section 2.3.
fn header(artifact: &mut dyn Artifact) -> Result<[u8; 10]> {
    artifact.seek(SeekFrom::Start(0))?;
    let mut start = Vec::new();
    artifact.take(10).read_to_end(&mut start)?;
    start.resize(10, 0);
    Ok(start.try_into().unwrap_or_default())
}

fn compare_headers(mine: &[u8; 10], reference: &[u8; 10]) -> Vec<String> {
    let time = |header: &[u8; 10]| u32::from_le_bytes([header[4], header[5], header[6], header[7]]).to_string();
    let fields = [
        ("method", mine[2].to_string(), reference[2].to_string(), "8 is deflate, the only one there is"),
        ("flags", flags(mine[3]), flags(reference[3]), "gzip -n stores no name"),
        ("time", time(mine), time(reference), "gzip -n stores none: 0"),
        ("extra flags", mine[8].to_string(), reference[8].to_string(), "2 is level 9, 4 is level 1, 0 all between"),
        ("system", system(mine[9]), system(reference[9]), "gzip writes 3, for Unix"),
    ];
    let different = fields.into_iter().filter(|(_, ours, theirs, _)| ours != theirs);
    let told = different
        .map(|(name, ours, theirs, hint)| format!("the gzip header: {name}: yours {ours}, reference {theirs}: {hint}"));
    told.collect()
}

fn flags(bits: u8) -> String {
    let names = ["text", "a checksum of the header", "extra fields", "a name", "a comment"];
    let set: Vec<&str> =
        names.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, n)| n).collect();
    if set.is_empty() { bits.to_string() } else { set.join(" and ") }
}

fn system(number: u8) -> String {
    match number {
        0 => "0 (FAT)".to_owned(),
        3 => "3 (Unix)".to_owned(),
        255 => "255 (unknown)".to_owned(),
        _ => number.to_string(),
    }
}
