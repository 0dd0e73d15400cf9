// ANCHOR: algorithms
use anyhow::{Error, Result, bail};
use serde::{Deserialize, Serialize, Serializer};
use sha2::digest::DynDigest;
use sha2::{Sha256, Sha512};
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

/// The algorithms that the specification registers. Source: the OCI image-spec, descriptor.md, "Registered algorithms".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Sha256,
    Sha512,
}

impl Algorithm {
    fn hasher(self) -> Box<dyn DynDigest + Send> {
        match self {
            Algorithm::Sha256 => Box::new(Sha256::default()),
            Algorithm::Sha512 => Box::new(Sha512::default()),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha512 => "sha512",
        })
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Algorithm> {
        match name {
            "sha256" => Ok(Algorithm::Sha256),
            "sha512" => Ok(Algorithm::Sha512),
            _ => bail!("unknown digest algorithm: {name}: it is neither sha256 nor sha512"),
        }
    }
}
// ANCHOR_END: algorithms

// ANCHOR: digest
/// The name of some bytes: the algorithm, a colon, and their hash in lower-case hexadecimal digits.
///
/// Source: the OCI image-spec, descriptor.md, "Digests".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Digest(String);

impl Digest {
    /// The SHA-256 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Digest {
        let mut writer = DigestWriter::new(Algorithm::Sha256, io::sink());
        writer.hasher.update(bytes);
        writer.digest()
    }

    /// `sha256` or `sha512`.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The hash alone.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }
}
// ANCHOR_END: digest

// ANCHOR: text
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
// ANCHOR_END: text

// ANCHOR: from_str
impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Digest> {
        let Some((algorithm, hex)) = text.split_once(':') else {
            bail!("malformed digest: {text}: there is no colon after the algorithm");
        };
        let length = match algorithm.parse()? {
            Algorithm::Sha256 => 64,
            Algorithm::Sha512 => 128,
        };
        if hex.len() != length {
            bail!("malformed digest: {text}: {algorithm} has {length} digits, this has {}", hex.len());
        }
        if !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            bail!("malformed digest: {text}: its digits must be 0 to 9 and a to f");
        }
        Ok(Digest(text.to_owned()))
    }
}

impl TryFrom<String> for Digest {
    type Error = Error;

    fn try_from(text: String) -> Result<Digest> {
        text.parse()
    }
}
// ANCHOR_END: from_str

// ANCHOR: digest_writer
/// Passes what is written on to `out`, and hashes and counts it on the way.
pub struct DigestWriter<W> {
    algorithm: Algorithm,
    hasher: Box<dyn DynDigest + Send>,
    size: u64,
    out: W,
}

impl<W> DigestWriter<W> {
    pub fn new(algorithm: Algorithm, out: W) -> DigestWriter<W> {
        DigestWriter { algorithm, hasher: algorithm.hasher(), size: 0, out }
    }

    /// How many bytes were written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of all that was written.
    pub fn digest(self) -> Digest {
        let hex: String = self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Digest(format!("{}:{hex}", self.algorithm))
    }
}
// ANCHOR_END: digest_writer

// ANCHOR: write
impl<W: Write> Write for DigestWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
// ANCHOR_END: write
