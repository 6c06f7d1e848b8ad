//! What a batch of changes looks like in the journal.
//!
//! A batch is written with one write and brought to the disk with one sync:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | the salt of the segment, so that no client can upload what passes for a batch |
//! | 8 | number of the batch; the next one has the next |
//! | 8 | sequence number of the last change |
//! | 4 | length of the entries |
//! | 4 | CRC-32C of all the rest of the batch |
//! | … | entries |
//!
//! An entry begins with its kind: `1`, the bytes of an object (16 bytes of id, 4 of
//! length, 4 of CRC-32C, the bytes); `2`, a row that is set (table, 4 of key's length, 4
//! of value's length, key, value); `3`, a row that is removed (table, 4 of length, key).
//! Numbers are little-endian.

use crate::disk::DataId;

/// Bytes before the entries.
pub(crate) const HEAD_BYTES: usize = 32;

const DATA: u8 = 1;
const SET: u8 = 2;
const REMOVED: u8 = 3;

/// A place in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
}

/// Where the journal keeps the bytes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) at: Position,
    pub(crate) len: u32,
    pub(crate) crc: u32,
}

/// A batch that is being put together for its place.
#[derive(Debug)]
pub(crate) struct Batch {
    at: Position,
    bytes: Vec<u8>,
}

/// How far a batch had come, to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

impl Batch {
    /// Begins a batch; `bytes` is memory to use again.
    pub(super) fn begin(at: Position, mut bytes: Vec<u8>) -> Self {
        bytes.clear();
        bytes.resize(HEAD_BYTES, 0);
        Self { at, bytes }
    }

    /// Adds the bytes of an object.
    pub(crate) fn data(&mut self, id: DataId, data: &[u8]) -> Kept {
        let len = u32::try_from(data.len()).expect("small bytes are far below 4 GiB");
        let crc = crc_fast::crc32_iscsi(data);
        self.bytes.push(DATA);
        self.bytes.extend_from_slice(&id.0.to_le_bytes());
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(&crc.to_le_bytes());
        let offset = self.at.offset + self.bytes.len() as u64;
        self.bytes.extend_from_slice(data);
        let at = Position { offset, ..self.at };
        Kept { at, len, crc }
    }

    /// Adds a row that is set, or removed where there is no value.
    pub(crate) fn row(&mut self, table: u8, key: &[u8], value: Option<&[u8]>) {
        let len = |bytes: &[u8]| u32::try_from(bytes.len()).expect("rows are far below 4 GiB");
        self.bytes
            .extend_from_slice(&[if value.is_some() { SET } else { REMOVED }, table]);
        self.bytes.extend_from_slice(&len(key).to_le_bytes());
        if let Some(value) = value {
            self.bytes.extend_from_slice(&len(value).to_le_bytes());
        }
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark(self.bytes.len())
    }

    /// Forgets what was added since.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.bytes.truncate(mark.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.len() == HEAD_BYTES
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn at(&self) -> Position {
        self.at
    }

    /// Fills the head in; gives the bytes to write.
    pub(super) fn seal(&mut self, salt: u64, number: u64, sequence: u64) -> &[u8] {
        let len = u32::try_from(self.bytes.len() - HEAD_BYTES)
            .expect("a batch is bounded far below 4 GiB");
        self.bytes[..8].copy_from_slice(&salt.to_le_bytes());
        self.bytes[8..16].copy_from_slice(&number.to_le_bytes());
        self.bytes[16..24].copy_from_slice(&sequence.to_le_bytes());
        self.bytes[24..28].copy_from_slice(&len.to_le_bytes());
        let crc = crc_of(&self.bytes);
        self.bytes[28..32].copy_from_slice(&crc.to_le_bytes());
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The checksum of a batch, which covers all but itself.
fn crc_of(bytes: &[u8]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(&bytes[..28]);
    digest.update(&bytes[HEAD_BYTES..]);
    u32::try_from(digest.finalize()).expect("a CRC-32 has 32 bits")
}

/// What stands before the entries of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) sequence: u64,
    /// Of the whole batch, this included.
    pub(super) len: usize,
}

/// Reads the batch at the beginning of `bytes`; none if it is not whole and as written.
pub(super) fn read(bytes: &[u8], salt: u64) -> Option<Head> {
    let head = bytes.get(..HEAD_BYTES)?;
    let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().expect("8 bytes"));
    if number(0) != salt {
        return None;
    }
    let len = u32_at(head, 24)? as usize + HEAD_BYTES;
    let batch = bytes.get(..len)?;
    (crc_of(batch) == u32_at(head, 28)?).then_some(Head {
        number: number(8),
        sequence: number(16),
        len,
    })
}

/// How long the batch at the beginning of `bytes` says that it is.
pub(super) fn len(bytes: &[u8]) -> Option<usize> {
    Some(u32_at(bytes, 24)? as usize + HEAD_BYTES)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// An entry of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    Data {
        id: DataId,
        /// Where the bytes stand within the batch.
        at: usize,
        crc: u32,
        bytes: &'a [u8],
    },
    Row {
        table: u8,
        key: &'a [u8],
        value: Option<&'a [u8]>,
    },
}

/// The entries of a batch that was read whole. It ends early where one is not as this
/// version writes it.
#[derive(Debug)]
pub(crate) struct Entries<'a> {
    batch: &'a [u8],
    at: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn of(batch: &'a [u8]) -> Self {
        Self {
            batch,
            at: HEAD_BYTES,
        }
    }

    /// Whether all of it was understood, once there is nothing more.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.batch.len()
    }

    fn take(&self, at: &mut usize, len: usize) -> Option<&'a [u8]> {
        let bytes = self.batch.get(*at..at.checked_add(len)?)?;
        *at += len;
        Some(bytes)
    }

    fn length(&self, at: &mut usize) -> Option<usize> {
        let len = u32_at(self.batch, *at)?;
        *at += 4;
        Some(len as usize)
    }

    fn read(&self, at: &mut usize) -> Option<Entry<'a>> {
        let kind = *self.take(at, 1)?.first()?;
        if kind == DATA {
            let id = self.take(at, 16)?.try_into().ok()?;
            let len = self.length(at)?;
            let crc = u32_at(self.batch, *at)?;
            *at += 4;
            let starts = *at;
            let bytes = self.take(at, len)?;
            return Some(Entry::Data {
                id: DataId(u128::from_le_bytes(id)),
                at: starts,
                crc,
                bytes,
            });
        }
        let table = *self.take(at, 1)?.first()?;
        let key_len = self.length(at)?;
        let value_len = match kind {
            SET => Some(self.length(at)?),
            REMOVED => None,
            _ => return None,
        };
        let key = self.take(at, key_len)?;
        let value = value_len.map(|len| self.take(at, len));
        let value = match value {
            Some(value) => Some(value?),
            None => None,
        };
        Some(Entry::Row { table, key, value })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let mut at = self.at;
        let entry = self.read(&mut at)?;
        self.at = at;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Batch {
        let at = Position {
            segment: 3,
            offset: 1000,
        };
        let mut batch = Batch::begin(at, vec![9; 100]);
        let kept = batch.data(DataId(7), b"hello");
        assert_eq!(kept.at.offset, 1000 + HEAD_BYTES as u64 + 25);
        assert_eq!((kept.at.segment, kept.len), (3, 5));
        batch.row(2, b"key", Some(b"value"));
        let mark = batch.mark();
        batch.row(2, b"never", Some(b"mind"));
        batch.back_to(mark);
        batch.row(4, b"gone", None);
        batch
    }

    #[test]
    fn what_was_written_is_read() {
        let mut batch = sample();
        let bytes = batch.seal(11, 22, 33).to_vec();
        let head = read(&bytes, 11).unwrap();
        assert_eq!(
            (head.number, head.sequence, head.len),
            (22, 33, bytes.len())
        );
        let mut entries = Entries::of(&bytes);
        let crc = crc_fast::crc32_iscsi(b"hello");
        let (key, value) = (&b"key"[..], Some(&b"value"[..]));
        let expected = [
            Entry::Data {
                id: DataId(7),
                at: HEAD_BYTES + 25,
                crc,
                bytes: b"hello",
            },
            Entry::Row {
                table: 2,
                key,
                value,
            },
            Entry::Row {
                table: 4,
                key: b"gone",
                value: None,
            },
        ];
        assert_eq!(entries.by_ref().collect::<Vec<_>>(), expected);
        assert!(entries.is_at_end());
    }

    #[test]
    fn no_other_byte_passes() {
        let bytes = sample().seal(11, 22, 33).to_vec();
        assert!(read(&bytes, 12).is_none());
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x40;
            assert!(read(&wrong, 11).is_none(), "byte {at}");
            assert!(read(&bytes[..at], 11).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn entries_of_no_batch_end() {
        for wrong in [
            &b"\x01"[..],
            b"\x02\x01\xff\xff\xff\xff",
            b"\x09\0\0\0\0\0",
            b"\x03\x01\xff\xff\xff\xff",
        ] {
            let bytes = [&[0; HEAD_BYTES][..], wrong].concat();
            let mut entries = Entries::of(&bytes);
            assert_eq!(entries.next(), None);
            assert!(!entries.is_at_end());
        }
    }
}
