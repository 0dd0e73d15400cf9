use crate::answer::Failure;
use sha2::{Digest as _, Sha256, Sha512};
use std::fmt;

/// The name of some bytes. Chapter 3 explains it; this one stands alone, as the other end of a wire does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest {
    pub algorithm: &'static str,
    pub hex: String,
}

impl Digest {
    /// Reads `sha256:` and 64 digits, or `sha512:` and 128. Source: the OCI image-spec, descriptor.md, "Digests".
    pub fn parse(text: &str) -> Result<Digest, Failure> {
        let (algorithm, length, hex) = match text.split_once(':') {
            Some(("sha256", hex)) => ("sha256", 64, hex),
            Some(("sha512", hex)) => ("sha512", 128, hex),
            _ => return Err(Failure::digest_invalid("a digest begins with sha256: or sha512:")),
        };
        if hex.len() != length || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Failure::digest_invalid(format!("{algorithm} has {length} digits from 0 to 9 and a to f")));
        }
        Ok(Digest { algorithm, hex: hex.to_owned() })
    }

    /// The digest of `bytes` by the algorithm that `like` has.
    pub fn of(bytes: &[u8], like: &str) -> Digest {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.digest(like)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex)
    }
}

/// Both hashes, because an upload says only at its end which one it is to have.
#[derive(Default, Clone)]
pub struct Hasher {
    sha256: Sha256,
    sha512: Sha512,
}

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.sha512.update(bytes);
    }

    pub fn digest(self, algorithm: &str) -> Digest {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match algorithm {
            "sha512" => Digest { algorithm: "sha512", hex: hex(&self.sha512.finalize()) },
            _ => Digest { algorithm: "sha256", hex: hex(&self.sha256.finalize()) },
        }
    }
}
