//! Objects and their versions.
//!
//! The object that a reader gets stands in one table, the versions behind it and the
//! delete markers in another, newest first. A key whose newest version is a delete marker
//! has no current object. So a bucket without versions pays nothing for them, and a list
//! never passes over what is not listed.

use std::ops::Bound;

use dropslip_s3::{BucketName, ObjectKey};

use super::record::{Content, DeleteMarker, ObjectRecord, Version, VersionId, Versioning};
use super::table::{Table, of_key, of_key_ended};
use super::tx::{Read, Tx, end_of};
use super::{IndexError, manifest};

/// A key within a bucket.
pub(crate) type Place<'a> = (&'a BucketName, &'a ObjectKey);

/// The object that a reader gets who names no version.
pub(crate) fn current(
    read: &impl Read,
    (bucket, key): Place<'_>,
) -> Result<Option<ObjectRecord>, IndexError> {
    read.record(Table::Objects, &of_key(bucket, key.as_str().as_bytes()))
}

/// The version with an id; `None` is the version `null`.
pub(crate) fn version(
    read: &impl Read,
    place: Place<'_>,
    id: Option<VersionId>,
) -> Result<Option<Version>, IndexError> {
    if let Some(current) = current(read, place)?
        && current.version == id
    {
        return Ok(Some(Version::Object(Box::new(current))));
    }
    match id {
        Some(id) => {
            let row = row_of(place, id.sequence);
            let found: Option<Version> = read.record(Table::Versions, &row)?;
            Ok(found.filter(|found| found.version() == Some(id)))
        }
        None => {
            let mut older = older(read, place)?;
            older
                .find_map(|version| match version {
                    Ok(version) if version.version().is_some() => None,
                    version => Some(version),
                })
                .transpose()
        }
    }
}

/// The current object of a key or the version of it that has this content.
pub(crate) fn with_content(
    read: &impl Read,
    place: Place<'_>,
    content: Content,
) -> Result<Option<ObjectRecord>, IndexError> {
    if let Some(current) = current(read, place)?
        && current.content == content
    {
        return Ok(Some(current));
    }
    let mut older = older(read, place)?;
    let found = older.find_map(|version| match version {
        Ok(Version::Object(object)) if object.content == content => Some(Ok(*object)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    found.transpose()
}

/// Which state of an object is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// What a reader finds who names no version.
    Current,
    /// The version with an id; `None` is the version `null`.
    Version(Option<VersionId>),
}

/// What a reader finds. Where the newest is a delete marker, that is the current one.
pub(crate) fn find(
    read: &impl Read,
    place: Place<'_>,
    which: Which,
) -> Result<Option<Version>, IndexError> {
    match which {
        Which::Version(id) => version(read, place, id),
        Which::Current => match current(read, place)? {
            Some(current) => Ok(Some(Version::Object(Box::new(current)))),
            None => newest_older(read, place),
        },
    }
}

/// Changes the record of an object where it stands: nothing about its bytes, and not its
/// version. A delete marker has nothing to change, and is given as it is.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    which: Which,
    change: impl FnOnce(&mut ObjectRecord),
) -> Result<Option<Version>, IndexError> {
    let Some(Version::Object(mut record)) = find(tx, place, which)? else {
        return find(tx, place, which);
    };
    change(&mut record);
    let (bucket, key) = place;
    let is_current = current(tx, place)?.is_some_and(|now| now.sequence == record.sequence);
    if is_current {
        let row = of_key(bucket, key.as_str().as_bytes());
        tx.put_record(Table::Objects, row, &record)?;
    } else {
        let version = Version::Object(record.clone());
        tx.put_record(Table::Versions, row_of(place, record.sequence), &version)?;
    }
    Ok(Some(Version::Object(record)))
}

/// The newest of what stands behind the current object: where there is none, this is a
/// delete marker or nothing.
pub(crate) fn newest_older(
    read: &impl Read,
    place: Place<'_>,
) -> Result<Option<Version>, IndexError> {
    older(read, place)?.next().transpose()
}

/// Every version of a key, newest first.
pub(crate) fn all_versions(read: &impl Read, place: Place<'_>) -> Result<Vec<Version>, IndexError> {
    let current = current(read, place)?.map(|current| Ok(Version::Object(Box::new(current))));
    current.into_iter().chain(older(read, place)?).collect()
}

/// The versions behind the current object, newest first.
fn older<'r, R: Read>(
    read: &'r R,
    place: Place<'_>,
) -> Result<impl Iterator<Item = Result<Version, IndexError>> + use<'r, R>, IndexError> {
    let start = of_key_ended(place.0, place.1);
    let end = end_of(&start);
    let span = (
        Bound::Included(start.as_slice()),
        end.as_ref().map(Vec::as_slice),
    );
    let rows = read.rows(Table::Versions, span)?;
    Ok(rows.map(|row| Ok(serde_json::from_slice(&row?.1)?)))
}

/// The row of a version: greater sequences come first.
fn row_of((bucket, key): Place<'_>, sequence: u64) -> Vec<u8> {
    let mut row = of_key_ended(bucket, key);
    row.extend((!sequence).to_be_bytes());
    row
}

/// Makes an object the current one of its key, as the bucket's versioning has it. Fills in
/// `sequence` and `version`; gives the version, if the bucket has versions.
pub(crate) fn put(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    mut record: ObjectRecord,
) -> Result<Option<VersionId>, IndexError> {
    let versioning = tx.bucket(place.0)?.versioning;
    record.sequence = tx.next_sequence();
    record.version = new_version(versioning, record.sequence)?;
    make_room(tx, place, versioning)?;
    let (bucket, key) = place;
    let row = of_key(bucket, key.as_str().as_bytes());
    tx.put_record(Table::Objects, row, &record)?;
    Ok(record.version)
}

/// What a delete without a version did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Deleted {
    /// The bytes are gone, or there were none.
    Gone,
    /// The bucket keeps versions: a delete marker was made, with this version (`null` if none).
    Marked(Option<VersionId>),
}

/// Deletes the current object of a key, as the bucket's versioning has it.
pub(crate) fn delete(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    marker: (String, i64),
) -> Result<Deleted, IndexError> {
    let versioning = tx.bucket(place.0)?.versioning;
    make_room(tx, place, versioning)?;
    let (bucket, key) = place;
    tx.remove(Table::Objects, of_key(bucket, key.as_str().as_bytes()));
    if versioning == Versioning::Off {
        return Ok(Deleted::Gone);
    }
    let (owner, modified_ms) = marker;
    let sequence = tx.next_sequence();
    let version = new_version(versioning, sequence)?;
    let marker = Version::DeleteMarker(DeleteMarker {
        sequence,
        version,
        modified_ms,
        owner,
    });
    tx.put_record(Table::Versions, row_of(place, sequence), &marker)?;
    Ok(Deleted::Marked(version))
}

/// Deletes one version for good; gives what it was. The one behind it becomes current.
pub(crate) fn delete_version(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    id: Option<VersionId>,
) -> Result<Option<Version>, IndexError> {
    let Some(found) = version(tx, place, id)? else {
        return Ok(None);
    };
    if let Version::Object(object) = &found {
        release(tx, object)?;
    }
    let (bucket, key) = place;
    let current_row = of_key(bucket, key.as_str().as_bytes());
    let current = current(tx, place)?;
    let is_current = current.is_some_and(|current| current.sequence == found.sequence());
    let next = older(tx, place)?
        .find(|version| {
            version
                .as_ref()
                .map_or(true, |version| version.sequence() != found.sequence())
        })
        .transpose()?;
    let was_newest = next
        .as_ref()
        .is_none_or(|next| next.sequence() < found.sequence());
    if is_current {
        tx.remove(Table::Objects, current_row.clone());
    } else {
        tx.remove(Table::Versions, row_of(place, found.sequence()));
    }
    let has_other_current = tx.value(Table::Objects, &current_row)?.is_some() && !is_current;
    if let Some(Version::Object(next)) = next
        && was_newest
        && !has_other_current
    {
        tx.remove(Table::Versions, row_of(place, next.sequence));
        tx.put_record(Table::Objects, current_row, &next)?;
    }
    Ok(Some(found))
}

/// The id of a new version.
fn new_version(versioning: Versioning, sequence: u64) -> Result<Option<VersionId>, IndexError> {
    if versioning != Versioning::Enabled {
        return Ok(None);
    }
    let mut chance = [0; 8];
    getrandom::fill(&mut chance).map_err(|e| IndexError::Broken(e.to_string()))?;
    let chance = u64::from_be_bytes(chance);
    Ok(Some(VersionId { sequence, chance }))
}

/// Moves the current object of a key among its versions, or removes what the new one
/// replaces: without versioning the object itself, while suspended the version `null`.
fn make_room(tx: &mut Tx<'_>, place: Place<'_>, versioning: Versioning) -> Result<(), IndexError> {
    let current = current(tx, place)?;
    match (versioning, current) {
        (Versioning::Off, Some(current)) => release(tx, &current)?,
        (Versioning::Off, None) => {}
        (Versioning::Suspended, Some(current)) if current.version.is_none() => {
            release(tx, &current)?;
        }
        (_, current) => {
            if versioning == Versioning::Suspended
                && let Some(null) = version(tx, place, None)?
            {
                tx.remove(Table::Versions, row_of(place, null.sequence()));
                if let Version::Object(null) = null {
                    release(tx, &null)?;
                }
            }
            if let Some(current) = current {
                let row = row_of(place, current.sequence);
                tx.put_record(Table::Versions, row, &Version::Object(Box::new(current)))?;
            }
        }
    }
    Ok(())
}

/// Gives up the bytes of an object.
pub(crate) fn release(tx: &mut Tx<'_>, object: &ObjectRecord) -> Result<(), IndexError> {
    match object.content {
        Content::Data(id) => tx.release(id),
        Content::Parts(id) => manifest::release(tx, id)?,
    }
    Ok(())
}
