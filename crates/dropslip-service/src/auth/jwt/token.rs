//! A token as it arrives: three parts, of which the first is looked at before a key is, and the second after.
//!
//! Nothing of a token is believed before its signature holds, except which key to take, and that only among keys of
//! ours. What a header offers as key (`jwk`, `jku`, `x5c`, `x5u`) is never looked at.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::keys::{ALGORITHMS, KeySet, name_of};
use crate::limits::{JWT_BYTES_MAX, JWT_KEY_ID_BYTES_MAX, JWT_KEYS_TRIED_MAX};
use crate::problem::{Code, Problem};

/// A token whose header was read.
#[derive(Debug)]
pub(super) struct Token<'a> {
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
    algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
}

/// A refusal that names what is wrong, and never repeats the token.
pub(super) fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidToken, detail)
}

/// Whether credentials look like a token: three parts with two dots between.
pub(crate) fn is_token(credentials: &[u8]) -> bool {
    credentials.iter().filter(|byte| **byte == b'.').count() == 2
}

impl<'a> Token<'a> {
    /// Reads the header. `allowed` are the configured algorithms.
    pub(super) fn read(credentials: &'a [u8], allowed: &[Algorithm]) -> Result<Self, Problem> {
        if credentials.len() > JWT_BYTES_MAX {
            return Err(refused(format!(
                "the token is longer than {JWT_BYTES_MAX} bytes"
            )));
        }
        let misshapen = || refused("the token is not three parts of base64url with dots between");
        let text = std::str::from_utf8(credentials).map_err(|_| misshapen())?;
        let (message, signature) = text.rsplit_once('.').ok_or_else(misshapen)?;
        let (header, payload) = message.split_once('.').ok_or_else(misshapen)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| misshapen())?;
        let header = read_header(&header)
            .ok_or_else(|| refused("the token's header is not a JSON object with an `alg`"))?;
        if header.crit.is_some() || header.b64.is_some() {
            return Err(refused(
                "the token's header has `crit` or `b64`, extensions that the service does not speak",
            ));
        }
        let algorithm = ALGORITHMS
            .iter()
            .find(|(name, _)| *name == header.alg)
            .map(|(_, algorithm)| *algorithm)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or_else(|| wrong_algorithm(&header.alg, allowed))?;
        if header
            .kid
            .as_ref()
            .is_some_and(|id| id.len() > JWT_KEY_ID_BYTES_MAX)
        {
            return Err(refused(format!(
                "the token's `kid` is longer than {JWT_KEY_ID_BYTES_MAX} bytes"
            )));
        }
        Ok(Self {
            message,
            payload,
            signature,
            algorithm,
            key_id: header.kid,
        })
    }

    /// Holds the signature against the keys, and only then reads the claims.
    pub(super) fn verify(&self, keys: &KeySet) -> Result<Map<String, Value>, Problem> {
        if !keys.knows(self.key_id.as_deref()) {
            return Err(refused("the token's `kid` is not the id of a known key"));
        }
        let mut tried = 0;
        for key in keys.fitting(self.key_id.as_deref()) {
            // The algorithm is the key's, not the token's word.
            if key.algorithm != self.algorithm {
                continue;
            }
            tried += 1;
            if tried > JWT_KEYS_TRIED_MAX {
                return Err(refused(
                    "the token names no `kid`, and too many keys could be meant",
                ));
            }
            let holds = jsonwebtoken::crypto::verify(
                self.signature,
                self.message.as_bytes(),
                &key.key,
                key.algorithm,
            );
            if holds.unwrap_or(false) {
                return self.claims();
            }
        }
        if tried == 0 {
            let detail = format!(
                "the token's `alg` is {}, and the key is for another",
                name_of(self.algorithm)
            );
            return Err(refused(detail));
        }
        Err(refused(
            "the token's signature does not hold: it was altered, or signed with another key",
        ))
    }

    fn claims(&self) -> Result<Map<String, Value>, Problem> {
        let bytes = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| refused("the token's claims are not base64url"))?;
        serde_json::from_slice(&bytes)
            .map_err(|_| refused("the token's claims are not a JSON object, or nested too deep"))
    }
}

/// Read as a value first, which bounds the depth of what the header has besides.
fn read_header(bytes: &[u8]) -> Option<Header> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    value.is_object().then_some(())?;
    serde_json::from_slice(bytes).ok()
}

fn wrong_algorithm(sent: &str, allowed: &[Algorithm]) -> Problem {
    let is_name = sent.len() <= 16 && sent.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let sent = if is_name { sent } else { "no name of one" };
    let allowed: Vec<_> = allowed
        .iter()
        .map(|algorithm| name_of(*algorithm))
        .collect();
    refused(format!(
        "the token's `alg` is `{sent}`; the service takes {}",
        allowed.join(", ")
    ))
}
