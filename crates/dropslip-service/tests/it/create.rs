//! `POST /v1/uploads`: what is issued, what is signed, and what is refused.

use axum::http::StatusCode;
use dropslip_sigv4::{Credentials, Expected, Refusal, Request, Timestamp, verify};
use serde_json::{Value, json};

use crate::app::{ACCESS_KEY, App, SECRET_KEY, START, keys, settings};

#[track_caller]
fn check_uuid_v7(text: &str) {
    assert_eq!(
        uuid::Uuid::parse_str(text).unwrap().get_version_num(),
        7,
        "{text}"
    );
}

#[tokio::test]
async fn the_whole_answer() {
    let answer = App::offline()
        .post(
            "/v1/uploads",
            r#"{"preset":"photo","fileName":"x.jpg","contentType":"image/jpeg","size":3}"#,
        )
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-request-id").len(), 36);
    let json = answer.json();
    let names: Vec<_> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "bucket",
            "contentType",
            "expiresAt",
            "expiresIn",
            "id",
            "key",
            "mode",
            "put"
        ]
    );
    assert_eq!(json["bucket"], "uploads");
    assert_eq!(json["contentType"], "image/jpeg");
    assert_eq!(json["expiresAt"], "2013-05-24T00:15:00Z");
    assert_eq!(json["expiresIn"], 900);
    assert_eq!(
        json["put"]["headers"],
        json!({"content-type": "image/jpeg", "x-amz-acl": "public-read"})
    );
    let key = json["key"].as_str().unwrap();
    check_uuid_v7(
        key.strip_prefix("photos/2013/05/24/")
            .unwrap()
            .strip_suffix(".jpg")
            .unwrap(),
    );
    let url = json["put"]["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("http://localhost:7601/uploads/{key}?")),
        "{url}"
    );
    assert!(
        url.contains("X-Amz-Expires=900") && url.contains("X-Amz-Date=20130524T000000Z"),
        "{url}"
    );
    assert!(
        url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bx-amz-acl"),
        "{url}"
    );
}

#[tokio::test]
async fn no_two_uploads_are_alike() {
    let app = App::offline();
    let (one, other) = (
        app.issue("photo", "x.jpg", "", 3).await,
        app.issue("photo", "x.jpg", "", 3).await,
    );
    assert_ne!(one["key"], other["key"]);
    assert_ne!(one["id"], other["id"]);
}

/// Verifies a PUT to the issued URL as a storage would, `after_s` later.
fn arrive(issued: &Value, headers: &[(&str, &str)], after_s: i64) -> Result<(), Refusal> {
    let url = issued["put"]["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    let (address, query) = url.split_once('?').unwrap();
    let (host, _) = address.split_once('/').unwrap();
    let mut all: Vec<(&str, &[u8])> = vec![("host", host.as_bytes())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    let request = Request {
        method: "PUT",
        path: &address[host.len()..],
        query,
        headers: &all,
    };
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: Timestamp::from_unix_s(START + after_s),
    };
    verify(&request, &expected, |key| {
        (key == ACCESS_KEY).then(|| Credentials::new(ACCESS_KEY, SECRET_KEY))
    })
    .map(drop)
}

#[tokio::test]
async fn the_signature_holds_for_exactly_what_was_decided() {
    let issued = App::offline()
        .issue("photo", "x.jpg", "image/jpeg", 3)
        .await;
    let (content_type, acl, length) = (
        ("content-type", "image/jpeg"),
        ("x-amz-acl", "public-read"),
        ("content-length", "3"),
    );
    arrive(&issued, &[content_type, acl, length], 0).unwrap();
    arrive(
        &issued,
        &[
            acl,
            length,
            content_type,
            ("user-agent", "x"),
            ("origin", "http://localhost:7600"),
        ],
        899,
    )
    .unwrap();
    for wrong in [
        &[("content-type", "image/png"), acl, length][..],
        &[("content-type", "image/jpeg; charset=utf-8"), acl, length],
        &[acl, length],
        &[content_type, ("x-amz-acl", "private"), length],
        &[content_type, length],
        &[content_type, acl, ("content-length", "4")],
        &[content_type, acl, ("content-length", "0")],
        &[content_type, acl],
        &[
            content_type,
            acl,
            length,
            ("x-amz-copy-source", "/uploads/secret"),
        ],
        &[content_type, acl, length, ("x-amz-meta-a", "b")],
    ] {
        assert!(arrive(&issued, wrong, 0).is_err(), "{wrong:?}");
    }
    assert!(matches!(
        arrive(&issued, &[content_type, acl, length], 901),
        Err(Refusal::Expired { .. })
    ));
}

#[tokio::test]
async fn names_of_all_kinds_are_signed_well() {
    for name in [
        "../../é \"x\".jpg",
        "a b+c&d=e.txt",
        "100%.txt",
        "休暇.png",
        "~!@$^()_-=,;'`[]{}.txt",
        "👨‍👩‍👧.png",
        "...",
    ] {
        let issued = App::offline()
            .issue("file", name, "application/octet-stream", 0)
            .await;
        arrive(
            &issued,
            &[
                ("content-type", "application/octet-stream"),
                ("content-length", "0"),
            ],
            0,
        )
        .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
    }
}

#[tokio::test]
async fn headers_of_the_preset_are_signed() {
    let issued = App::offline()
        .issue("avatar", "x.png", "image/png", 100)
        .await;
    assert_eq!(issued["expiresAt"], "2013-05-24T00:01:00Z");
    assert_eq!(issued["expiresIn"], 60);
    let headers = issued["put"]["headers"].as_object().unwrap();
    let mut sent: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    assert_eq!(
        sent.iter().map(|header| header.0).collect::<Vec<_>>(),
        ["cache-control", "content-disposition", "content-type"]
    );
    sent.push(("content-length", "100"));
    arrive(&issued, &sent, 0).unwrap();
    sent[0].1 = "no-store";
    assert!(arrive(&issued, &sent, 0).is_err());
}

#[tokio::test]
async fn a_session_token_and_a_virtual_host() {
    let text = "[storage]\nendpoint = \"https://s3.example.com\"\nregion = \"us-east-1\"\naddressing = \"virtualHost\"\n\
                [presets.p]\nbucket = \"uploads\"\nkey = \"{uuid}\"\naccept = [\"*/*\"]\nmaxSize = 9";
    let keys = keys().with_session_token("a-session-token");
    let given = dropslip_service::Given {
        storage_keys: Some(keys),
        ..Default::default()
    };
    let app = App::of(
        dropslip_service::Config::parse(text)
            .unwrap()
            .check(given)
            .unwrap(),
    );
    let url = app.issue("p", "x", "", 1).await["put"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(url.starts_with("https://uploads.s3.example.com/"), "{url}");
    assert!(
        url.contains("X-Amz-Security-Token=a-session-token"),
        "{url}"
    );
}

async fn check_refused(body: &str, code: &str, words: &[&str]) -> Value {
    App::offline()
        .post("/v1/uploads", body)
        .await
        .expect_problem(code, words)
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    for (body, words) in [
        ("{", &["line 1 column 1"][..]),
        (
            "{\"preset\":\"photo\",\n \"fileName\":x}",
            &["line 2 column 13"],
        ),
        ("nope", &["line 1 column 2"]),
        ("[", &["line 1 column 1"]),
        (
            r#"{"preset":"photo","fileName":"x","size":1} x"#,
            &["trailing characters at line 1 column 44"],
        ),
        ("{\"preset\":\"\\ud800\"}", &["line 1"]),
        ("{\"size\":1e999}", &["number out of range"]),
        ("{'preset':'photo'}", &["line 1 column 2"]),
        (" ", &["line 1"]),
    ] {
        check_refused(body, "invalid_json", words).await;
    }
}

#[tokio::test]
async fn fields_that_are_wrong() {
    let good =
        json!({"preset": "photo", "fileName": "x.jpg", "contentType": "image/jpeg", "size": 3});
    for (field, value, words) in [
        ("preset", json!(1), &["`preset`", "line 1 column"][..]),
        ("preset", Value::Null, &["`preset`"]),
        ("fileName", json!(["x"]), &["`fileName`"]),
        ("fileName", Value::Null, &["`fileName`"]),
        ("contentType", json!(7), &["`contentType`"]),
        ("contentType", json!("jpeg"), &["`contentType`", "`jpeg`"]),
        ("size", json!("3"), &["`size`", "line 1 column"]),
        ("size", json!(-1), &["`size`", "-1"]),
        ("size", json!(1.5), &["`size`", "1.5"]),
        ("size", json!(1e30), &["`size`"]),
        ("size", Value::Null, &["`size`"]),
        ("size", json!(true), &["`size`"]),
        (
            "filename",
            json!("x"),
            &["unknown field `filename`", "`fileName`"],
        ),
    ] {
        let mut body = good.clone();
        body[field] = value;
        check_refused(&body.to_string(), "invalid_request", words).await;
    }
    for field in ["preset", "fileName", "size"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        check_refused(
            &body.to_string(),
            "invalid_request",
            &[&format!("missing field `{field}`")],
        )
        .await;
    }
    check_refused(
        r#"{"size":1,"size":2}"#,
        "invalid_request",
        &["duplicate field `size`"],
    )
    .await;
    for body in [
        "[]",
        r#"["photo","x.jpg","image/jpeg",3]"#,
        "\"photo\"",
        "7",
        "null",
        "true",
    ] {
        check_refused(body, "invalid_request", &["not an object"]).await;
    }
}

#[tokio::test]
async fn the_type_may_be_missing() {
    for body in [
        r#"{"preset":"photo","fileName":"x.jpg","size":3}"#,
        r#"{"preset":"photo","fileName":"x.jpg","size":3,"contentType":""}"#,
        r#"{"preset":"photo","fileName":"x.jpg","size":3,"contentType":null}"#,
    ] {
        let answer = App::offline().post("/v1/uploads", body).await;
        assert_eq!(
            answer.json()["contentType"],
            "image/jpeg",
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn what_the_preset_does_not_allow() {
    let body = |preset: &str, name: &str, content_type: &str, size: u64| {
        json!({"preset": preset, "fileName": name, "contentType": content_type, "size": size})
            .to_string()
    };
    check_refused(
        &body("nope", "x", "", 1),
        "unknown_preset",
        &["`nope`", "`photo`, `avatar`, `file`"],
    )
    .await;
    check_refused(&body("", "x", "", 1), "unknown_preset", &["``"]).await;
    check_refused(
        &body(&"x".repeat(9999), "x", "", 1),
        "unknown_preset",
        &["xx…`"],
    )
    .await;
    let problem = check_refused(
        &body("photo", "x.gif", "", 1),
        "type_not_accepted",
        &["`image/gif`"],
    )
    .await;
    assert_eq!(problem["accept"], json!(["image/jpeg", "image/png"]));
    let problem = check_refused(
        &body("avatar", "x.png", "", 1001),
        "too_large",
        &["1001", "1000"],
    )
    .await;
    assert_eq!(problem["limit"], 1000);
    let problem = check_refused(
        &body("avatar", "x.png", "", 9),
        "too_small",
        &["9 bytes", "10"],
    )
    .await;
    assert_eq!(problem["limit"], 10);
    check_refused(
        &body("photo", "\0", "image/png", 1),
        "invalid_file_name",
        &["NUL"],
    )
    .await;
    check_refused(
        &body("photo", "", "image/png", 1),
        "invalid_file_name",
        &["empty"],
    )
    .await;
}

#[tokio::test]
async fn without_a_public_endpoint_the_endpoint_is_signed() {
    let app = App::of(settings("endpoint = \"https://s3.example.com\"", ""));
    let issued = app.issue("file", "x", "", 1).await;
    assert!(
        issued["put"]["url"]
            .as_str()
            .unwrap()
            .starts_with("https://s3.example.com/uploads/files/")
    );
}
