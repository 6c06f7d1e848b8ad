//! Reads what storages send: which objects were stored.
//!
//! One form with many hands: S3's own JSON
//! ([Event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html))
//! as AWS, MinIO, Ceph and our store write it, bare, in an envelope of SNS, in the records that Lambda gets from SNS
//! and SQS, or in EventBridge's words. What is read here is a hint: whoever sends it may be anybody, so a reader asks
//! the storage itself.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::limits::{TOLD_BYTES_MAX, TOLD_RECORDS_MAX};

/// What a message tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Objects were stored. None, if the message is about something else, such as deletions.
    Stored(Vec<StoredObject>),
    /// The storage tries out whether somebody listens.
    Test,
    /// SNS asks whether the messages are wanted: yes, if somebody opens the URL.
    Confirm {
        /// As it was sent; nobody has checked where it leads.
        url: String,
    },
}

/// An object that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// The bucket.
    pub bucket: String,
    /// The key. AWS and MinIO send it as a form's value (`a+b`, `%C3%A9`), Ceph as it is, so of a key with `+` or `%`
    /// there are two readings, and the likelier one comes first.
    pub keys: Vec<String>,
    /// The size, if it is told.
    pub size_bytes: Option<u64>,
    /// The ETag without quotes, if it is told.
    pub etag: Option<String>,
    /// The version, where there are versions.
    pub version_id: Option<String>,
}

/// Why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldError(String);

impl std::fmt::Display for ToldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ToldError {}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    /// `s3:TestEvent`
    #[serde(rename = "Event")]
    event: Option<String>,
    /// SNS: `Notification`, `SubscriptionConfirmation`, `UnsubscribeConfirmation`.
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
    /// EventBridge.
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    detail: Option<Detail>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: Option<String>,
    s3: Option<Detail>,
    /// SQS, as Lambda has it.
    body: Option<String>,
    /// SNS, as Lambda has it.
    #[serde(rename = "Sns")]
    sns: Option<Sns>,
}

#[derive(Deserialize)]
struct Sns {
    #[serde(rename = "Message")]
    message: String,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    size: Option<u64>,
    #[serde(rename = "eTag", alias = "etag")]
    etag: Option<String>,
    #[serde(rename = "versionId", alias = "version-id")]
    version_id: Option<String>,
}

/// Reads a message.
///
/// # Errors
/// When it is too large, no JSON, or none of the messages that storages send.
pub fn read(bytes: &[u8]) -> Result<Told, ToldError> {
    let mut stored = Vec::new();
    match message(bytes, Depth::Outer, &mut stored)? {
        Some(other) => Ok(other),
        None => Ok(Told::Stored(stored)),
    }
}

/// How many envelopes there may be: the message, SNS in SQS, and the two of Lambda.
#[derive(Clone, Copy)]
enum Depth {
    Outer,
    Second,
    Third,
}

impl Depth {
    fn inner(self) -> Result<Self, ToldError> {
        match self {
            Self::Outer => Ok(Self::Second),
            Self::Second => Ok(Self::Third),
            Self::Third => Err(wrong("it has envelopes within envelopes")),
        }
    }
}

fn message(
    bytes: &[u8],
    depth: Depth,
    stored: &mut Vec<StoredObject>,
) -> Result<Option<Told>, ToldError> {
    if bytes.len() > TOLD_BYTES_MAX {
        return Err(wrong(format!("it is larger than {TOLD_BYTES_MAX} bytes")));
    }
    let read: Result<Message, _> = serde_json::from_slice(bytes);
    // The error of the library may quote what was sent; where it went wrong is enough.
    let read = read.map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let what = if error.is_data() {
            "no message of a storage"
        } else {
            "no JSON"
        };
        wrong(format!("it is {what} ({place})"))
    })?;
    match read.kind.as_deref() {
        Some("Notification") => {
            let inner = read.message.ok_or_else(|| wrong("it has no `Message`"))?;
            return message(inner.as_bytes(), depth.inner()?, stored);
        }
        Some("SubscriptionConfirmation") => {
            let url = read.subscribe_url;
            let url = url.ok_or_else(|| wrong("it has no `SubscribeURL`"))?;
            return Ok(Some(Told::Confirm { url }));
        }
        Some("UnsubscribeConfirmation") => return Ok(None),
        _ => {}
    }
    if read.event.as_deref() == Some("s3:TestEvent") {
        return Ok(Some(Told::Test));
    }
    if let Some(kind) = read.detail_type {
        if kind == "Object Created" {
            let detail = read.detail.ok_or_else(|| wrong("it has no `detail`"))?;
            add(stored, object(detail, KeyForm::AsItIs))?;
        }
        return Ok(None);
    }
    let records = read.records;
    let records = records.ok_or_else(|| wrong("it has no `Records`"))?;
    for one in records {
        if let Some(other) = record(one, depth, stored)? {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

fn record(
    record: Record,
    depth: Depth,
    stored: &mut Vec<StoredObject>,
) -> Result<Option<Told>, ToldError> {
    let inner = record.body.or(record.sns.map(|sns| sns.message));
    if let Some(inner) = inner {
        return message(inner.as_bytes(), depth.inner()?, stored);
    }
    let name = record.event_name.unwrap_or_default();
    let name = name.strip_prefix("s3:").unwrap_or(&name);
    if name.starts_with("ObjectCreated:") {
        let detail = record.s3.ok_or_else(|| wrong("a record has no `s3`"))?;
        add(stored, object(detail, KeyForm::Encoded))?;
    }
    Ok(None)
}

fn add(stored: &mut Vec<StoredObject>, object: StoredObject) -> Result<(), ToldError> {
    if stored.len() == TOLD_RECORDS_MAX {
        let why = format!("it tells of more than {TOLD_RECORDS_MAX} objects");
        return Err(wrong(why));
    }
    stored.push(object);
    Ok(())
}

/// How a key is written, most likely.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyForm {
    Encoded,
    AsItIs,
}

fn object(detail: Detail, form: KeyForm) -> StoredObject {
    let written = detail.object.key;
    let decoded = percent_decode_str(&written.replace('+', " "))
        .decode_utf8()
        .ok()
        .map(std::borrow::Cow::into_owned);
    let mut keys: Vec<String> = decoded.into_iter().chain([written]).collect();
    keys.dedup();
    if form == KeyForm::AsItIs {
        keys.reverse();
    }
    StoredObject {
        bucket: detail.bucket.name,
        keys,
        size_bytes: detail.object.size,
        etag: detail
            .object
            .etag
            .map(|etag| etag.trim_matches('"').to_owned()),
        version_id: detail
            .object
            .version_id
            .filter(|version| !version.is_empty()),
    }
}

fn wrong(why: impl Into<String>) -> ToldError {
    ToldError(why.into())
}
