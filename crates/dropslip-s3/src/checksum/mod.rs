//! S3's additional checksums: computed while bytes pass, compared at the end.
//!
//! Source: [Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html).

mod combine;
mod whole;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

pub use whole::{Assembly, ChecksumType, UnknownName, WholeChecksum, is_whole_checksum};

/// A checksum algorithm that S3 names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// CRC-32 (ISO HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The header that carries the checksum.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The name as in `x-amz-checksum-algorithm`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The length of the checksum itself, before base64.
    #[must_use]
    pub fn len_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A checksum that somebody promised: the algorithm and its value's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Algorithm, String)", into = "(Algorithm, String)")]
pub struct Checksum {
    /// The algorithm.
    pub algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Checksum {
    /// Reads the base64 of a checksum header.
    ///
    /// `None` when it is no base64 or has another length than the algorithm gives.
    #[must_use]
    pub fn parse(algorithm: Algorithm, value: &str) -> Option<Self> {
        let bytes = BASE64.decode(value.trim()).ok()?;
        (bytes.len() == algorithm.len_bytes()).then_some(Self { algorithm, bytes })
    }

    /// The checksum before base64.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is the checksum of no bytes at all.
    ///
    /// The AWS SDK for JavaScript v3 signs that one into presigned PUT URLs, since
    /// it does not know the body when it signs.
    #[must_use]
    pub fn is_of_empty(&self) -> bool {
        Hasher::new(self.algorithm).finish() == *self
    }
}

impl From<Checksum> for (Algorithm, String) {
    fn from(checksum: Checksum) -> Self {
        (checksum.algorithm, checksum.to_string())
    }
}

impl TryFrom<(Algorithm, String)> for Checksum {
    type Error = &'static str;

    fn try_from((algorithm, value): (Algorithm, String)) -> Result<Self, Self::Error> {
        Self::parse(algorithm, &value).ok_or("a checksum is base64 of its algorithm's length")
    }
}

impl fmt::Display for Checksum {
    /// The base64, as headers carry it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(&self.bytes))
    }
}

/// Computes one checksum over bytes as they pass.
#[derive(Clone)]
pub struct Hasher {
    algorithm: Algorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Crc(crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hasher").field(&self.algorithm).finish()
    }
}

impl Hasher {
    /// Begins.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        let state = match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => State::Crc(crc_fast::Digest::new(crc)),
            (Algorithm::Sha1, None) => State::Sha1(sha1::Sha1::new()),
            (_, None) => State::Sha256(sha2::Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(digest) => digest.update(bytes),
            State::Sha1(digest) => digest.update(bytes),
            State::Sha256(digest) => digest.update(bytes),
        }
    }

    /// Ends.
    #[must_use]
    pub fn finish(self) -> Checksum {
        let bytes = match self.state {
            State::Crc(digest) => {
                let all = digest.finalize().to_be_bytes();
                all[all.len() - self.algorithm.len_bytes()..].to_vec()
            }
            State::Sha1(digest) => digest.finalize().to_vec(),
            State::Sha256(digest) => digest.finalize().to_vec(),
        };
        Checksum {
            algorithm: self.algorithm,
            bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(algorithm: Algorithm, expected: &str) {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(b"1234");
        hasher.update(b"56789");
        let checksum = hasher.finish();
        assert_eq!(checksum.to_string(), expected, "{algorithm:?}");
        assert_eq!(Checksum::parse(algorithm, expected), Some(checksum.clone()));
        assert!(!checksum.is_of_empty());
    }

    #[test]
    fn check_values_of_the_catalogues() {
        // The CRC catalogue's check values of "123456789": cbf43926, e3069283, ae8b14860a799888.
        check(Algorithm::Crc32, "y/Q5Jg==");
        check(Algorithm::Crc32c, "4waSgw==");
        check(Algorithm::Crc64Nvme, "rosUhgp5mIg=");
        check(Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE=");
        check(
            Algorithm::Sha256,
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        );
    }

    #[test]
    fn the_checksum_of_nothing_is_known() {
        assert!(
            Checksum::parse(Algorithm::Crc32, "AAAAAA==")
                .unwrap()
                .is_of_empty()
        );
        assert!(
            !Checksum::parse(Algorithm::Crc32, "AAAAAQ==")
                .unwrap()
                .is_of_empty()
        );
    }

    #[test]
    fn checksums_are_kept_as_json() {
        for algorithm in Algorithm::ALL {
            let name = format!("{:?}", algorithm.as_str());
            assert_eq!(serde_json::to_string(&algorithm).unwrap(), name);
            let checksum = Hasher::new(algorithm).finish();
            let json = serde_json::to_string(&checksum).unwrap();
            assert_eq!(json, format!("[{name},\"{checksum}\"]"));
            assert_eq!(serde_json::from_str::<Checksum>(&json).unwrap(), checksum);
        }
        for wrong in ["[\"CRC32\",\"\"]", "[\"MD4\",\"AAAAAA==\"]", "\"AAAAAA==\""] {
            assert!(serde_json::from_str::<Checksum>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_checksum_is_refused() {
        for value in [
            "",
            "AAAA",
            "AAAAAAA=",
            "not base64!",
            "AAAAAA",
            "AAAAAAAAAAA=",
        ] {
            assert_eq!(Checksum::parse(Algorithm::Crc32, value), None, "{value}");
        }
    }
}
