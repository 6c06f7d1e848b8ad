//! One page of versions: the current objects and what stands behind them, as one list by
//! key, newest first. As with objects, a common prefix costs one step.

use std::cmp::Ordering;
use std::ops::Bound;

use dropslip_s3::{BucketName, ObjectKey};

use super::list::{AFTER_ALL, is_behind, rolled_up, text};
use super::objects::{self, Which};
use super::rows::Rows;
use super::table::{Table, of_bucket, of_key, push_escaped, split_ended};
use super::tx::{Read, end_of};
use super::{IndexError, Version, VersionId};

/// What a page is asked for.
#[derive(Clone, Debug)]
pub(crate) struct VersionsQuery {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    pub(crate) from: From,
    pub(crate) entries_max: usize,
}

/// Where a page begins.
#[derive(Clone, Debug)]
pub(crate) enum From {
    Start,
    /// Behind all versions of a key, or all that a common prefix stands for.
    Behind(Vec<u8>),
    /// Behind one version of a key.
    Within(ObjectKey, Option<VersionId>),
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct VersionsPage {
    pub(crate) versions: Vec<Listed>,
    pub(crate) common_prefixes: Vec<String>,
    /// The last entry, if there is more behind it.
    pub(crate) next: Option<Next>,
}

/// One version.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) version: Version,
    pub(crate) is_latest: bool,
}

/// Behind what the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Prefix(String),
    Version(String, Option<VersionId>),
}

/// Lists one page.
pub(crate) fn page(
    read: &impl Read,
    bucket: &BucketName,
    query: &VersionsQuery,
) -> Result<VersionsPage, IndexError> {
    let mut page = VersionsPage::default();
    let prefix = query.prefix.as_bytes();
    let mut start = Start::of(read, bucket, query)?;
    let mut last = None;
    'seek: loop {
        let mut merged = Merged::from(read, bucket, prefix, &start)?;
        while let Some((key, version, is_latest)) = merged.next()? {
            if page.versions.len() + page.common_prefixes.len() == query.entries_max {
                page.next = last;
                break 'seek;
            }
            let Some(common) = rolled_up(&key, prefix.len(), query.delimiter.as_deref()) else {
                let key = text(&key)?;
                last = Some(Next::Version(key.clone(), version.version()));
                page.versions.push(Listed {
                    key,
                    version,
                    is_latest,
                });
                continue;
            };
            page.common_prefixes.push(text(common)?);
            last = Some(Next::Prefix(text(common)?));
            start = Start::behind(&[common, &[AFTER_ALL]].concat());
            continue 'seek;
        }
        break;
    }
    Ok(page)
}

/// Where both tables are read from.
struct Start {
    /// A key of the objects.
    objects: Bound<Vec<u8>>,
    /// The end of a row of the versions: an escaped key, and perhaps a sequence.
    versions: Bound<Vec<u8>>,
    /// The key whose newest version was listed before.
    within: Option<Vec<u8>>,
}

impl Start {
    fn of(
        read: &impl Read,
        bucket: &BucketName,
        query: &VersionsQuery,
    ) -> Result<Self, IndexError> {
        let prefix = query.prefix.as_bytes();
        match &query.from {
            From::Behind(place) if place.as_slice() >= prefix => Ok(Self::behind(place)),
            From::Within(key, id) if key.as_str().as_bytes() >= prefix => {
                Self::within(read, (bucket, key), *id)
            }
            _ => Ok(Self {
                objects: Bound::Included(prefix.to_vec()),
                versions: Bound::Included(escaped(prefix)),
                within: None,
            }),
        }
    }

    /// Behind all versions of a key, or of a prefix that ends with [`AFTER_ALL`].
    fn behind(place: &[u8]) -> Self {
        let mut versions = escaped(place);
        if !place.ends_with(&[AFTER_ALL]) {
            // Rows of the key itself end it with NUL 01; longer keys are greater than NUL 02.
            versions.extend([0, 2]);
        }
        Self {
            objects: Bound::Excluded(place.to_vec()),
            versions: Bound::Excluded(versions),
            within: None,
        }
    }

    /// Behind a version of a key. One that is gone meanwhile still says where it was; the
    /// version `null` does not, and then the key begins anew.
    fn within(
        read: &impl Read,
        place: objects::Place<'_>,
        id: Option<VersionId>,
    ) -> Result<Self, IndexError> {
        let key = place.1.as_str().as_bytes();
        let found = objects::find(read, place, Which::Version(id))?;
        let sequence = found
            .map(|found| found.sequence())
            .or(id.map(|id| id.sequence));
        let Some(sequence) = sequence else {
            return Ok(Self {
                objects: Bound::Included(key.to_vec()),
                versions: Bound::Included(escaped(key)),
                within: None,
            });
        };
        let mut versions = escaped(key);
        versions.extend([0, 1]);
        versions.extend((!sequence).to_be_bytes());
        Ok(Self {
            objects: Bound::Excluded(key.to_vec()),
            versions: Bound::Excluded(versions),
            within: Some(key.to_vec()),
        })
    }
}

fn escaped(key: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(key.len() + 16);
    push_escaped(&mut row, key);
    row
}

/// Both tables, merged by key.
struct Merged<'r> {
    rows_of_objects: Option<Rows<'r>>,
    rows_of_versions: Option<Rows<'r>>,
    object: Option<(Vec<u8>, Version)>,
    version: Option<(Vec<u8>, Version)>,
    /// Length of the bucket's part of a row.
    within: usize,
    /// The key whose newest version was given.
    seen: Option<Vec<u8>>,
}

impl<'r> Merged<'r> {
    fn from(
        read: &'r impl Read,
        bucket: &BucketName,
        prefix: &[u8],
        start: &Start,
    ) -> Result<Self, IndexError> {
        let bucket_row = of_bucket(bucket);
        let of = |end: &Vec<u8>| [bucket_row.as_slice(), end.as_slice()].concat();
        let rows = |table, from: Bound<Vec<u8>>, end: Bound<Vec<u8>>| {
            if is_behind(&from, &end) {
                return Ok(None);
            }
            let span = (
                from.as_ref().map(Vec::as_slice),
                end.as_ref().map(Vec::as_slice),
            );
            read.rows(table, span).map(Some)
        };
        let objects_end = end_of(&of_key(bucket, prefix));
        let versions_end = end_of(&of(&escaped(prefix)));
        let mut merged = Self {
            rows_of_objects: rows(Table::Objects, start.objects.as_ref().map(of), objects_end)?,
            rows_of_versions: rows(
                Table::Versions,
                start.versions.as_ref().map(of),
                versions_end,
            )?,
            object: None,
            version: None,
            within: bucket_row.len(),
            seen: start.within.clone(),
        };
        merged.read_object()?;
        merged.read_version()?;
        Ok(merged)
    }

    fn read_object(&mut self) -> Result<(), IndexError> {
        self.object = match self.rows_of_objects.as_mut().and_then(Iterator::next) {
            Some(row) => {
                let (row, record) = row?;
                let record = Version::Object(serde_json::from_slice(&record)?);
                Some((row[self.within..].to_vec(), record))
            }
            None => None,
        };
        Ok(())
    }

    fn read_version(&mut self) -> Result<(), IndexError> {
        self.version = match self.rows_of_versions.as_mut().and_then(Iterator::next) {
            Some(row) => {
                let (row, version) = row?;
                let (key, _) = split_ended(&row[self.within..])
                    .ok_or_else(|| IndexError::damaged("a version without its key"))?;
                Some((key, serde_json::from_slice(&version)?))
            }
            None => None,
        };
        Ok(())
    }

    /// The next version with its key, and whether it is the newest of that key.
    fn next(&mut self) -> Result<Option<(Vec<u8>, Version, bool)>, IndexError> {
        let object_first = match (&self.object, &self.version) {
            (None, None) => return Ok(None),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some((object, _)), Some((version, _))) => object.cmp(version) != Ordering::Greater,
        };
        let taken = if object_first {
            let taken = self.object.take();
            self.read_object()?;
            taken
        } else {
            let taken = self.version.take();
            self.read_version()?;
            taken
        };
        Ok(taken.map(|(key, version)| {
            let is_latest = self.seen.as_ref() != Some(&key);
            self.seen = Some(key.clone());
            (key, version, is_latest)
        }))
    }
}
