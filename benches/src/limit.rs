//! The hashing that cannot be left out, with the `sha2` and `hmac` crates.
//!
//! The texts are ready; only the hash of the canonical request goes into the string
//! to sign. The signing key is kept as a keyed state, which is copied for each use,
//! as the crates mean it.

use std::hint::black_box;

use dropslip_sigv4::{Request, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::contender::Contender;
use crate::input::{ACCESS_KEY, EXPIRES_S, HEADERS, HOST, KEY, REGION, SECRET_KEY, UPLOAD_ID};
use crate::input::{now, signer};

type Key = Hmac<Sha256>;

/// The two hashes of one upload.
pub fn presign() -> Contender {
    whole("limit: hashing alone", "")
}

/// The two hashes of one part.
pub fn part() -> Contender {
    let query = format!("partNumber=1234&uploadId={UPLOAD_ID}");
    whole("limit: hashing of one part", &query)
}

fn whole(name: &'static str, query: &str) -> Contender {
    let (canonical_request, mut string_to_sign) = texts(query);
    let key = key(now());
    let end = string_to_sign.len() - 64;
    Contender::new(name, move || {
        let hash = Sha256::digest(black_box(&canonical_request));
        write_hex(&mut string_to_sign[end..], &hash);
        signature(&key, &string_to_sign)
    })
}

/// The same, where all that the parts have in common has been hashed before.
pub fn part_shared() -> Contender {
    let (canonical_request, mut string_to_sign) =
        texts(&format!("partNumber=1234&uploadId={UPLOAD_ID}"));
    let mut key = key(now());
    let common = find(&canonical_request, b"partNumber=") / 64 * 64;
    let mut begun = Sha256::new();
    begun.update(&canonical_request[..common]);
    let rest = canonical_request[common..].to_vec();
    key.update(&string_to_sign[..64]);
    string_to_sign.drain(..64);
    let end = string_to_sign.len() - 64;
    Contender::new(
        "limit: the same, common beginning hashed before",
        move || {
            let hash = begun.clone().chain_update(black_box(&rest)).finalize();
            write_hex(&mut string_to_sign[end..], &hash);
            signature(&key, &string_to_sign)
        },
    )
}

fn find(text: &[u8], part: &[u8]) -> usize {
    let mut windows = text.windows(part.len());
    windows
        .position(|window| window == part)
        .expect("it is there")
}

/// Canonical request and string to sign of the upload, with a query of its own.
fn texts(query: &str) -> (Vec<u8>, Vec<u8>) {
    let mut headers = vec![("host", HOST.as_bytes())];
    headers.extend(
        HEADERS
            .iter()
            .map(|(name, value)| (*name, value.as_bytes())),
    );
    let path = format!("/{}", KEY.replace(' ', "%20"));
    let request = Request {
        method: "PUT",
        path: &path,
        query,
        headers: &headers,
    };
    let presigned = signer().presign(&request, EXPIRES_S, now());
    let presigned = presigned.expect("the request is in order");
    (presigned.canonical_request, presigned.string_to_sign.into())
}

/// Derives the signing key.
fn key(now: Timestamp) -> Key {
    let day = now.date_stamp();
    let mut key = [b"AWS4", SECRET_KEY.as_bytes()].concat();
    for part in [day.as_str(), REGION, "s3", "aws4_request"] {
        let mac = Key::new_from_slice(&key).expect("any length");
        key = mac.chain_update(part).finalize().into_bytes().to_vec();
    }
    Key::new_from_slice(&key).expect("any length")
}

fn signature(key: &Key, string_to_sign: &[u8]) -> [u8; 64] {
    let hash = key.clone().chain_update(string_to_sign).finalize();
    let mut out = [0; 64];
    write_hex(&mut out, &hash.into_bytes());
    out
}

static DIGITS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

fn write_hex(out: &mut [u8], hash: &[u8]) {
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(hash) {
        *pair = DIGITS[usize::from(*byte)];
    }
}

/// What the bench says of its input.
pub fn about() -> String {
    let (canonical_request, string_to_sign) = texts("");
    format!(
        "access key `{ACCESS_KEY}`, key of {} characters, canonical request of {} bytes, string to sign of {}",
        KEY.len(),
        canonical_request.len(),
        string_to_sign.len(),
    )
}
