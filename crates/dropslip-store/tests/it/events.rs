//! Notifications: kept as they were put, and told to the operator's webhook.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::Fixture;

const CONFIGURATION: &str = "/photos?notification";
const ARN: &str = "arn:aws:sqs:us-east-1:123456789012:uploads";

/// A webhook that answers these statuses in turn, and 200 after them.
struct Hook {
    url: String,
    got: mpsc::UnboundedReceiver<Value>,
    task: tokio::task::JoinHandle<()>,
}

impl Hook {
    async fn start(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let mut statuses: VecDeque<u16> = statuses.iter().copied().collect();
        let (sender, got) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let status = statuses.pop_front().unwrap_or(200);
                let message = take(stream, status).await;
                if status == 200 && sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { url, got, task }
    }

    async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(Duration::from_secs(20), self.got.recv());
        next.await.expect("the webhook is told").unwrap()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request and answers it.
async fn take(stream: TcpStream, status: u16) -> Value {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap() > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

async fn with_hook(hook: &Hook) -> Fixture {
    let url = hook.url.clone();
    Fixture::new()
        .await
        .reopened_with(|config| config.webhooks = vec![url.parse().unwrap()])
}

fn document(events: &[&str], filter: &str) -> String {
    let events: String = events
        .iter()
        .map(|name| format!("<Event>{name}</Event>"))
        .collect();
    format!(
        "<NotificationConfiguration><QueueConfiguration><Id>hook</Id><Queue>{ARN}</Queue>{events}{filter}\
         </QueueConfiguration></NotificationConfiguration>"
    )
}

const ALL: &[&str] = &["s3:ObjectCreated:*", "s3:ObjectRemoved:*"];

async fn configure(store: &Fixture, document: &str) {
    store
        .signed("PUT", CONFIGURATION, &[], document)
        .await
        .is(200);
}

#[tokio::test]
async fn configurations_are_kept() {
    let hook = Hook::start(&[]).await;
    let store = with_hook(&hook).await;
    let none = store.signed("GET", CONFIGURATION, &[], "").await.is(200);
    assert!(none.text().ends_with("\"></NotificationConfiguration>"));
    let filter = "<Filter><S3Key><FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter>";
    configure(&store, &document(ALL, filter)).await;
    store
        .signed("GET", CONFIGURATION, &[], "")
        .await
        .is(200)
        .says(&format!(
            "<Id>hook</Id><Queue>{ARN}</Queue><Event>s3:ObjectCreated:*</Event>"
        ))
        .says(filter);
    configure(&store, "<NotificationConfiguration/>").await;
    store
        .signed("GET", CONFIGURATION, &[], "")
        .await
        .is(200)
        .lacks("QueueConfiguration");
}

#[tokio::test]
async fn wrong_configurations() {
    let store = Fixture::new().await;
    let put = async |text: &str| store.signed("PUT", CONFIGURATION, &[], text).await;
    put(&document(ALL, ""))
        .await
        .refused(400, "InvalidArgument")
        .says(ARN)
        .says("--notify-webhook");
    put(&document(&["s3:ObjectCreated"], ""))
        .await
        .refused(400, "InvalidArgument")
        .says("not supported");
    put("<NotificationConfiguration>")
        .await
        .refused(400, "MalformedXML");
    store
        .send("PUT", CONFIGURATION, &[], document(ALL, ""))
        .await
        .refused(403, "AccessDenied");
}

#[tokio::test]
async fn what_happens_is_told_in_s3s_words() {
    let mut hook = Hook::start(&[]).await;
    let store = with_hook(&hook).await.at_peer("127.0.0.1");
    configure(&store, &document(ALL, "")).await;
    let test = hook.next().await;
    assert_eq!(
        (&test["Event"], &test["Bucket"]),
        (&"s3:TestEvent".into(), &"photos".into())
    );
    let stored = store
        .signed("PUT", "/photos/red%20flower+%C3%A9.jpg", &[], "bytes")
        .await
        .is(200);
    let message = hook.next().await;
    let record = &message["Records"][0];
    assert_eq!(record["eventName"], "ObjectCreated:Put");
    assert_eq!(record["eventSource"], "aws:s3");
    assert_eq!(record["awsRegion"], "us-east-1");
    assert_eq!(record["requestParameters"]["sourceIPAddress"], "127.0.0.1");
    assert_eq!(
        record["responseElements"]["x-amz-request-id"],
        stored.header("x-amz-request-id")
    );
    assert_eq!(record["s3"]["configurationId"], "hook");
    assert_eq!(record["s3"]["bucket"]["name"], "photos");
    let object = &record["s3"]["object"];
    assert_eq!(object["key"], "red+flower%2B%C3%A9.jpg");
    assert_eq!(object["size"], 5);
    assert_eq!(object["eTag"], stored.header("etag").trim_matches('"'));
    store
        .signed("DELETE", "/photos/red%20flower+%C3%A9.jpg", &[], "")
        .await
        .is(204);
    let message = hook.next().await;
    let removed = &message["Records"][0];
    assert_eq!(removed["eventName"], "ObjectRemoved:Delete");
    let later = removed["s3"]["object"]["sequencer"].as_str().unwrap();
    assert!(later > object["sequencer"].as_str().unwrap());
}

#[tokio::test]
async fn each_way_to_make_an_object_has_its_name() {
    let mut hook = Hook::start(&[]).await;
    let store = with_hook(&hook).await;
    configure(&store, &document(ALL, "")).await;
    hook.next().await;
    let mut told = async || {
        let message = hook.next().await;
        let record = &message["Records"][0];
        let key = record["s3"]["object"]["key"].as_str().unwrap().to_owned();
        (record["eventName"].as_str().unwrap().to_owned(), key)
    };
    let expected = |name: &str, key: &str| (name.to_owned(), key.to_owned());
    store.signed("PUT", "/photos/a", &[], "x").await.is(200);
    assert_eq!(told().await, expected("ObjectCreated:Put", "a"));
    let source = [("x-amz-copy-source", "/photos/a")];
    store.signed("PUT", "/photos/b", &source, "").await.is(200);
    assert_eq!(told().await, expected("ObjectCreated:Copy", "b"));
    let begun = store
        .signed("POST", "/photos/c?uploads", &[], "")
        .await
        .is(200)
        .text();
    let id = begun
        .split("<UploadId>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let part = store
        .signed(
            "PUT",
            &format!("/photos/c?partNumber=1&uploadId={id}"),
            &[],
            "x",
        )
        .await
        .is(200);
    let parts = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        part.header("etag")
    );
    store
        .signed("POST", &format!("/photos/c?uploadId={id}"), &[], parts)
        .await
        .is(200);
    let name = "ObjectCreated:CompleteMultipartUpload";
    assert_eq!(told().await, expected(name, "c"));
    let many = "<Delete><Object><Key>b</Key></Object><Object><Key>none</Key></Object></Delete>";
    let md5 = [("content-md5", "xwiq0yRbd2y018uB+4eQGg==")];
    store
        .signed("POST", "/photos?delete", &md5, many)
        .await
        .is(200);
    assert_eq!(told().await, expected("ObjectRemoved:Delete", "b"));
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    store
        .signed("PUT", "/photos?versioning", &[], enabled)
        .await
        .is(200);
    store.signed("DELETE", "/photos/a", &[], "").await.is(204);
    assert_eq!(
        told().await,
        expected("ObjectRemoved:DeleteMarkerCreated", "a")
    );
}

#[tokio::test]
async fn filters_hold() {
    let mut hook = Hook::start(&[]).await;
    let store = with_hook(&hook).await;
    let filter = "<Filter><S3Key><FilterRule><Name>suffix</Name><Value>.jpg</Value></FilterRule></S3Key></Filter>";
    configure(&store, &document(&["s3:ObjectCreated:Put"], filter)).await;
    hook.next().await;
    for key in ["a.png", "a.jpg"] {
        let uri = format!("/photos/{key}");
        store.signed("PUT", &uri, &[], "x").await.is(200);
        store.signed("DELETE", &uri, &[], "").await.is(204);
    }
    store.signed("PUT", "/photos/b.jpg", &[], "x").await.is(200);
    let mut keys = Vec::new();
    for _ in 0..2 {
        let message = hook.next().await;
        keys.push(message["Records"][0]["s3"]["object"]["key"].to_string());
    }
    keys.sort();
    assert_eq!(keys, ["\"a.jpg\"", "\"b.jpg\""]);
}

#[tokio::test]
async fn what_is_not_taken_is_told_again_and_in_order() {
    let mut hook = Hook::start(&[200, 500, 302]).await;
    let store = with_hook(&hook).await;
    configure(&store, &document(ALL, "")).await;
    hook.next().await;
    for body in ["1", "22", "333"] {
        store.signed("PUT", "/photos/a", &[], body).await.is(200);
    }
    for size in 1..=3 {
        assert_eq!(
            hook.next().await["Records"][0]["s3"]["object"]["size"],
            size
        );
    }
}

#[tokio::test]
async fn what_was_not_told_is_told_after_a_restart() {
    let hook = Hook::start(&[]).await;
    let store = with_hook(&hook).await;
    configure(&store, &document(ALL, "")).await;
    drop(hook);
    store.signed("PUT", "/photos/late", &[], "x").await.is(200);
    let mut hook = Hook::start(&[]).await;
    let url = hook.url.clone();
    let _store = store.reopened_with(|config| config.webhooks = vec![url.parse().unwrap()]);
    loop {
        // The test of the configuration may have been told before.
        let message = hook.next().await;
        if message["Records"][0]["s3"]["object"]["key"] == "late" {
            return;
        }
        assert_eq!(message["Event"], "s3:TestEvent");
    }
}

#[tokio::test]
async fn lifecycle_rules_tell_what_they_remove() {
    let mut hook = Hook::start(&[]).await;
    let url = hook.url.clone();
    let store = Fixture::new().await.reopened_with(|config| {
        config.webhooks = vec![url.parse().unwrap()];
        config.lifecycle_day = Duration::from_millis(20);
    });
    configure(&store, &document(&["s3:LifecycleExpiration:*"], "")).await;
    hook.next().await;
    store.signed("PUT", "/photos/a", &[], "x").await.is(200);
    let rules = "<LifecycleConfiguration><Rule><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>";
    store
        .signed("PUT", "/photos?lifecycle", &[], rules)
        .await
        .is(200);
    let message = hook.next().await;
    assert_eq!(
        message["Records"][0]["eventName"],
        "LifecycleExpiration:Delete"
    );
}
