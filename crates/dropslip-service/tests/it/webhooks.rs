//! Calls that decide, and the events that they note; on SQLite and on PostgreSQL.

use axum::http::StatusCode;
use dropslip_service::database::Database;
use dropslip_service::{Config, Given, Settings};
use serde_json::Value;
use sqlx::{Connection as _, Executor as _};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

use crate::app::{App, PRESETS, keys};
use crate::database::{Folder, on_each};
use crate::fake_storage::FakeStorage;
use crate::postgres;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn check(storage: &str, more: &str) -> Result<Settings, String> {
    let text = format!(
        "[storage]\nregion = \"us-east-1\"\nendpoint = \"{storage}\"\npublicEndpoint = \"http://localhost:7601\"\n\
         {more}\n{PRESETS}"
    );
    let given = Given {
        storage_keys: Some(keys()),
        ..Given::default()
    };
    let config = Config::parse(&text).map_err(|error| error.to_string())?;
    config.check(given).map_err(|error| error.to_string())
}

/// A service with two webhooks, one of which hears of refused avatars alone.
async fn service(url: &str) -> (App, FakeStorage, Database) {
    let (storage, origin) = FakeStorage::start().await;
    let webhooks = format!(
        "[[webhooks]]\nname = \"app\"\nurl = \"http://127.0.0.1:1/\"\nsecret = \"{SECRET}\"\n\
         [[webhooks]]\nname = \"audit\"\nurl = \"http://127.0.0.1:1/\"\nsecret = \"{SECRET}\"\n\
         events = [\"upload.refused\"]\npresets = [\"avatar\"]"
    );
    let database = Database::open(url).await.unwrap();
    let settings = check(&origin, &webhooks).unwrap();
    let app = App::with_database(settings, database.clone());
    (app, storage, database)
}

async fn told(database: &Database, webhook: &str) -> Vec<Value> {
    let claimed = database.claim(webhook, "test", 100).await.unwrap();
    let payloads = claimed.iter().map(|event| &event.payload);
    payloads
        .map(|payload| serde_json::from_str(payload).unwrap())
        .collect()
}

fn complete(upload: &Value) -> String {
    format!("/v1/uploads/{}/complete", upload["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_completion_is_told_once() {
    on_each(async |url| {
        let (app, storage, database) = service(&url).await;
        let upload = app.issue("photo", "a.png", "image/png", 5).await;
        let key = upload["key"].as_str().unwrap();
        storage.put("uploads", key, 5, "image/png");
        let first = app.post(&complete(&upload), "").await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let again = app.post(&complete(&upload), "").await;
        assert_eq!((again.status, &again.text), (StatusCode::OK, &first.text));

        let events = told(&database, "app").await;
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["type"], "upload.completed");
        let data = &events[0]["data"];
        assert_eq!(
            (&data["preset"], &data["bucket"]),
            (&"photo".into(), &"uploads".into())
        );
        assert_eq!((&data["key"], &data["size"]), (&key.into(), &5.into()));
        assert_eq!(data["contentType"], "image/png");
        assert_eq!(data["issuedAt"], "2013-05-24T00:00:00.000Z");
        assert_eq!(data["url"], first.json()["url"]);
        assert!(key.contains(data["id"].as_str().unwrap()));
        assert_eq!(told(&database, "audit").await, [Value::Null; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason_and_stays() {
    on_each(async |url| {
        let (app, storage, database) = service(&url).await;
        let upload = app.issue("avatar", "a.png", "image/png", 50).await;
        storage.put("avatars", upload["key"].as_str().unwrap(), 51, "image/png");
        for _ in 0..3 {
            let refused = app.post(&complete(&upload), "").await;
            refused.expect_problem("size_mismatch", &["51"]);
        }
        assert!(storage.is_empty());
        for webhook in ["app", "audit"] {
            let events = told(&database, webhook).await;
            assert_eq!(events.len(), 1, "{webhook}");
            assert_eq!(events[0]["type"], "upload.refused");
            assert_eq!(events[0]["data"]["problem"]["code"], "size_mismatch");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_taken_back_is_told_after_what_was_completed() {
    on_each(async |url| {
        let (app, storage, database) = service(&url).await;
        let upload = app.issue("file", "a.txt", "text/plain", 5).await;
        storage.put("uploads", upload["key"].as_str().unwrap(), 5, "text/plain");
        let completed = app.post(&complete(&upload), "").await;
        assert_eq!(completed.status, StatusCode::OK);
        let id = upload["id"].as_str().unwrap();
        for _ in 0..2 {
            let aborted = app.delete(&format!("/v1/uploads/{id}")).await;
            assert_eq!(aborted.status, StatusCode::NO_CONTENT);
        }
        let first = told(&database, "app").await;
        assert_eq!(
            (first.len(), &first[0]["type"]),
            (1, &"upload.completed".into())
        );
        assert_eq!(first[0]["data"].get("url"), None, "the object is private");
        assert_eq!(database.counts().await.unwrap().pending, 2);
        let again = app.post(&complete(&upload), "").await;
        again.expect_problem("upload_aborted", &[]);
    })
    .await;
}

#[tokio::test]
async fn a_locked_database_delays_and_loses_nothing() {
    let folder = Folder::new();
    let (app, storage, database) = service(&folder.sqlite()).await;
    let upload = app.issue("photo", "a.png", "image/png", 5).await;
    storage.put("uploads", upload["key"].as_str().unwrap(), 5, "image/png");
    let mut other = sqlx::SqliteConnection::connect(&folder.sqlite())
        .await
        .unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let refused = app.post(&complete(&upload), "").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    refused.expect_problem("database_unavailable", &["nothing was decided"]);
    app.issue("photo", "b.png", "image/png", 5).await;
    assert!(!storage.is_empty());
    other.execute("ROLLBACK").await.unwrap();
    let completed = app.post(&complete(&upload), "").await;
    assert_eq!(completed.status, StatusCode::OK);
    assert_eq!(told(&database, "app").await.len(), 1);
}

/// Stands before a PostgreSQL and can be cut.
async fn proxy(url: &str) -> (String, watch::Sender<bool>) {
    let (rest, folder) = url.split_once("?host=").unwrap();
    let socket = format!("{folder}/.s.PGSQL.5432");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (cut, is_cut) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (socket, mut is_cut) = (socket.clone(), is_cut.clone());
            tokio::spawn(async move {
                let pass = async {
                    let mut far = UnixStream::connect(socket).await.unwrap();
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                };
                tokio::select! {
                    biased;
                    _ = is_cut.wait_for(|is_cut| *is_cut) => {}
                    () = pass => {}
                }
            });
        }
    });
    let address = rest.replace("localhost", &format!("127.0.0.1:{port}"));
    (format!("{address}?sslmode=disable"), cut)
}

#[tokio::test]
async fn a_server_out_of_reach_delays_and_loses_nothing() {
    let (url, cut) = proxy(&postgres::database()).await;
    let (app, storage, database) = service(&url).await;
    let upload = app.issue("photo", "a.png", "image/png", 5).await;
    storage.put("uploads", upload["key"].as_str().unwrap(), 5, "image/png");
    for _ in 0..2 {
        cut.send(true).unwrap();
        let refused = app.post(&complete(&upload), "").await;
        refused.expect_problem("database_unavailable", &["nothing was decided"]);
        assert!(database.ping().await.unwrap_err().is_passing());
        app.issue("photo", "b.png", "image/png", 5).await;
        cut.send(false).unwrap();
        let completed = app.post(&complete(&upload), "").await;
        assert_eq!(completed.status, StatusCode::OK, "{}", completed.text);
    }
    assert_eq!(told(&database, "app").await.len(), 1);
}

#[test]
fn quotas_need_a_database() {
    let quotas = "[quotas]\nfilesPerDay = 5";
    let none = format!("[database]\nurl = \"none\"\n{quotas}");
    let error = check("http://localhost:9000", &none).unwrap_err();
    assert!(
        error.contains("`quotas.filesPerDay` needs a database"),
        "{error}"
    );
    check("http://localhost:9000", quotas).unwrap();
}

#[test]
fn webhooks_need_a_database() {
    let webhook = format!("[[webhooks]]\nurl = \"http://127.0.0.1:1/\"\nsecret = \"{SECRET}\"");
    let none = "[database]\nurl = \"none\"";
    let error = check("http://localhost:9000", &format!("{none}\n{webhook}")).unwrap_err();
    assert!(
        error.contains("`webhooks`") && error.contains("`database.url` is `none`"),
        "{error}"
    );
    let settings = check("http://localhost:9000", none).unwrap();
    assert!(settings.database_url().is_none());
    let settings = check("http://localhost:9000", &webhook).unwrap();
    assert_eq!(
        settings.database_url().unwrap().reveal(),
        "sqlite://dropslip.db"
    );
}

#[test]
fn a_database_that_is_none_is_refused_without_its_password() {
    for (url, words) in [
        ("", "begins with none of"),
        ("None", "`none`"),
        ("dropslip.db", "sqlite://FILE"),
        ("sqlite::memory:", "in memory"),
        ("mysql://u:hunter2@h/d", "`mysql` are not supported"),
        ("postgres://u:hunter2@h:x/d", "no PostgreSQL URL"),
    ] {
        let error = check(
            "http://localhost:9000",
            &format!("[database]\nurl = \"{url}\""),
        )
        .unwrap_err();
        assert!(
            error.contains("`database.url`") && error.contains(words),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
    let right = "[database]\nurl = \"postgres://u:hunter2@h/d\"";
    let settings = check("http://localhost:9000", right).unwrap();
    assert!(!format!("{settings:?}").contains("hunter2"));
}
