//! Events of the storage: they are looked up, never believed.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dropslip_service::Settings;
use dropslip_service::database::Database;
use serde_json::{Value, json};

use crate::app::{Answer, App, settings};
use crate::database::Folder;
use crate::fake_storage::FakeStorage;

const TOKEN: &str = "correct-horse-battery";
const PATH: &str = "/v1/events/s3?token=correct-horse-battery";

fn configured(origin: &str) -> Settings {
    let auth = format!("[service]\neventsToken = \"{TOKEN}\"");
    settings(&format!("endpoint = \"{origin}\""), &auth)
}

async fn service() -> (FakeStorage, App) {
    let (storage, origin) = FakeStorage::start().await;
    (storage, App::of(configured(&origin)))
}

fn message(bucket: &str, keys: &[&str]) -> String {
    let record = |key: &&str| {
        json!({
            "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": bucket }, "object": { "key": key, "size": 1 } },
        })
    };
    let records: Vec<Value> = keys.iter().map(record).collect();
    json!({ "Records": records }).to_string()
}

async fn send(app: &App, path: &str, body: String) -> Answer {
    let request = Request::post(path).header("host", "up.example");
    app.send(request.body(Body::from(body)).unwrap()).await
}

/// Completed, refused, stored, passed over.
#[track_caller]
fn expect(answer: &Answer, expected: [u64; 4]) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let heard = answer.json();
    let names = ["completed", "refused", "stored", "passedOver"];
    let found = names.map(|name| heard[name].as_u64().unwrap());
    assert_eq!(found, expected, "{heard}");
}

#[tokio::test]
async fn a_file_whose_client_vanished_is_completed() {
    let (storage, origin) = FakeStorage::start().await;
    let folder = Folder::new();
    let database = Database::open(&folder.sqlite()).await.unwrap();
    let app = App::kept(configured(&origin), database.clone());
    let upload = app.issue("file", "a b+c.txt", "text/plain", 7).await;
    let key = upload["key"].as_str().unwrap();
    storage.put(
        "uploads",
        &dropslip_sigv4::encode_path(key.as_bytes()),
        7,
        "text/plain",
    );
    let encoded = key.replace('+', "%2B").replace(' ', "+");
    expect(
        &send(&app, PATH, message("uploads", &[&encoded])).await,
        [1, 0, 0, 0],
    );
    // Events come at least once.
    expect(
        &send(&app, PATH, message("uploads", &[&encoded])).await,
        [0, 0, 0, 1],
    );
    let id = upload["id"].as_str().unwrap();
    let state = app.get(&format!("/v1/uploads/{id}")).await.json();
    assert_eq!(state["state"], "completed", "{state}");
    // The client comes back.
    let done = app.post(&format!("/v1/uploads/{id}/complete"), "").await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    database.close().await;
}

#[tokio::test]
async fn who_has_the_id_knows_better() {
    let (storage, origin) = FakeStorage::start().await;
    let folder = Folder::new();
    let database = Database::open(&folder.sqlite()).await.unwrap();
    let app = App::kept(configured(&origin), database.clone());
    let upload = app.issue("file", "a.txt", "text/plain", 7).await;
    // A storage that holds nobody to what was signed.
    let key = upload["key"].as_str().unwrap();
    storage.put("uploads", key, 8, "text/plain");
    expect(
        &send(&app, PATH, message("uploads", &[key])).await,
        [1, 0, 0, 0],
    );
    let path = format!("/v1/uploads/{}/complete", upload["id"].as_str().unwrap());
    for _ in 0..2 {
        let refused = app.post(&path, "").await;
        refused.expect_problem("size_mismatch", &["7 bytes", "8"]);
    }
    assert!(storage.is_empty());
    database.close().await;
}

#[tokio::test]
async fn what_comes_after_an_abort_is_removed() {
    let (storage, origin) = FakeStorage::start().await;
    let folder = Folder::new();
    let database = Database::open(&folder.sqlite()).await.unwrap();
    let app = App::kept(configured(&origin), database.clone());
    let upload = app.issue("file", "a.txt", "text/plain", 7).await;
    let id = upload["id"].as_str().unwrap();
    let aborted = app.delete(&format!("/v1/uploads/{id}")).await;
    assert_eq!(aborted.status, StatusCode::NO_CONTENT);
    let key = upload["key"].as_str().unwrap();
    storage.put("uploads", key, 7, "text/plain");
    expect(
        &send(&app, PATH, message("uploads", &[key])).await,
        [0, 1, 0, 0],
    );
    assert!(storage.is_empty());
    database.close().await;
}

#[tokio::test]
async fn what_the_preset_does_not_take_is_removed() {
    let (storage, app) = service().await;
    for (size, content_type) in [(21 * 1024 * 1024, "image/png"), (7, "text/html")] {
        let upload = app.issue("photo", "a.png", "image/png", 7).await;
        let key = upload["key"].as_str().unwrap();
        storage.put("uploads", key, size, content_type);
        expect(
            &send(&app, PATH, message("uploads", &[key])).await,
            [0, 1, 0, 0],
        );
        assert!(storage.is_empty(), "{content_type}");
    }
}

#[tokio::test]
async fn keys_of_others_are_passed_over() {
    let (storage, app) = service().await;
    let upload = app.issue("photo", "a.png", "image/png", 7).await;
    let key = upload["key"].as_str().unwrap();
    let other = "0198c2a8-0000-4000-8000-000000000000";
    let foreign = [
        "logo.png".to_owned(),
        "photos/../x".to_owned(),
        String::new(),
        format!("photos/2026/01/15/{other}.png"),
        format!("{key}/more"),
        format!("x{key}"),
        key.to_uppercase(),
    ];
    for key in &foreign {
        storage.put("uploads", key, 1, "text/html");
    }
    let keys: Vec<&str> = foreign.iter().map(String::as_str).collect();
    expect(
        &send(&app, PATH, message("uploads", &keys)).await,
        [0, 0, 0, 7],
    );
    expect(
        &send(&app, PATH, message("elsewhere", &[key])).await,
        [0, 0, 0, 1],
    );
    assert!(storage.calls().is_empty(), "{:?}", storage.calls());
    // One of ours that is not there: an event may be made up.
    expect(
        &send(&app, PATH, message("uploads", &[key])).await,
        [0, 0, 0, 1],
    );
    assert_eq!(storage.calls(), ["HEAD"]);
}

#[tokio::test]
async fn a_storage_that_fails_is_asked_again_by_the_sender() {
    let (storage, app) = service().await;
    let upload = app.issue("file", "a.txt", "text/plain", 7).await;
    let key = upload["key"].as_str().unwrap();
    storage.put("uploads", key, 7, "text/plain");
    storage.refuse("HEAD", 403, "");
    let answer = send(&app, PATH, message("uploads", &["x", key])).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    answer.expect_problem("storage_refused", &["403"]);
    assert!(!storage.is_empty());
}

#[tokio::test]
async fn messages_without_objects() {
    let (storage, app) = service().await;
    let test = json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "uploads" });
    expect(&send(&app, PATH, test.to_string()).await, [0; 4]);
    let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription";
    let confirm = json!({ "Type": "SubscriptionConfirmation", "SubscribeURL": url });
    expect(&send(&app, PATH, confirm.to_string()).await, [0; 4]);
    for body in ["", "{}", "[]", "hello", "{\"Records\":1}"] {
        let answer = send(&app, PATH, body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        answer.expect_problem("invalid_request", &["no"]);
    }
    let large = send(&app, PATH, " ".repeat(1024 * 1024 + 1)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(storage.calls().is_empty());
}

#[tokio::test]
async fn only_the_holder_of_the_token_may_send() {
    let (storage, app) = service().await;
    let body = || message("uploads", &["x"]);
    for path in [
        "/v1/events/s3",
        "/v1/events/s3?token=wrong-horse-battery",
        "/v1/events/s3?token=",
    ] {
        let answer = send(&app, path, body()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        let problem = answer.expect_problem("unauthorized", &["eventsToken"]);
        assert!(!problem.to_string().contains("horse"));
    }
    let request = Request::post("/v1/events/s3")
        .header("host", "up.example")
        .header("authorization", format!("Bearer {TOKEN}"));
    let answer = app.send(request.body(Body::from(body())).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let without = App::new("http://127.0.0.1:1");
    let answer = send(&without, PATH, body()).await;
    answer.expect_problem("unauthorized", &["not set"]);
    assert!(storage.calls().is_empty());
}
