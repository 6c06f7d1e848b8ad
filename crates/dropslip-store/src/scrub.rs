//! Reads every byte of a store and holds it against its checksum.

use std::collections::HashMap;
use std::ops::Bound;
use std::path::Path;

use dropslip_s3::range::ByteRange;

use crate::disk::{DataId, Disk};
use crate::index::{
    DataRecord, IndexError, ObjectRecord, Place, Read as _, Snapshot, Table, Version, manifest,
    split_row,
};
use crate::open_error::OpenError;

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scrubbed {
    /// Objects, versions, and parts of uploads under way whose bytes were read.
    pub read: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// An object whose bytes are not as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damaged {
    /// Its bucket.
    pub bucket: String,
    /// Its key; none for a part of an upload that was not completed.
    pub key: Option<String>,
    /// Its version, if the bucket has versions.
    pub version: Option<String>,
    /// What is wrong.
    pub why: String,
}

/// Reads all that the store in `data` keeps, which must not be running. `progress` is told
/// from time to time.
///
/// # Errors
/// As [`Store::open`](crate::Store::open).
pub fn scrub(
    data: &Path,
    process: Option<u32>,
    mut progress: impl FnMut(Scrubbed),
) -> Result<(Scrubbed, Vec<Damaged>), OpenError> {
    let folder = crate::folder::open(data, process, crate::disk::files::Files::default())?;
    let broken = |error: IndexError| OpenError {
        kind: crate::OpenErrorKind::Index,
        data: data.to_owned(),
        why: error.to_string(),
    };
    let snapshot = folder.index.snapshot().map_err(broken)?;
    let (done, wrong) = read_all(&folder.disk, &snapshot, &mut progress).map_err(broken)?;
    let damaged = whose(&snapshot, wrong).map_err(broken)?;
    Ok((done, damaged))
}

type Wrong = HashMap<DataId, String>;

/// Reads all bytes in the order in which they were written.
fn read_all(
    disk: &Disk,
    snapshot: &Snapshot,
    progress: &mut dyn FnMut(Scrubbed),
) -> Result<(Scrubbed, Wrong), IndexError> {
    let mut done = Scrubbed::default();
    let mut wrong = Wrong::new();
    let mut buffer = Vec::new();
    for row in snapshot.rows(Table::Data, (Bound::Unbounded, Bound::Unbounded))? {
        let (key, record) = row?;
        let Ok(id) = key.try_into() else {
            return Err(IndexError::damaged("bytes without an id"));
        };
        let id = DataId(u128::from_be_bytes(id));
        let read = DataRecord::read(&record)
            .map_err(|error| error.to_string())
            .and_then(|record| {
                done.bytes += record.place.len();
                read(disk, id, record.place, &mut buffer).map_err(|error| error.to_string())
            });
        if let Err(why) = read {
            wrong.insert(id, why);
        }
        done.read += 1;
        if done.read.is_multiple_of(1000) || buffer.capacity() > 0 {
            progress(done);
        }
    }
    Ok((done, wrong))
}

/// How much of a large object is read at once.
const PIECE_BYTES: usize = 1024 * 1024;

fn read(disk: &Disk, id: DataId, place: Place, buffer: &mut Vec<u8>) -> std::io::Result<()> {
    match place {
        Place::Journal(kept) => disk.read_small(id, &kept, false).map(drop),
        Place::Blob { len } => {
            let mut blob = disk.read(id, len)?;
            let mut at = 0;
            while at < len {
                blob.read(at, buffer, PIECE_BYTES, false)?;
                at += buffer.len() as u64;
            }
            Ok(())
        }
    }
}

/// Finds whose bytes are wrong, or missing.
fn whose(snapshot: &Snapshot, wrong: Wrong) -> Result<Vec<Damaged>, IndexError> {
    let mut damaged = Vec::new();
    let mut wrong = wrong;
    let mut claimed = Vec::new();
    let all = (Bound::Unbounded, Bound::Unbounded);
    for row in snapshot.rows(Table::Objects, all)? {
        let (row, object) = row?;
        match serde_json::from_slice::<ObjectRecord>(&object) {
            Ok(object) => damaged.extend(check(
                snapshot,
                (&wrong, &mut claimed),
                (&row, false),
                &object,
            )?),
            Err(error) => damaged.push(named(&row, false, None, error.to_string())),
        }
    }
    for row in snapshot.rows(Table::Versions, all)? {
        let (row, version) = row?;
        match serde_json::from_slice::<Version>(&version) {
            Ok(Version::Object(object)) => {
                damaged.extend(check(
                    snapshot,
                    (&wrong, &mut claimed),
                    (&row, true),
                    &object,
                )?);
            }
            Ok(Version::DeleteMarker(_)) => {}
            Err(error) => damaged.push(named(&row, true, None, error.to_string())),
        }
    }
    claimed.iter().for_each(|id| {
        wrong.remove(id);
    });
    // Parts of uploads, and further parts of objects that are named already.
    let rest = wrong.into_values().map(|why| Damaged {
        bucket: String::new(),
        key: None,
        version: None,
        why,
    });
    damaged.extend(rest);
    Ok(damaged)
}

fn check(
    snapshot: &Snapshot,
    (wrong, claimed): (&Wrong, &mut Vec<DataId>),
    (row, is_ended): (&[u8], bool),
    object: &ObjectRecord,
) -> Result<Option<Damaged>, IndexError> {
    let range = ByteRange {
        start: 0,
        end: object.size_bytes,
    };
    let mut size_bytes = 0;
    for piece in manifest::pieces(snapshot, object, range)? {
        size_bytes += piece.len;
        let why = match wrong.get(&piece.data) {
            Some(why) => why.clone(),
            None if snapshot
                .value(Table::Data, &piece.data.0.to_be_bytes())?
                .is_none() =>
            {
                "its bytes are missing".to_owned()
            }
            None => continue,
        };
        claimed.push(piece.data);
        return Ok(Some(named(row, is_ended, Some(object), why)));
    }
    if size_bytes != object.size_bytes {
        let why = "a part of it is missing".to_owned();
        return Ok(Some(named(row, is_ended, Some(object), why)));
    }
    Ok(None)
}

fn named(row: &[u8], is_ended: bool, object: Option<&ObjectRecord>, why: String) -> Damaged {
    let (bucket, key) = split_row(row, is_ended);
    let version = object.and_then(|object| object.version);
    Damaged {
        bucket,
        key: Some(key),
        version: version.map(|version| version.to_string()),
        why,
    }
}
