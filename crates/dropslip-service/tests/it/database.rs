//! The database: each test runs on SQLite and on PostgreSQL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dropslip_service::database::{
    Amount, Database, DatabaseErrorKind, Decided, NewEvent, Outcome, Quota, Record, Reserved,
};
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;

use crate::postgres;

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("dropslip-test-{}", Uuid::now_v7()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite://{}", self.0.join("dropslip.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a test on a new database of each kind.
pub(crate) async fn on_each(test: impl AsyncFn(String)) {
    let folder = Folder::new();
    test(folder.sqlite()).await;
    test(postgres::database()).await;
}

pub(crate) fn amount(bytes: u64, files: u32) -> Amount {
    Amount { bytes, files }
}

pub(crate) fn record(state: Decided) -> Record {
    Record {
        id: Uuid::now_v7(),
        state,
        preset: "photo".to_owned(),
        storage: "default".to_owned(),
        bucket: "uploads".to_owned(),
        key: "photos/ä '\"; DROP TABLE dropslip_uploads; --.jpg".to_owned(),
        size_bytes: Some(5 << 40),
        content_type: Some("image/jpeg".to_owned()),
        etag: Some("\"9b2cf535f27731c974343645a3985328\"".to_owned()),
        checksum: None,
        subject: Some("user-42".to_owned()),
        metadata: BTreeMap::from([("album".to_owned(), "Zürich \u{1f5fb}".to_owned())]),
        problem: None,
        issued_ms: 1_369_353_600_000,
        decided_ms: 1_369_353_601_000,
    }
}

pub(crate) fn event(record: &Record, kind: &'static str, endpoint: &str) -> NewEvent {
    NewEvent {
        id: format!("evt_{}", Uuid::now_v7().simple()),
        upload: record.id,
        endpoint: endpoint.to_owned(),
        kind,
        payload: format!("{{\"type\":\"{kind}\"}}"),
    }
}

pub(crate) async fn open(url: &str) -> Database {
    Database::open(url).await.unwrap()
}

/// Runs SQL beside the service, as a person would.
pub(crate) async fn run(url: &str, sql: &'static str) {
    if url.starts_with("sqlite") {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_decided_is_found_again() {
    on_each(async |url| {
        let database = open(&url).await;
        let full = Record {
            checksum: Some("sha256:abc=".to_owned()),
            problem: Some(("too_large".to_owned(), "it is".to_owned())),
            ..record(Decided::Refused)
        };
        let bare = Record {
            size_bytes: None,
            content_type: None,
            etag: None,
            subject: None,
            metadata: BTreeMap::new(),
            ..record(Decided::Aborted)
        };
        for record in [&full, &bare] {
            assert_eq!(database.find(record.id).await.unwrap(), None);
            assert_eq!(database.decide(record, &[]).await.unwrap(), Outcome::Won);
            assert_eq!(
                database.find(record.id).await.unwrap().as_ref(),
                Some(record)
            );
        }
        database.close().await;
        let again = open(&url).await;
        assert_eq!(again.find(full.id).await.unwrap(), Some(full));
    })
    .await;
}

#[tokio::test]
async fn the_first_decision_holds() {
    use Decided::{Aborted, Completed, Refused, Stored};
    on_each(async |url| {
        let database = open(&url).await;
        for (first, then, is_replaced) in [
            (Stored, Stored, false),
            (Stored, Completed, true),
            (Stored, Refused, true),
            (Stored, Aborted, true),
            (Completed, Stored, false),
            (Completed, Completed, false),
            (Completed, Refused, false),
            (Completed, Aborted, true),
            (Refused, Completed, false),
            (Refused, Aborted, false),
            (Aborted, Completed, false),
            (Aborted, Aborted, false),
        ] {
            let before = record(first);
            let after = Record {
                state: then,
                etag: None,
                ..before.clone()
            };
            let events = [event(&after, "upload.completed", "app")];
            assert_eq!(database.decide(&before, &[]).await.unwrap(), Outcome::Won);
            let outcome = database.decide(&after, &events).await.unwrap();
            let (expected, holds) = match is_replaced {
                true => (Outcome::Won, after),
                false => (Outcome::Lost(before.clone()), before),
            };
            assert_eq!(outcome, expected, "{first:?} {then:?}");
            assert_eq!(database.find(holds.id).await.unwrap(), Some(holds));
            let told = database.claim("app", "w", 10).await.unwrap();
            assert_eq!(told.len(), usize::from(is_replaced), "{first:?} {then:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn of_many_who_decide_at_once_one_wins() {
    on_each(async |url| {
        // Two replicas, sixteen calls each.
        let replicas = [open(&url).await, open(&url).await];
        let record = record(Decided::Completed);
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..32_usize {
            let (database, mut record) = (replicas[n % 2].clone(), record.clone());
            record.decided_ms += n as i64;
            let events = [event(&record, "upload.completed", "app")];
            calls.spawn(async move {
                (
                    record.clone(),
                    database.decide(&record, &events).await.unwrap(),
                )
            });
        }
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for (mine, outcome) in calls.join_all().await {
            match outcome {
                Outcome::Won => won.push(mine),
                Outcome::Lost(other) => lost.push(other),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, 31));
        assert!(lost.iter().all(|other| *other == won[0]));
        assert_eq!(replicas[0].claim("app", "w", 100).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_cannot_be_noted_undoes_the_decision() {
    on_each(async |url| {
        let database = open(&url).await;
        let record = record(Decided::Completed);
        let event = event(&record, "upload.completed", "app");
        let twice = [event.clone(), event];
        let error = database.decide(&record, &twice).await.unwrap_err();
        assert_eq!(error.kind(), DatabaseErrorKind::Failed, "{error}");
        assert_eq!(database.find(record.id).await.unwrap(), None);
        assert_eq!(database.counts().await.unwrap().pending, 0);
        let large = Record {
            size_bytes: Some(u64::MAX),
            ..record
        };
        assert!(database.decide(&large, &[]).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn quotas_hold_when_many_ask_at_once() {
    on_each(async |url| {
        let replicas = [open(&url).await, open(&url).await];
        let quota = Quota {
            bytes_per_day: Some(1000),
            files_per_day: Some(100),
        };
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..30_usize {
            let database = replicas[n % 2].clone();
            let hundred = amount(100, 1);
            calls.spawn(async move { database.reserve("u", 1, hundred, &quota).await.unwrap() });
        }
        let (taken, refused): (Vec<_>, Vec<_>) = calls
            .join_all()
            .await
            .into_iter()
            .partition(|answer| *answer == Reserved::Taken);
        assert_eq!((taken.len(), refused.len()), (10, 20));
        assert!(refused.iter().all(|answer| *answer == full(1000, 10)));
    })
    .await;
}

fn full(bytes_used: u64, files_used: u64) -> Reserved {
    Reserved::Exceeded {
        bytes_used,
        files_used,
    }
}

#[tokio::test]
async fn quotas_are_by_subject_and_day() {
    let bytes = Quota {
        bytes_per_day: Some(1000),
        files_per_day: None,
    };
    let files = Quota {
        bytes_per_day: None,
        files_per_day: Some(2),
    };
    on_each(async |url| {
        let database = open(&url).await;
        for (subject, day, amount, quota, expected) in [
            ("u", 1, amount(1001, 1), &bytes, full(0, 0)),
            ("u", 1, amount(1000, 1), &bytes, Reserved::Taken),
            ("u", 1, amount(0, 1), &bytes, Reserved::Taken),
            ("u", 1, amount(1, 1), &bytes, full(1000, 2)),
            ("u", 2, amount(1000, 1), &bytes, Reserved::Taken),
            ("v", 1, amount(1000, 1), &bytes, Reserved::Taken),
            ("w", 1, amount(u64::MAX, 2), &files, Reserved::Taken),
            // Beyond the numbers of the database.
            ("w", 1, amount(1, 0), &files, full(i64::MAX as u64, 2)),
            ("x", 1, amount(0, 3), &files, full(0, 0)),
        ] {
            let reserved = database.reserve(subject, day, amount, quota).await;
            assert_eq!(reserved.unwrap(), expected, "{subject} {day} {amount:?}");
        }
        database.release("u", 1, amount(100, 1)).await.unwrap();
        let again = database.reserve("u", 1, amount(101, 1), &bytes).await;
        assert_eq!(again.unwrap(), full(900, 1));
        database.release("u", 1, amount(5000, 50)).await.unwrap();
        let again = database.reserve("u", 1, amount(1001, 1), &bytes).await;
        assert_eq!(again.unwrap(), full(0, 0), "not below nothing");
    })
    .await;
}

#[tokio::test]
async fn replicas_that_start_at_once_make_the_tables_once() {
    on_each(async |url| {
        let mut starts = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let url = url.clone();
            starts.spawn(async move { Database::open(&url).await.unwrap().ping().await });
        }
        assert!(starts.join_all().await.iter().all(Result::is_ok));
    })
    .await;
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    on_each(async |url| {
        open(&url).await.close().await;
        run(&url, "INSERT INTO dropslip_schema (version) VALUES (7)").await;
        let error = Database::open(&url).await.unwrap_err();
        assert_eq!(error.kind(), DatabaseErrorKind::Schema);
        assert!(error.to_string().contains("version 7"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let folder = Folder::new();
    let missing = format!("sqlite://{}/none/x.db", folder.path().display());
    let text = folder.path().join("text.db");
    std::fs::write(
        &text,
        "this is no database, but a text that is long enough to be looked at",
    )
    .unwrap();
    let text = format!("sqlite://{}", text.display());
    let made = postgres::database();
    let other = made.replace("localhost/t", "localhost/no-such-");
    let stranger = made.replace("postgres@", "stranger:hunter2@");
    for (url, kind, words) in [
        (
            missing.as_str(),
            DatabaseErrorKind::Unreachable,
            "none/x.db",
        ),
        (&text, DatabaseErrorKind::Corrupt, "not a database"),
        (&other, DatabaseErrorKind::Refused, "does not exist"),
        (&stranger, DatabaseErrorKind::Refused, "stranger"),
    ] {
        let error = Database::open(url).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(
            !format!("{error} {error:?}").contains("hunter2"),
            "{error:?}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let database = open(&folder.sqlite()).await;
    database
        .decide(&record(Decided::Completed), &[])
        .await
        .unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(files.len() >= 2, "the file and its log");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.path());
    }
}

#[tokio::test]
async fn a_locked_database_is_busy_and_recovers() {
    let folder = Folder::new();
    let database = open(&folder.sqlite()).await;
    let record = record(Decided::Completed);
    let mut other = sqlx::SqliteConnection::connect(&folder.sqlite())
        .await
        .unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let error = database.decide(&record, &[]).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert_eq!(error.kind(), DatabaseErrorKind::Busy, "{error}");
    assert_eq!(
        database.find(record.id).await.unwrap(),
        None,
        "reading goes on"
    );
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(database.decide(&record, &[]).await.unwrap(), Outcome::Won);
}
