//! One page of the uploads of a bucket, by key and then by when they began; by seeking, so
//! that a common prefix costs one step.

use std::ops::Bound;

use dropslip_s3::BucketName;

use super::table::{Table, of_bucket, of_key_ended, push_escaped, split_ended};
use super::tx::{Read, end_of};
use super::uploads::{UploadId, UploadRecord};
use super::{IndexError, list};

/// What a page is asked for.
#[derive(Clone, Debug)]
pub(crate) struct UploadsQuery {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// Begin behind this key …
    pub(crate) key_marker: Option<dropslip_s3::ObjectKey>,
    /// … or, if it is given, behind this upload of that key.
    pub(crate) upload_id_marker: Option<UploadId>,
    pub(crate) uploads_max: usize,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct UploadsPage {
    pub(crate) uploads: Vec<(String, UploadId, UploadRecord)>,
    pub(crate) common_prefixes: Vec<String>,
    /// The markers of the next page, if there is more: a common prefix has no upload.
    pub(crate) next: Option<(String, Option<UploadId>)>,
}

/// Reads a page.
pub(crate) fn page(
    read: &impl Read,
    bucket: &BucketName,
    query: &UploadsQuery,
) -> Result<UploadsPage, IndexError> {
    let mut page = UploadsPage::default();
    let bucket_len = of_bucket(bucket).len();
    let first = beginning(bucket, query.prefix.as_bytes());
    let end = end_of(&first);
    let mut from = match start(bucket, query) {
        Some(start) if start > first => start,
        _ => first,
    };
    let mut last = None;
    'seek: while !matches!(&end, Bound::Excluded(end) if from >= *end) {
        let span = (
            Bound::Included(from.as_slice()),
            end.as_ref().map(Vec::as_slice),
        );
        for row in read.rows(Table::Uploads, span)? {
            let (row, record) = row?;
            let (key, id) = parse(&row[bucket_len..])?;
            if page.uploads.len() + page.common_prefixes.len() == query.uploads_max {
                page.next = last;
                return Ok(page);
            }
            let delimiter = query.delimiter.as_deref();
            let Some(common) = list::rolled_up(key.as_bytes(), query.prefix.len(), delimiter)
            else {
                last = Some((key.clone(), Some(id)));
                page.uploads
                    .push((key, id, serde_json::from_slice(&record)?));
                continue;
            };
            let common = list::text(common)?;
            from = behind(&beginning(bucket, common.as_bytes()));
            last = Some((common.clone(), None));
            page.common_prefixes.push(common);
            continue 'seek;
        }
        break;
    }
    Ok(page)
}

/// The beginning of the rows whose keys have a prefix.
fn beginning(bucket: &BucketName, prefix: &[u8]) -> Vec<u8> {
    let mut row = of_bucket(bucket);
    push_escaped(&mut row, prefix);
    row
}

/// The first place behind all rows with a beginning. A beginning holds a bucket's name, so
/// there is such a place.
fn behind(beginning: &[u8]) -> Vec<u8> {
    match end_of(beginning) {
        Bound::Included(end) | Bound::Excluded(end) => end,
        Bound::Unbounded => beginning.to_vec(),
    }
}

/// The first row behind the markers.
fn start(bucket: &BucketName, query: &UploadsQuery) -> Option<Vec<u8>> {
    let marker = query.key_marker.as_ref()?;
    let ended = of_key_ended(bucket, marker);
    if let Some(id) = query.upload_id_marker {
        let mut row = ended;
        row.extend(id.to_bytes());
        row.push(0);
        return Some(row);
    }
    let key = marker.as_str().as_bytes();
    let delimiter = query.delimiter.as_deref();
    // A marker may be a common prefix that the page before ended with.
    let is_prefix = key.starts_with(query.prefix.as_bytes())
        && list::rolled_up(key, query.prefix.len(), delimiter) == Some(key);
    Some(if is_prefix {
        behind(&beginning(bucket, key))
    } else {
        behind(&ended)
    })
}

/// Key and upload of a row without its bucket.
fn parse(row: &[u8]) -> Result<(String, UploadId), IndexError> {
    let damaged = || IndexError::damaged("a row of an upload that cannot be read");
    let (key, id) = split_ended(row).ok_or_else(damaged)?;
    let id = id.try_into().map_err(|_| damaged())?;
    Ok((list::text(&key)?, UploadId::from_bytes(id)))
}
