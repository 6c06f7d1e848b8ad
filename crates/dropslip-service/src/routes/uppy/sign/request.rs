//! The question of `signRequest`: one request to S3, described by method, key, upload and part.
//!
//! Seven are known, as in Uppy's own `PresignableRequest`. Whatever else a caller combines is refused here, so that
//! nothing below has to think of a presigned GET of an object or of a bucket.

use dropslip_s3::ObjectKey;
use dropslip_s3::limits::PARTS_MAX;
use serde::Deserialize;
use serde_json::Value;

use crate::limits::UPPY_UPLOAD_ID_BYTES_MAX;
use crate::problem::{Code, Problem, echo};

/// Body of `POST /sign`. Unknown fields are let pass: later versions may send more.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Body {
    method: Value,
    key: Value,
    upload_id: Value,
    part_number: Value,
    content_type: Value,
    expires_in: Value,
    preset: Value,
}

/// The same, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) request: Request,
    /// Seconds that the URL should live; the preset's at most.
    pub(super) expires_s: Option<u32>,
    /// The preset that the application names.
    pub(super) preset: Option<String>,
}

/// One request to S3.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// `PutObject` or `CreateMultipartUpload`.
    New(NewFile),
    /// One on an upload in parts that exists.
    Known(KnownUpload),
    /// `DeleteObject`.
    Delete(ObjectKey),
}

/// A new upload, of which the client knows the name alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) multipart: bool,
}

/// An upload in parts, as the storage and its client know it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KnownUpload {
    pub(super) call: Call,
    pub(super) key: ObjectKey,
    pub(super) upload_id: String,
}

/// What is to be done with an upload in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `UploadPart`
    Part(u32),
    /// `ListParts`
    List,
    /// `CompleteMultipartUpload`
    Complete,
    /// `AbortMultipartUpload`
    Abort,
}

impl Body {
    /// Reads the fields.
    ///
    /// # Errors
    /// `invalid_request`.
    pub(super) fn read(self) -> Result<Asked, Problem> {
        let method = text(&self.method, "method")?;
        let key = text(&self.key, "key")?;
        if key.trim().is_empty() {
            return Err(wrong("`key` is missing or empty"));
        }
        let upload_id = upload_id(&self.upload_id)?;
        let number = part_number(&self.part_number)?;
        let content_type = text(&self.content_type, "contentType")?;
        let object =
            || ObjectKey::parse(key).map_err(|error| wrong(format!("`key` is none: {error}")));
        let known = |call, upload_id| {
            Ok::<_, Problem>(Request::Known(KnownUpload {
                call,
                key: object()?,
                upload_id,
            }))
        };
        let fresh = |multipart| {
            Request::New(NewFile {
                name: without_uuid(key).to_owned(),
                content_type: content_type.to_owned(),
                multipart,
            })
        };
        let request = match (method, upload_id, number) {
            ("PUT", None, None) => fresh(false),
            ("POST", None, None) => fresh(true),
            ("PUT", Some(id), Some(number)) => known(Call::Part(number), id)?,
            ("GET", Some(id), None) => known(Call::List, id)?,
            ("POST", Some(id), None) => known(Call::Complete, id)?,
            ("DELETE", Some(id), None) => known(Call::Abort, id)?,
            ("DELETE", None, None) => Request::Delete(object()?),
            _ => return Err(unknown(method)),
        };
        let preset = text(&self.preset, "preset")?;
        Ok(Asked {
            request,
            expires_s: expires(&self.expires_in)?,
            preset: (!preset.is_empty()).then(|| preset.to_owned()),
        })
    }
}

fn unknown(method: &str) -> Problem {
    let detail = format!(
        "{} with these fields is none of the requests of an upload",
        echo(method)
    );
    let hint = "There are PUT and POST with a key; PUT with `uploadId` and `partNumber`; GET, POST and DELETE with \
                `uploadId`. Objects are read by POST /v1/downloads.";
    wrong(detail).with_hint(hint.to_owned())
}

/// A text; missing, `null` and empty are the same.
fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, Problem> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err(wrong(format!("`{name}` must be a string"))),
    }
}

fn upload_id(value: &Value) -> Result<Option<String>, Problem> {
    let id = text(value, "uploadId")?;
    let plain =
        id.len() <= UPPY_UPLOAD_ID_BYTES_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    match id {
        "" => Ok(None),
        id if plain => Ok(Some(id.to_owned())),
        _ => Err(wrong("`uploadId` is not one that the storage has given")),
    }
}

fn part_number(value: &Value) -> Result<Option<u32>, Problem> {
    let number = match value {
        Value::Null => return Ok(None),
        value => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    number
        .filter(|number| usize::try_from(*number).is_ok_and(|n| (1..=PARTS_MAX).contains(&n)))
        .map(Some)
        .ok_or_else(|| {
            wrong(format!(
                "`partNumber` must be a number from 1 to {PARTS_MAX}"
            ))
        })
}

fn expires(value: &Value) -> Result<Option<u32>, Problem> {
    match value {
        Value::Null => Ok(None),
        value => value
            .as_u64()
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Some(u32::try_from(seconds).unwrap_or(u32::MAX)))
            .ok_or_else(|| wrong("`expiresIn` must be a number of seconds")),
    }
}

/// Uppy proposes `{uuid}-{name}` as a key. Ours has a uuid of its own, so a name in it, or in a download, need not
/// begin with a second one.
fn without_uuid(key: &str) -> &str {
    let Some((uuid, rest)) = key.split_at_checked(36) else {
        return key;
    };
    match rest.strip_prefix('-') {
        Some(name) if !name.is_empty() && uuid::Uuid::try_parse(uuid).is_ok() => name,
        _ => key,
    }
}

fn wrong(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<Asked, Problem> {
        serde_json::from_value::<Body>(body).unwrap().read()
    }

    #[track_caller]
    fn check(body: Value, expect: Request) {
        let shown = body.to_string();
        assert_eq!(read(body).unwrap().request, expect, "{shown}");
    }

    #[track_caller]
    fn refused(body: Value, word: &str) {
        let shown = body.to_string();
        let problem = read(body).unwrap_err();
        assert_eq!(problem.code(), Code::InvalidRequest, "{shown}");
        assert!(
            problem.detail().contains(word),
            "{shown}: {}",
            problem.detail()
        );
    }

    fn new(name: &str, content_type: &str, multipart: bool) -> Request {
        Request::New(NewFile {
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            multipart,
        })
    }

    fn known(call: Call) -> Request {
        Request::Known(KnownUpload {
            call,
            key: ObjectKey::parse("a/b").unwrap(),
            upload_id: "id".to_owned(),
        })
    }

    #[test]
    fn the_seven_requests() {
        check(
            json!({"method": "PUT", "key": "a.png", "contentType": "image/png"}),
            new("a.png", "image/png", false),
        );
        check(
            json!({"method": "POST", "key": "a.png", "uploadId": null}),
            new("a.png", "", true),
        );
        let of = |method: &str| json!({"method": method, "key": "a/b", "uploadId": "id"});
        let mut part = of("PUT");
        part["partNumber"] = json!(10_000);
        check(part, known(Call::Part(10_000)));
        check(of("GET"), known(Call::List));
        check(of("POST"), known(Call::Complete));
        check(of("DELETE"), known(Call::Abort));
        let key = ObjectKey::parse("a/b").unwrap();
        check(
            json!({"method": "DELETE", "key": "a/b"}),
            Request::Delete(key),
        );
    }

    #[test]
    fn names_lose_the_uuid_that_uppy_puts_before_them() {
        let uuid = "3f2a9a1e-6a55-4b0e-9d8e-0d5f5c1c2b3a";
        let name = |key: &str| without_uuid(key).to_owned();
        assert_eq!(name(&format!("{uuid}-a.png")), "a.png");
        for kept in [
            format!("{uuid}-"),
            uuid.to_owned(),
            format!("{uuid}a.png"),
            "ä".repeat(30),
        ] {
            assert_eq!(name(&kept), kept);
        }
    }

    #[test]
    fn expiry_and_preset() {
        let asked =
            json!({"method": "PUT", "key": "a", "expiresIn": 60, "preset": "photo", "later": [1]});
        let asked = read(asked).unwrap();
        assert_eq!(
            (asked.expires_s, asked.preset.as_deref()),
            (Some(60), Some("photo"))
        );
        let far = read(json!({"method": "PUT", "key": "a", "expiresIn": u64::MAX})).unwrap();
        assert_eq!((far.expires_s, far.preset), (Some(u32::MAX), None));
    }

    #[test]
    fn what_is_no_request_of_an_upload() {
        for (method, upload_id, number) in [
            ("GET", json!(null), json!(null)),
            ("HEAD", json!("id"), json!(null)),
            ("PATCH", json!(null), json!(null)),
            ("put", json!(null), json!(null)),
            ("", json!(null), json!(null)),
            ("PUT", json!("id"), json!(null)),
            ("PUT", json!(null), json!(1)),
            ("GET", json!("id"), json!(1)),
            ("POST", json!("id"), json!(1)),
            ("DELETE", json!("id"), json!(1)),
            ("POST", json!(null), json!(1)),
        ] {
            let body =
                json!({"method": method, "key": "a", "uploadId": upload_id, "partNumber": number});
            refused(body, "none of the requests");
        }
    }

    #[test]
    fn fields_of_other_shapes() {
        let put = |name: &str, value: Value| {
            let mut body = json!({"method": "PUT", "key": "a", "uploadId": "id", "partNumber": 1});
            body[name] = value;
            body
        };
        for (name, values, word) in [
            ("method", json!([1, {}, true]), "`method` must be"),
            ("key", json!([1, {}, ["a"]]), "`key` must be"),
            ("key", json!(["", " ", null]), "`key` is missing"),
            ("key", json!(["a".repeat(1025)]), "`key` is none"),
            ("uploadId", json!([1, ["x"]]), "`uploadId` must be"),
            (
                "uploadId",
                json!([" ", "a b", "ä", "\n"]),
                "`uploadId` is not one",
            ),
            (
                "partNumber",
                json!([0, 10_001, -1, 1.5, "1", u64::MAX, {}]),
                "from 1 to",
            ),
            ("contentType", json!([1]), "`contentType` must be"),
            (
                "expiresIn",
                json!([0, -1, "60", 0.5]),
                "`expiresIn` must be",
            ),
            ("preset", json!([1]), "`preset` must be"),
        ] {
            for value in values.as_array().unwrap() {
                refused(put(name, value.clone()), word);
            }
        }
        let long = |n: usize| put("uploadId", json!("x".repeat(n)));
        assert!(read(long(UPPY_UPLOAD_ID_BYTES_MAX)).is_ok());
        refused(long(UPPY_UPLOAD_ID_BYTES_MAX + 1), "`uploadId`");
    }
}
