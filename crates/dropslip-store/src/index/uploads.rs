//! Multipart uploads under way, and the parts of them that have arrived.
//!
//! The row of an upload changes with each of its parts: who has looked at the parts
//! beforehand sees by it whether they are still the same.

use std::fmt;
use std::ops::Bound;

use dropslip_s3::BucketName;
use dropslip_s3::ObjectKey;
use dropslip_s3::checksum::{Algorithm, Checksum, ChecksumType};
use serde::{Deserialize, Serialize};

use super::IndexError;
use super::objects::Place;
use super::record::ManifestId;
use super::table::{Table, of_bucket, of_key_ended, split_ended};
use super::tx::{Read, Tx, end_of};
use crate::described::Described;
use crate::disk::DataId;

/// The id of an upload: the number of the change that began it, so that the later one is
/// greater, and chance, so that nobody guesses it. The parts' manifest has the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct UploadId(u128);

impl UploadId {
    /// Reads an id as it is sent; none for what was never one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(Self)
    }

    /// The manifest of the object that the upload becomes.
    pub(crate) fn manifest(self) -> ManifestId {
        ManifestId(DataId(self.0))
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An upload under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadRecord {
    /// Who began it.
    pub(crate) initiator: String,
    /// When, in milliseconds since 1970.
    pub(crate) initiated_ms: i64,
    /// Changes whenever a part does.
    #[serde(default)]
    pub(crate) revision: u64,
    /// What the object will be beside its bytes.
    pub(crate) described: Described,
    /// The checksum that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<(Algorithm, ChecksumType)>,
}

/// A part that has arrived.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartRecord {
    pub(crate) data: DataId,
    pub(crate) size_bytes: u64,
    /// The MD5 in hexadecimal.
    pub(crate) md5: String,
    /// When it arrived, in milliseconds since 1970.
    pub(crate) modified_ms: i64,
    /// At most one of each algorithm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) checksums: Vec<Checksum>,
}

impl PartRecord {
    /// Its checksum of an algorithm.
    pub(crate) fn checksum(&self, algorithm: Algorithm) -> Option<&Checksum> {
        self.checksums.iter().find(|c| c.algorithm == algorithm)
    }
}

/// The row of an upload.
fn row((bucket, key): Place<'_>, id: UploadId) -> Vec<u8> {
    let mut row = of_key_ended(bucket, key);
    row.extend(id.to_bytes());
    row
}

/// Reads a row back that `row` made; it is given without its bucket.
pub(crate) fn read_row(row: &[u8]) -> Option<(ObjectKey, UploadId)> {
    let (key, id) = split_ended(row)?;
    let key = ObjectKey::parse(std::str::from_utf8(&key).ok()?).ok()?;
    Some((key, UploadId::from_bytes(id.try_into().ok()?)))
}

/// The row of a part.
fn part_row(id: UploadId, number: u16) -> Vec<u8> {
    [id.to_bytes().as_slice(), &number.to_be_bytes()].concat()
}

/// Begins an upload.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    record: &UploadRecord,
) -> Result<UploadId, IndexError> {
    tx.bucket(place.0)?;
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(|e| IndexError::Broken(e.to_string()))?;
    let sequence = u128::from(tx.next_sequence());
    let id = UploadId(sequence << 64 | u128::from(u64::from_be_bytes(chance)));
    tx.put_record(Table::Uploads, row(place, id), record)?;
    Ok(id)
}

/// An upload under way.
pub(crate) fn find(
    read: &impl Read,
    place: Place<'_>,
    id: UploadId,
) -> Result<Option<UploadRecord>, IndexError> {
    read.record(Table::Uploads, &row(place, id))
}

/// Adds a part, or replaces the one of its number, whose bytes are given up. `record` is
/// that of the upload, as it was found in this change.
pub(crate) fn put_part(
    tx: &mut Tx<'_>,
    (place, id): (Place<'_>, UploadId),
    mut record: UploadRecord,
    (number, part): (u16, &PartRecord),
) -> Result<(), IndexError> {
    let part_row = part_row(id, number);
    if let Some(replaced) = tx.record::<PartRecord>(Table::Parts, &part_row)? {
        tx.release(replaced.data);
    }
    tx.put_record(Table::Parts, part_row, part)?;
    record.revision = tx.next_sequence();
    tx.put_record(Table::Uploads, row(place, id), &record)
}

/// One more refers to bytes, if there still is somebody who does.
pub(crate) fn share(tx: &mut Tx<'_>, data: DataId) -> Result<bool, IndexError> {
    let is_there = tx.value(Table::Data, &data.0.to_be_bytes())?.is_some();
    if is_there {
        tx.share(data);
    }
    Ok(is_there)
}

/// At most `max` parts of an upload with numbers greater than `after`, in order.
pub(crate) fn parts(
    read: &impl Read,
    id: UploadId,
    after: u16,
    max: usize,
) -> Result<Vec<(u16, PartRecord)>, IndexError> {
    let start = part_row(id, after);
    let end = end_of(&id.to_bytes());
    let span = (
        Bound::Excluded(start.as_slice()),
        end.as_ref().map(Vec::as_slice),
    );
    let rows = read.rows(Table::Parts, span)?.take(max);
    let parts = rows.map(|row| {
        let (key, part) = row?;
        let number = key.last_chunk().copied().unwrap_or_default();
        Ok((u16::from_be_bytes(number), serde_json::from_slice(&part)?))
    });
    parts.collect()
}

/// Ends an upload and gives up all of its parts.
pub(crate) fn abort(tx: &mut Tx<'_>, place: Place<'_>, id: UploadId) -> Result<(), IndexError> {
    abort_parts(tx, id)?;
    tx.remove(Table::Uploads, row(place, id));
    Ok(())
}

/// Ends all uploads of a bucket that is about to go.
pub(crate) fn abort_all(tx: &mut Tx<'_>, bucket: &BucketName) -> Result<(), IndexError> {
    let start = of_bucket(bucket);
    let end = end_of(&start);
    let span = (
        Bound::Included(start.as_slice()),
        end.as_ref().map(Vec::as_slice),
    );
    let rows: Vec<_> = tx.rows(Table::Uploads, span)?.collect::<Result<_, _>>()?;
    for (row, _) in rows {
        let id = row.last_chunk().copied().unwrap_or_default();
        abort_parts(tx, UploadId::from_bytes(id))?;
        tx.remove(Table::Uploads, row);
    }
    Ok(())
}

fn abort_parts(tx: &mut Tx<'_>, id: UploadId) -> Result<(), IndexError> {
    for (number, part) in parts(tx, id, 0, usize::MAX)? {
        tx.release(part.data);
        tx.remove(Table::Parts, part_row(id, number));
    }
    Ok(())
}

/// Ends an upload that has become an object: its parts are the object's now, but for
/// those that are not `used`.
pub(crate) fn complete(
    tx: &mut Tx<'_>,
    (place, id): (Place<'_>, UploadId),
    numbers: &[u16],
    unused: &[DataId],
) {
    for number in numbers {
        tx.remove(Table::Parts, part_row(id, *number));
    }
    for data in unused {
        tx.release(*data);
    }
    tx.remove(Table::Uploads, row(place, id));
}
