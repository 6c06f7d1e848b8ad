//! Where the bytes of objects are, and how many refer to them.
//!
//! The one record that is not JSON: there is one for each object, part and copy, and it
//! is read with every object. Numbers are little-endian: 1 byte of kind, 4 of references;
//! then for bytes in the journal (kind 1) 8 of segment, 8 of offset, 4 of length, 4 of
//! CRC-32C; for bytes in a file of their own (kind 2) 8 of length.

use super::IndexError;
use crate::journal::{Kept, Position};

/// Where bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among others, in the journal.
    Journal(Kept),
    /// In a file that has the name of their id.
    Blob { len: u64 },
}

impl Place {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Journal(kept) => u64::from(kept.len),
            Self::Blob { len } => *len,
        }
    }
}

/// What is known of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DataRecord {
    pub(crate) references: u32,
    pub(crate) place: Place,
}

impl DataRecord {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(29);
        match self.place {
            Place::Journal(kept) => {
                bytes.push(1);
                bytes.extend_from_slice(&self.references.to_le_bytes());
                bytes.extend_from_slice(&kept.at.segment.to_le_bytes());
                bytes.extend_from_slice(&kept.at.offset.to_le_bytes());
                bytes.extend_from_slice(&kept.len.to_le_bytes());
                bytes.extend_from_slice(&kept.crc.to_le_bytes());
            }
            Place::Blob { len } => {
                bytes.push(2);
                bytes.extend_from_slice(&self.references.to_le_bytes());
                bytes.extend_from_slice(&len.to_le_bytes());
            }
        }
        bytes
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, IndexError> {
        let long = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let short = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let read = || {
            let place = match (bytes.first()?, bytes.len()) {
                (1, 29) => Place::Journal(Kept {
                    at: Position {
                        segment: long(5)?,
                        offset: long(13)?,
                    },
                    len: short(21)?,
                    crc: short(25)?,
                }),
                (2, 13) => Place::Blob { len: long(5)? },
                _ => return None,
            };
            let references = short(1)?;
            Some(Self { references, place })
        };
        read().ok_or_else(|| IndexError::damaged("an unreadable record of bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_back_and_others_are_refused() {
        let at = Position {
            segment: 7,
            offset: u64::MAX,
        };
        let kept = Kept {
            at,
            len: 9,
            crc: 0xdead_beef,
        };
        for place in [Place::Journal(kept), Place::Blob { len: 1 << 40 }] {
            let record = DataRecord {
                references: 3,
                place,
            };
            let bytes = record.bytes();
            assert_eq!(DataRecord::read(&bytes).unwrap(), record);
            assert!(DataRecord::read(&bytes[1..]).is_err());
            assert!(DataRecord::read(&[&bytes[..], b"!"].concat()).is_err());
        }
        for wrong in [&b""[..], b"\x03\0\0\0\0", b"{\"references\":1}"] {
            assert!(DataRecord::read(wrong).is_err());
        }
    }
}
