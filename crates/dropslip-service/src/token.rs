//! The id of an upload: a sealed token that carries all that `complete` must check.
//!
//! Nothing is stored when an upload is issued, so nothing has to be shared, found or cleaned up, and any number of
//! replicas can answer for it. The token is encrypted as well as authenticated, so it shows neither bucket nor limits, and no
//! caller can make or change one.
//!
//! Each token has a key of its own: HMAC-SHA256 of its nonce under the service's key. With it AES-256-GCM seals this one
//! token, so the cipher's short nonce, which must not come twice under one key, is no matter, and the token's nonce of 24
//! bytes can be random. Both cost less than a signature, on processors that have instructions for them.
//!
//! Its key is derived from `service.secret`, or else from the first storage's secret key: every replica has that one
//! already, so they agree without a setting of their own, and whoever knows it can sign for the bucket anyway. The
//! price: when that secret is replaced, uploads on their way have to be issued anew. With temporary credentials that
//! happens each time they are renewed, which is what `service.secret` is for.
//!
//! Form: `base64url(version byte, nonce of 24 bytes, ciphertext, tag of 16 bytes)`, without padding. The version byte
//! is authenticated too. The content is in Postcard's encoding (<https://postcard.jamesmunns.com>): values without
//! names, which takes half of JSON's room in every answer and every call.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dropslip_s3::checksum::{Algorithm, Checksum};
use dropslip_s3::{BucketName, ObjectKey};
use dropslip_sigv4::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroize;

use crate::caller::Wished;
use crate::limits::{MULTIPART_S_MAX, TOKEN_AFTER_URL_S, TOKEN_CHARS_MAX};
use crate::profile::checksum_name;
use crate::secret::Secret;

/// Length of the random part.
pub const NONCE_BYTES: usize = 24;

/// Room for most contents with their tag, so that it is asked for once.
const CONTENT_BYTES: usize = 256;
const VERSION: u8 = 2;
const KEY_LABEL: &[u8] = b"dropslip upload token, version 2";

/// What an upload was issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its identity, which is in its key as well.
    pub id: Uuid,
    /// Name of the preset.
    pub preset: String,
    /// Name of the storage.
    pub storage: String,
    /// Where the object goes.
    pub bucket: BucketName,
    /// Its key.
    pub key: ObjectKey,
    /// How the bytes travel.
    pub travel: Travel,
    /// Its content type, as signed.
    pub content_type: String,
    /// Its smallest size; the same as the largest where the caller has told it.
    pub size_bytes_min: u64,
    /// Its largest size.
    pub size_bytes_max: u64,
    /// The checksum that was signed, or the kind of those that the parts have.
    pub checksum: Option<Sum>,
    /// Whether the storage takes only one object under the key.
    pub single_use: bool,
    /// Whether the first bytes are held against the type.
    pub verify: bool,
    /// Whether anybody may read it.
    pub public: bool,
    /// Who uploads.
    pub subject: Option<String>,
    /// User metadata, as it stands in headers.
    pub metadata: Vec<(String, String)>,
    /// When it was issued.
    pub issued: Timestamp,
    /// When what was signed with the answer ends.
    pub url_expires: Timestamp,
}

/// How the bytes of an upload travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Travel {
    /// One PUT.
    Put,
    /// One form.
    Post,
    /// Parts of a multipart upload.
    Multipart {
        /// S3's id of it.
        upload_id: String,
        /// Bytes of all parts but the last; 0 where the client chooses, and does not tell.
        part_bytes: u64,
    },
}

impl Travel {
    /// The name in answers.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Post => "post",
            Self::Multipart { .. } => "multipart",
        }
    }
}

/// A kind of checksum, and its value where one was signed for the whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The kind.
    pub algorithm: Algorithm,
    /// The value.
    pub whole: Option<Checksum>,
}

impl Upload {
    /// When nobody can complete it any more. An upload in parts may take days; for others it is S3's habit that counts:
    /// expiry is checked when a request starts, so it may run for hours after its URL has expired.
    pub fn expires(&self) -> Timestamp {
        match self.travel {
            Travel::Put | Travel::Post => self.url_expires.plus_s(TOKEN_AFTER_URL_S),
            Travel::Multipart { .. } => self.issued.plus_s(MULTIPART_S_MAX),
        }
    }
}

impl Upload {
    /// The kind of its checksum, as answers name it.
    pub(crate) fn checksum_name(&self) -> Option<&'static str> {
        let sum = self.checksum.as_ref()?;
        Some(checksum_name(sum.algorithm))
    }

    /// What a call about it is about.
    pub(crate) fn wished(&self) -> Wished<'_> {
        Wished {
            preset: Some(&self.preset),
            subject: self.subject.as_deref(),
            key: Some(self.key.as_str()),
            content_type: Some(&self.content_type),
            size_bytes: Some(self.size_bytes_max),
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

/// The sealed content: the order is the format.
#[derive(Serialize, Deserialize)]
struct Content<S, T, C, M>(
    Uuid,
    S,
    S,
    S,
    S,
    T,
    S,
    u64,
    u64,
    C,
    bool,
    bool,
    bool,
    Option<S>,
    M,
    i64,
    i64,
);

/// Seals and opens tokens.
#[derive(Clone)]
pub struct Sealer(Hmac<Sha256>);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(..)")
    }
}

impl Sealer {
    /// Derives the key: HMAC-SHA256 of a label under the secret.
    pub fn new(secret: &Secret) -> Self {
        let mut key = digest(keyed(secret.reveal().as_bytes()), KEY_LABEL);
        let sealer = Self(keyed(&key));
        key.zeroize();
        sealer
    }

    /// The key of the one token that has this nonce.
    fn key(&self, nonce: &[u8; NONCE_BYTES]) -> LessSafeKey {
        let mut key = digest(self.0.clone(), nonce);
        let cipher = UnboundKey::new(&AES_256_GCM, &key).expect("it takes keys of 32 bytes");
        key.zeroize();
        LessSafeKey::new(cipher)
    }

    /// Makes a token. The nonce must be random and used once.
    pub fn seal(&self, upload: &Upload, nonce: [u8; NONCE_BYTES]) -> String {
        let mut sealed = write(upload);
        self.key(&nonce)
            .seal_in_place_append_tag(only_one(), Aad::from([VERSION]), &mut sealed)
            .expect("far below the cipher's 64 GiB");
        URL_SAFE_NO_PAD.encode([&[VERSION], &nonce[..], &sealed].concat())
    }

    /// Opens a token.
    pub fn open(&self, token: &str, now: Timestamp) -> Result<Upload, TokenError> {
        if token.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::Malformed);
        }
        let mut bytes = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| TokenError::Malformed)?;
        let (&mut version, rest) = bytes.split_first_mut().ok_or(TokenError::Malformed)?;
        if version != VERSION {
            return Err(TokenError::Version);
        }
        let (nonce, sealed) = rest
            .split_first_chunk_mut::<NONCE_BYTES>()
            .ok_or(TokenError::Malformed)?;
        let plain = self
            .key(nonce)
            .open_in_place(only_one(), Aad::from([VERSION]), sealed)
            .map_err(|_| TokenError::Forged)?;
        let upload = read(plain).ok_or(TokenError::Forged)?;
        if now > upload.expires() {
            return Err(TokenError::Expired);
        }
        Ok(upload)
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn digest(mac: Hmac<Sha256>, text: &[u8]) -> [u8; 32] {
    mac.chain_update(text).finalize().into_bytes().into()
}

/// The cipher's own nonce: a key seals one token, so there is one.
fn only_one() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn write(upload: &Upload) -> Vec<u8> {
    let content = Content(
        upload.id,
        upload.preset.as_str(),
        upload.storage.as_str(),
        upload.bucket.as_str(),
        upload.key.as_str(),
        &upload.travel,
        upload.content_type.as_str(),
        upload.size_bytes_min,
        upload.size_bytes_max,
        &upload.checksum,
        upload.single_use,
        upload.verify,
        upload.public,
        upload.subject.as_deref(),
        &upload.metadata,
        upload.issued.unix_s(),
        upload.url_expires.unix_s(),
    );
    let room = Vec::with_capacity(CONTENT_BYTES);
    postcard::to_extend(&content, room).expect("texts and numbers always serialize")
}

/// Reads what was authentic, so anything unreadable was sealed by somebody else who has the key.
fn read(plain: &[u8]) -> Option<Upload> {
    let content: Content<String, Travel, Option<Sum>, Vec<(String, String)>> =
        postcard::from_bytes(plain).ok()?;
    Some(Upload {
        id: content.0,
        preset: content.1,
        storage: content.2,
        bucket: BucketName::parse(&content.3).ok()?,
        key: ObjectKey::parse(&content.4).ok()?,
        travel: content.5,
        content_type: content.6,
        size_bytes_min: content.7,
        size_bytes_max: content.8,
        checksum: content.9,
        single_use: content.10,
        verify: content.11,
        public: content.12,
        subject: content.13,
        metadata: content.14,
        issued: Timestamp::from_unix_s(content.15),
        url_expires: Timestamp::from_unix_s(content.16),
    })
}
