//! What was decided holds: with a database, whoever asks again gets the same answer, whatever the storage has by then.

use axum::http::StatusCode;
use dropslip_service::database::Database;
use serde_json::Value;

use crate::app::{Answer, App, settings};
use crate::database::Folder;
use crate::fake_storage::FakeStorage;

struct Stage {
    app: App,
    storage: FakeStorage,
    _folder: Folder,
}

impl Stage {
    async fn new() -> Self {
        let (storage, origin) = FakeStorage::start().await;
        let folder = Folder::new();
        let database = Database::open(&folder.sqlite()).await.unwrap();
        let settings = settings(&format!("endpoint = \"{origin}\""), "");
        Self {
            app: App::kept(settings, database),
            storage,
            _folder: folder,
        }
    }

    /// Issues a photo of 3 bytes and stores so many in its place.
    async fn issued(&self, size: u64) -> Value {
        let issued = self.app.issue("photo", "x.jpg", "image/jpeg", 3).await;
        self.storage
            .put("uploads", key(&issued), size, "image/jpeg");
        issued
    }

    async fn complete(&self, issued: &Value) -> Answer {
        self.app.post(&path(issued, "/complete"), "").await
    }

    async fn state(&self, issued: &Value) -> Value {
        self.app.get(&path(issued, "")).await.json()
    }
}

fn key(issued: &Value) -> &str {
    issued["key"].as_str().unwrap()
}

fn path(issued: &Value, rest: &str) -> String {
    format!("/v1/uploads/{}{rest}", issued["id"].as_str().unwrap())
}

#[tokio::test]
async fn completed_is_completed() {
    let stage = Stage::new().await;
    let issued = stage.issued(3).await;
    assert_eq!(stage.state(&issued).await["state"], "stored");
    let first = stage.complete(&issued).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    // The application has moved it away, or the storage is gone.
    stage.storage.refuse("HEAD", 404, "");
    assert_eq!(stage.complete(&issued).await.text, first.text);
    stage.storage.refuse("HEAD", 503, "");
    assert_eq!(stage.complete(&issued).await.text, first.text);
    let state = stage.state(&issued).await;
    assert_eq!(
        (&state["state"], &state["size"]),
        (&"completed".into(), &3.into())
    );
    assert_eq!(state["url"], first.json()["url"]);
}

#[tokio::test]
async fn completed_at_once_by_many() {
    let stage = Stage::new().await;
    let issued = stage.issued(3).await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (app, path) = (stage.app.clone(), path(&issued, "/complete"));
            tokio::spawn(async move { app.post(&path, "").await })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap().text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].contains("\"size\":3"), "{answers:?}");
}

#[tokio::test]
async fn refused_stays_refused() {
    let stage = Stage::new().await;
    let issued = stage.issued(4).await;
    let first = stage.complete(&issued).await;
    first.expect_problem("size_mismatch", &["expected 3 bytes, got 4"]);
    assert!(stage.storage.is_empty());
    // The URL still holds, so the right bytes may come late. The application was told of a refusal.
    stage.storage.put("uploads", key(&issued), 3, "image/jpeg");
    let again = stage.complete(&issued).await;
    again.expect_problem("size_mismatch", &["expected 3 bytes, got 4"]);
    let state = stage.state(&issued).await;
    assert_eq!(
        (&state["state"], &state["problem"]["code"]),
        (&"refused".into(), &"size_mismatch".into())
    );
    let parts = stage.app.post(&path(&issued, "/parts"), "{}").await;
    parts.expect_problem("size_mismatch", &[]);
}

#[tokio::test]
async fn what_has_not_arrived_may_still_come() {
    let stage = Stage::new().await;
    let issued = stage.app.issue("photo", "x.jpg", "image/jpeg", 3).await;
    stage
        .complete(&issued)
        .await
        .expect_problem("not_uploaded", &[]);
    assert_eq!(stage.state(&issued).await["state"], "issued");
    stage.storage.put("uploads", key(&issued), 3, "image/jpeg");
    assert_eq!(stage.complete(&issued).await.status, StatusCode::OK);
}

#[tokio::test]
async fn taken_back_is_taken_back() {
    for completed in [false, true] {
        let stage = Stage::new().await;
        let issued = stage.issued(3).await;
        if completed {
            assert_eq!(stage.complete(&issued).await.status, StatusCode::OK);
        }
        for _ in 0..2 {
            let answer = stage.app.delete(&path(&issued, "")).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT);
        }
        stage.storage.put("uploads", key(&issued), 3, "image/jpeg");
        stage
            .complete(&issued)
            .await
            .expect_problem("upload_aborted", &["new upload"]);
        assert_eq!(stage.state(&issued).await["state"], "aborted");
        let again = stage.app.post(&path(&issued, "/parts"), "{}").await;
        again.expect_problem("upload_aborted", &[]);
    }
}

#[tokio::test]
async fn another_object_in_its_place_is_told() {
    let stage = Stage::new().await;
    let issued = stage.issued(3).await;
    assert_eq!(stage.complete(&issued).await.status, StatusCode::OK);
    stage
        .storage
        .replace("uploads", key(&issued), "\"another\"");
    let answer = stage.complete(&issued).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    answer.expect_problem("object_changed", &["another one", "singleUse"]);
    assert!(
        !stage.storage.is_empty(),
        "the application may have put it there"
    );
}

#[tokio::test]
async fn its_state_is_streamed_until_it_is_decided() {
    let stage = Stage::new().await;
    let issued = stage.issued(3).await;
    let (app, events) = (stage.app.clone(), path(&issued, "/events"));
    let stream = tokio::spawn(async move { app.get(&events).await });
    // The stream's first look is a HEAD, and so is that of `complete`.
    while stage.storage.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(stage.complete(&issued).await.status, StatusCode::OK);
    let answer = stream.await.unwrap();
    assert_eq!(answer.header("content-type"), "text/event-stream");
    assert_eq!(answer.header("cache-control"), "no-store");
    let states: Vec<_> = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .collect();
    let states: Vec<Value> = states
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(
        states.last().unwrap()["state"],
        "completed",
        "{}",
        answer.text
    );
    assert_eq!(states[0]["state"], "stored");
    let late = stage.app.get(&path(&issued, "/events")).await;
    assert_eq!(late.text.matches("data: ").count(), 1, "{}", late.text);
    let foreign = stage.app.get("/v1/uploads/x/events").await;
    foreign.expect_problem("invalid_upload_id", &[]);
}

#[tokio::test]
async fn a_database_that_is_gone_decides_nothing() {
    let (storage, origin) = FakeStorage::start().await;
    let folder = Folder::new();
    let database = Database::open(&folder.sqlite()).await.unwrap();
    let settings = settings(&format!("endpoint = \"{origin}\""), "");
    let app = App::kept(settings, database.clone());
    let issued = app.issue("photo", "x.jpg", "image/jpeg", 3).await;
    storage.put("uploads", key(&issued), 4, "image/jpeg");
    database.close().await;
    let answer = app.post(&path(&issued, "/complete"), "").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    answer.expect_problem("database_unavailable", &[]);
    assert!(
        !storage.is_empty(),
        "nothing is deleted that cannot be accounted for"
    );
}
