//! What a page in a browser can ask of a storage: without a signature, with an origin.

use std::time::Duration;

use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, HeaderMap, HeaderName, ORIGIN,
};
use reqwest::{Method, RequestBuilder, Url};

use super::{ClientError, http};
use crate::address::{Endpoint, Target};
use crate::cors::preflight::{Answered, Asked};
use crate::limits::{CLIENT_ANSWER_BYTES_MAX, CLIENT_CONNECT_TIMEOUT_S};
use crate::xml::read_error;

/// A part of an upload that is none: no storage keeps bytes for it, signed or not, however open the bucket is.
const NO_UPLOAD: &str = "partNumber=1&uploadId=dropslip-check";

/// Asks one storage as a page does. Nothing is signed, nothing is kept, and no redirect is followed.
#[derive(Clone, Debug)]
pub struct Page {
    http: reqwest::Client,
    /// The storage, for errors.
    storage: String,
}

impl Page {
    /// Makes one; nothing is sent yet.
    ///
    /// # Errors
    /// When the platform's TLS roots cannot be read.
    pub fn new(endpoint: &Endpoint) -> Result<Self, ClientError> {
        Ok(Self {
            http: http(endpoint)?,
            storage: endpoint.origin(),
        })
    }

    /// A preflight.
    ///
    /// # Errors
    /// When the storage cannot be reached.
    pub async fn preflight(
        &self,
        target: &Target,
        asked: &Asked<'_>,
    ) -> Result<Answered, ClientError> {
        let mut request = self
            .http
            .request(Method::OPTIONS, url(target)?)
            .header(ORIGIN, asked.origin)
            .header(ACCESS_CONTROL_REQUEST_METHOD, asked.method);
        if let Some(names) = asked.headers_text() {
            request = request.header(ACCESS_CONTROL_REQUEST_HEADERS, names);
        }
        self.answered(request).await
    }

    /// A request behind a preflight, without a signature and a body. It is refused, and shows what real answers carry.
    /// A PUT is one of a part of no upload, so that it changes nothing in a bucket that takes all; of a DELETE
    /// nothing is known but by making one, so a GET is sent in its place.
    ///
    /// # Errors
    /// When the storage cannot be reached.
    pub async fn request(
        &self,
        target: &Target,
        method: &str,
        origin: &str,
    ) -> Result<Answered, ClientError> {
        let mut url = url(target)?;
        let method = match method {
            "PUT" => {
                url.set_query(Some(NO_UPLOAD));
                Method::PUT
            }
            "POST" => Method::POST,
            "HEAD" => Method::HEAD,
            _ => Method::GET,
        };
        let mut request = self.http.request(method.clone(), url);
        if matches!(method, Method::PUT | Method::POST) {
            request = request.header(CONTENT_LENGTH, 0);
        }
        self.answered(request.header(ORIGIN, origin)).await
    }

    async fn answered(&self, request: RequestBuilder) -> Result<Answered, ClientError> {
        let lost = |error: reqwest::Error| ClientError::unreachable(&self.storage, &error);
        let limit = Duration::from_secs(CLIENT_CONNECT_TIMEOUT_S);
        let mut answer = request.timeout(limit).send().await.map_err(lost)?;
        let mut answered = answered(answer.status().as_u16(), answer.headers());
        if !answer.status().is_success() {
            let mut body = Vec::new();
            // What breaks off has no code; the rest of the answer counts all the same.
            while let Ok(Some(chunk)) = answer.chunk().await {
                let room = CLIENT_ANSWER_BYTES_MAX - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if room <= chunk.len() {
                    break;
                }
            }
            let code = read_error(&body).map(|document| document.code);
            answered.code = code.ok().filter(|code| !code.is_empty());
        }
        Ok(answered)
    }
}

/// An answer, as far as browsers judge by its status and headers. It has no code yet, which stands in its body.
#[must_use]
pub fn answered(status: u16, headers: &HeaderMap) -> Answered {
    let allow_origin = headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
    Answered {
        status,
        allow_origin: allow_origin.then(|| joined(headers, ACCESS_CONTROL_ALLOW_ORIGIN)),
        allow_methods: joined(headers, ACCESS_CONTROL_ALLOW_METHODS),
        allow_headers: joined(headers, ACCESS_CONTROL_ALLOW_HEADERS),
        expose_headers: joined(headers, ACCESS_CONTROL_EXPOSE_HEADERS),
        allow_credentials: joined(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS) == "true",
        code: None,
    }
}

fn url(target: &Target) -> Result<Url, ClientError> {
    let url = Url::parse(&target.url()).map_err(|e| ClientError::invalid(&e.to_string()))?;
    match url.path() == target.path {
        true => Ok(url),
        false => Err(ClientError::invalid(
            "the key has a `.` or `..` segment, which a URL cannot carry",
        )),
    }
}

/// All headers of a name as one. What is no text fits no origin and no name.
fn joined(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).iter();
    let texts: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    texts.join(", ")
}
