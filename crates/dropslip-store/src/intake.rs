//! A body on its way in: gathered, hashed, written, compared with what was promised.
//!
//! Bytes are gathered on the async side and handed to a blocking thread in large
//! pieces, one piece ahead. A slow client therefore holds no thread, and a fast
//! one never waits for the disk and the hash in turn.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use dropslip_s3::Code;
use dropslip_s3::checksum::Checksum;
use http_body_util::BodyExt as _;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::chunks::Chunks;
use crate::disk::PendingBlob;
use crate::error::{Error, Result};
use crate::index::NewData;
use crate::limits::{BODY_CHUNK_BYTES, BODY_IDLE_S};
use crate::promise::{Digests, Kept, Promise, hex};

/// Where the bytes of an object come from.
pub(crate) trait Source {
    /// The next bytes; `None` at their end.
    async fn next(&mut self) -> Result<Option<Bytes>>;
}

impl Source for Body {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        next_bytes(self).await
    }
}

/// A body that has arrived whole, kept its promises, and is on disk.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) data: NewData,
    pub(crate) size_bytes: u64,
    /// The MD5 in hexadecimal and quotes, which is S3's ETag.
    pub(crate) etag: String,
    /// The additional checksum, if there is one.
    pub(crate) checksum: Option<Checksum>,
    /// Another one that was wanted and not promised.
    pub(crate) also: Option<Checksum>,
}

/// Takes in bytes, of a promised size if there is one, and perhaps in chunks.
pub(crate) async fn receive(
    source: &mut impl Source,
    size_bytes: Option<u64>,
    chunks: Chunks,
    blob: PendingBlob,
    promise: Promise,
) -> Result<Received> {
    let mut side = Side::AtHand(Box::new(Intake {
        blob,
        digests: promise.begin(),
        chunks,
        written: 0,
    }));
    // Copied, not collected: each piece of a body pins the whole buffer that it was
    // read into, and pieces may be single bytes.
    let mut gathered = Vec::new();
    while let Some(bytes) = source.next().await? {
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= BODY_CHUNK_BYTES {
            let piece = std::mem::take(&mut gathered);
            side = Side::AtWork(side.at_hand().await?.take_in(piece));
        }
    }
    let intake = side.at_hand().await?;
    spawn_blocking(move || intake.finish(gathered, size_bytes)).await?
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
    digests: Digests,
    chunks: Chunks,
    written: u64,
}

impl Intake {
    fn take_in(mut self: Box<Self>, gathered: Vec<u8>) -> JoinHandle<Result<Box<Self>>> {
        spawn_blocking(move || {
            self.write(gathered)?;
            Ok(self)
        })
    }

    fn write(&mut self, gathered: Vec<u8>) -> Result<()> {
        let data = self.chunks.decode(gathered)?;
        self.written += data.len() as u64;
        self.digests.update(&data);
        Ok(self.blob.write(&data)?)
    }

    /// Takes the last bytes, compares, and brings all to the disk.
    fn finish(mut self, gathered: Vec<u8>, size_bytes: Option<u64>) -> Result<Received> {
        self.write(gathered)?;
        let trailers = self.chunks.finish()?;
        if size_bytes.is_some_and(|promised| self.written != promised) {
            return Err(Code::IncompleteBody.into());
        }
        let Kept {
            md5,
            checksum,
            also,
        } = self.digests.kept(&trailers)?;
        self.blob.sync()?;
        Ok(Received {
            data: NewData(self.blob),
            size_bytes: self.written,
            etag: format!("\"{}\"", hex(&md5)),
            checksum,
            also,
        })
    }
}
