//! Carries bytes to a signed address, and says what the storage answered.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use reqwest::{Body, Client, Method};

use super::api::{cause, start_of};
use super::slip::{Address, Form};
use crate::error::PutError;
use crate::ledger::Attempt;
use crate::limits::{IDLE_S, REFUSAL_BYTES_MAX};
use crate::retry::{Failure, is_passing_status};

/// What the storage answered to bytes that it took.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) etag: String,
}

/// How sending failed.
#[derive(Debug)]
pub(super) enum SendError {
    /// The file cannot be read, or changed.
    File(PutError),
    /// No answer.
    Lost(String),
    /// The storage said no: status and the beginning of what it answered.
    Refused(u16, String),
}

impl Failure for SendError {
    fn is_passing(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Lost(_) => true,
            Self::Refused(status, answer) => {
                let slow = ["<Code>RequestTimeout</Code>", "<Code>IncompleteBody</Code>"];
                is_passing_status(*status) || slow.iter().any(|code| answer.contains(code))
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::File(error) => error.to_string(),
            Self::Lost(reason) => format!("the connection to the storage was lost: {reason}"),
            Self::Refused(status, _) => format!("the storage answered {status}"),
        }
    }
}

/// A body of known length.
pub(super) struct Outgoing<S> {
    pub(super) size_bytes: u64,
    pub(super) stream: S,
    pub(super) attempt: Arc<Attempt>,
}

/// `PUT`s bytes with exactly the headers that were signed.
pub(super) async fn put<S, E>(
    http: &Client,
    address: &Address,
    body: Outgoing<S>,
) -> Result<Taken, SendError>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Reading> + Send + 'static,
{
    let mut request = http.request(Method::PUT, &address.url);
    for (name, value) in &address.headers {
        request = request.header(name, value);
    }
    send(request, body.size_bytes, body.stream, body.attempt).await
}

/// `POST`s a form: all fields, and the file as the last one.
pub(super) async fn post<S, E>(
    http: &Client,
    form: &Form,
    file_name: &str,
    body: Outgoing<S>,
) -> Result<Taken, SendError>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Reading> + Send + 'static,
{
    let boundary = format!(
        "dropslip-{:016x}{:016x}",
        fastrand::u64(..),
        fastrand::u64(..)
    );
    let (head, tail) = around(&boundary, &form.fields, file_name);
    let size_bytes = head.len() as u64 + body.size_bytes + tail.len() as u64;
    let one = |text: String| futures_util::stream::iter([Ok(Bytes::from(text))]);
    let stream = one(head)
        .chain(body.stream.map(|chunk| chunk.map_err(Into::into)))
        .chain(one(tail));
    let request = http.request(Method::POST, &form.url).header(
        "content-type",
        format!("multipart/form-data; boundary={boundary}"),
    );
    send::<_, Reading>(request, size_bytes, stream, body.attempt).await
}

/// What stands before and behind the file (RFC 7578). Quotes and line breaks in names are written as browsers do.
fn around(boundary: &str, fields: &BTreeMap<String, String>, file_name: &str) -> (String, String) {
    let quoted = |name: &str| {
        name.replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let mut head = String::new();
    for (name, value) in fields {
        // Writing to a string cannot fail.
        let _ = write!(
            head,
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"\r\n\r\n{value}\r\n",
            quoted(name)
        );
    }
    let _ = write!(
        head,
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         content-type: application/octet-stream\r\n\r\n",
        quoted(file_name)
    );
    (head, format!("\r\n--{boundary}--\r\n"))
}

/// Why a body ended early.
#[derive(Debug)]
pub(super) struct Reading(PutError);

impl From<PutError> for Reading {
    fn from(error: PutError) -> Self {
        Self(error)
    }
}

impl From<std::io::Error> for Reading {
    fn from(error: std::io::Error) -> Self {
        Self(PutError::unreadable(&error))
    }
}

async fn send<S, E>(
    request: reqwest::RequestBuilder,
    size_bytes: u64,
    stream: S,
    attempt: Arc<Attempt>,
) -> Result<Taken, SendError>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Into<Reading> + Send + 'static,
{
    let failure: Arc<Mutex<Option<PutError>>> = Arc::default();
    let told = Arc::clone(&failure);
    let stream = stream.map(move |chunk| {
        chunk.map_err(|error| {
            let Reading(error) = error.into();
            let text = error.to_string();
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            std::io::Error::other(text)
        })
    });
    let sending = request
        .header("content-length", size_bytes)
        .body(Body::wrap_stream(stream))
        .send();
    let answer = tokio::select! {
        answer = sending => answer,
        () = stalled(&attempt) => {
            attempt.take_back();
            return Err(SendError::Lost("nothing moved for too long".to_owned()));
        }
    };
    let outcome = match answer {
        Ok(answer) if answer.status().is_success() => {
            attempt.keep();
            let etag = answer
                .headers()
                .get("etag")
                .and_then(|etag| etag.to_str().ok());
            return Ok(Taken {
                etag: etag.unwrap_or_default().to_owned(),
            });
        }
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = start_of(answer, REFUSAL_BYTES_MAX)
                .await
                .unwrap_or_default();
            SendError::Refused(status, String::from_utf8_lossy(&body).into_owned())
        }
        Err(error) => match failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(error) => SendError::File(error),
            None => SendError::Lost(cause(&error)),
        },
    };
    attempt.take_back();
    Err(outcome)
}

/// Ends when nothing has left for too long.
async fn stalled(attempt: &Attempt) {
    let mut before = None;
    loop {
        let now = attempt.bytes();
        if before == Some(now) {
            return;
        }
        before = Some(now);
        tokio::time::sleep(Duration::from_secs(IDLE_S)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let fields = BTreeMap::from([
            ("key".to_owned(), "a/b".to_owned()),
            ("x\"y".to_owned(), "1".to_owned()),
        ]);
        let (head, tail) = around("B", &fields, "a\"\r\n.png");
        assert_eq!(
            head,
            "--B\r\ncontent-disposition: form-data; name=\"key\"\r\n\r\na/b\r\n\
             --B\r\ncontent-disposition: form-data; name=\"x%22y\"\r\n\r\n1\r\n\
             --B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a%22%0D%0A.png\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        assert_eq!(tail, "\r\n--B--\r\n");
    }

    #[test]
    fn what_passes() {
        let refused = |status, answer: &str| SendError::Refused(status, answer.to_owned());
        assert!(SendError::Lost(String::new()).is_passing());
        assert!(refused(503, "").is_passing());
        assert!(refused(400, "<Error><Code>RequestTimeout</Code></Error>").is_passing());
        for wrong in [
            refused(403, ""),
            refused(412, ""),
            refused(400, "<Code>BadDigest</Code>"),
        ] {
            assert!(!wrong.is_passing());
        }
        assert!(!SendError::File(PutError::changed()).is_passing());
    }
}
