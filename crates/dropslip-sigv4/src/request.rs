//! A request as signer and verifier see it: borrowed, and exactly as on the wire.
//!
//! Canonicalisation has to see the raw bytes. A path that a framework has
//! decoded, or a query that it has parsed, is no longer what the other side signed.

use std::fmt;

use crate::chunked::Streaming;
use crate::scope::{hex, parse_hash};

/// An HTTP request without its body.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method in upper case, `PUT`.
    pub method: &'a str,
    /// The path as on the wire, percent-encoded, `/bucket/a%20b`. An empty one counts as `/`.
    pub path: &'a str,
    /// The query as on the wire, percent-encoded, without the `?`.
    pub query: &'a str,
    /// Names in any case, values as on the wire. `host` is the Host header (HTTP/1)
    /// or the authority (HTTP/2). A header that is sent twice is here twice.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Request<'a> {
    /// The values of a header, in order.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = move |(candidate, _): &&(&str, &[u8])| candidate.eq_ignore_ascii_case(name);
        self.headers.iter().filter(of_name).map(|(_, value)| *value)
    }
}

/// Values may be secrets (`Authorization`, session tokens, signatures in the query), so names alone show.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// Whether the text is a token of RFC 9110 section 5.6.2, as methods and header names are.
pub(crate) fn is_token(text: &str) -> bool {
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(of_token)
}

/// The body, as the last line of the canonical request states it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payload {
    /// The body is not covered by the signature: `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// The SHA-256 hash of the body.
    Sha256([u8; 32]),
    /// The body is sent in chunks.
    Streaming(Streaming),
}

impl Payload {
    /// A body that is at hand: its hash is signed.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256(<sha2::Sha256 as sha2::Digest>::digest(body).into())
    }

    /// No body: the hash of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(b"")
    }
}

/// The text of `x-amz-content-sha256`.
impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str(UNSIGNED_PAYLOAD),
            Self::Sha256(hash) => f.write_str(&hex(hash)),
            Self::Streaming(form) => form.fmt(f),
        }
    }
}

/// What a verified request says of its body. Whoever reads the body has to hold it to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimedPayload {
    /// The signature does not cover the body.
    Unsigned,
    /// The body has this SHA-256 hash.
    Sha256([u8; 32]),
    /// The body comes in chunks: read it through `Verified::chunk_decoder`.
    Streaming(Streaming),
}

pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

impl ClaimedPayload {
    /// Reads the value of `x-amz-content-sha256`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == UNSIGNED_PAYLOAD {
            return Some(Self::Unsigned);
        }
        if let Some(form) = Streaming::parse(text) {
            return Some(Self::Streaming(form));
        }
        parse_hash(text.as_bytes()).map(Self::Sha256)
    }
}

/// The text that the canonical request ends with.
impl fmt::Display for ClaimedPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str(UNSIGNED_PAYLOAD),
            Self::Sha256(hash) => f.write_str(&hex(hash)),
            Self::Streaming(form) => form.fmt(f),
        }
    }
}

impl From<&Payload> for ClaimedPayload {
    fn from(payload: &Payload) -> Self {
        match payload {
            Payload::Unsigned => Self::Unsigned,
            Payload::Sha256(hash) => Self::Sha256(*hash),
            Payload::Streaming(form) => Self::Streaming(*form),
        }
    }
}
