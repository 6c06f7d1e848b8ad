//! What is sent: S3's JSON.
//!
//! Source: [Event message structure](https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).

use serde_json::{Map, Value, json};

use super::EventName;

/// An event, as a message tells it.
#[derive(Clone, Debug)]
pub struct EventMessage<'a> {
    /// What happened.
    pub name: EventName,
    /// When, RFC 3339 with milliseconds, in UTC.
    pub time: &'a str,
    /// Where.
    pub region: &'a str,
    /// Who did it: the id of an owner, or `Anonymous`.
    pub principal: &'a str,
    /// From which address; empty if it is not known.
    pub source_ip: &'a str,
    /// By which request; empty for what no request did.
    pub request_id: &'a str,
    /// The Id of the configuration that asks for it.
    pub configuration_id: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The id of the bucket's owner.
    pub bucket_owner: &'a str,
    /// The object.
    pub object: EventObject<'a>,
}

/// The object of an event.
#[derive(Clone, Copy, Debug)]
pub struct EventObject<'a> {
    /// Its key, as it is.
    pub key: &'a str,
    /// Its size; a deletion tells none.
    pub size_bytes: Option<u64>,
    /// Its ETag, with or without quotes.
    pub etag: Option<&'a str>,
    /// Its version, where there are versions.
    pub version_id: Option<&'a str>,
    /// Grows from event to event; of two events of a key the later one has the larger.
    pub sequence: u64,
}

/// What S3 sends to a destination when it is configured.
#[derive(Clone, Copy, Debug)]
pub struct TestMessage<'a> {
    /// When, RFC 3339 with milliseconds, in UTC.
    pub time: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// By which request.
    pub request_id: &'a str,
}

/// The message of an event.
#[must_use]
pub fn event_message(event: &EventMessage<'_>) -> String {
    let mut object = Map::new();
    object.insert("key".to_owned(), encode_key(event.object.key).into());
    if let Some(size) = event.object.size_bytes {
        object.insert("size".to_owned(), size.into());
    }
    if let Some(etag) = event.object.etag {
        object.insert("eTag".to_owned(), etag.trim_matches('"').into());
    }
    if let Some(version_id) = event.object.version_id {
        object.insert("versionId".to_owned(), version_id.into());
    }
    // 18 digits: texts of one length compare as the numbers do.
    let sequencer = format!("{:018X}", event.object.sequence);
    object.insert("sequencer".to_owned(), sequencer.into());
    let record = json!({
        "eventVersion": event.name.message_version(),
        "eventSource": "aws:s3",
        "awsRegion": event.region,
        "eventTime": event.time,
        "eventName": event.name.as_str(),
        "userIdentity": { "principalId": event.principal },
        "requestParameters": { "sourceIPAddress": event.source_ip },
        "responseElements": { "x-amz-request-id": event.request_id, "x-amz-id-2": event.request_id },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": event.configuration_id,
            "bucket": {
                "name": event.bucket,
                "ownerIdentity": { "principalId": event.bucket_owner },
                "arn": format!("arn:aws:s3:::{}", event.bucket),
            },
            "object": Value::Object(object),
        },
    });
    json!({ "Records": [record] }).to_string()
}

/// The message that tries out a destination.
#[must_use]
pub fn test_message(test: &TestMessage<'_>) -> String {
    json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": test.time,
        "Bucket": test.bucket,
        "RequestId": test.request_id,
        "HostId": test.request_id,
    })
    .to_string()
}

/// A key as messages carry it: encoded as a form's value, with slashes as they are.
#[must_use]
pub fn encode_key(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            b'/' | b'.' | b'-' | b'_' | b'*' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
