//! One request and its answer. The only place that touches the network, besides the S3 client.
//!
//! No redirect is followed, since a browser's preflight follows none and a signature holds for one host. Of an answer no
//! more is read than an error document has.

mod trouble;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_s3::Endpoint;
use dropslip_s3::client::Names;
use dropslip_s3::steering::steers;
use dropslip_s3::xml::{ErrorDocument, read_error};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, redirect};

pub(crate) use trouble::{Trouble, TroubleKind};

use crate::limits::{ANSWER_BYTES_MAX, REQUEST_S_MAX};

/// Asks one storage, by whatever host.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    http: Client,
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, as far as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Its first 64 KiB.
    pub(crate) body: Vec<u8>,
    /// What an error document says; empty where there is none.
    pub(crate) error: ErrorDocument,
    pub(crate) took: Duration,
}

impl Ask {
    /// Nothing is sent yet.
    pub(crate) fn new(endpoints: [&Endpoint; 2]) -> Result<Self, String> {
        // Fails only when a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let limit = Duration::from_secs(REQUEST_S_MAX);
        let mut builder = Client::builder()
            .redirect(redirect::Policy::none())
            .dns_resolver(Arc::new(Names))
            .timeout(limit)
            .connect_timeout(limit);
        if !endpoints.iter().any(|endpoint| endpoint.is_encrypted()) {
            // Without TLS no roots are needed, and a small machine may have none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { http })
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn send(&self, sent: Sent) -> Result<Reply, Trouble> {
        let url = Url::parse(&sent.url).map_err(|error| Trouble::invalid(&error.to_string()))?;
        let method = Method::from_bytes(sent.method.as_bytes())
            .map_err(|error| Trouble::invalid(&error.to_string()))?;
        let mut request = self.http.request(method, url);
        for (name, value) in &sent.headers {
            let header = (HeaderName::try_from(name), HeaderValue::try_from(value));
            let (Ok(name), Ok(value)) = header else {
                return Err(Trouble::invalid(&format!("`{name}` is no header")));
            };
            request = request.header(name, value);
        }
        if !sent.body.is_empty() || matches!(sent.method, "PUT" | "POST") {
            request = request
                .header("content-length", sent.body.len())
                .body(sent.body);
        }
        let began = Instant::now();
        let mut answer = request.send().await.map_err(|error| Trouble::of(&error))?;
        let took = began.elapsed();
        let mut body = Vec::new();
        while body.len() < ANSWER_BYTES_MAX {
            let chunk = answer.chunk().await.map_err(|error| Trouble::of(&error))?;
            let Some(chunk) = chunk else { break };
            let room = ANSWER_BYTES_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        let status = answer.status().as_u16();
        let error = match status {
            200..300 => ErrorDocument::default(),
            _ => read_error(&body).unwrap_or_default(),
        };
        Ok(Reply {
            status,
            headers: answer.headers().clone(),
            body,
            error,
            took,
        })
    }
}

impl Reply {
    /// Whether the storage did what it was asked.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// S3's code, empty without one.
    pub(crate) fn code(&self) -> &str {
        &self.error.code
    }

    /// Whether the storage says that it does not know what it was asked for.
    pub(crate) fn is_not_implemented(&self) -> bool {
        matches!(self.status, 405 | 501)
            || matches!(
                self.code(),
                "NotImplemented" | "MethodNotAllowed" | "XNotImplemented" | "UnsupportedOperation"
            )
    }

    /// A header's value; several of a name are one with commas between, as browsers read them.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.headers.get_all(name).iter().collect();
        let texts = values
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        (!values.is_empty()).then(|| texts.collect::<Vec<_>>().join(", "))
    }

    /// In words: the status and S3's code, and its message where there is no code.
    pub(crate) fn shown(&self) -> String {
        match (self.code(), self.error.message.as_str()) {
            ("", "") => self.status.to_string(),
            ("", message) => format!("{} {}", self.status, clean(message)),
            (code, _) => format!("{} {}", self.status, clean(code)),
        }
    }

    /// The storage's own words, in one line.
    pub(crate) fn message(&self) -> String {
        clean(&self.error.message)
    }
}

/// What a storage says, on one line of a terminal: with nothing that it would obey, and not too long.
pub(crate) fn clean(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if steers(c) { ' ' } else { c })
        .take(200)
        .collect();
    text.trim().to_owned()
}
