//! The body of an event: pure. Made once, when the upload is decided, so that each time it is sent it is the same.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::database::{Decided, Record};

/// The kinds of events.
pub(super) const KINDS: [&str; 3] = ["upload.completed", "upload.refused", "upload.aborted"];

/// The event that tells of a decision; what merely lies at the storage is none.
pub(super) fn kind(state: Decided) -> Option<&'static str> {
    match state {
        Decided::Completed => Some("upload.completed"),
        Decided::Refused => Some("upload.refused"),
        Decided::Aborted => Some("upload.aborted"),
        Decided::Stored => None,
    }
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    id: String,
    preset: &'a str,
    storage: &'a str,
    bucket: &'a str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    issued_at: String,
    decided_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem<'a>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    detail: &'a str,
}

/// The JSON of an event. `url` is where anybody can read a public object.
pub(super) fn payload(kind: &str, record: &Record, url: Option<&str>) -> String {
    let problem = record.problem.as_ref();
    let body = Body {
        r#type: kind,
        timestamp: rfc3339(record.decided_ms),
        data: Data {
            id: record.id.to_string(),
            preset: &record.preset,
            storage: &record.storage,
            bucket: &record.bucket,
            key: &record.key,
            size: record.size_bytes,
            content_type: record.content_type.as_deref(),
            etag: record.etag.as_deref(),
            checksum: record.checksum.as_deref(),
            subject: record.subject.as_deref(),
            metadata: &record.metadata,
            url,
            issued_at: rfc3339(record.issued_ms),
            decided_at: rfc3339(record.decided_ms),
            problem: problem.map(|(code, detail)| Problem { code, detail }),
        },
    };
    serde_json::to_string(&body).expect("strings and numbers always serialize")
}

fn rfc3339(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn record() -> Record {
        Record {
            id: "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap(),
            state: Decided::Completed,
            preset: "photo".to_owned(),
            storage: "default".to_owned(),
            bucket: "uploads".to_owned(),
            key: "photos/ä \"quoted\".jpg".to_owned(),
            size_bytes: Some(1 << 42),
            content_type: Some("image/jpeg".to_owned()),
            etag: Some("\"abc\"".to_owned()),
            checksum: None,
            subject: None,
            metadata: BTreeMap::new(),
            problem: None,
            issued_ms: 1_369_353_600_000,
            decided_ms: 1_369_353_601_250,
        }
    }

    #[test]
    fn a_completed_upload() {
        let text = payload("upload.completed", &record(), Some("https://s3.example/x"));
        let expected = json!({
            "type": "upload.completed",
            "timestamp": "2013-05-24T00:00:01.250Z",
            "data": {
                "id": "0190163d-8694-739b-aea5-966c26f8ad91",
                "preset": "photo", "storage": "default", "bucket": "uploads",
                "key": "photos/ä \"quoted\".jpg", "size": 4_398_046_511_104_u64, "contentType": "image/jpeg",
                "etag": "\"abc\"", "metadata": {}, "url": "https://s3.example/x",
                "issuedAt": "2013-05-24T00:00:00.000Z", "decidedAt": "2013-05-24T00:00:01.250Z"
            }
        });
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
    }

    #[test]
    fn a_refused_upload() {
        let record = Record {
            size_bytes: None,
            content_type: None,
            etag: None,
            checksum: Some("sha256:abc=".to_owned()),
            subject: Some("user-42".to_owned()),
            metadata: BTreeMap::from([("album".to_owned(), "Zürich".to_owned())]),
            problem: Some((
                "size_mismatch".to_owned(),
                "expected 5 bytes, got 6".to_owned(),
            )),
            ..record()
        };
        let body: Value = serde_json::from_str(&payload("upload.refused", &record, None)).unwrap();
        let data = &body["data"];
        assert_eq!(
            data["problem"],
            json!({"code": "size_mismatch", "detail": "expected 5 bytes, got 6"})
        );
        assert_eq!(data["checksum"], "sha256:abc=");
        assert_eq!(data["subject"], "user-42");
        assert_eq!(data["metadata"], json!({"album": "Zürich"}));
        for absent in ["size", "contentType", "etag", "url"] {
            assert_eq!(data.get(absent), None, "{absent}");
        }
    }

    #[test]
    fn each_decision_has_its_kind() {
        let decided = [Decided::Completed, Decided::Refused, Decided::Aborted];
        assert_eq!(decided.map(|state| kind(state).unwrap()), KINDS);
        assert_eq!(kind(Decided::Stored), None);
    }
}
