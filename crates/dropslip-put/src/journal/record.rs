//! The lines of a journal: pure.
//!
//! One JSON object a line, only ever appended. A line that cannot be read is passed over: the last one may be torn by
//! a kill, and what it would have said is done again.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::source::Stamp;

/// What a line says. `file` is the item's id: its key, or where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub(crate) enum Record {
    /// The first line: which form the others have.
    Journal { version: u32 },
    /// A file is stored.
    Stored {
        file: String,
        #[serde(flatten)]
        stamp: Stamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        etag: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<String>,
    },
    /// An upload in parts, or by a service, has begun.
    Begun {
        file: String,
        #[serde(flatten)]
        stamp: Stamp,
        upload: String,
        #[serde(rename = "partSize")]
        part_bytes: u64,
    },
    /// A part of it has arrived.
    Part {
        file: String,
        number: u32,
        etag: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        checksum: Option<String>,
    },
    /// It has ended without an object.
    Ended { file: String },
}

/// The version that is written and read.
pub(crate) const VERSION: u32 = 1;

/// What earlier runs of the same command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    pub(crate) stored: HashMap<String, Done>,
    pub(crate) begun: HashMap<String, Begun>,
}

/// A file that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) stamp: Stamp,
    pub(crate) key: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) etag: String,
    pub(crate) checksum: Option<String>,
}

/// An upload that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) stamp: Stamp,
    pub(crate) upload: String,
    pub(crate) part_bytes: u64,
    /// ETag and checksum by number.
    pub(crate) parts: HashMap<u32, (String, Option<String>)>,
}

impl Past {
    /// How many files are stored.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.stored.len()
    }

    /// How many uploads have begun and not ended.
    #[must_use]
    pub fn begun(&self) -> usize {
        self.begun.len()
    }

    /// The uploads of files that are not among these.
    pub(crate) fn begun_beside(&self, files: &HashSet<Cow<'_, str>>) -> Self {
        let others = self
            .begun
            .iter()
            .filter(|(file, _)| !files.contains(file.as_str()));
        Self {
            stored: HashMap::new(),
            begun: others
                .map(|(file, begun)| (file.clone(), begun.clone()))
                .collect(),
        }
    }

    /// Reads a journal. `None` when another version wrote it.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let mut past = Self::default();
        let lines = text.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(Record::Journal { version }) if version != VERSION => return None,
                Ok(record) => past.add(record),
                // Torn.
                Err(_) => {}
            }
        }
        Some(past)
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Journal { .. } => {}
            Record::Stored {
                file,
                stamp,
                key,
                url,
                etag,
                checksum,
            } => {
                self.begun.remove(&file);
                let done = Done {
                    stamp,
                    key,
                    url,
                    etag,
                    checksum,
                };
                self.stored.insert(file, done);
            }
            Record::Begun {
                file,
                stamp,
                upload,
                part_bytes,
            } => {
                self.stored.remove(&file);
                let begun = Begun {
                    stamp,
                    upload,
                    part_bytes,
                    parts: HashMap::new(),
                };
                self.begun.insert(file, begun);
            }
            Record::Part {
                file,
                number,
                etag,
                checksum,
            } => {
                if let Some(begun) = self.begun.get_mut(&file) {
                    begun.parts.insert(number, (etag, checksum));
                }
            }
            Record::Ended { file } => {
                self.begun.remove(&file);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(size_bytes: u64) -> Stamp {
        serde_json::from_value(serde_json::json!({"size": size_bytes, "modified": 7})).unwrap()
    }

    fn stored(file: &str) -> Record {
        Record::Stored {
            file: file.to_owned(),
            stamp: stamp(3),
            key: None,
            url: None,
            etag: "\"e\"".to_owned(),
            checksum: Some("c".to_owned()),
        }
    }

    fn begun(file: &str, upload: &str) -> Record {
        Record::Begun {
            file: file.to_owned(),
            stamp: stamp(9),
            upload: upload.to_owned(),
            part_bytes: 5,
        }
    }

    fn part(file: &str, number: u32) -> Record {
        Record::Part {
            file: file.to_owned(),
            number,
            etag: format!("\"{number}\""),
            checksum: None,
        }
    }

    fn text(records: &[Record]) -> String {
        let lines = records
            .iter()
            .map(|record| serde_json::to_string(record).unwrap() + "\n");
        lines.collect()
    }

    fn all() -> Vec<Record> {
        vec![
            Record::Journal { version: VERSION },
            stored("a\nb"),
            begun("big", "u1"),
            part("big", 2),
            part("gone", 1),
            begun("other", "u2"),
            Record::Ended {
                file: "other".to_owned(),
            },
            part("big", 1),
        ]
    }

    #[test]
    fn lines_are_read_back() {
        let past = Past::read(text(&all()).as_bytes()).unwrap();
        assert_eq!((past.stored(), past.begun()), (1, 1));
        assert_eq!(past.stored["a\nb"].stamp, stamp(3));
        let big = &past.begun["big"];
        assert_eq!(
            (big.upload.as_str(), big.part_bytes, big.parts.len()),
            ("u1", 5, 2)
        );
        assert_eq!(big.parts[&2].0, "\"2\"");
        let mut more = all();
        more.push(stored("big"));
        let past = Past::read(text(&more).as_bytes()).unwrap();
        assert_eq!((past.stored(), past.begun()), (2, 0));
        more.push(begun("big", "u3"));
        let past = Past::read(text(&more).as_bytes()).unwrap();
        assert_eq!((past.stored(), past.begun()), (1, 1));
        assert!(past.begun["big"].parts.is_empty());
    }

    #[test]
    fn a_torn_end_is_passed_over_wherever_it_tears() {
        let whole = text(&all());
        for end in 0..whole.len() {
            let torn = &whole.as_bytes()[..end];
            let lines = torn.iter().filter(|byte| **byte == b'\n').count();
            let past = Past::read(torn).unwrap();
            // Without its last byte alone a line is whole too.
            let is_whole = whole.as_bytes()[end] == b'\n';
            let expect = Past::read(text(&all()[..lines + usize::from(is_whole)]).as_bytes());
            assert_eq!(Some(past), expect, "{end}");
            // What is written behind it stands on a line of its own.
            let more = [torn, b"\n", text(&[stored("later")]).as_bytes()].concat();
            assert!(Past::read(&more).unwrap().stored.contains_key("later"));
        }
    }

    #[test]
    fn other_versions_and_garbage() {
        assert_eq!(Past::read(b"{\"is\":\"journal\",\"version\":2}\n"), None);
        for garbage in [
            &b""[..],
            b"\0\0\0\0",
            b"{}\n[]\n1\n",
            b"{\"is\":\"part\"}\n\xff\n",
        ] {
            assert_eq!(Past::read(garbage), Some(Past::default()));
        }
    }
}
