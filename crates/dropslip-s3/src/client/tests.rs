//! The client against a server that answers what a test wrote down.

use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use dropslip_sigv4::{Credentials, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::address::Addressing;
use crate::limits::{CLIENT_ANSWER_BYTES_MAX, CLIENT_RANGE_BYTES_MAX};
use crate::name::{BucketName, ObjectKey};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Gives each connection the next answer; behind the last one connections are closed.
pub(super) struct Server {
    pub(super) client: Client,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let answers: Vec<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        tokio::spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut socket, _)) = listener.accept().await {
                let sent = request(&mut socket).await;
                seen.lock().unwrap().push(sent);
                if let Some(answer) = answers.next() {
                    let _ = socket.write_all(answer.as_bytes()).await;
                }
            }
        });
        let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET);
        let signer = Arc::new(Signer::new(keys, "us-east-1", "s3"));
        let endpoint = Endpoint::parse(&origin, Addressing::Path).unwrap();
        Self {
            client: Client::new(endpoint, signer).unwrap(),
            heads,
        }
    }

    /// What was sent, each a head and as much of its body as arrived.
    pub(super) fn sent(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn request(socket: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lines = head.lines();
            let length = lines
                .filter_map(|line| line.strip_prefix("content-length: "))
                .find_map(|length| length.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match socket.read(&mut piece).await {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

pub(super) fn answer(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn error(status: u16, code: &str) -> String {
    answer(
        &format!("{status} No"),
        &format!("<Error><Code>{code}</Code><Message>m</Message></Error>"),
    )
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_unix_s(1_369_353_600)
}

pub(super) static BUCKET: LazyLock<BucketName> =
    LazyLock::new(|| BucketName::parse("photos").unwrap());
static KEY: LazyLock<ObjectKey> = LazyLock::new(|| ObjectKey::parse("a b/é+.jpg").unwrap());
static UPLOAD: LazyLock<Multipart<'_>> = LazyLock::new(|| Multipart {
    bucket: &BUCKET,
    key: &KEY,
    upload_id: "u+1/=",
});

#[tokio::test]
async fn a_head_tells_everything() {
    let server = Server::answering(&["HTTP/1.1 200 OK\r\ncontent-length: 7\r\netag: \"e\"\r\n\
         content-type: image/png\r\nlast-modified: Fri, 24 May 2013 00:00:00 GMT\r\n\
         x-amz-version-id: v1\r\nx-amz-checksum-sha256: abc=-2\r\nx-amz-meta-title: =?UTF-8?B?w6k=?=\r\n\
         x-amz-meta-Who: me\r\nconnection: close\r\n\r\n"])
    .await;
    let head = server.client.head_object(&BUCKET, &KEY, now()).await;
    let head = head.unwrap().unwrap();
    assert_eq!((head.size_bytes, head.etag.as_deref()), (7, Some("\"e\"")));
    assert_eq!(head.content_type.as_deref(), Some("image/png"));
    assert_eq!(head.version_id.as_deref(), Some("v1"));
    assert_eq!(head.last_modified_s, Some(1_369_353_600));
    let checksum = (crate::checksum::Algorithm::Sha256, "abc=-2".to_owned());
    assert_eq!(head.checksums, [checksum]);
    assert_eq!(head.metadata["title"], "é");
    assert_eq!(head.metadata["who"], "me");
    let sent = &server.sent()[0];
    assert!(
        sent.starts_with("HEAD /photos/a%20b/%C3%A9%2B.jpg HTTP/1.1\r\n"),
        "{sent}"
    );
    assert!(sent.contains("x-amz-checksum-mode: ENABLED"));
    assert!(
        sent.contains("SignedHeaders=host;x-amz-checksum-mode;"),
        "{sent}"
    );
}

#[tokio::test]
async fn what_is_missing_is_none() {
    let missing = answer("404 Not Found", "");
    let server = Server::answering(&[&missing, &missing, &error(404, "NoSuchKey")]).await;
    let client = &server.client;
    assert_eq!(client.head_object(&BUCKET, &KEY, now()).await, Ok(None));
    assert_eq!(client.head_bucket(&BUCKET, now()).await, Ok(false));
    let wanted = RangeWanted {
        bytes: 0..=9,
        if_match: None,
    };
    let range = client.get_range(&BUCKET, &KEY, &wanted, now()).await;
    assert_eq!(range, Ok(None));
}

async fn range(answer: &str, if_match: Option<&str>) -> Result<Option<Vec<u8>>, ClientError> {
    let server = Server::answering(&[answer]).await;
    let wanted = RangeWanted {
        bytes: 0..=4,
        if_match,
    };
    let got = server.client.get_range(&BUCKET, &KEY, &wanted, now());
    let got = got.await;
    let sent = &server.sent()[0];
    assert!(sent.contains("range: bytes=0-4\r\n"), "{sent}");
    assert_eq!(sent.contains("if-match"), if_match.is_some());
    got
}

#[tokio::test]
async fn ranges_are_bounded_and_of_one_state() {
    let partial = answer("206 Partial Content\r\netag: \"e\"", "hello");
    assert_eq!(range(&partial, None).await, Ok(Some(b"hello".to_vec())));
    let same = range(&partial, Some("\"e\"")).await;
    assert_eq!(same, Ok(Some(b"hello".to_vec())));
    // A storage without ranges sends everything.
    let whole = answer("200 OK\r\netag: \"e\"", "hello world");
    assert_eq!(range(&whole, None).await, Ok(Some(b"hello".to_vec())));
    // A storage without conditions sends what it has by now.
    for other in [
        range(&partial, Some("\"f\"")).await,
        range(&error(412, "PreconditionFailed"), Some("\"f\"")).await,
        range(&answer("412 Precondition Failed", ""), Some("\"f\"")).await,
    ] {
        assert!(other.unwrap_err().is(Refusal::PreconditionFailed));
    }
    let empty = range(&error(416, "InvalidRange"), None).await;
    assert!(empty.unwrap_err().is(Refusal::InvalidRange));
    let strange = range(&answer("204 No Content", ""), None).await;
    assert_eq!(*strange.unwrap_err().kind(), ClientErrorKind::Unreadable);

    let server = Server::answering(&[]).await;
    let reversed = std::ops::RangeInclusive::new(5, 4);
    for bytes in [0..=CLIENT_RANGE_BYTES_MAX, 0..=u64::MAX, reversed] {
        let wanted = RangeWanted {
            bytes,
            if_match: None,
        };
        let got = server.client.get_range(&BUCKET, &KEY, &wanted, now());
        assert_eq!(*got.await.unwrap_err().kind(), ClientErrorKind::Invalid);
    }
    assert!(server.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_busy_storage_is_asked_again() {
    let busy = error(503, "SlowDown");
    let fine = answer("200 OK", "");
    let server = Server::answering(&[&busy, &busy, &fine]).await;
    assert_eq!(server.client.head_bucket(&BUCKET, now()).await, Ok(true));
    assert_eq!(server.sent().len(), 3);
    let server = Server::answering(&[&busy, &busy, &busy, &fine]).await;
    let deleted = server.client.delete_object(&BUCKET, &KEY, now()).await;
    assert!(deleted.unwrap_err().is(Refusal::SlowDown));
    assert_eq!(server.sent().len(), 3);
    // A lost answer.
    let server = Server::answering(&["", &fine]).await;
    assert_eq!(server.client.head_bucket(&BUCKET, now()).await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn what_would_be_done_twice_is_not_repeated() {
    let began = answer(
        "200 OK",
        "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
    );
    let create = async |answers: &[&str]| {
        let server = Server::answering(answers).await;
        let headers = [("content-type", "image/png")];
        let created = server
            .client
            .create_multipart(&BUCKET, &KEY, &headers, now());
        (created.await, server.sent())
    };
    let (created, sent) = create(&[&error(503, "SlowDown"), &began]).await;
    assert_eq!(created, Ok("u1".to_owned()));
    assert!(
        sent[1].starts_with("POST /photos/a%20b/%C3%A9%2B.jpg?uploads HTTP/1.1"),
        "{}",
        sent[1]
    );
    assert!(sent[1].contains("SignedHeaders=content-type;host;"));
    let (created, sent) = create(&["", &began]).await;
    assert_eq!(*created.unwrap_err().kind(), ClientErrorKind::Unreachable);
    assert_eq!(sent.len(), 1);
    let (created, sent) = create(&[&error(500, "InternalError"), &began]).await;
    assert!(created.is_err());
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn parts_come_in_pages() {
    let page = |numbers: &[u32], next: &str| {
        let mut body = "<ListPartsResult>".to_owned();
        for number in numbers {
            body += &format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>e</ETag><Size>1</Size></Part>"
            );
        }
        if !next.is_empty() {
            body += &format!(
                "<IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>"
            );
        }
        answer("200 OK", &(body + "</ListPartsResult>"))
    };
    let list = async |answers: &[&str]| {
        let server = Server::answering(answers).await;
        let parts = server.client.list_parts(&UPLOAD, now());
        (parts.await, server.sent())
    };
    let (parts, sent) = list(&[&page(&[1, 2], "2"), &page(&[], "5"), &page(&[9], "")]).await;
    let numbers: Vec<u32> = parts.unwrap().iter().map(|part| part.number).collect();
    assert_eq!(numbers, [1, 2, 9]);
    assert!(
        sent[0].contains("?uploadId=u%2B1%2F%3D HTTP"),
        "{}",
        sent[0]
    );
    assert!(
        sent[2].contains("&part-number-marker=5 HTTP"),
        "{}",
        sent[2]
    );
    for wrong in [
        [page(&[1], "1"), page(&[2], "1")],
        [page(&[1, 2], "2"), page(&[2], "")],
        [page(&[2, 1], ""), String::new()],
    ] {
        let (parts, _) = list(&[&wrong[0], &wrong[1]]).await;
        assert_eq!(*parts.unwrap_err().kind(), ClientErrorKind::Unreadable);
    }
    let (gone, _) = list(&[&error(404, "NoSuchUpload")]).await;
    assert!(gone.unwrap_err().is(Refusal::NoSuchUpload));
}

#[tokio::test]
async fn an_end_that_says_200_may_be_none() {
    let complete = async |answer: &str| {
        let server = Server::answering(&[answer]).await;
        let parts = [CompletedPart {
            number: 1,
            etag: "\"e\"".to_owned(),
            checksums: Vec::new(),
        }];
        let completion = Completion {
            parts: &parts,
            headers: &[("if-none-match", "*")],
        };
        let done = server
            .client
            .complete_multipart(&UPLOAD, &completion, now());
        (done.await, server.sent().remove(0))
    };
    let done = " \n <?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag>&quot;x-1&quot;</ETag></CompleteMultipartUploadResult>";
    let (completed, sent) = complete(&answer("200 OK", done)).await;
    assert_eq!(completed.unwrap().etag, "\"x-1\"");
    assert!(sent.contains("if-none-match: *") && sent.contains("<PartNumber>1</PartNumber>"));
    let late = "  <Error><Code>InternalError</Code><Message>m</Message></Error>";
    let (failed, _) = complete(&answer("200 OK", late)).await;
    let kind = ClientErrorKind::Refused {
        status: 200,
        code: Some("InternalError".to_owned()),
    };
    assert_eq!(*failed.unwrap_err().kind(), kind);
    for (code, refusal) in [
        ("EntityTooSmall", Refusal::EntityTooSmall),
        ("InvalidPart", Refusal::InvalidPart),
        ("NoSuchUpload", Refusal::NoSuchUpload),
        ("PreconditionFailed", Refusal::PreconditionFailed),
    ] {
        let (failed, _) = complete(&error(400, code)).await;
        assert!(failed.unwrap_err().is(refusal), "{code}");
    }
    for body in ["", "   ", "OK"] {
        let (failed, _) = complete(&answer("200 OK", body)).await;
        assert_eq!(*failed.unwrap_err().kind(), ClientErrorKind::Unreadable);
    }
}

#[tokio::test]
async fn an_upload_that_is_gone_counts_as_aborted() {
    for gone in [
        answer("204 No Content", ""),
        error(404, "NoSuchUpload"),
        answer("404 Not Found", ""),
    ] {
        let server = Server::answering(&[&gone]).await;
        let aborted = server.client.abort_multipart(&UPLOAD, now());
        assert_eq!(aborted.await, Ok(()));
    }
    let server = Server::answering(&[&error(404, "NoSuchBucket")]).await;
    let aborted = server.client.abort_multipart(&UPLOAD, now());
    assert!(aborted.await.unwrap_err().is(Refusal::NoSuchBucket));
}

#[tokio::test]
async fn lists_name_what_they_want() {
    let objects = "<ListBucketResult><IsTruncated>true</IsTruncated>\
                   <NextContinuationToken>t=</NextContinuationToken></ListBucketResult>";
    let objects = answer("200 OK", objects);
    let server = Server::answering(&[&objects, &objects]).await;
    let page = server
        .client
        .list_objects(&BUCKET, "a b/", None, now())
        .await;
    assert_eq!(page.unwrap().next.as_deref(), Some("t="));
    let sent = &server.sent()[0];
    assert!(
        sent.starts_with("GET /photos?list-type=2&encoding-type=url&prefix=a%20b%2F HTTP"),
        "{sent}"
    );
    // The same page for ever.
    let again = server
        .client
        .list_objects(&BUCKET, "", Some("t="), now())
        .await;
    assert_eq!(*again.unwrap_err().kind(), ClientErrorKind::Unreadable);
    assert!(server.sent()[1].contains("&continuation-token=t%3D HTTP"));
    let server = Server::answering(&[&answer("200 OK", "<ListMultipartUploadsResult/>")]).await;
    let from = UploadsMarker {
        key: "k".to_owned(),
        upload_id: "u".to_owned(),
    };
    let page = server
        .client
        .list_uploads(&BUCKET, "p/", Some(&from), now())
        .await;
    assert!(page.unwrap().uploads.is_empty());
    let sent = &server.sent()[0];
    let query =
        "?uploads&encoding-type=url&prefix=p%2F&key-marker=k&upload-id-marker=u HTTP/1.1\r\n";
    assert!(sent.contains(query), "{sent}");
}

async fn put(answer: &str, body: StreamBody) -> (Result<Put, ClientError>, String) {
    let server = Server::answering(&[answer]).await;
    let object = NewObject {
        headers: &[("content-type", "text/plain")],
        body,
    };
    let put = server.client.put_object(&BUCKET, &KEY, object, now());
    let put = put.await;
    (put, server.sent().first().cloned().unwrap_or_default())
}

fn pieces(length: u64, pieces: &[Result<&'static str, &'static str>]) -> StreamBody {
    let pieces: Vec<Result<Bytes, &str>> = pieces
        .iter()
        .map(|piece| piece.map(|text| Bytes::from_static(text.as_bytes())))
        .collect();
    StreamBody::new(length, futures_util::stream::iter(pieces))
}

#[tokio::test]
async fn bodies_are_sent_as_they_come() {
    let fine = answer("200 OK\r\netag: \"e\"\r\nx-amz-version-id: v", "");
    let (put_answer, sent) = put(&fine, pieces(10, &[Ok("hello"), Ok("world")])).await;
    assert_eq!(put_answer.unwrap().version_id.as_deref(), Some("v"));
    assert!(sent.ends_with("\r\n\r\nhelloworld"), "{sent}");
    assert!(sent.contains("content-length: 10\r\n") && !sent.contains("transfer-encoding"));
    assert!(sent.contains("x-amz-content-sha256: UNSIGNED-PAYLOAD"));
    let (put_answer, sent) = put(&fine, pieces(0, &[])).await;
    assert!(
        put_answer.is_ok() && sent.contains("content-length: 0\r\n"),
        "{sent}"
    );
    let (put_answer, _) = put(&fine, StreamBody::from(Bytes::from_static(b"abc"))).await;
    assert!(put_answer.is_ok());
    let (put_answer, _) = put(&answer("200 OK", ""), pieces(0, &[])).await;
    assert_eq!(*put_answer.unwrap_err().kind(), ClientErrorKind::Unreadable);
    let (refused, _) = put(&error(412, "PreconditionFailed"), pieces(1, &[Ok("x")])).await;
    assert!(refused.unwrap_err().is(Refusal::PreconditionFailed));
}

#[tokio::test]
async fn a_body_of_another_length_is_not_stored() {
    let fine = answer("200 OK\r\netag: \"e\"", "");
    for (body, words) in [
        (pieces(10, &[Ok("hello")]), "ended before"),
        (pieces(3, &[Ok("hello")]), "longer than announced"),
        (
            pieces(9, &[Ok("hello"), Ok("world")]),
            "longer than announced",
        ),
        (
            pieces(9, &[Ok("hello"), Err("the sender went")]),
            "the sender went",
        ),
    ] {
        let length = format!("content-length: {}\r\n", body.length_bytes());
        let (failed, sent) = put(&fine, body).await;
        let failed = failed.unwrap_err();
        assert_eq!(*failed.kind(), ClientErrorKind::Body, "{failed}");
        assert!(failed.to_string().contains(words), "{failed}");
        // What arrived is less than was announced, so nobody takes it for the whole.
        if let Some((head, arrived)) = sent.split_once("\r\n\r\n") {
            assert!(format!("{head}\r\n").contains(&length));
            assert!(!length.contains(&format!(" {}\r", arrived.len())), "{sent}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stands_still_ends_the_call() {
    let body = futures_util::stream::pending::<Result<Bytes, String>>();
    let (failed, _) = put("", StreamBody::new(5, body)).await;
    let failed = failed.unwrap_err();
    assert_eq!(*failed.kind(), ClientErrorKind::Unreachable);
    assert!(failed.to_string().contains("nothing moved"), "{failed}");
}

#[tokio::test]
async fn answers_without_end_are_left() {
    let long = answer("200 OK", &" ".repeat(CLIENT_ANSWER_BYTES_MAX + 1));
    let server = Server::answering(&[&long, &error(403, "AccessDenied")]).await;
    let created = server
        .client
        .create_multipart(&BUCKET, &KEY, &[], now())
        .await;
    assert_eq!(*created.unwrap_err().kind(), ClientErrorKind::Unreadable);
    let created = server.client.create_multipart(&BUCKET, &KEY, &[], now());
    let refused = created.await.unwrap_err();
    assert!(refused.is(Refusal::AccessDenied));
    assert!(!refused.to_string().contains("Signature") && !refused.to_string().contains(SECRET));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let moved = answer("307 Moved\r\nlocation: http://127.0.0.1:1/", "");
    let server = Server::answering(&[&moved]).await;
    let asked = server.client.head_bucket(&BUCKET, now()).await;
    let kind = ClientErrorKind::Refused {
        status: 307,
        code: None,
    };
    assert_eq!(*asked.unwrap_err().kind(), kind);
}

#[tokio::test]
async fn keys_that_no_url_carries_are_refused() {
    let server = Server::answering(&[]).await;
    for key in ["a/../b", "./a"] {
        let key = ObjectKey::parse(key).unwrap();
        let head = server.client.head_object(&BUCKET, &key, now()).await;
        assert_eq!(*head.unwrap_err().kind(), ClientErrorKind::Invalid);
    }
    assert!(server.sent().is_empty());
}
