//! Signatures, computed without the crate under test but for its text to sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The signature of version 4 over a string to sign, in the scope `date/region/service`.
pub(crate) fn v4(secret: &str, date: &str, region: &str, service: &str, text: &str) -> String {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request"] {
        key = hmac_sha256(&key, part.as_bytes());
    }
    hex(&hmac_sha256(&key, text.as_bytes()))
}

/// The same with the scope that a string to sign names: `date/region/service/aws4_request`.
/// A chunk's has it in the third line as well.
pub(crate) fn v4_of(secret: &str, string_to_sign: &str) -> Option<String> {
    let scope = string_to_sign.split('\n').nth(2)?;
    match scope.split('/').collect::<Vec<_>>()[..] {
        [date, region, service, "aws4_request"] => {
            Some(v4(secret, date, region, service, string_to_sign))
        }
        _ => None,
    }
}

/// The signature of version 2, in base64.
pub(crate) fn v2(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(text.as_bytes());
    BASE64.encode(mac.finalize().into_bytes())
}
