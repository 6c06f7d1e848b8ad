//! Workers against receivers that misbehave, on a real outbox and real sockets.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use sqlx::{Connection as _, Executor as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use super::{Webhook, WebhookConfig, Workers, check_all, events_for, sign};
use crate::database::{Database, Decided, Record};
use crate::metrics::Metrics;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Longer than anything here takes, so that a failure is told instead of waited for.
const PATIENCE: Duration = Duration::from_secs(60);

struct Outbox {
    database: Database,
    path: PathBuf,
}

impl Outbox {
    async fn new() -> Self {
        let name = format!("dropslip-webhooks-{}.db", Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        let database = Database::open(&format!("sqlite://{}", path.display())).await;
        Self {
            database: database.unwrap(),
            path,
        }
    }

    /// Decides about an upload, as `complete` does.
    async fn decide(&self, id: Uuid, state: Decided, webhooks: &[Webhook]) {
        let record = Record {
            id,
            state,
            preset: "photo".to_owned(),
            storage: "default".to_owned(),
            bucket: "uploads".to_owned(),
            key: format!("photos/{id}.jpg"),
            size_bytes: Some(5),
            content_type: None,
            etag: None,
            checksum: None,
            subject: None,
            metadata: BTreeMap::new(),
            problem: None,
            issued_ms: 1_369_353_600_000,
            decided_ms: 1_369_353_601_000,
        };
        let events = events_for(webhooks, &record, None);
        assert_eq!(events.len(), webhooks.len());
        self.database.decide(&record, &events).await.unwrap();
    }

    /// Waits until so many wait and so many were given up.
    async fn comes_to(&self, pending: u64, failed: u64) {
        let wait = async {
            loop {
                let counts = self.database.counts().await.unwrap();
                if (counts.pending, counts.failed) == (pending, failed) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, wait)
            .await
            .expect("the outbox comes to this");
    }

    /// Waits for an attempt that failed, and gives the reason.
    async fn failure(&self) -> String {
        let mut connection = self.beside().await;
        let wait = async {
            loop {
                let sql = "SELECT last_error FROM dropslip_events WHERE last_error IS NOT NULL";
                let why: Option<String> = sqlx::query_scalar(sql)
                    .fetch_optional(&mut connection)
                    .await
                    .unwrap();
                if let Some(why) = why {
                    return why;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, wait).await.expect("an attempt fails")
    }

    async fn beside(&self) -> sqlx::SqliteConnection {
        let url = format!("sqlite://{}", self.path.display());
        sqlx::SqliteConnection::connect(&url).await.unwrap()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
        }
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
struct Call {
    headers: HeaderMap,
    body: String,
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

type Script = Arc<Mutex<dyn FnMut(usize) -> Response<Body> + Send>>;

#[derive(Clone)]
struct Receiver {
    calls: mpsc::UnboundedSender<Call>,
    count: Arc<Mutex<usize>>,
    script: Script,
}

/// A receiver that answers by a script, which gets the number of the call from 0.
async fn receiver(
    script: impl FnMut(usize) -> Response<Body> + Send + 'static,
) -> (String, mpsc::UnboundedReceiver<Call>) {
    async fn answer(
        State(receiver): State<Receiver>,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response<Body> {
        let body = String::from_utf8(body.to_vec()).unwrap();
        let _ = receiver.calls.send(Call { headers, body });
        let mut count = receiver.count.lock().unwrap();
        *count += 1;
        (receiver.script.lock().unwrap())(*count - 1)
    }
    let (calls, called) = mpsc::unbounded_channel();
    let receiver = Receiver {
        calls,
        count: Arc::default(),
        script: Arc::new(Mutex::new(script)),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(receiver);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, called)
}

/// A listener that does as told with each connection.
async fn raw(answer: Option<&'static str>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            match answer {
                Some(answer) => {
                    let mut some = [0; 4096];
                    let _ = stream.read(&mut some).await;
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
                None => kept.push(stream),
            }
        }
    });
    url
}

fn status(status: u16) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::empty())
        .unwrap()
}

fn webhooks(urls: &[&str]) -> Vec<Webhook> {
    let config = |(n, url): (usize, &&str)| -> WebhookConfig {
        toml::from_str(&format!(
            "name = 'n{n}'\nurl = '{url}'\nsecret = '{SECRET}'"
        ))
        .unwrap()
    };
    let configs = urls.iter().enumerate().map(config).collect();
    check_all(configs, &["photo"]).unwrap()
}

async fn next(calls: &mut mpsc::UnboundedReceiver<Call>) -> Call {
    timeout(PATIENCE, calls.recv())
        .await
        .expect("a call comes")
        .unwrap()
}

#[tokio::test]
async fn an_event_arrives_signed() {
    let outbox = Outbox::new().await;
    let (url, mut calls) = receiver(|_| status(204)).await;
    let webhooks = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
        .await;
    let call = next(&mut calls).await;
    outbox.comes_to(0, 0).await;
    workers.stop().await;

    assert_eq!(call.header("content-type"), "application/json");
    assert!(call.header("user-agent").starts_with("Dropslip/"));
    let id = call.header("webhook-id");
    assert!(id.starts_with("evt_"), "{id}");
    let unix_s: i64 = call.header("webhook-timestamp").parse().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now.abs_diff(unix_s.unsigned_abs()) < 60);
    let key = sign::SigningKey::parse(SECRET).unwrap();
    let expected = sign::signature(&[key], id, unix_s, &call.body);
    assert_eq!(call.header("webhook-signature"), expected);
    let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(body["type"], "upload.completed");
    assert!(calls.try_recv().is_err(), "once is enough");
}

#[tokio::test]
async fn what_fails_is_sent_again_as_it_was_and_in_order() {
    let outbox = Outbox::new().await;
    let (url, mut calls) = receiver(|n| status([500, 503, 200, 200][n])).await;
    let webhooks = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    let id = Uuid::now_v7();
    outbox.decide(id, Decided::Completed, &webhooks).await;
    outbox.decide(id, Decided::Aborted, &webhooks).await;
    let all = [
        next(&mut calls).await,
        next(&mut calls).await,
        next(&mut calls).await,
        next(&mut calls).await,
    ];
    outbox.comes_to(0, 0).await;
    workers.stop().await;
    let seen: Vec<_> = all
        .iter()
        .map(|call| (call.header("webhook-id"), &call.body))
        .collect();
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
    assert!(seen[0].1.contains("upload.completed") && seen[3].1.contains("upload.aborted"));
    assert_ne!(seen[3].0, seen[2].0);
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_given_up() {
    let outbox = Outbox::new().await;
    let (url, mut calls) = receiver(|_| status(410)).await;
    let webhooks = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Refused, &webhooks)
        .await;
    next(&mut calls).await;
    outbox.comes_to(0, 1).await;
    workers.stop().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let outbox = Outbox::new().await;
    let (elsewhere, mut strayed) = receiver(|_| status(200)).await;
    let redirect = move |_| {
        let redirect = Response::builder()
            .status(307)
            .header("location", &elsewhere);
        redirect.body(Body::empty()).unwrap()
    };
    let (url, _calls) = receiver(redirect).await;
    let webhooks = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
        .await;
    let why = outbox.failure().await;
    assert_eq!(why, "it answered 307, and redirects are not followed");
    workers.stop().await;
    assert!(strayed.try_recv().is_err());
}

#[tokio::test]
async fn broken_answers_are_failures() {
    for (answer, words) in [
        ("", "the connection broke"),
        ("HTTP/1.1 200", "the connection broke"),
        ("HTTP/1.1 200 OK\r\nconte", "the connection broke"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "the connection broke"),
    ] {
        let outbox = Outbox::new().await;
        let webhooks = webhooks(&[&raw(Some(answer)).await]);
        let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
        outbox
            .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
            .await;
        let why = outbox.failure().await;
        assert!(
            why.contains(words) && !why.contains("http://"),
            "{answer:?}: {why}"
        );
        workers.stop().await;
    }
    let outbox = Outbox::new().await;
    let webhooks = webhooks(&["http://127.0.0.1:1/secret-path"]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
        .await;
    let why = outbox.failure().await;
    assert!(
        why.contains("no connection") && !why.contains("secret-path"),
        "{why}"
    );
    workers.stop().await;
}

#[tokio::test]
async fn an_endless_answer_is_read_in_part_alone() {
    let outbox = Outbox::new().await;
    let endless = |_| {
        let zeros =
            std::iter::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[0; 8192])));
        Response::new(Body::from_stream(futures_util::stream::iter(zeros)))
    };
    let (url, mut calls) = receiver(endless).await;
    let webhooks = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
        .await;
    next(&mut calls).await;
    outbox.comes_to(0, 0).await;
    workers.stop().await;
}

#[tokio::test]
async fn one_that_hangs_holds_up_no_other_and_is_given_back_at_the_end() {
    let outbox = Outbox::new().await;
    let (url, mut calls) = receiver(|_| status(200)).await;
    let webhooks = webhooks(&[&raw(None).await, &url]);
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    for _ in 0..40 {
        outbox
            .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
            .await;
    }
    for _ in 0..40 {
        next(&mut calls).await;
    }
    outbox.comes_to(40, 0).await;
    workers.stop().await;
    let free = outbox.database.claim("n0", "next", 100).await.unwrap();
    assert_eq!(
        free.len(),
        40,
        "the next worker need not wait for a lease to end"
    );
    assert!(free.iter().all(|event| event.attempts == 0));
}

#[tokio::test]
async fn another_takes_over_from_a_worker_that_died() {
    let outbox = Outbox::new().await;
    let dead = webhooks(&[&raw(None).await]);
    let workers = Workers::start(&outbox.database, &dead, &Metrics::default()).unwrap();
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &dead)
        .await;
    let mut beside = outbox.beside().await;
    let leased = "SELECT COUNT(*) FROM dropslip_events WHERE lease IS NOT NULL";
    let wait = async {
        while sqlx::query_scalar(leased)
            .fetch_one(&mut beside)
            .await
            .unwrap_or(0)
            == 0
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("the event is claimed");
    drop(workers);

    let (url, mut calls) = receiver(|_| status(200)).await;
    let alive = webhooks(&[&url]);
    let workers = Workers::start(&outbox.database, &alive, &Metrics::default()).unwrap();
    let early = timeout(Duration::from_millis(300), calls.recv()).await;
    assert!(early.is_err(), "the lease holds");
    beside
        .execute("UPDATE dropslip_events SET due_ms = due_ms - 10000")
        .await
        .unwrap();
    next(&mut calls).await;
    outbox.comes_to(0, 0).await;
    workers.stop().await;
}

#[tokio::test]
async fn events_wait_for_a_database_that_is_locked() {
    let outbox = Outbox::new().await;
    let (url, mut calls) = receiver(|_| status(200)).await;
    let webhooks = webhooks(&[&url]);
    outbox
        .decide(Uuid::now_v7(), Decided::Completed, &webhooks)
        .await;
    let mut beside = outbox.beside().await;
    beside.execute("BEGIN IMMEDIATE").await.unwrap();
    let workers = Workers::start(&outbox.database, &webhooks, &Metrics::default()).unwrap();
    // Longer than one waits for the lock.
    let early = timeout(
        Duration::from_secs(crate::limits::SQLITE_BUSY_S_MAX + 1),
        calls.recv(),
    );
    assert!(early.await.is_err(), "what is not claimed is not sent");
    beside.execute("ROLLBACK").await.unwrap();
    next(&mut calls).await;
    outbox.comes_to(0, 0).await;
    workers.stop().await;
}
