//! A body on its way in: gathered, hashed, written, compared with what was promised.
//!
//! Bytes are gathered on the async side and handed to a blocking thread in large
//! pieces, one piece ahead. A slow client therefore holds no thread, and a fast
//! one never waits for the disk and the hash in turn.

use std::time::Duration;

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use dropslip_s3::Code;
use dropslip_s3::checksum::Hasher;
use dropslip_sigv4::ClaimedPayload;
use http_body_util::BodyExt as _;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::disk::PendingBlob;
use crate::error::{Error, Result};
use crate::limits::{BODY_CHUNK_BYTES, BODY_IDLE_S};
use crate::promise::Promise;

/// A body that has arrived whole, kept its promises, and is on disk.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) blob: PendingBlob,
    /// The MD5 in hexadecimal and quotes, which is S3's ETag.
    pub(crate) etag: String,
}

/// Takes a body in.
pub(crate) async fn receive(
    body: &mut Body,
    blob: PendingBlob,
    promise: Promise,
) -> Result<Received> {
    let mut side = Side::AtHand(Box::new(Intake::new(blob, &promise)));
    let mut received = 0;
    // Copied, not collected: each piece of a body pins the whole buffer that it was
    // read into, and pieces may be single bytes.
    let mut gathered = Vec::new();
    while let Some(bytes) = next_bytes(body).await? {
        received += bytes.len() as u64;
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= BODY_CHUNK_BYTES {
            let piece = std::mem::take(&mut gathered);
            side = Side::AtWork(side.at_hand().await?.take_in(piece));
        }
    }
    if received != promise.size_bytes {
        return Err(Code::IncompleteBody.into());
    }
    let intake = side.at_hand().await?;
    spawn_blocking(move || intake.finish(&gathered, &promise)).await?
}

/// The blocking side, seen from the async one.
enum Side {
    AtHand(Box<Intake>),
    AtWork(JoinHandle<Result<Box<Intake>>>),
}

impl Side {
    async fn at_hand(self) -> Result<Box<Intake>> {
        match self {
            Self::AtHand(intake) => Ok(intake),
            Self::AtWork(task) => task.await?,
        }
    }
}

/// The next bytes of a body; an error when the client is silent too long or gone.
pub(crate) async fn next_bytes(body: &mut Body) -> Result<Option<Bytes>> {
    loop {
        let frame = timeout(Duration::from_secs(BODY_IDLE_S), body.frame());
        match frame.await.map_err(|_| Error::from(Code::RequestTimeout))? {
            None => return Ok(None),
            Some(Err(_)) => return Err(Code::IncompleteBody.into()),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

/// The blocking side.
#[derive(Debug)]
struct Intake {
    blob: PendingBlob,
    md5: Md5,
    sha256: Option<Sha256>,
    checksum: Option<Hasher>,
}

impl Intake {
    fn new(blob: PendingBlob, promise: &Promise) -> Self {
        let sha256 = matches!(promise.payload, ClaimedPayload::Sha256(_)).then(Sha256::new);
        let checksum = promise.checksum.as_ref().map(|c| Hasher::new(c.algorithm));
        Self {
            blob,
            md5: Md5::new(),
            sha256,
            checksum,
        }
    }

    fn take_in(mut self: Box<Self>, gathered: Vec<u8>) -> JoinHandle<Result<Box<Self>>> {
        spawn_blocking(move || {
            self.write(&gathered)?;
            Ok(self)
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.md5.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
        if let Some(checksum) = &mut self.checksum {
            checksum.update(bytes);
        }
        Ok(self.blob.write(bytes)?)
    }

    /// Takes the last bytes, compares, and brings all to the disk.
    fn finish(mut self, gathered: &[u8], promise: &Promise) -> Result<Received> {
        self.write(gathered)?;
        let md5: [u8; 16] = self.md5.finalize().into();
        if promise.md5.is_some_and(|promised| promised != md5) {
            return Err(Error::new(
                Code::BadDigest,
                "The Content-MD5 you specified did not match what we received.",
            )
            .with(
                "ExpectedDigest",
                promise.md5.map(|m| BASE64.encode(m)).unwrap_or_default(),
            )
            .with("CalculatedDigest", BASE64.encode(md5)));
        }
        if let (ClaimedPayload::Sha256(promised), Some(sha256)) = (&promise.payload, self.sha256) {
            let computed: [u8; 32] = sha256.finalize().into();
            if *promised != computed {
                return Err(Error::from(Code::XAmzContentSHA256Mismatch)
                    .with("ClientComputedContentSHA256", hex(promised))
                    .with("S3ComputedContentSHA256", hex(&computed)));
            }
        }
        if let (Some(promised), Some(hasher)) = (&promise.checksum, self.checksum) {
            let computed = hasher.finish();
            if *promised != computed {
                let name = promised.algorithm.as_str();
                return Err(Error::new(
                    Code::BadDigest,
                    format!("The {name} you specified did not match the calculated checksum."),
                )
                .with("ExpectedDigest", promised.to_string())
                .with("CalculatedDigest", computed.to_string()));
            }
        }
        self.blob.sync()?;
        Ok(Received {
            blob: self.blob,
            etag: format!("\"{}\"", hex(&md5)),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
