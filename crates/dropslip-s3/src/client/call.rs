//! One call: signed in its headers, bounded in time and size, tried again where that is safe.
//!
//! A streamed body is signed as `UNSIGNED-PAYLOAD`: its hash is known only at its end, and S3 takes
//! signed chunks for it from SDKs alone; not all other storages do. Over `https` TLS protects the
//! bytes. Over `http` they are as unprotected as those that browsers send to presigned URLs, which
//! are signed in the same way; the checksum headers of a call are signed in either case.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use dropslip_sigv4::{Payload, Request, Signed, Timestamp, encode_query};

use super::body::StreamBody;
use super::{Client, ClientError};
use crate::address::Target;
use crate::limits::{
    CLIENT_ANSWER_BYTES_MAX, CLIENT_IDLE_TIMEOUT_S, CLIENT_RETRIES_MAX, CLIENT_RETRY_PAUSE_MS,
    CLIENT_TIMEOUT_S,
};
use crate::xml;

/// When a call may be made a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// When the storage says that it did nothing, being busy.
    Busy,
    /// Also when the answer was lost: the second call changes nothing that the first did.
    Always,
}

/// A call without a streamed body.
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    pub(super) target: &'a Target,
    /// Names and values before encoding; an empty value leaves the name alone.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Headers that are signed, besides `host` and those of the signature.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) again: Again,
    pub(super) timeout_s: u64,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: &'static str, target: &'a Target) -> Self {
        Self {
            method,
            target,
            query: &[],
            headers: &[],
            body: &[],
            again: Again::Always,
            timeout_s: CLIENT_TIMEOUT_S,
        }
    }
}

impl Client {
    /// Makes a call, and again if need be. Answers of any status are given back.
    pub(super) async fn call(
        &self,
        call: &Call<'_>,
        now: Timestamp,
    ) -> Result<reqwest::Response, ClientError> {
        let mut tries = 0;
        loop {
            let answer = self.call_once(call, now).await;
            let may_repeat = match &answer {
                Ok(answer) => match answer.status().as_u16() {
                    429 | 503 => true,
                    500 | 502 | 504 => call.again == Again::Always,
                    _ => false,
                },
                Err(Lost { is_timeout, .. }) => call.again == Again::Always && !is_timeout,
            };
            if !may_repeat || tries == CLIENT_RETRIES_MAX {
                return answer.map_err(|lost| lost.error);
            }
            drop(answer);
            let pause_ms = CLIENT_RETRY_PAUSE_MS << tries;
            let pause_ms = fastrand::u64(pause_ms / 2..=pause_ms * 3 / 2);
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            tries += 1;
        }
    }

    async fn call_once(&self, call: &Call<'_>, now: Timestamp) -> Result<reqwest::Response, Lost> {
        let payload = Payload::of(call.body);
        let builder = self.request(call, &payload, now).map_err(Lost::for_good)?;
        let mut builder = builder.timeout(Duration::from_secs(call.timeout_s));
        if !call.body.is_empty() {
            builder = builder.body(call.body.to_vec());
        }
        let began = Instant::now();
        let answer = builder.send().await.map_err(|error| Lost {
            is_timeout: error.is_timeout(),
            error: ClientError::unreachable(&self.endpoint.origin(), &error),
        });
        let told = answer.as_ref().map_err(|lost| &lost.error);
        self.observe(call.method, began, told);
        answer
    }

    /// Makes a call with a streamed body, once. It may take as long as it moves.
    pub(super) async fn call_streaming(
        &self,
        call: &Call<'_>,
        body: StreamBody,
        now: Timestamp,
    ) -> Result<reqwest::Response, ClientError> {
        let length = body.length_bytes();
        let builder = self.request(call, &Payload::Unsigned, now)?;
        let (body, watch) = body.watched();
        let began = Instant::now();
        let sending = builder.header("content-length", length).body(body).send();
        let answer = tokio::select! {
            answer = sending => answer,
            () = watch.stalled() => {
                let reason = "nothing moved for too long";
                let error = ClientError::unreachable_because(&self.endpoint.origin(), reason);
                self.observe(call.method, began, Err(&error));
                return Err(error);
            }
        };
        let answer = match (answer, watch.failure()) {
            // A refusal says more than that the body did not arrive.
            (Ok(answer), _) => Ok(answer),
            (Err(_), Some(reason)) => return Err(ClientError::body(&reason)),
            (Err(error), None) => Err(ClientError::unreachable(&self.endpoint.origin(), &error)),
        };
        self.observe(call.method, began, answer.as_ref());
        answer
    }

    fn request(
        &self,
        call: &Call<'_>,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        let query = query(call.query);
        let mut text = call.target.url();
        if !query.is_empty() {
            text.push('?');
            text.push_str(&query);
        }
        let url = reqwest::Url::parse(&text).map_err(|e| ClientError::invalid(&e.to_string()))?;
        if url.path() != call.target.path || url.query().unwrap_or_default() != query {
            return Err(ClientError::invalid(
                "the key has a `.` or `..` segment, which a URL cannot carry",
            ));
        }
        let signed = self.signed(call, &query, payload, now)?;
        let method = reqwest::Method::from_bytes(call.method.as_bytes())
            .expect("a method of ours is a token");
        let mut builder = self.http.request(method, url);
        for (name, value) in call.headers {
            builder = builder.header(*name, *value);
        }
        for (name, value) in &signed.headers {
            builder = builder.header(*name, value);
        }
        Ok(builder)
    }

    fn signed(
        &self,
        call: &Call<'_>,
        query: &str,
        payload: &Payload,
        now: Timestamp,
    ) -> Result<Signed, ClientError> {
        let mut headers = vec![("host", call.target.host.as_bytes())];
        let given = call.headers.iter();
        headers.extend(given.map(|(name, value)| (*name, value.as_bytes())));
        let request = Request {
            method: call.method,
            path: &call.target.path,
            query,
            headers: &headers,
        };
        let signed = self.signer.sign(&request, payload, now);
        signed.map_err(|error| ClientError::invalid(&error.to_string()))
    }

    /// Lets a success pass, and turns anything else into an error with S3's code.
    pub(super) async fn checked(
        &self,
        answer: reqwest::Response,
    ) -> Result<reqwest::Response, ClientError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = self.start_of(answer, CLIENT_ANSWER_BYTES_MAX).await?;
        let document = xml::read_error(&body).unwrap_or_default();
        let code = (!document.code.is_empty()).then_some(document.code);
        Err(ClientError::refused(
            status.as_u16(),
            code,
            &document.message,
        ))
    }

    /// The whole body of an answer, which must not be longer than so many bytes.
    pub(super) async fn whole(
        &self,
        answer: reqwest::Response,
        bytes_max: usize,
    ) -> Result<Vec<u8>, ClientError> {
        let body = self.start_of(answer, bytes_max + 1).await?;
        if body.len() > bytes_max {
            let why = format!("it is longer than {bytes_max} bytes");
            return Err(ClientError::unreadable(&why));
        }
        Ok(body)
    }

    /// The first bytes of an answer's body, at most so many.
    pub(super) async fn start_of(
        &self,
        mut answer: reqwest::Response,
        bytes_max: usize,
    ) -> Result<Vec<u8>, ClientError> {
        let mut body = Vec::new();
        let idle = Duration::from_secs(CLIENT_IDLE_TIMEOUT_S);
        while body.len() < bytes_max {
            let origin = self.endpoint.origin();
            let chunk = tokio::time::timeout(idle, answer.chunk()).await;
            let chunk = chunk
                .map_err(|_| ClientError::unreachable_because(&origin, "its answer stopped"))?
                .map_err(|error| ClientError::unreachable(&origin, &error))?;
            let Some(chunk) = chunk else { break };
            let room = bytes_max - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        Ok(body)
    }
}

/// A call that got no answer.
struct Lost {
    error: ClientError,
    /// The time was all that it had; a second try would double it. So is a request that cannot be made.
    is_timeout: bool,
}

impl Lost {
    fn for_good(error: ClientError) -> Self {
        Self {
            error,
            is_timeout: true,
        }
    }
}

fn query(parameters: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&encode_query(name.as_bytes()));
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(query, "={}", encode_query(value.as_bytes()));
        }
    }
    query
}
