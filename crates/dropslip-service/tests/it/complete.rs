//! Completing and aborting, against a storage that answers from a map.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::{App, settings};
use crate::fake_storage::FakeStorage;

const DENIED: &str = "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>User arn:aws:iam::1234:user/x</Message></Error>";

struct Stage {
    app: App,
    storage: FakeStorage,
}

impl Stage {
    async fn new() -> Self {
        let (storage, origin) = FakeStorage::start().await;
        Self {
            app: App::new(&origin),
            storage,
        }
    }

    /// Issues a photo of 3 bytes and stores this in its place.
    async fn issued(&self, size: u64, content_type: &str) -> Value {
        let issued = self.app.issue("photo", "x.jpg", "image/jpeg", 3).await;
        self.storage.put(
            "uploads",
            issued["key"].as_str().unwrap(),
            size,
            content_type,
        );
        issued
    }
}

fn complete_path(issued: &Value) -> String {
    format!("/v1/uploads/{}/complete", issued["id"].as_str().unwrap())
}

fn path(issued: &Value) -> String {
    format!("/v1/uploads/{}", issued["id"].as_str().unwrap())
}

#[tokio::test]
async fn what_has_arrived_completes_however_often() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    let key = issued["key"].as_str().unwrap();
    for body in ["", "{}", " {} "] {
        let answer = stage.app.post(&complete_path(&issued), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(
            answer.json(),
            json!({
                "key": key,
                "size": 3,
                "contentType": "image/jpeg",
                "etag": "\"9b2cf535f27731c974343645a3985328\"",
                "url": format!("http://localhost:7601/uploads/{key}"),
            })
        );
    }
    assert_eq!(stage.storage.calls(), ["HEAD", "HEAD", "HEAD"]);
}

#[tokio::test]
async fn a_private_object_has_no_url() {
    let stage = Stage::new().await;
    let issued = stage.app.issue("avatar", "x.png", "image/png", 10).await;
    stage.storage.put(
        "avatars",
        issued["key"].as_str().unwrap(),
        10,
        " image/png ",
    );
    let answer = stage.app.post(&complete_path(&issued), "").await.json();
    assert_eq!(answer["size"], 10);
    assert!(answer.get("url").is_none(), "{answer}");
}

#[tokio::test]
async fn hours_after_the_url_it_still_completes_but_not_days() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    stage.app.wait_s(900 + 24 * 3600);
    assert_eq!(
        stage.app.post(&complete_path(&issued), "").await.status,
        StatusCode::OK
    );
    stage.app.wait_s(1);
    stage
        .app
        .post(&complete_path(&issued), "")
        .await
        .expect_problem("upload_expired", &["24 hours", "new upload"]);
    stage
        .app
        .delete(&path(&issued))
        .await
        .expect_problem("upload_expired", &[]);
    assert!(!stage.storage.is_empty());
}

#[tokio::test]
async fn what_has_not_arrived() {
    let stage = Stage::new().await;
    let issued = stage.app.issue("photo", "x.jpg", "", 3).await;
    let answer = stage.app.post(&complete_path(&issued), "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.expect_problem(
        "not_uploaded",
        &[
            issued["key"].as_str().unwrap(),
            "the bucket `uploads` exists",
        ],
    );
}

#[tokio::test]
async fn another_size_is_refused_and_deleted() {
    for size in [0, 2, 4] {
        let stage = Stage::new().await;
        let issued = stage.issued(size, "image/jpeg").await;
        let answer = stage.app.post(&complete_path(&issued), "").await;
        answer.expect_problem("size_mismatch", &[&format!("expected 3 bytes, got {size}")]);
        assert!(stage.storage.is_empty());
        stage
            .app
            .post(&complete_path(&issued), "")
            .await
            .expect_problem("not_uploaded", &[]);
    }
}

#[tokio::test]
async fn another_type_is_refused_and_deleted() {
    for content_type in [
        "image/png",
        "image/jpeg; charset=utf-8",
        "IMAGE/JPEG",
        "text/html",
    ] {
        let stage = Stage::new().await;
        let issued = stage.issued(3, content_type).await;
        let answer = stage.app.post(&complete_path(&issued), "").await;
        answer.expect_problem(
            "type_mismatch",
            &["expected `image/jpeg`", &format!("got `{content_type}`")],
        );
        assert!(stage.storage.is_empty());
    }
}

#[tokio::test]
async fn a_deletion_that_fails_is_not_claimed() {
    let stage = Stage::new().await;
    let issued = stage.issued(4, "image/jpeg").await;
    stage.storage.refuse("DELETE", 403, DENIED);
    stage
        .app
        .post(&complete_path(&issued), "")
        .await
        .expect_problem("storage_refused", &["`AccessDenied`"]);
    assert!(!stage.storage.is_empty());
}

#[tokio::test]
async fn a_storage_that_refuses() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    for status in [400, 403, 301, 500, 503] {
        stage.storage.refuse("HEAD", status, "");
        let answer = stage.app.post(&complete_path(&issued), "").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
        answer.expect_problem(
            "storage_refused",
            &[
                &status.to_string(),
                "credentials",
                "`uploads`",
                "storage.region",
            ],
        );
    }
    stage.storage.refuse("DELETE", 403, DENIED);
    let answer = stage.app.delete(&path(&issued)).await;
    answer.expect_problem("storage_refused", &["403 with the code `AccessDenied`"]);
    assert!(
        !answer.text.contains("arn:aws"),
        "S3's message is private: {}",
        answer.text
    );
}

#[tokio::test]
async fn a_storage_that_is_not_there() {
    let app = App::offline();
    let issued = app.issue("photo", "x.jpg", "", 3).await;
    let answer = app.post(&complete_path(&issued), "").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    answer.expect_problem("storage_unreachable", &["`http://127.0.0.1:1`"]);
    app.delete(&path(&issued))
        .await
        .expect_problem("storage_unreachable", &["`http://127.0.0.1:1`"]);
}

#[tokio::test]
async fn aborting_deletes_however_often() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    for _ in 0..2 {
        let answer = stage.app.delete(&path(&issued)).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (StatusCode::NO_CONTENT, "")
        );
        assert_eq!(answer.header("x-request-id").len(), 36);
        assert!(stage.storage.is_empty());
    }
}

#[tokio::test]
async fn ids_that_are_not_ours() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    let id = issued["id"].as_str().unwrap();
    let last = if id.ends_with('A') { 'E' } else { 'A' };
    let altered = format!("{}{last}", &id[..id.len() - 1]);
    let ids = [
        altered.as_str(),
        &id[..id.len() - 4],
        &id[..20],
        "x",
        "%20",
        "..%2f..",
        "%ff",
        &"A".repeat(5000),
    ];
    for id in ids {
        let complete = stage
            .app
            .post(&format!("/v1/uploads/{id}/complete"), "")
            .await;
        assert_eq!(complete.status, StatusCode::NOT_FOUND);
        complete.expect_problem("invalid_upload_id", &[]);
        stage
            .app
            .delete(&format!("/v1/uploads/{id}"))
            .await
            .expect_problem("invalid_upload_id", &[]);
    }
    assert_eq!(stage.storage.calls(), [""; 0]);
    assert!(!stage.storage.is_empty());
}

#[tokio::test]
async fn an_id_of_another_service_is_refused() {
    let stage = Stage::new().await;
    let keys = "endpoint = \"http://127.0.0.1:1\"\naccessKey = \"other\"\nsecretKey = \"other\"";
    let foreign = App::of(settings(keys, ""))
        .issue("photo", "x.jpg", "", 3)
        .await;
    stage
        .app
        .post(&complete_path(&foreign), "")
        .await
        .expect_problem("invalid_upload_id", &["another secret key"]);
}

#[tokio::test]
async fn bodies_of_complete_that_are_wrong() {
    let stage = Stage::new().await;
    let issued = stage.issued(3, "image/jpeg").await;
    stage
        .app
        .post(&complete_path(&issued), "{")
        .await
        .expect_problem("invalid_json", &[]);
    stage
        .app
        .post(&complete_path(&issued), "[]")
        .await
        .expect_problem("invalid_request", &["not an object"]);
    stage
        .app
        .post(&complete_path(&issued), r#"{"size":4}"#)
        .await
        .expect_problem("invalid_request", &["`size`"]);
    assert_eq!(stage.storage.calls(), [""; 0]);
}
