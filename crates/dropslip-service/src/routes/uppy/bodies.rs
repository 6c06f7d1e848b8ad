//! The JSON that Uppy sends: what to create, and the parts to complete.
//!
//! Unknown fields are let pass, as Companion does: who has extended a client of its own should not have to change it.
//! Values are looked at by hand, so that a refusal names the field in Uppy's words.

use std::collections::{BTreeMap, BTreeSet};

use dropslip_s3::limits::PARTS_MAX;
use serde::Deserialize;
use serde_json::Value;

use crate::limits::{PARTS_PER_CALL_MAX, UPPY_ETAG_BYTES_MAX};
use crate::problem::{Code, Problem};

/// Body of `POST /s3/multipart`.
#[derive(Debug, Deserialize)]
pub(super) struct Create {
    #[serde(default)]
    filename: Value,
    #[serde(default)]
    r#type: Value,
    #[serde(default)]
    metadata: Value,
}

/// The same, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Created {
    pub(super) file_name: String,
    pub(super) content_type: String,
    pub(super) metadata: BTreeMap<String, String>,
}

impl Create {
    /// Reads the fields.
    ///
    /// # Errors
    /// `invalid_request` with the field's name.
    pub(super) fn read(self) -> Result<Created, Problem> {
        let file_name = match self.filename {
            Value::String(name) if !name.is_empty() => name,
            _ => return Err(wrong("`filename` must be a string that is not empty")),
        };
        let content_type = match self.r#type {
            Value::String(content_type) => content_type,
            Value::Null => String::new(),
            _ => return Err(wrong("`type` must be a string")),
        };
        let metadata = match self.metadata {
            Value::Object(fields) => fields
                .into_iter()
                .filter_map(|(name, value)| Some((name, text(value)?)))
                .collect(),
            Value::Null => BTreeMap::new(),
            _ => return Err(wrong("`metadata` must be an object")),
        };
        Ok(Created {
            file_name,
            content_type,
            metadata,
        })
    }
}

/// A value of `metadata` as text. Version 5 sends texts alone, version 6 what the application has put there; lists and
/// objects cannot be stored with a file and count as absent, as `null` does.
fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Body of `POST /s3/multipart/{uploadId}/complete`.
#[derive(Debug, Deserialize)]
pub(super) struct Complete {
    #[serde(default)]
    parts: Value,
}

/// One part that the client says it has uploaded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) number: u32,
    /// Without quotes: version 5 sends them, version 6 does not.
    pub(super) etag: String,
}

impl Complete {
    /// Reads the parts, in the order of their numbers. Clients send them in the order in which they were done.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn read(self) -> Result<Vec<Part>, Problem> {
        let Value::Array(list) = self.parts else {
            return Err(wrong("`parts` must be a list of {ETag, PartNumber}"));
        };
        if list.is_empty() || list.len() > PARTS_MAX {
            return Err(wrong(format!(
                "`parts` must have 1 to {PARTS_MAX} elements"
            )));
        }
        let mut parts = list.iter().map(part).collect::<Result<Vec<_>, _>>()?;
        parts.sort_by_key(|part| part.number);
        if let Some(pair) = parts
            .windows(2)
            .find(|pair| pair[0].number == pair[1].number)
        {
            return Err(wrong(format!(
                "`parts` has number {} twice",
                pair[0].number
            )));
        }
        Ok(parts)
    }
}

fn part(value: &Value) -> Result<Part, Problem> {
    let number = value["PartNumber"].as_u64();
    let number = number
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| is_part_number(*number))
        .ok_or_else(|| {
            wrong(format!(
                "`PartNumber` must be a number from 1 to {PARTS_MAX}"
            ))
        })?;
    let etag = value["ETag"].as_str().unwrap_or_default().trim_matches('"');
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>&".contains(&byte);
    if etag.is_empty() || etag.len() > UPPY_ETAG_BYTES_MAX || !etag.bytes().all(plain) {
        return Err(wrong(format!("`ETag` of part {number} is none")));
    }
    Ok(Part {
        number,
        etag: etag.to_owned(),
    })
}

/// `{partNumber}` of a path.
///
/// # Errors
/// `invalid_request`.
pub(super) fn part_number(text: &str) -> Result<u32, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .filter(|number| is_part_number(*number))
        .ok_or_else(|| {
            wrong(format!(
                "the part number must be a number from 1 to {PARTS_MAX}"
            ))
        })
}

/// `partNumbers=4,6,7` of a batch, each once.
///
/// # Errors
/// `invalid_request`.
pub(super) fn part_numbers(text: &str) -> Result<Vec<u32>, Problem> {
    let numbers: BTreeSet<u32> = text
        .split(',')
        .map(|word| part_number(word.trim()))
        .collect::<Result<_, _>>()?;
    if numbers.len() > PARTS_PER_CALL_MAX {
        let detail = format!("`partNumbers` has more than {PARTS_PER_CALL_MAX} numbers");
        return Err(wrong(detail));
    }
    Ok(numbers.into_iter().collect())
}

fn is_part_number(number: u32) -> bool {
    usize::try_from(number).is_ok_and(|number| (1..=PARTS_MAX).contains(&number))
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn create(body: Value) -> Result<Created, Problem> {
        serde_json::from_value::<Create>(body).unwrap().read()
    }

    fn complete(parts: Value) -> Result<Vec<Part>, Problem> {
        serde_json::from_value::<Complete>(json!({ "parts": parts }))
            .unwrap()
            .read()
    }

    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, Problem>, word: &str) {
        let problem = result.unwrap_err();
        assert_eq!(problem.code(), Code::InvalidRequest);
        assert!(problem.detail().contains(word), "{}", problem.detail());
    }

    #[test]
    fn what_both_versions_create() {
        let body = json!({
            "filename": "a.mp4", "type": "video/mp4", "later": 1,
            "metadata": {"name": "a.mp4", "n": 1, "b": true, "none": null, "list": [1], "deep": {"a": 1}},
        });
        let created = create(body).unwrap();
        assert_eq!(
            (created.file_name.as_str(), created.content_type.as_str()),
            ("a.mp4", "video/mp4")
        );
        let metadata: Vec<_> = created
            .metadata
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        assert_eq!(metadata, ["b=true", "n=1", "name=a.mp4"]);
        let bare = create(json!({"filename": "a"})).unwrap();
        assert_eq!((bare.content_type.as_str(), bare.metadata.len()), ("", 0));
    }

    #[test]
    fn what_is_no_file() {
        for name in [
            json!(null),
            json!(""),
            json!(1),
            json!(["a"]),
            json!({"a": 1}),
        ] {
            refused(create(json!({"filename": name})), "`filename`");
        }
        for wrong in [json!(1), json!([]), json!({})] {
            refused(create(json!({"filename": "a", "type": wrong})), "`type`");
        }
        for wrong in [json!(1), json!([]), json!("a")] {
            refused(
                create(json!({"filename": "a", "metadata": wrong})),
                "`metadata`",
            );
        }
    }

    #[test]
    fn parts_with_and_without_quotes_in_any_order() {
        let parts =
            json!([{"PartNumber": 2, "ETag": "b"}, {"PartNumber": 1, "ETag": "\"a\"", "Size": 5}]);
        let parts = complete(parts).unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|p| format!("{}={}", p.number, p.etag))
            .collect();
        assert_eq!(shown, ["1=a", "2=b"]);
    }

    #[test]
    fn parts_that_are_none() {
        for wrong in [json!(null), json!({}), json!("1"), json!(1)] {
            refused(complete(wrong), "`parts`");
        }
        refused(complete(json!([])), "1 to 10000");
        let many = |n: usize| -> Value {
            (1..=n)
                .map(|number| json!({"PartNumber": number, "ETag": "a"}))
                .collect()
        };
        assert_eq!(complete(many(PARTS_MAX)).unwrap().len(), PARTS_MAX);
        refused(complete(many(PARTS_MAX + 1)), "1 to 10000");
        for number in [
            json!(0),
            json!(10_001),
            json!(-1),
            json!(1.5),
            json!("1"),
            json!(null),
            json!(u64::MAX),
        ] {
            refused(
                complete(json!([{"PartNumber": number, "ETag": "a"}])),
                "`PartNumber`",
            );
        }
        for wrong in [json!(1), json!([[]]), json!(["1"])] {
            refused(complete(json!([wrong])), "`PartNumber`");
        }
        for etag in [
            json!(null),
            json!(""),
            json!("\""),
            json!("a b"),
            json!("<a>"),
            json!("ä"),
            json!(["a"]),
        ] {
            refused(complete(json!([{"PartNumber": 1, "ETag": etag}])), "`ETag`");
        }
        let long = |n: usize| json!([{"PartNumber": 1, "ETag": "a".repeat(n)}]);
        assert!(complete(long(UPPY_ETAG_BYTES_MAX)).is_ok());
        refused(complete(long(UPPY_ETAG_BYTES_MAX + 1)), "`ETag`");
        refused(
            complete(json!([{"PartNumber": 1, "ETag": "a"}, {"PartNumber": 1, "ETag": "b"}])),
            "twice",
        );
    }

    #[test]
    fn numbers_in_paths_and_batches() {
        assert_eq!(part_number("1").unwrap(), 1);
        assert_eq!(part_number("10000").unwrap(), 10_000);
        for wrong in [
            "",
            "0",
            "10001",
            "-1",
            "+1",
            "1.5",
            "1e3",
            " 1",
            "١",
            "99999999999999999999",
            "1,2",
            "batch",
        ] {
            refused(part_number(wrong), "1 to 10000");
        }
        assert_eq!(part_numbers("7, 6,4,7").unwrap(), [4, 6, 7]);
        let many = |n: usize| (1..=n).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(
            part_numbers(&many(PARTS_PER_CALL_MAX)).unwrap().len(),
            PARTS_PER_CALL_MAX
        );
        refused(part_numbers(&many(PARTS_PER_CALL_MAX + 1)), "more than");
        for wrong in ["", ",", "1,", "1,x", "1;2", "0"] {
            refused(part_numbers(wrong), "1 to 10000");
        }
    }
}
