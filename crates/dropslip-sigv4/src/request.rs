//! A request as signer and verifier see it: borrowed, and exactly as on the wire.
//!
//! Canonicalisation has to see the raw bytes. A path that a framework has
//! decoded, or a query that it has parsed, is no longer what the other side signed.

use std::fmt;

use crate::chunked::Streaming;
use crate::hash::sha256;
use crate::scope::{hex, hex_of_hash, parse_hash};

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
    #[inline]
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = move |(candidate, _): &&(&str, &[u8])| {
            candidate.len() == name.len() && candidate.eq_ignore_ascii_case(name)
        };
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

/// The bytes of tokens, RFC 9110 section 5.6.2.
static OF_TOKENS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let others = b"!#$%&'*+-.^_`|~";
    let mut at = 0;
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether the text is a token of RFC 9110 section 5.6.2, as methods and header names are.
pub(crate) fn is_token(text: &str) -> bool {
    let is_other = |any, byte: u8| any | !OF_TOKENS[usize::from(byte)];
    !text.is_empty() && !text.bytes().fold(false, is_other)
}

/// The bytes of tokens in lower case, and `;`.
static OF_LISTS: [bool; 256] = {
    let mut table = OF_TOKENS;
    let mut upper = b'A';
    while upper <= b'Z' {
        table[upper as usize] = false;
        upper += 1;
    }
    table[b';' as usize] = true;
    table
};

/// Whether a text has the bytes of tokens in lower case that are joined by `;`.
pub(crate) fn is_list_of_lower_case_tokens(text: &str) -> bool {
    let is_of = |all, byte: u8| all & OF_LISTS[usize::from(byte)];
    text.bytes().fold(true, is_of)
}

/// Whether the value of a header, or of a parameter that stands for one, is a secret: it
/// appears neither in refusals nor in explanations, for those are logged.
pub(crate) fn is_secret(name: &str) -> bool {
    const SECRET: [&str; 5] = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "x-amz-signature",
    ];
    let name = name.to_ascii_lowercase();
    // Keys of one's own for encryption at the storage, of the object and of a copy's source.
    SECRET.contains(&name.as_str()) || name.ends_with("-customer-key")
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
        Self::Sha256(sha256(body))
    }

    /// No body: the hash of nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self::Sha256([
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f,
            0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b,
            0x78, 0x52, 0xb8, 0x55,
        ])
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

impl ClaimedPayload {
    /// The text that the canonical request ends with; `digits` is room for it.
    pub(crate) fn text<'a>(&'a self, digits: &'a mut [u8; 64]) -> &'a str {
        match self {
            Self::Unsigned => UNSIGNED_PAYLOAD,
            Self::Sha256(hash) => {
                *digits = hex_of_hash(hash);
                str::from_utf8(digits).expect("digits are UTF-8")
            }
            Self::Streaming(form) => form.as_str(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nothing_is_that() {
        assert_eq!(Payload::empty(), Payload::of(b""));
    }
}
