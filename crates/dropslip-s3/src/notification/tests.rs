//! Who gets which event, what S3 refuses, and the messages.

use serde_json::Value;

use super::*;
use crate::limits::{ARN_LEN_MAX, KEY_LEN_MAX, NOTIFICATION_ID_LEN_MAX, NOTIFICATIONS_MAX};

fn to(id: &str, events: &[&str], prefix: &str, suffix: &str) -> Notification {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Notification {
        id: id.to_owned(),
        kind: DestinationKind::Queue,
        arn: "arn:aws:sqs:us-east-1:123456789012:queue".to_owned(),
        events: events.iter().map(|name| (*name).to_owned()).collect(),
        prefix: some(prefix),
        suffix: some(suffix),
    }
}

const CREATED: &[&str] = &["s3:ObjectCreated:*"];
const REMOVED: &[&str] = &["s3:ObjectRemoved:*"];

#[track_caller]
fn refused(destinations: Vec<Notification>, part: &str) {
    let error = NotificationConfiguration::new(destinations).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.to_string().contains(part), "`{part}` in {error}");
}

#[test]
fn events_go_where_they_are_asked_for() {
    let configuration = NotificationConfiguration::new(vec![
        to("images", CREATED, "in/", ".jpg"),
        to("copies", &["s3:ObjectCreated:Copy"], "copied/", ""),
        to("gone", REMOVED, "", ""),
    ])
    .unwrap();
    let check = |event, key, expect: &[&str]| {
        let ids: Vec<_> = configuration
            .of(event, key)
            .map(|d| d.id.as_str())
            .collect();
        assert_eq!(ids, expect, "{event} {key}");
    };
    use EventName as E;
    check(E::ObjectCreatedPut, "in/a.jpg", &["images"]);
    check(
        E::ObjectCreatedCompleteMultipartUpload,
        "in/a.jpg",
        &["images"],
    );
    check(E::ObjectCreatedPut, "in/a.png", &[]);
    check(E::ObjectCreatedPut, "out/in/a.jpg", &[]);
    check(E::ObjectCreatedCopy, "copied/a", &["copies"]);
    check(E::ObjectCreatedPost, "copied/a", &[]);
    check(E::ObjectRemovedDelete, "in/a.jpg", &["gone"]);
    check(E::ObjectRemovedDeleteMarkerCreated, "x", &["gone"]);
    check(E::LifecycleExpirationDelete, "x", &[]);
    assert!(NotificationConfiguration::default().is_empty());
}

#[test]
fn destinations_that_share_events_overlap() {
    let fine = |one, other| assert!(NotificationConfiguration::new(vec![one, other]).is_ok());
    fine(to("a", CREATED, "x/", ""), to("b", CREATED, "y/", ""));
    fine(to("a", CREATED, "", ".jpg"), to("b", CREATED, "", ".png"));
    fine(to("a", CREATED, "", ""), to("b", REMOVED, "", ""));
    fine(
        to("a", &["s3:ObjectCreated:Put"], "", ""),
        to("b", &["s3:ObjectCreated:Post"], "", ""),
    );
    let overlap = |one, other| refused(vec![one, other], "overlap");
    overlap(to("a", CREATED, "", ""), to("b", CREATED, "", ""));
    overlap(to("a", CREATED, "x/", ""), to("b", CREATED, "x/y/", ""));
    overlap(to("a", CREATED, "x/", ""), to("b", CREATED, "", ".jpg"));
    overlap(
        to("a", CREATED, "", ""),
        to("b", &["s3:ObjectCreated:Put"], "", ""),
    );
}

#[test]
fn wrong_destinations() {
    refused(
        vec![to("a", &["s3:ObjectCreated:Put*"], "", "")],
        "not supported",
    );
    refused(vec![to("a", &["ObjectCreated:*"], "", "")], "not supported");
    refused(
        vec![to("a", CREATED, "x/", ""), to("a", CREATED, "y/", "")],
        "Id `a`",
    );
    let with_arn = |arn: &str| Notification {
        arn: arn.to_owned(),
        ..to("a", CREATED, "", "")
    };
    for wrong in [
        "",
        "queue",
        "http://127.0.0.1/",
        "arn:aws:sqs",
        "arn:a:b:c:d:e f",
    ] {
        refused(vec![with_arn(wrong)], "ARN");
    }
    let arn = |len: usize| format!("arn:aws:sqs:::{}", "q".repeat(len - 14));
    assert!(NotificationConfiguration::new(vec![with_arn(&arn(ARN_LEN_MAX))]).is_ok());
    refused(vec![with_arn(&arn(ARN_LEN_MAX + 1))], "ARN");
    let none = NotificationConfiguration::new(vec![to("a", &[], "", "")]).unwrap_err();
    assert_eq!(none.code(), Code::MalformedXML);
}

#[test]
fn configurations_are_bounded() {
    let many = |count: usize| -> Vec<_> {
        (0..count)
            .map(|n| to(&n.to_string(), CREATED, &format!("{n}/"), ""))
            .collect()
    };
    assert!(NotificationConfiguration::new(many(NOTIFICATIONS_MAX)).is_ok());
    refused(many(NOTIFICATIONS_MAX + 1), "more than");
    let id = |len: usize| vec![to(&"é".repeat(len), CREATED, "", "")];
    assert!(NotificationConfiguration::new(id(NOTIFICATION_ID_LEN_MAX)).is_ok());
    refused(id(NOTIFICATION_ID_LEN_MAX + 1), "Id");
    let prefix = |len: usize| vec![to("a", CREATED, &"p".repeat(len), "")];
    assert!(NotificationConfiguration::new(prefix(KEY_LEN_MAX)).is_ok());
    refused(prefix(KEY_LEN_MAX + 1), "filter rule");
}

#[test]
fn keys_are_encoded_as_forms_are() {
    let check = |key: &str, expect: &str| assert_eq!(encode_key(key), expect);
    check("red flower.jpg", "red+flower.jpg");
    check("a/b=c+d%.txt", "a/b%3Dc%2Bd%25.txt");
    check("é~(1)*", "%C3%A9%7E%281%29*");
    check("a\n\"<>", "a%0A%22%3C%3E");
}

#[test]
fn a_message_tells_all_that_s3_tells() {
    let event = EventMessage {
        name: EventName::ObjectCreatedPut,
        time: "2026-01-15T12:00:00.000Z",
        region: "us-east-1",
        principal: "id",
        source_ip: "127.0.0.1",
        request_id: "0123456789ABCDEF",
        configuration_id: "images",
        bucket: "photos",
        bucket_owner: "owner",
        object: EventObject {
            key: "a b.jpg",
            size_bytes: Some(3),
            etag: Some("\"abc\""),
            version_id: None,
            sequence: 255,
        },
    };
    let message: Value = serde_json::from_str(&event_message(&event)).unwrap();
    let record = &message["Records"][0];
    assert_eq!(message["Records"].as_array().unwrap().len(), 1);
    assert_eq!(record["eventVersion"], "2.1");
    assert_eq!(record["eventName"], "ObjectCreated:Put");
    assert_eq!(record["s3"]["bucket"]["arn"], "arn:aws:s3:::photos");
    assert_eq!(record["s3"]["configurationId"], "images");
    let object = &record["s3"]["object"];
    assert_eq!(object["key"], "a+b.jpg");
    assert_eq!(object["size"], 3);
    assert_eq!(object["eTag"], "abc");
    assert_eq!(object["sequencer"], "0000000000000000FF");
    assert!(object.get("versionId").is_none());
    let deleted = EventMessage {
        name: EventName::LifecycleExpirationDelete,
        object: EventObject {
            size_bytes: None,
            etag: None,
            version_id: Some("v1"),
            ..event.object
        },
        ..event
    };
    let message: Value = serde_json::from_str(&event_message(&deleted)).unwrap();
    let record = &message["Records"][0];
    assert_eq!(record["eventVersion"], "2.3");
    assert_eq!(record["s3"]["object"]["versionId"], "v1");
    assert!(record["s3"]["object"].get("size").is_none());
}

#[test]
fn a_test_message_names_the_bucket() {
    let test = TestMessage {
        time: "2026-01-15T12:00:00.000Z",
        bucket: "photos",
        request_id: "0123456789ABCDEF",
    };
    let message: Value = serde_json::from_str(&test_message(&test)).unwrap();
    assert_eq!(message["Service"], "Amazon S3");
    assert_eq!(message["Event"], "s3:TestEvent");
    assert_eq!(message["Bucket"], "photos");
}
