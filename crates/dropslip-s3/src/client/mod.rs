//! The few S3 calls that the service and the command line make.
//!
//! Each request is signed in its headers, never follows a redirect (a redirect
//! would carry the signature to another host) and is bounded in time and size.

mod error;

use std::sync::Arc;
use std::time::Duration;

use dropslip_sigv4::{Payload, Request, Signer, Timestamp};
use reqwest::redirect;

pub use error::{ClientError, ClientErrorKind};

use crate::address::{Endpoint, Target};
use crate::limits::{CLIENT_ANSWER_BYTES_MAX, CLIENT_CONNECT_TIMEOUT_S, CLIENT_TIMEOUT_S};
use crate::name::{BucketName, ObjectKey};
use crate::xml;

/// A client of one storage. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    endpoint: Endpoint,
    signer: Arc<Signer>,
    http: reqwest::Client,
}

/// What `HeadObject` says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// Its size.
    pub size_bytes: u64,
    /// Its content type.
    pub content_type: Option<String>,
    /// Its ETag, with quotes.
    pub etag: Option<String>,
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// When the platform's TLS roots cannot be read.
    pub fn new(endpoint: Endpoint, signer: Arc<Signer>) -> Result<Self, ClientError> {
        // Fails only when a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(CLIENT_TIMEOUT_S))
            .connect_timeout(Duration::from_secs(CLIENT_CONNECT_TIMEOUT_S));
        if !endpoint.is_encrypted() {
            // Without TLS no roots are needed, and a small machine may have none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder
            .build()
            .map_err(|e| ClientError::unreachable(&endpoint.origin(), &e))?;
        Ok(Self {
            endpoint,
            signer,
            http,
        })
    }

    /// Asks for an object's size, type and ETag. `None` when the storage answers
    /// 404, which for a `HEAD` does not tell a missing key from a missing bucket.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn head_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        now: Timestamp,
    ) -> Result<Option<ObjectHead>, ClientError> {
        let answer = self
            .send("HEAD", &self.endpoint.object(bucket, key), now)
            .await?;
        if answer.status() == 404 {
            return Ok(None);
        }
        let answer = self.checked(answer).await?;
        let text = |name: &str| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        let size = text("content-length").and_then(|v| v.parse().ok());
        Ok(Some(ObjectHead {
            size_bytes: size.ok_or_else(|| {
                ClientError::refused(200, None, "the answer has no Content-Length")
            })?,
            content_type: text("content-type"),
            etag: text("etag"),
        }))
    }

    /// Deletes an object; one that is not there counts as deleted.
    ///
    /// # Errors
    /// When the storage cannot be reached or refuses.
    pub async fn delete_object(
        &self,
        bucket: &BucketName,
        key: &ObjectKey,
        now: Timestamp,
    ) -> Result<(), ClientError> {
        let answer = self
            .send("DELETE", &self.endpoint.object(bucket, key), now)
            .await?;
        self.checked(answer).await.map(drop)
    }

    async fn send(
        &self,
        method: &'static str,
        target: &Target,
        now: Timestamp,
    ) -> Result<reqwest::Response, ClientError> {
        let url =
            reqwest::Url::parse(&target.url()).map_err(|e| ClientError::invalid(&e.to_string()))?;
        if url.path() != target.path {
            return Err(ClientError::invalid(
                "the key has a `.` or `..` segment, which a URL cannot carry",
            ));
        }
        let headers = [("host", target.host.as_bytes())];
        let request = Request {
            method,
            path: &target.path,
            query: "",
            headers: &headers,
        };
        let signed = self
            .signer
            .sign(&request, &Payload::empty(), now)
            .map_err(|e| ClientError::invalid(&e.to_string()))?;
        let method =
            reqwest::Method::from_bytes(method.as_bytes()).expect("a method of ours is a token");
        let mut builder = self.http.request(method, url);
        for (name, value) in &signed.headers {
            builder = builder.header(*name, value);
        }
        builder
            .send()
            .await
            .map_err(|e| ClientError::unreachable(&self.endpoint.origin(), &e))
    }

    /// Lets a success pass, and turns anything else into an error with S3's code.
    async fn checked(
        &self,
        mut answer: reqwest::Response,
    ) -> Result<reqwest::Response, ClientError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|e| ClientError::unreachable(&self.endpoint.origin(), &e))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > CLIENT_ANSWER_BYTES_MAX {
                break;
            }
        }
        let document = xml::read_error(&body).unwrap_or_default();
        let code = (!document.code.is_empty()).then_some(document.code);
        Err(ClientError::refused(
            status.as_u16(),
            code,
            &document.message,
        ))
    }
}
