//! The credential scope, the signing key derived for it, and the string to sign.
//!
//! A scope is day, region and service. The signing key belongs to one scope and
//! one secret; it is kept as a keyed hash state, so that signing a string does
//! not hash the key again.
//! Source: "Create a signed AWS API request" in the AWS IAM user guide,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::time::Timestamp;

/// The one algorithm that this crate speaks.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last part of each credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// Where and when a signature holds.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) time: Timestamp,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let basic = self.time.basic();
        let date = str::from_utf8(&basic[..8]).expect("digits are UTF-8");
        for (at, part) in [date, self.region, self.service, TERMINATOR]
            .into_iter()
            .enumerate()
        {
            if at > 0 {
                f.write_str("/")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl Scope<'_> {
    /// The string to sign of a request: algorithm, time, scope and the hash of
    /// the canonical request, one a line.
    pub(crate) fn string_to_sign(&self, canonical_request: &[u8]) -> String {
        let hash: [u8; 32] = Sha256::digest(canonical_request).into();
        format!("{ALGORITHM}\n{}\n{self}\n{}", self.time, hex(&hash))
    }
}

/// A secret bound to day, region and service.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(crate) fn derive(secret_key: &str, scope: &Scope<'_>) -> Self {
        let secret = Zeroizing::new(["AWS4", secret_key].concat());
        let day = scope.time.basic();
        let mut key = Self::keyed(secret.as_bytes());
        for part in [
            &day[..8],
            scope.region.as_bytes(),
            scope.service.as_bytes(),
            TERMINATOR.as_bytes(),
        ] {
            key = Self::keyed(&*Zeroizing::new(key.sign(part)));
        }
        key
    }

    fn keyed(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 32] {
        self.0
            .clone()
            .chain_update(message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// The signature as it stands in requests: 64 lower-case hexadecimal digits.
    pub(crate) fn signature(&self, string_to_sign: &str) -> String {
        hex(&self.sign(string_to_sign.as_bytes()))
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// Reads 64 lower-case hexadecimal digits, the only form of a hash in this protocol.
pub(crate) fn parse_hash(text: &[u8]) -> Option<[u8; 32]> {
    fn digit(byte: u8) -> Option<u8> {
        match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        }
    }
    let mut hash = [0; 32];
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (out, [high, low]) in hash.iter_mut().zip(pairs) {
        *out = digit(*high)? << 4 | digit(*low)?;
    }
    Some(hash)
}
