//! The id of an upload: a sealed token that carries all that `complete` must check.
//!
//! Nothing is stored when an upload is issued, so nothing has to be shared, found or cleaned up, and any number of
//! replicas can answer for it. The token is encrypted as well as authenticated (XChaCha20-Poly1305, whose nonce is long
//! enough to be random), so it shows neither bucket nor limits, and no caller can make or change one.
//!
//! Its key is derived from the storage's secret key: every replica has that one already, so they agree without a
//! setting of their own, and whoever knows it can sign for the bucket anyway. The price: when the secret is replaced,
//! uploads on their way have to be issued anew. With temporary credentials that happens each time they are renewed.
//!
//! Form: `base64url(version byte, nonce of 24 bytes, ciphertext, tag of 16 bytes)`, without padding. The version byte
//! is authenticated too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use dropslip_s3::{BucketName, ObjectKey};
use dropslip_sigv4::Timestamp;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::caller::Wished;
use crate::limits::{TOKEN_AFTER_URL_S, TOKEN_CHARS_MAX};
use crate::secret::Secret;

/// Length of the random part.
pub const NONCE_BYTES: usize = 24;

const VERSION: u8 = 1;
const KEY_LABEL: &[u8] = b"dropslip upload token, version 1";

/// What an upload was issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Name of the preset.
    pub preset: String,
    /// Where the object goes.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// Its content type, as signed.
    pub content_type: String,
    /// Its size, as signed.
    pub size_bytes: u64,
    /// Whether anybody may read it.
    pub public: bool,
    /// When it was issued.
    pub issued: Timestamp,
    /// When the presigned URL ends; the token lives 24 hours longer.
    pub url_expires: Timestamp,
}

impl Upload {
    /// What a call about it is about.
    pub(crate) fn wished(&self) -> Wished<'_> {
        Wished {
            preset: Some(&self.preset),
            key: Some(self.key.as_str()),
            content_type: Some(&self.content_type),
            size_bytes: Some(self.size_bytes),
            ..Wished::default()
        }
    }
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// Not base64url, too short or too long.
    Malformed,
    /// Made by another version of the service.
    Version,
    /// Altered, or sealed under another key.
    Forged,
    /// Genuine, but too old.
    Expired,
}

/// The sealed content, as a JSON array: the order is the format.
#[derive(Serialize, Deserialize)]
struct Content(String, String, String, String, u64, bool, i64, i64);

/// Seals and opens tokens.
#[derive(Clone)]
pub struct Sealer(XChaCha20Poly1305);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// Derives the key: HMAC-SHA256 of a label under the storage's secret key.
    pub fn new(storage_secret: &Secret) -> Self {
        let secret = storage_secret.reveal().as_bytes();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret)
            .expect("HMAC takes keys of any length");
        let mut key = mac.chain_update(KEY_LABEL).finalize().into_bytes();
        let cipher = XChaCha20Poly1305::new(&key);
        key.as_mut_slice().zeroize();
        Self(cipher)
    }

    /// Makes a token. The nonce must be random and used once.
    pub fn seal(&self, upload: &Upload, nonce: [u8; NONCE_BYTES]) -> String {
        let content = Content(
            upload.preset.clone(),
            upload.bucket.as_str().to_owned(),
            upload.key.as_str().to_owned(),
            upload.content_type.clone(),
            upload.size_bytes,
            upload.public,
            upload.issued.unix_s(),
            upload.url_expires.unix_s(),
        );
        let plain = serde_json::to_vec(&content).expect("strings and numbers always serialize");
        let payload = Payload {
            msg: &plain,
            aad: &[VERSION],
        };
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload)
            .expect("far below the cipher's 256 GiB");
        let mut bytes = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Opens a token.
    pub fn open(&self, token: &str, now: Timestamp) -> Result<Upload, TokenError> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| TokenError::Malformed)?;
        let (&version, rest) = bytes.split_first().ok_or(TokenError::Malformed)?;
        if version != VERSION {
            return Err(TokenError::Version);
        }
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(TokenError::Malformed)?;
        let payload = Payload {
            msg: sealed,
            aad: &[VERSION],
        };
        let plain = self
            .0
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| TokenError::Forged)?;
        let upload = read(&plain).ok_or(TokenError::Forged)?;
        if now > upload.url_expires.plus_s(TOKEN_AFTER_URL_S) {
            return Err(TokenError::Expired);
        }
        Ok(upload)
    }
}

/// Reads what was authentic, so anything unreadable was sealed by somebody else who has the key.
fn read(plain: &[u8]) -> Option<Upload> {
    let Content(preset, bucket, key, content_type, size_bytes, public, issued, url_expires) =
        serde_json::from_slice(plain).ok()?;
    Some(Upload {
        preset,
        bucket: BucketName::parse(&bucket).ok()?,
        key: ObjectKey::parse(&key).ok()?,
        content_type,
        size_bytes,
        public,
        issued: Timestamp::from_unix_s(issued),
        url_expires: Timestamp::from_unix_s(url_expires),
    })
}
