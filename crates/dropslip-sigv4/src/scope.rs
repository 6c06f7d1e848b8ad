//! The credential scope, the signing key derived for it, and the string to sign.
//!
//! A scope is day, region and service. The signing key belongs to one scope and
//! one secret; it is kept as a keyed hash state, so that signing a string does
//! not hash the key again.
//! Source: "Create a signed AWS API request" in the AWS IAM user guide,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::hash::{Ending, Keyed, sha256};
use crate::scratch::Scratch;
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
        let date = self.time.date();
        let date = str::from_utf8(&date).expect("digits are UTF-8");
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
        let hash = hex(&sha256(canonical_request));
        format!("{ALGORITHM}\n{}\n{self}\n{hash}", self.time)
    }
}

/// A secret bound to day, region and service.
#[derive(Clone)]
pub(crate) struct SigningKey(Keyed);

impl SigningKey {
    pub(crate) fn derive(secret_key: &str, scope: &Scope<'_>) -> Self {
        let mac = |key: &[u8], part: &[u8]| -> Zeroizing<[u8; 32]> {
            let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
            Zeroizing::new(mac.chain_update(part).finalize().into_bytes().into())
        };
        let secret = Zeroizing::new(["AWS4", secret_key].concat());
        let mut key = mac(secret.as_bytes(), &scope.time.date());
        for part in [scope.region, scope.service, TERMINATOR] {
            key = mac(&*key, part.as_bytes());
        }
        Self(Keyed::new(&key))
    }

    #[inline]
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 32] {
        self.0.sign(message)
    }

    /// As [`Self::sign`], where the text may be padded in its place.
    #[inline]
    pub(crate) fn sign_in_place<const N: usize>(&self, text: &mut Scratch<u8, N>) -> [u8; 32] {
        self.0.sign_in_place(text)
    }

    /// A string to sign that stays the same before `place`, to be signed several times.
    pub(crate) fn ending(&self, string_to_sign: &[u8], place: usize) -> Ending {
        self.0.ending(string_to_sign, place)
    }

    /// Signs what an ending of this key says now.
    #[inline]
    pub(crate) fn finish(&self, ending: &Ending) -> [u8; 32] {
        self.0.finish(ending)
    }

    /// The signature as it stands in requests: 64 lower-case hexadecimal digits.
    pub(crate) fn signature(&self, string_to_sign: &str) -> String {
        hex(&self.sign(string_to_sign.as_bytes()))
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| digits(*byte).to_le_bytes());
    digits.map(char::from).collect()
}

/// Lower-case hexadecimal digits of a hash, without an allocation.
#[inline]
pub(crate) fn hex_of_hash(hash: &[u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(hash) {
        *pair = digits(*byte).to_le_bytes();
    }
    out
}

/// Both digits of a byte, the first one in the low half. Without a table and in one
/// number, so that the compiler makes many at once.
#[inline]
fn digits(byte: u8) -> u16 {
    let halves = u16::from(byte >> 4) | u16::from(byte & 15) << 8;
    // Adding 6 carries into the next bit from ten on.
    let letters = (halves + 0x0606) >> 4 & 0x0101;
    halves + 0x3030 + letters * u16::from(b'a' - b'9' - 1)
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
