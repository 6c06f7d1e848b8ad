//! The checksum of an object that was put together from parts.
//!
//! A composite checksum is the one of the parts' checksums, written one behind the other;
//! a full object checksum is the one of the bytes, as if they had come in one piece. The
//! latter exists for CRCs alone, because theirs can be combined without the bytes.
//!
//! Source: [Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html),
//! "Full object and composite checksum types".

use std::fmt;
use std::str::FromStr;

use crc_fast::CrcAlgorithm;
use serde::{Deserialize, Serialize};

use super::combine::Combiner;
use super::{Algorithm, Checksum, Hasher};

/// How the checksum of an object is made from those of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChecksumType {
    /// The checksum of the parts' checksums.
    Composite,
    /// The checksum of all bytes.
    FullObject,
}

impl ChecksumType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Composite, Self::FullObject];

    /// The name as in `x-amz-checksum-type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Composite => "COMPOSITE",
            Self::FullObject => "FULL_OBJECT",
        }
    }
}

impl fmt::Display for ChecksumType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that S3 does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName;

impl FromStr for ChecksumType {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or(UnknownName)
    }
}

impl FromStr for Algorithm {
    type Err = UnknownName;

    /// Reads a name as in `x-amz-checksum-algorithm`, in any case, as S3 does.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let mut all = Self::ALL.into_iter();
        all.find(|a| a.as_str().eq_ignore_ascii_case(name))
            .ok_or(UnknownName)
    }
}

impl Algorithm {
    /// Whether a multipart upload may have a checksum of this type.
    #[must_use]
    pub fn allows(self, kind: ChecksumType) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => kind == ChecksumType::FullObject,
            Self::Sha1 | Self::Sha256 => kind == ChecksumType::Composite,
        }
    }

    /// The type of a multipart upload that names none.
    #[must_use]
    pub fn default_type(self) -> ChecksumType {
        match self {
            Self::Crc64Nvme => ChecksumType::FullObject,
            _ => ChecksumType::Composite,
        }
    }

    /// The CRC behind it, if it is one.
    pub(super) fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// The checksum of a whole object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeChecksum {
    /// The checksum itself.
    pub checksum: Checksum,
    /// How it was made.
    pub kind: ChecksumType,
    parts: usize,
}

impl fmt::Display for WholeChecksum {
    /// As headers carry it: base64, and for a composite one the number of parts behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checksum.fmt(f)?;
        match self.kind {
            ChecksumType::Composite => write!(f, "-{}", self.parts),
            ChecksumType::FullObject => Ok(()),
        }
    }
}

impl WholeChecksum {
    /// Whether a value that a client sent is this checksum. A composite one may come
    /// with the number of parts or without.
    #[must_use]
    pub fn is(&self, value: &str) -> bool {
        value == self.to_string()
            || self.kind == ChecksumType::Composite && value == self.checksum.to_string()
    }
}

/// Whether a value has the form of a whole object's checksum.
#[must_use]
pub fn is_whole_checksum(algorithm: Algorithm, value: &str) -> bool {
    let is_count = |count: &str| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let base64 = match value.rsplit_once('-') {
        Some((base64, count)) if is_count(count) => base64,
        _ => value,
    };
    Checksum::parse(algorithm, base64).is_some()
}

/// Makes the checksum of an object from those of its parts, in order.
#[derive(Clone, Debug)]
pub struct Assembly {
    algorithm: Algorithm,
    parts: usize,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Composite(Box<Hasher>),
    Full { combiner: Combiner, value: u64 },
}

impl Assembly {
    /// Begins. `None` for a type that the algorithm does not allow.
    #[must_use]
    pub fn new(algorithm: Algorithm, kind: ChecksumType) -> Option<Self> {
        if !algorithm.allows(kind) {
            return None;
        }
        let combiner = Combiner::new(algorithm).filter(|_| kind == ChecksumType::FullObject);
        let state = match combiner {
            // The CRC of no bytes is zero.
            Some(combiner) => State::Full { combiner, value: 0 },
            None => State::Composite(Box::new(Hasher::new(algorithm))),
        };
        Some(Self {
            algorithm,
            parts: 0,
            state,
        })
    }

    /// Takes the checksum of the next part and the part's size.
    ///
    /// # Panics
    /// When the checksum is of another algorithm: the caller has compared that before.
    pub fn add(&mut self, checksum: &Checksum, size_bytes: u64) {
        assert_eq!(
            checksum.algorithm, self.algorithm,
            "one algorithm an object"
        );
        self.parts += 1;
        match &mut self.state {
            State::Composite(hasher) => hasher.update(checksum.as_bytes()),
            State::Full { combiner, value } => {
                let part = checksum.as_bytes().iter();
                let part = part.fold(0, |n, byte| (n << 8) | u64::from(*byte));
                *value = combiner.combine(*value, part, size_bytes);
            }
        }
    }

    /// Ends.
    #[must_use]
    pub fn finish(self) -> WholeChecksum {
        let (kind, checksum) = match self.state {
            State::Composite(hasher) => (ChecksumType::Composite, hasher.finish()),
            State::Full { value, .. } => {
                let all = value.to_be_bytes();
                let bytes = all[all.len() - self.algorithm.len_bytes()..].to_vec();
                let algorithm = self.algorithm;
                (ChecksumType::FullObject, Checksum { algorithm, bytes })
            }
        };
        WholeChecksum {
            checksum,
            kind,
            parts: self.parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    fn assembled(algorithm: Algorithm, kind: ChecksumType, parts: &[&[u8]]) -> WholeChecksum {
        let mut assembly = Assembly::new(algorithm, kind).unwrap();
        for part in parts {
            assembly.add(&of(algorithm, part), part.len() as u64);
        }
        assembly.finish()
    }

    #[test]
    fn the_table_of_types() {
        use ChecksumType::{Composite, FullObject};
        let table = [
            (Algorithm::Crc32, Composite, [true, true]),
            (Algorithm::Crc32c, Composite, [true, true]),
            (Algorithm::Crc64Nvme, FullObject, [false, true]),
            (Algorithm::Sha1, Composite, [true, false]),
            (Algorithm::Sha256, Composite, [true, false]),
        ];
        for (algorithm, default, allowed) in table {
            assert_eq!(algorithm.default_type(), default, "{algorithm:?}");
            for (kind, allowed) in [Composite, FullObject].into_iter().zip(allowed) {
                assert_eq!(algorithm.allows(kind), allowed, "{algorithm:?} {kind}");
                assert_eq!(Assembly::new(algorithm, kind).is_some(), allowed);
            }
        }
    }

    #[test]
    fn names() {
        assert_eq!("CRC64NVME".parse(), Ok(Algorithm::Crc64Nvme));
        assert_eq!("sha256".parse(), Ok(Algorithm::Sha256));
        assert_eq!("FULL_OBJECT".parse(), Ok(ChecksumType::FullObject));
        assert_eq!("MD4".parse::<Algorithm>(), Err(UnknownName));
        assert_eq!("".parse::<Algorithm>(), Err(UnknownName));
        for wrong in ["full_object", "FULL-OBJECT", "", "COMPOSITE "] {
            assert_eq!(wrong.parse::<ChecksumType>(), Err(UnknownName), "{wrong}");
        }
    }

    #[test]
    fn a_composite_one_is_that_of_the_parts_checksums() {
        let parts: [&[u8]; 3] = [b"1234", b"", b"56789"];
        for algorithm in [Algorithm::Crc32, Algorithm::Sha1, Algorithm::Sha256] {
            let joined: Vec<u8> = parts
                .iter()
                .flat_map(|part| of(algorithm, part).as_bytes().to_vec())
                .collect();
            let whole = assembled(algorithm, ChecksumType::Composite, &parts);
            assert_eq!(whole.checksum, of(algorithm, &joined));
            assert_eq!(whole.to_string(), format!("{}-3", whole.checksum));
            assert!(whole.is(&whole.to_string()) && whole.is(&whole.checksum.to_string()));
            assert!(!whole.is(&format!("{}-2", whole.checksum)) && !whole.is(""));
        }
    }

    #[test]
    fn the_value_of_the_catalogue_from_parts() {
        let parts: [&[u8]; 4] = [b"1", b"2345678", b"", b"9"];
        let full = |algorithm| assembled(algorithm, ChecksumType::FullObject, &parts).to_string();
        assert_eq!(full(Algorithm::Crc32), "y/Q5Jg==");
        assert_eq!(full(Algorithm::Crc32c), "4waSgw==");
        assert_eq!(full(Algorithm::Crc64Nvme), "rosUhgp5mIg=");
        let empty = assembled(Algorithm::Crc32, ChecksumType::FullObject, &[b""]);
        assert!(empty.checksum.is_of_empty() && empty.is("AAAAAA==") && !empty.is("AAAAAA==-1"));
    }

    #[test]
    fn lengths_of_real_parts() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let crc = algorithm.crc().unwrap();
            let part = crc_fast::checksum(crc, b"part");
            let mut combiner = Combiner::new(algorithm).unwrap();
            for len in [1, 5 << 20, 5 << 20, 5 << 30, 5 << 40, u64::MAX] {
                let combined = combiner.combine(0x0102_0304, part, len);
                let theirs = crc_fast::checksum_combine(crc, 0x0102_0304, part, len);
                assert_eq!(combined, theirs, "{algorithm:?} {len}");
            }
        }
    }

    #[test]
    fn forms_of_values() {
        let is = |value| is_whole_checksum(Algorithm::Crc32, value);
        assert!(is("y/Q5Jg==") && is("y/Q5Jg==-3"));
        for wrong in [
            "",
            "-3",
            "y/Q5Jg==-",
            "y/Q5Jg==-x",
            "y/Q5==",
            "bad checksum?",
        ] {
            assert!(!is(wrong), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn combined_is_computed(
            parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..8)
        ) {
            let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
            for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
                let whole = assembled(algorithm, ChecksumType::FullObject, &slices);
                prop_assert_eq!(whole.checksum, of(algorithm, &parts.concat()));
            }
        }
    }
}
