//! The tables of the index, and how their keys are made.
//!
//! Keys and values are bytes whose order is the order of a list. A bucket's name ends
//! with a NUL, which no name holds, so the rows of a bucket stand together. Where more
//! follows behind an object's key, the key is ended in a way that keeps the order of
//! keys: NUL is written as NUL FF, and the end as NUL 01.

use dropslip_s3::{BucketName, ObjectKey};
use redb::TableDefinition;

/// A table. The number of each is written to disk and never given to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Table {
    /// Name → [`BucketRecord`](super::BucketRecord).
    Buckets = 1,
    /// Bucket, key → the [`ObjectRecord`](super::ObjectRecord) that a reader gets.
    Objects = 2,
    /// Bucket, key, newest first → [`Version`](super::Version): all but the current object.
    Versions = 3,
    /// Bucket, key, upload id → a multipart upload under way.
    Uploads = 4,
    /// Upload id, part number → a part that has arrived.
    Parts = 5,
    /// Manifest, offset → a part of an object made of parts.
    Manifests = 6,
    /// [`DataId`](super::DataId) → where the bytes are and how many refer to them.
    Data = 7,
    /// Sequence number → an event to be told.
    Events = 8,
}

impl Table {
    /// Every table.
    pub(crate) const ALL: [Self; 8] = [
        Self::Buckets,
        Self::Objects,
        Self::Versions,
        Self::Uploads,
        Self::Parts,
        Self::Manifests,
        Self::Data,
        Self::Events,
    ];

    /// The name within the database.
    pub(super) fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(match self {
            Self::Buckets => "buckets",
            Self::Objects => "objects",
            Self::Versions => "versions",
            Self::Uploads => "uploads",
            Self::Parts => "parts",
            Self::Manifests => "manifests",
            Self::Data => "data",
            Self::Events => "events",
        })
    }
}

/// The beginning of the keys of a bucket's rows.
pub(crate) fn of_bucket(bucket: &BucketName) -> Vec<u8> {
    [bucket.as_str().as_bytes(), b"\0"].concat()
}

/// The key of a row that belongs to an object key and has nothing behind it.
pub(crate) fn of_key(bucket: &BucketName, key: &[u8]) -> Vec<u8> {
    [bucket.as_str().as_bytes(), b"\0", key].concat()
}

/// The beginning of the keys of rows of which one object key has several.
pub(crate) fn of_key_ended(bucket: &BucketName, key: &ObjectKey) -> Vec<u8> {
    let mut row = of_bucket(bucket);
    push_escaped(&mut row, key.as_str().as_bytes());
    row.extend([0, 1]);
    row
}

/// Appends a key, or the beginning of one, so that what follows cannot be mistaken for it.
pub(crate) fn push_escaped(row: &mut Vec<u8>, key: &[u8]) {
    for &byte in key {
        row.push(byte);
        if byte == 0 {
            row.push(0xff);
        }
    }
}

/// Reads a key back that [`of_key_ended`] wrote, and what stands behind it; the row is
/// given without its bucket.
pub(crate) fn split_ended(row: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut key = Vec::with_capacity(row.len());
    let mut at = 0;
    loop {
        match (*row.get(at)?, row.get(at + 1)) {
            (0, Some(1)) => return Some((key, &row[at + 2..])),
            (0, Some(0xff)) => {
                key.push(0);
                at += 2;
            }
            (0, _) => return None,
            (byte, _) => {
                key.push(byte);
                at += 1;
            }
        }
    }
}

/// The bucket and the key of a row, for people to read. `is_ended` where more stands behind
/// the key.
pub(crate) fn split_row(row: &[u8], is_ended: bool) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let end = row.iter().position(|&byte| byte == 0).unwrap_or(row.len());
    let rest = row.get(end + 1..).unwrap_or_default();
    let key = match is_ended {
        true => split_ended(rest).map(|(key, _)| text(&key)),
        false => Some(text(rest)),
    };
    (text(&row[..end]), key.unwrap_or_else(|| text(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(key: &str) -> Vec<u8> {
        of_key_ended(
            &BucketName::parse("photos").unwrap(),
            &ObjectKey::parse(key).unwrap(),
        )
    }

    #[test]
    fn ended_keys_keep_their_order_and_are_read_back() {
        let keys = ["a", "a\0", "a\0\u{1}", "a\0b", "a\u{1}", "aa", "b", "é"];
        for (lesser, greater) in keys.iter().zip(&keys[1..]) {
            let newest = [ended(lesser), vec![0xff; 8]].concat();
            assert!(newest < ended(greater), "{lesser:?} {greater:?}");
        }
        for key in keys {
            let row = [ended(key), b"rest".to_vec()].concat();
            let (read, rest) = split_ended(&row["photos\0".len()..]).unwrap();
            assert_eq!(
                (read.as_slice(), rest),
                (key.as_bytes(), b"rest".as_slice())
            );
        }
        for wrong in [&b"a"[..], b"a\0", b"a\0\x02b", b""] {
            assert!(split_ended(wrong).is_none(), "{wrong:?}");
        }
    }
}
