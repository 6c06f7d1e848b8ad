//! How much a subject may upload on a day: counted when it is issued, given back when nothing comes of it.

use axum::http::{Method, StatusCode};
use dropslip_service::database::Database;
use dropslip_service::{Config, Given};
use serde_json::{Value, json};

use crate::app::{API_KEY, Answer, App, PRESETS, keys};
use crate::database::Folder;
use crate::fake_storage::FakeStorage;
use crate::tokens::{SHARED, call, claims_with, configured, create};

struct Day {
    app: App,
    storage: FakeStorage,
    _folder: Folder,
}

/// A service with these quotas, on a database of its own.
async fn with(quotas: &str) -> Day {
    let (storage, url) = FakeStorage::start().await;
    let text = format!(
        "[storage]\nregion = \"us-east-1\"\nendpoint = \"{url}\"\n[auth]\napiKeys = [\"{API_KEY}\"]\n{}\n\
         [quotas]\n{quotas}\n{PRESETS}\n[presets.parts]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\n\
         maxSize = \"1 GiB\"\nmode = \"multipart\"",
        SHARED.config("")
    );
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    let settings = Config::parse(&text).unwrap().check(given).unwrap();
    let folder = Folder::new();
    let database = Database::open(&folder.sqlite()).await.unwrap();
    Day {
        app: App::with_database(settings, database),
        storage,
        _folder: folder,
    }
}

fn of(subject: &str) -> String {
    let claims = json!({"sub": subject, "exp": 4_000_000_000_u64});
    format!("Bearer {}", SHARED.token(&claims_with(claims)))
}

impl Day {
    async fn create(&self, who: &str, changes: Value) -> Answer {
        create(&self.app, &[("authorization", who)], changes).await
    }

    #[track_caller]
    fn issued(answer: &Answer) -> (String, String) {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let issued = answer.json();
        let text = |name: &str| issued[name].as_str().unwrap().to_owned();
        (text("id"), text("key"))
    }

    async fn abort(&self, who: &str, id: &str) -> StatusCode {
        let path = format!("/v1/uploads/{id}");
        let headers = [("authorization", who)];
        call(&self.app, Method::DELETE, &path, &headers, "")
            .await
            .status
    }

    async fn complete(&self, who: &str, id: &str) -> Answer {
        let path = format!("/v1/uploads/{id}/complete");
        call(
            &self.app,
            Method::POST,
            &path,
            &[("authorization", who)],
            "",
        )
        .await
    }
}

#[track_caller]
fn exceeded(answer: &Answer) -> Value {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.text
    );
    answer.expect_problem("quota_exceeded", &["UTC"])
}

#[tokio::test]
async fn files() {
    let day = with("filesPerDay = 2").await;
    let (anna, bob) = (of("anna"), of("bob"));
    for _ in 0..2 {
        Day::issued(&day.create(&anna, json!({})).await);
    }
    let answer = day.create(&anna, json!({})).await;
    let problem = exceeded(&answer);
    assert_eq!(problem["left"], json!({"files": 0}));
    assert_eq!(problem["resetsAt"], "2013-05-25T00:00:00Z");
    assert_eq!(answer.header("retry-after"), "86400");
    Day::issued(&day.create(&bob, json!({})).await);
    // Who is refused for something else has used nothing.
    for _ in 0..3 {
        day.create(&bob, json!({"size": 999_999_999}))
            .await
            .expect_problem("too_large", &[]);
    }
    Day::issued(&day.create(&bob, json!({})).await);
    exceeded(&day.create(&bob, json!({})).await);
    day.app.wait_s(86_399);
    exceeded(&day.create(&anna, json!({})).await);
    day.app.wait_s(1);
    Day::issued(&day.create(&anna, json!({})).await);
}

#[tokio::test]
async fn bytes() {
    let day = with("bytesPerDay = \"1 KiB\"").await;
    let anna = of("anna");
    Day::issued(&day.create(&anna, json!({"size": 1000})).await);
    let problem = exceeded(&day.create(&anna, json!({"size": 25})).await);
    assert_eq!(problem["left"], json!({"bytes": 24}));
    Day::issued(&day.create(&anna, json!({"size": 24})).await);
    exceeded(&day.create(&anna, json!({"size": 1})).await);
    Day::issued(&day.create(&anna, json!({"size": 0})).await);
    exceeded(&day.create(&of("bob"), json!({"size": 1025})).await);
}

#[tokio::test]
async fn back_ends_count_for_those_whom_they_name() {
    let day = with("filesPerDay = 1").await;
    let key = format!("Bearer {API_KEY}");
    for _ in 0..3 {
        Day::issued(&day.create(&key, json!({})).await);
    }
    Day::issued(&day.create(&key, json!({"subject": "anna"})).await);
    exceeded(&day.create(&key, json!({"subject": "anna"})).await);
    exceeded(&day.create(&of("anna"), json!({})).await);
}

#[tokio::test]
async fn what_is_taken_back_is_given_back_once() {
    let day = with("filesPerDay = 2").await;
    let anna = of("anna");
    let (first, _) = Day::issued(&day.create(&anna, json!({})).await);
    Day::issued(&day.create(&anna, json!({})).await);
    exceeded(&day.create(&anna, json!({})).await);
    for _ in 0..3 {
        assert_eq!(day.abort(&anna, &first).await, StatusCode::NO_CONTENT);
    }
    Day::issued(&day.create(&anna, json!({})).await);
    exceeded(&day.create(&anna, json!({})).await);
}

#[tokio::test]
async fn what_was_completed_is_used() {
    let day = with("filesPerDay = 1").await;
    let anna = of("anna");
    let (id, key) = Day::issued(&day.create(&anna, json!({})).await);
    day.storage.put("uploads", &key, 3, "image/png");
    assert_eq!(day.complete(&anna, &id).await.status, StatusCode::OK);
    assert_eq!(day.abort(&anna, &id).await, StatusCode::NO_CONTENT);
    exceeded(&day.create(&anna, json!({})).await);
}

#[tokio::test]
async fn what_is_refused_is_given_back_once() {
    let day = with("filesPerDay = 1").await;
    let anna = of("anna");
    let (id, key) = Day::issued(&day.create(&anna, json!({})).await);
    day.storage.put("uploads", &key, 4, "image/png");
    for _ in 0..3 {
        day.complete(&anna, &id)
            .await
            .expect_problem("size_mismatch", &[]);
    }
    assert_eq!(day.abort(&anna, &id).await, StatusCode::NO_CONTENT);
    Day::issued(&day.create(&anna, json!({})).await);
    exceeded(&day.create(&anna, json!({})).await);
}

/// The storage does not begin it, so nothing was issued.
#[tokio::test]
async fn what_cannot_be_begun_is_given_back() {
    let day = with("filesPerDay = 1").await;
    let anna = of("anna");
    day.storage.refuse("POST", 503, "");
    for _ in 0..3 {
        let answer = day.create(&anna, json!({"preset": "parts"})).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{}", answer.text);
    }
    Day::issued(&day.create(&anna, json!({})).await);
    exceeded(&day.create(&anna, json!({})).await);
}

#[tokio::test]
async fn of_many_at_once_no_more_pass() {
    let day = with("filesPerDay = 5").await;
    let anna = of("anna");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (app, anna) = (day.app.clone(), anna.clone());
            tokio::spawn(async move {
                create(&app, &[("authorization", &anna)], json!({}))
                    .await
                    .status
            })
        })
        .collect();
    let mut passed = 0;
    for call in calls {
        match call.await.unwrap() {
            StatusCode::CREATED => passed += 1,
            other => assert_eq!(other, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(passed, 5);
}

#[test]
fn configurations_that_are_refused() {
    for (section, words) in [
        (
            "[quotas]\nbytesPerDay = 0",
            &["`quotas.bytesPerDay`", "0"][..],
        ),
        ("[quotas]\nfilesPerDay = 0", &["`quotas.filesPerDay`", "0"]),
        ("[quotas]\nbytesPerDay = \"much\"", &["size"]),
        ("[quotas]\nfilesPerDay = -1", &[]),
        ("[quotas]\nfilesPerHour = 1", &["filesPerHour"]),
        (
            "[database]\nurl = \"none\"\n[quotas]\nfilesPerDay = 1",
            &["`quotas.filesPerDay`", "database"],
        ),
    ] {
        let error = configured(section).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` is not in `{error}`");
        }
    }
}
