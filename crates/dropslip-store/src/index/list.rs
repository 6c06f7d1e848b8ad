//! One page of a list, by seeking: a common prefix costs one step, however many
//! keys it stands for.

use std::ops::Bound;

use dropslip_s3::BucketName;

use super::table::{Table, of_bucket, of_key};
use super::tx::{Read, end_of};
use super::{IndexError, ObjectRecord};

/// What a page is asked for.
#[derive(Clone, Debug)]
pub(crate) struct ListQuery {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// Begin behind this key, or behind this place that an earlier page named.
    pub(crate) after: Option<Vec<u8>>,
    pub(crate) keys_max: usize,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListPage {
    pub(crate) objects: Vec<(String, ObjectRecord)>,
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page begins, if there is more.
    pub(crate) next_after: Option<Vec<u8>>,
}

/// Greater than any byte of UTF-8: a prefix with it behind is greater than every
/// key that has the prefix.
pub(super) const AFTER_ALL: u8 = 0xff;

/// The place behind a key that a client names. A name that is a common prefix itself was
/// listed as one, with all that it stands for.
pub(crate) fn behind(key: &str, prefix: &str, delimiter: Option<&str>) -> Vec<u8> {
    let mut place = key.as_bytes().to_vec();
    let is_prefix = key.starts_with(prefix)
        && rolled_up(key.as_bytes(), prefix.len(), delimiter) == Some(key.as_bytes());
    if is_prefix {
        place.push(AFTER_ALL);
    }
    place
}

/// The key or the common prefix that a place is behind.
pub(crate) fn name_of(place: &[u8]) -> String {
    let name = place.strip_suffix(&[AFTER_ALL]).unwrap_or(place);
    String::from_utf8_lossy(name).into_owned()
}

pub(super) fn page(
    read: &impl Read,
    bucket: &BucketName,
    query: &ListQuery,
) -> Result<ListPage, IndexError> {
    let mut page = ListPage::default();
    let prefix = query.prefix.as_bytes();
    let within = of_bucket(bucket).len();
    let end = end_of(&of_key(bucket, prefix));
    let mut from = match &query.after {
        Some(after) if after.as_slice() >= prefix => Bound::Excluded(of_key(bucket, after)),
        _ => Bound::Included(of_key(bucket, prefix)),
    };
    let mut last = None;
    if is_behind(&from, &end) {
        return Ok(page);
    }
    'seek: loop {
        let span = (
            from.as_ref().map(Vec::as_slice),
            end.as_ref().map(Vec::as_slice),
        );
        for row in read.rows(Table::Objects, span)? {
            let (row, record) = row?;
            let key = &row[within..];
            if page.objects.len() + page.common_prefixes.len() == query.keys_max {
                page.next_after = last;
                break 'seek;
            }
            let Some(common) = rolled_up(key, prefix.len(), query.delimiter.as_deref()) else {
                page.objects
                    .push((text(key)?, serde_json::from_slice(&record)?));
                last = Some(key.to_vec());
                continue;
            };
            // One step, however many keys the prefix stands for.
            page.common_prefixes.push(text(common)?);
            let place = [common, &[AFTER_ALL]].concat();
            from = Bound::Excluded(of_key(bucket, &place));
            last = Some(place);
            continue 'seek;
        }
        break;
    }
    Ok(page)
}

/// Whether a list would begin behind its end.
pub(super) fn is_behind(from: &Bound<Vec<u8>>, end: &Bound<Vec<u8>>) -> bool {
    match (from, end) {
        (Bound::Excluded(from) | Bound::Included(from), Bound::Excluded(end)) => from >= end,
        _ => false,
    }
}

/// The common prefix that stands for a key, if the delimiter comes behind the prefix.
pub(super) fn rolled_up<'a>(
    key: &'a [u8],
    prefix_len: usize,
    delimiter: Option<&str>,
) -> Option<&'a [u8]> {
    let delimiter = delimiter?.as_bytes();
    let at = key[prefix_len..]
        .windows(delimiter.len())
        .position(|window| window == delimiter)?;
    Some(&key[..prefix_len + at + delimiter.len()])
}

pub(super) fn text(key: &[u8]) -> Result<String, IndexError> {
    String::from_utf8(key.to_vec()).map_err(|_| IndexError::damaged("a key that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::super::state::{Layered, layered};
    use super::*;

    const RECORD: &str = r#"{"content":{"data":"00000000000000000000000000000000"},"owner":"","sizeBytes":1,"etag":"\"e\"","modifiedMs":0,"headers":{}}"#;

    fn photos() -> BucketName {
        BucketName::parse("photos").unwrap()
    }

    /// The keys in the bucket, which has neighbours.
    fn snapshot(keys: &[&str]) -> Layered {
        let mut rows = Vec::new();
        for bucket in ["photo", "photos", "photos-2", "photos.3"] {
            let bucket = BucketName::parse(bucket).unwrap();
            let keys = if bucket == photos() {
                keys
            } else {
                &["a", "z/1"]
            };
            for key in keys {
                rows.push(of_key(&bucket, key.as_bytes()));
            }
        }
        layered(Table::Objects, &rows, RECORD.as_bytes())
    }

    /// Walks all pages of `keys_max` entries; prefixes are shown with `>`.
    fn walk(keys: &[&str], prefix: &str, delimiter: Option<&str>, keys_max: usize) -> Vec<String> {
        let Layered(keys, _folder) = snapshot(keys);
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = ListQuery {
                prefix: prefix.to_owned(),
                delimiter: delimiter.map(str::to_owned),
                after,
                keys_max,
            };
            let page = page(&keys, &photos(), &query).unwrap();
            assert!(page.objects.len() + page.common_prefixes.len() <= keys_max);
            seen.extend(page.objects.into_iter().map(|(key, _)| key));
            seen.extend(page.common_prefixes.into_iter().map(|p| format!("{p}>")));
            after = page.next_after;
            if after.is_none() {
                return seen;
            }
        }
    }

    #[track_caller]
    fn check(keys: &[&str], prefix: &str, delimiter: Option<&str>, expected: &[&str]) {
        for keys_max in [1, 2, 3, 1000] {
            let mut seen = walk(keys, prefix, delimiter, keys_max);
            let mut expected: Vec<_> = expected.iter().map(|e| (*e).to_owned()).collect();
            seen.sort();
            expected.sort();
            assert_eq!(seen, expected, "{keys_max} a page");
        }
    }

    #[test]
    fn pages_cover_every_key_once() {
        let keys = ["a", "a/1", "a/2", "a/b/3", "b/4", "c", "é", "日本/x"];
        check(&keys, "", None, &keys);
        check(
            &keys,
            "",
            Some("/"),
            &["a", "a/>", "b/>", "c", "é", "日本/>"],
        );
        check(&keys, "a/", Some("/"), &["a/1", "a/2", "a/b/>"]);
        check(&keys, "a/", None, &["a/1", "a/2", "a/b/3"]);
        check(&keys, "z", None, &[]);
        check(&[], "", Some("/"), &[]);
        check(&["x--1", "x--2", "y"], "", Some("--"), &["x-->", "y"]);
        check(&["/", "//", "//a"], "/", Some("/"), &["/", "//>"]);
    }

    #[test]
    fn a_page_may_begin_within_a_common_prefix() {
        let Layered(keys, _folder) = snapshot(&["a/1", "a/2", "b"]);
        let query = ListQuery {
            prefix: String::new(),
            delimiter: Some("/".to_owned()),
            after: Some(b"a/1".to_vec()),
            keys_max: 10,
        };
        let found = page(&keys, &photos(), &query).unwrap();
        assert_eq!(found.common_prefixes, ["a/"]);
        assert_eq!(found.objects[0].0, "b");
        let behind = ListQuery {
            prefix: "a".to_owned(),
            after: Some(b"b".to_vec()),
            ..query
        };
        assert!(page(&keys, &photos(), &behind).unwrap().objects.is_empty());
    }
}
