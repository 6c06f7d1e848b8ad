//! One page of a list, by seeking: a common prefix costs one step, however many
//! keys it stands for.

use std::ops::Bound;

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

/// A key with its record, as the index holds them.
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) record: Vec<u8>,
}

/// Finds the first entry at or behind a place.
pub(super) trait Seek {
    fn seek(&self, from: Bound<&[u8]>) -> Result<Option<Entry>, IndexError>;
}

/// Greater than any byte of UTF-8: a prefix with it behind is greater than every
/// key that has the prefix.
const AFTER_ALL: u8 = 0xff;

pub(super) fn page(keys: &impl Seek, query: &ListQuery) -> Result<ListPage, IndexError> {
    let mut page = ListPage::default();
    let prefix = query.prefix.as_bytes();
    let mut from = match &query.after {
        Some(after) if after.as_slice() >= prefix => Bound::Excluded(after.clone()),
        _ => Bound::Included(prefix.to_vec()),
    };
    let mut last = None;
    while let Some(Entry { key, record }) = keys.seek(from.as_ref().map(Vec::as_slice))? {
        if !key.starts_with(prefix) {
            break;
        }
        if page.objects.len() + page.common_prefixes.len() == query.keys_max {
            page.next_after = last;
            break;
        }
        let place = match rolled_up(&key, prefix.len(), query.delimiter.as_deref()) {
            Some(common) => {
                page.common_prefixes.push(text(common)?);
                [common, &[AFTER_ALL]].concat()
            }
            None => {
                page.objects
                    .push((text(&key)?, serde_json::from_slice(&record)?));
                key
            }
        };
        last = Some(place.clone());
        from = Bound::Excluded(place);
    }
    Ok(page)
}

/// The common prefix that stands for a key, if the delimiter comes behind the prefix.
fn rolled_up<'a>(key: &'a [u8], prefix_len: usize, delimiter: Option<&str>) -> Option<&'a [u8]> {
    let delimiter = delimiter?.as_bytes();
    let at = key[prefix_len..]
        .windows(delimiter.len())
        .position(|window| window == delimiter)?;
    Some(&key[..prefix_len + at + delimiter.len()])
}

fn text(key: &[u8]) -> Result<String, IndexError> {
    String::from_utf8(key.to_vec()).map_err(|_| IndexError::damaged("a key that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Keys(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Seek for Keys {
        fn seek(&self, from: Bound<&[u8]>) -> Result<Option<Entry>, IndexError> {
            let found = self.0.range::<[u8], _>((from, Bound::Unbounded)).next();
            Ok(found.map(|(key, record)| Entry {
                key: key.clone(),
                record: record.clone(),
            }))
        }
    }

    const RECORD: &str = r#"{"blob":"00000000000000000000000000000000","sizeBytes":1,"etag":"\"e\"","modifiedMs":0,"headers":{}}"#;

    /// Walks all pages of `keys_max` entries; prefixes are shown with `>`.
    fn walk(keys: &[&str], prefix: &str, delimiter: Option<&str>, keys_max: usize) -> Vec<String> {
        let keys = Keys(
            keys.iter()
                .map(|k| (k.as_bytes().to_vec(), RECORD.as_bytes().to_vec()))
                .collect(),
        );
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let query = ListQuery {
                prefix: prefix.to_owned(),
                delimiter: delimiter.map(str::to_owned),
                after,
                keys_max,
            };
            let page = page(&keys, &query).unwrap();
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
        let keys = Keys(
            ["a/1", "a/2", "b"]
                .iter()
                .map(|k| (k.as_bytes().to_vec(), RECORD.as_bytes().to_vec()))
                .collect(),
        );
        let query = ListQuery {
            prefix: String::new(),
            delimiter: Some("/".to_owned()),
            after: Some(b"a/1".to_vec()),
            keys_max: 10,
        };
        let page = page(&keys, &query).unwrap();
        assert_eq!(page.common_prefixes, ["a/"]);
        assert_eq!(page.objects[0].0, "b");
    }
}
