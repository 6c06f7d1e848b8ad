//! Requests that are allowed when they begin and no longer when they end.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::Request;
use dropslip_sigv4::{Credentials, Payload, Signer};
use http_body::Frame;
use tokio::sync::mpsc;

use crate::people::{BOB, Who, check, people, policy};
use crate::support::{Answer, Fixture, HOST, now};
use Who::{Alice, Bob, Stranger};

/// A body that comes as it is sent.
struct Slow(mpsc::Receiver<Bytes>);

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = self.0.poll_recv(cx);
        bytes.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Sends a request of Bob's to a bucket of his. While its body is on its way he removes the
/// bucket, and Alice makes one of the name.
async fn over_taken(store: &Fixture, uri: &str, body: &str) -> Answer {
    check(store, &[(Bob, "PUT /taken", 200)]).await;
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let credentials = Credentials::new("AKBOB", "secret-of-AKBOB");
    let signed = Signer::new(credentials, "us-east-1", "s3")
        .sign(
            &dropslip_sigv4::Request {
                method: "PUT",
                path,
                query,
                headers: &[("host", HOST.as_bytes())],
            },
            &Payload::of(body.as_bytes()),
            now(),
        )
        .unwrap();
    let mut request = Request::builder()
        .method("PUT")
        .uri(uri)
        .header("host", HOST)
        .header("content-length", body.len());
    for (name, value) in &signed.headers {
        request = request.header(*name, value);
    }
    let (sender, receiver) = mpsc::channel(1);
    let request = request.body(Body::new(Slow(receiver))).unwrap();
    let (first, rest) = body.split_at(1);
    let meanwhile = async {
        // The second can be sent only once the first was taken.
        sender.send(first.to_owned().into()).await.unwrap();
        sender.send(Bytes::new()).await.unwrap();
        check(
            store,
            &[(Bob, "DELETE /taken", 204), (Alice, "PUT /taken", 200)],
        )
        .await;
        sender.send(rest.to_owned().into()).await.unwrap();
        drop(sender);
    };
    let (answer, ()) = tokio::join!(store.answer(request), meanwhile);
    answer
}

#[tokio::test]
async fn an_object_is_not_stored_in_the_bucket_of_another() {
    let store = people().await;
    over_taken(&store, "/taken/k", "of bob")
        .await
        .refused(404, "NoSuchBucket");
    check(&store, &[(Alice, "GET /taken/k", 404)]).await;
}

#[tokio::test]
async fn a_policy_is_not_that_of_the_bucket_of_another() {
    let store = people().await;
    let all = "'Action':'s3:*','Resource':['arn:aws:s3:::taken','arn:aws:s3:::taken/*']";
    let rules = policy(&format!(
        "{{'Effect':'Allow','Principal':{{'AWS':'{BOB}'}},{all}}}"
    ));
    over_taken(&store, "/taken?policy", &rules)
        .await
        .refused(404, "NoSuchBucket");
    check(
        &store,
        &[
            (Alice, "GET /taken?policy", 404),
            (Bob, "GET /taken", 403),
            (Stranger, "GET /taken", 403),
        ],
    )
    .await;
}

/// A thousand keys and a long policy take a while; others have their turns in between.
#[tokio::test]
async fn a_long_list_leaves_others_their_turns() {
    use base64::Engine as _;
    use md5::Digest as _;
    let store = people().await;
    let entry = |n: usize| format!("<Object><Key>{n}</Key></Object>");
    let entries: String = (0..1000).map(entry).collect();
    let document = format!("<Delete>{entries}</Delete>");
    let hash = md5::Md5::digest(&document);
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let headers = [("content-md5", hash.as_str())];
    let is_done = std::cell::Cell::new(false);
    let deletion = async {
        let answer = store
            .send("POST", "/photos?delete", &headers, &document)
            .await;
        is_done.set(true);
        answer
    };
    let others = async {
        let mut turns = 0;
        while !is_done.get() {
            turns += 1;
            tokio::task::yield_now().await;
        }
        turns
    };
    let (answer, turns) = tokio::join!(deletion, others);
    let text = answer.is(200).text();
    assert_eq!(text.matches("<Code>AccessDenied</Code>").count(), 1000);
    assert!(turns >= 1000, "{turns} turns");
}
