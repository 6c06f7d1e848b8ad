//! Objects made of parts: one row for each part, by its place in the object.
//!
//! A range finds its first part by one seek, a number by a few: the numbers of parts rise
//! with their places, so halving finds them however many there are.

use std::ops::Bound;

use dropslip_s3::checksum::Checksum;
use dropslip_s3::range::ByteRange;
use serde::{Deserialize, Serialize};

use super::IndexError;
use super::record::{Content, ManifestId, ObjectRecord};
use super::table::Table;
use super::tx::{Read, Row, Tx, end_of};
use crate::disk::DataId;

/// A part of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PartOfObject {
    pub(crate) number: u16,
    /// How many parts come before it: numbers may leave gaps.
    #[serde(default)]
    pub(crate) before: u16,
    pub(crate) data: DataId,
    pub(crate) size_bytes: u64,
    /// The checksum that the upload asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<Checksum>,
}

/// A part, and where in the object it begins.
pub(crate) type Placed = (u64, PartOfObject);

/// The rows of a manifest, made beside the change that writes them.
#[derive(Debug)]
pub(crate) struct NewManifest(Vec<Row>);

impl NewManifest {
    /// Lays out parts, one behind the other.
    pub(crate) fn of(id: ManifestId, parts: &[PartOfObject]) -> Result<Self, IndexError> {
        let mut offset = 0;
        let rows = parts.iter().map(|part| {
            let key = row(id, offset);
            offset += part.size_bytes;
            Ok((key, serde_json::to_vec(part)?))
        });
        rows.collect::<Result<_, IndexError>>().map(Self)
    }

    /// Writes it. It takes over the references to the parts' bytes.
    pub(crate) fn write(self, tx: &mut Tx<'_>) {
        for (key, part) in self.0 {
            tx.put(Table::Manifests, key, part);
        }
    }
}

/// The row of the part that begins at an offset.
fn row(id: ManifestId, offset: u64) -> Vec<u8> {
    [id.0.0.to_be_bytes().as_slice(), &offset.to_be_bytes()].concat()
}

fn read_row((key, part): Row) -> Result<Placed, IndexError> {
    let offset = key.last_chunk().copied().unwrap_or_default();
    Ok((u64::from_be_bytes(offset), serde_json::from_slice(&part)?))
}

/// The parts that begin at an offset or behind it, in order.
fn from_offset<'r, R: Read>(
    read: &'r R,
    id: ManifestId,
    offset: Bound<u64>,
) -> Result<impl Iterator<Item = Result<Placed, IndexError>> + use<'r, R>, IndexError> {
    let start = offset.map(|offset| row(id, offset));
    let end = end_of(&id.0.0.to_be_bytes());
    let span = (
        start.as_ref().map(Vec::as_slice),
        end.as_ref().map(Vec::as_slice),
    );
    Ok(read.rows(Table::Manifests, span)?.map(|row| read_row(row?)))
}

/// The last part that begins at an offset or before it.
fn at_or_before(
    read: &impl Read,
    id: ManifestId,
    offset: u64,
) -> Result<Option<Placed>, IndexError> {
    let (start, end) = (row(id, 0), row(id, offset));
    let span = (
        Bound::Included(start.as_slice()),
        Bound::Included(end.as_slice()),
    );
    let last = read.rows(Table::Manifests, span)?.next_back();
    last.map(|row| read_row(row?)).transpose()
}

/// The parts that hold a range of the object.
fn covering(read: &impl Read, id: ManifestId, range: ByteRange) -> Result<Vec<Placed>, IndexError> {
    let Some((first, _)) = at_or_before(read, id, range.start)? else {
        return Ok(Vec::new());
    };
    let parts = from_offset(read, id, Bound::Included(first))?;
    let within = parts.take_while(|part| match part {
        Ok((offset, _)) => *offset < range.end,
        Err(_) => true,
    });
    within.collect()
}

/// At most `max` parts whose number is at least `number`, in order.
pub(crate) fn numbered(
    read: &impl Read,
    id: ManifestId,
    number: u16,
    max: usize,
) -> Result<Vec<Placed>, IndexError> {
    match first_numbered(read, id, number)? {
        Some(offset) => from_offset(read, id, Bound::Included(offset))?
            .take(max)
            .collect(),
        None => Ok(Vec::new()),
    }
}

/// Where the first part begins whose number is at least `number`.
fn first_numbered(
    read: &impl Read,
    id: ManifestId,
    number: u16,
) -> Result<Option<u64>, IndexError> {
    // The answer lies behind `low` and not behind `high`.
    let Some((mut low, first)) = at_or_before(read, id, 0)? else {
        return Ok(None);
    };
    if first.number >= number {
        return Ok(Some(low));
    }
    let mut high = match at_or_before(read, id, u64::MAX)? {
        Some((offset, last)) if last.number >= number => offset,
        _ => return Ok(None),
    };
    loop {
        let middle = low + (high - low) / 2;
        match at_or_before(read, id, middle)? {
            Some((offset, part)) if part.number >= number => high = offset,
            _ => match from_offset(read, id, Bound::Excluded(middle))?.next() {
                Some(next) => match next? {
                    (offset, part) if part.number >= number => return Ok(Some(offset)),
                    (offset, _) => low = offset,
                },
                None => return Ok(None),
            },
        }
    }
}

/// Bytes that lie together: a stretch of what has an id of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) data: DataId,
    /// Where in it the stretch begins.
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// Whether it is all of the bytes with that id.
    pub(crate) is_whole: bool,
}

/// The pieces that a range of an object lies in, in order.
pub(crate) fn pieces(
    read: &impl Read,
    object: &ObjectRecord,
    range: ByteRange,
) -> Result<Vec<Piece>, IndexError> {
    let id = match object.content {
        Content::Parts(id) => id,
        Content::Data(data) => {
            return Ok(vec![Piece {
                data,
                start: range.start,
                len: range.len(),
                is_whole: range.len() == object.size_bytes,
            }]);
        }
    };
    of_manifest(read, id, range)
}

fn of_manifest(
    read: &impl Read,
    id: ManifestId,
    range: ByteRange,
) -> Result<Vec<Piece>, IndexError> {
    let parts = covering(read, id, range)?.into_iter();
    let parts = parts.map(|(offset, part)| {
        let start = range.start.max(offset);
        let end = range.end.min(offset + part.size_bytes);
        let len = end.saturating_sub(start);
        Piece {
            data: part.data,
            start: start - offset,
            len,
            is_whole: len == part.size_bytes,
        }
    });
    Ok(parts.filter(|piece| piece.len > 0).collect())
}

/// How many parts an object has.
pub(crate) fn count(read: &impl Read, id: ManifestId) -> Result<u16, IndexError> {
    let last = at_or_before(read, id, u64::MAX)?;
    Ok(last.map_or(0, |(_, part)| part.before + 1))
}

/// Makes another manifest of the same parts, which refers to their bytes once more. None
/// when this one is gone.
pub(crate) fn share(tx: &mut Tx<'_>, id: ManifestId) -> Result<Option<ManifestId>, IndexError> {
    let parts: Vec<_> = from_offset(tx, id, Bound::Included(0))?.collect::<Result<_, _>>()?;
    if parts.is_empty() {
        return Ok(None);
    }
    let mut shared = [0; 16];
    getrandom::fill(&mut shared).map_err(|e| IndexError::Broken(e.to_string()))?;
    let shared = ManifestId(DataId(u128::from_be_bytes(shared)));
    for (offset, part) in parts {
        tx.share(part.data);
        tx.put_record(Table::Manifests, row(shared, offset), &part)?;
    }
    Ok(Some(shared))
}

/// Gives up the bytes of all parts, and the manifest.
pub(crate) fn release(tx: &mut Tx<'_>, id: ManifestId) -> Result<(), IndexError> {
    let parts: Vec<_> = from_offset(tx, id, Bound::Included(0))?.collect::<Result<_, _>>()?;
    for (offset, part) in parts {
        tx.release(part.data);
        tx.remove(Table::Manifests, row(id, offset));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::state::{Layered, layered_rows};
    use super::*;

    fn id(n: u128) -> ManifestId {
        ManifestId(DataId(n))
    }

    /// Parts with these numbers and sizes.
    fn parts(shapes: &[(u16, u64)]) -> Vec<PartOfObject> {
        let parts = (0..).zip(shapes);
        let parts = parts.map(|(before, (number, size_bytes))| PartOfObject {
            number: *number,
            before,
            data: DataId(u128::from(*number)),
            size_bytes: *size_bytes,
            checksum: None,
        });
        parts.collect()
    }

    /// A manifest between two others.
    fn stored(shapes: &[(u16, u64)]) -> Layered {
        let neighbour = parts(&[(1, 10), (5, 10)]);
        let mut rows = Vec::new();
        for (n, parts) in [(6, &neighbour), (7, &parts(shapes)), (8, &neighbour)] {
            rows.extend(NewManifest::of(id(n), parts).unwrap().0);
        }
        layered_rows(Table::Manifests, &rows)
    }

    #[test]
    fn numbers_are_found_however_they_are_spread() {
        let shapes: Vec<Vec<(u16, u64)>> = vec![
            vec![(1, 0)],
            vec![(9, 3)],
            vec![(1, 5), (2, 5), (3, 5), (4, 1)],
            vec![(2, 1), (3, 1 << 40), (700, 1), (701, 7), (10_000, 0)],
            (1..=300)
                .map(|n| (n * 33, 1 + u64::from(n) * 1000))
                .collect(),
        ];
        for shapes in shapes {
            let Layered(read, _kept) = &stored(&shapes);
            assert_eq!(usize::from(count(read, id(7)).unwrap()), shapes.len());
            for number in (0..=10_001)
                .step_by(13)
                .chain([1, 2, 3, 4, 700, 701, 10_000])
            {
                let expected = shapes.iter().filter(|(n, _)| *n >= number).take(2);
                let found = numbered(read, id(7), number, 2).unwrap();
                let found = found.iter().map(|(_, part)| part.number);
                assert!(
                    found.eq(expected.map(|(n, _)| *n)),
                    "{number} of {shapes:?}"
                );
            }
        }
        let Layered(read, _kept) = &stored(&[]);
        assert!(numbered(read, id(7), 1, 9).unwrap().is_empty());
        assert_eq!(count(read, id(7)).unwrap(), 0);
    }

    #[test]
    fn ranges_are_taken_from_their_parts() {
        let Layered(read, _kept) = &stored(&[(1, 5), (4, 7), (6, 1)]);
        let places = numbered(read, id(7), 0, usize::MAX).unwrap();
        let places: Vec<_> = places.iter().map(|(offset, _)| *offset).collect();
        assert_eq!(places, [0, 5, 12]);
        for ((start, end), expected) in [
            ((0, 5), vec![(1, 0, 5, true)]),
            ((4, 6), vec![(1, 4, 1, false), (4, 0, 1, false)]),
            (
                (0, 13),
                vec![(1, 0, 5, true), (4, 0, 7, true), (6, 0, 1, true)],
            ),
            ((12, 13), vec![(6, 0, 1, true)]),
            ((6, 11), vec![(4, 1, 5, false)]),
            ((3, 3), vec![]),
        ] {
            let found = of_manifest(read, id(7), ByteRange { start, end }).unwrap();
            let found = found.iter().map(|p| (p.data.0, p.start, p.len, p.is_whole));
            assert!(found.eq(expected), "{start} to {end}");
        }
    }
}
