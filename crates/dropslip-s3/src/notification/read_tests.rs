//! Messages as storages send them, and as nobody does.

use serde_json::{Value, json};

use super::read::{StoredObject, Told, read};
use super::{EventMessage, EventName, EventObject, TestMessage, event_message, test_message};
use crate::limits::{TOLD_BYTES_MAX, TOLD_RECORDS_MAX};

fn told(message: &Value) -> Told {
    read(message.to_string().as_bytes()).unwrap()
}

#[track_caller]
fn one(told: Told) -> StoredObject {
    let Told::Stored(mut stored) = told else {
        panic!("{told:?}");
    };
    assert_eq!(stored.len(), 1, "{stored:?}");
    stored.remove(0)
}

/// A record as AWS writes it.
fn record(name: &str, key: &str) -> Value {
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": name,
        "s3": {
            "bucket": { "name": "uploads", "arn": "arn:aws:s3:::uploads" },
            "object": { "key": key, "size": 7, "eTag": "abc", "versionId": "v1", "sequencer": "0" },
        },
    })
}

#[test]
fn our_own_messages_are_read_back() {
    let message = event_message(&EventMessage {
        name: EventName::ObjectCreatedCompleteMultipartUpload,
        time: "2026-01-15T12:00:00.000Z",
        region: "us-east-1",
        principal: "p",
        source_ip: "",
        request_id: "r",
        configuration_id: "c",
        bucket: "uploads",
        bucket_owner: "o",
        object: EventObject {
            key: "files/a b+c%41/é.jpg",
            size_bytes: Some(7),
            etag: Some("\"abc-2\""),
            version_id: None,
            sequence: 1,
        },
    });
    let object = one(read(message.as_bytes()).unwrap());
    assert_eq!(object.bucket, "uploads");
    assert_eq!(object.keys[0], "files/a b+c%41/é.jpg");
    assert_eq!(
        (object.size_bytes, object.etag.as_deref()),
        (Some(7), Some("abc-2"))
    );
    assert_eq!(object.version_id, None);
    let test = test_message(&TestMessage {
        time: "",
        bucket: "uploads",
        request_id: "",
    });
    assert_eq!(read(test.as_bytes()), Ok(Told::Test));
}

#[test]
fn keys_have_two_readings() {
    let keys = |name: &str, key: &str| one(told(&json!({ "Records": [record(name, key)] }))).keys;
    let name = "ObjectCreated:Put";
    assert_eq!(keys(name, "plain/k.jpg"), ["plain/k.jpg"]);
    // AWS and MinIO encode, Ceph does not.
    assert_eq!(keys(name, "a+b"), ["a b", "a+b"]);
    assert_eq!(
        keys("s3:ObjectCreated:Put", "a%2Fb%2B"),
        ["a/b+", "a%2Fb%2B"]
    );
    assert_eq!(keys(name, "100%.txt"), ["100%.txt"]);
    assert_eq!(keys(name, "%FF"), ["%FF"]);
}

#[test]
fn minio_and_ceph() {
    let minio = json!({
        "EventName": "s3:ObjectCreated:Put", "Key": "uploads/a.jpg",
        "Records": [record("s3:ObjectCreated:Put", "a.jpg")],
    });
    let object = one(told(&minio));
    assert_eq!(
        (object.keys[0].as_str(), object.version_id.as_deref()),
        ("a.jpg", Some("v1"))
    );
    let mut ceph = record("ObjectCreated:Post", "a.jpg");
    ceph["s3"]["object"] =
        json!({ "key": "a.jpg", "size": 1, "etag": "\"x\"", "versionId": "", "metadata": [] });
    ceph["eventId"] = json!("1");
    let object = one(told(&json!({ "Records": [ceph] })));
    assert_eq!(
        (object.etag.as_deref(), object.version_id),
        (Some("x"), None)
    );
}

#[test]
fn envelopes() {
    let records = json!({ "Records": [record("ObjectCreated:Put", "a.jpg")] });
    let sns = json!({ "Type": "Notification", "Subject": "s", "Message": records.to_string() });
    let lambda_sns = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": records.to_string() } }] });
    let lambda_sqs = json!({ "Records": [{ "body": sns.to_string() }] });
    for message in [&records, &sns, &lambda_sns, &lambda_sqs] {
        assert_eq!(one(told(message)).keys, ["a.jpg"], "{message}");
    }
    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b" });
    let sns_test = json!({ "Type": "Notification", "Message": test.to_string() });
    assert_eq!(told(&sns_test), Told::Test);
    let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x";
    let confirm = json!({ "Type": "SubscriptionConfirmation", "SubscribeURL": url, "Message": "You have chosen" });
    assert_eq!(
        told(&confirm),
        Told::Confirm {
            url: url.to_owned()
        }
    );
    let ended = json!({ "Type": "UnsubscribeConfirmation", "Message": "You have chosen" });
    assert_eq!(told(&ended), Told::Stored(Vec::new()));
}

#[test]
fn event_bridge() {
    let message = json!({
        "version": "0", "detail-type": "Object Created", "source": "aws.s3",
        "detail": {
            "bucket": { "name": "uploads" },
            "object": { "key": "a+b", "size": 5, "etag": "b19", "version-id": "v9", "sequencer": "0" },
            "reason": "PutObject",
        },
    });
    let object = one(told(&message));
    assert_eq!(object.keys, ["a+b", "a b"]);
    assert_eq!(
        (object.size_bytes, object.version_id.as_deref()),
        (Some(5), Some("v9"))
    );
    let deleted = json!({ "detail-type": "Object Deleted", "detail": message["detail"] });
    assert_eq!(told(&deleted), Told::Stored(Vec::new()));
}

#[test]
fn other_events_are_passed_over() {
    for name in [
        "ObjectRemoved:Delete",
        "s3:ObjectAccessed:Get",
        "ObjectTagging:Put",
        "LifecycleExpiration:Delete",
        "",
    ] {
        let message = json!({ "Records": [record(name, "a.jpg")] });
        assert_eq!(told(&message), Told::Stored(Vec::new()), "{name}");
    }
    assert_eq!(told(&json!({ "Records": [] })), Told::Stored(Vec::new()));
}

#[test]
fn what_no_storage_sends_is_refused() {
    let mut no_object = record("ObjectCreated:Put", "a");
    no_object["s3"] = json!({ "bucket": { "name": "b" } });
    let mut no_s3 = record("ObjectCreated:Put", "a");
    no_s3["s3"] = Value::Null;
    let mut size = record("ObjectCreated:Put", "a");
    size["s3"]["object"]["size"] = json!(-1);
    let nested = (0..4).fold(
        json!({ "Records": [] }),
        |inner, _| json!({ "Type": "Notification", "Message": inner.to_string() }),
    );
    for message in [
        json!({}),
        json!([]),
        json!("Records"),
        json!(null),
        json!({ "Records": {} }),
        json!({ "Records": [1] }),
        json!({ "Records": [no_object] }),
        json!({ "Records": [no_s3] }),
        json!({ "Records": [size] }),
        json!({ "Records": [{ "body": "no json" }] }),
        json!({ "Type": "Notification" }),
        json!({ "Type": "Notification", "Message": "no json" }),
        json!({ "Type": "SubscriptionConfirmation" }),
        json!({ "detail-type": "Object Created" }),
        nested,
    ] {
        assert!(read(message.to_string().as_bytes()).is_err(), "{message}");
    }
    for text in ["", "{", "\u{feff}{}", "Records", "{\"Records\":[]}x"] {
        assert!(read(text.as_bytes()).is_err(), "{text}");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(read(deep.as_bytes()).is_err());
    let secret = read(b"{\"Records\": \"hunter2\"}").unwrap_err();
    assert!(!secret.to_string().contains("hunter2"), "{secret}");
}

#[test]
fn messages_are_bounded() {
    let many = |count| vec![record("ObjectCreated:Put", "a"); count];
    let fits = told(&json!({ "Records": many(TOLD_RECORDS_MAX) }));
    assert!(matches!(fits, Told::Stored(stored) if stored.len() == TOLD_RECORDS_MAX));
    let text = json!({ "Records": many(TOLD_RECORDS_MAX + 1) }).to_string();
    assert!(text.len() < TOLD_BYTES_MAX);
    assert!(
        read(text.as_bytes())
            .unwrap_err()
            .to_string()
            .contains("more than")
    );
    let padded = |length: usize| format!("{{\"Records\":[]{}}}", " ".repeat(length - 14));
    assert!(read(padded(TOLD_BYTES_MAX).as_bytes()).is_ok());
    assert!(read(padded(TOLD_BYTES_MAX + 1).as_bytes()).is_err());
}
