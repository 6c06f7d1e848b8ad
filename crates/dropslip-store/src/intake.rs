//! A body on its way in: gathered, hashed, written, compared with what was promised.
//!
//! Bytes are gathered on the async side. A small body stays in memory and is written with
//! the change that stores it. A large one is handed over in pieces, each to two threads at
//! once: one hashes it, the other writes it, while the next piece is gathered. So a fast
//! client is as fast as the slower of the two, and a slow one holds no thread. Pieces get
//! smaller as more bodies arrive at the same time, so that all of them fit the memory.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use dropslip_s3::Code;
use dropslip_s3::checksum::Checksum;
use dropslip_sigv4::Trailers;
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::chunks::Chunks;
use crate::disk::{Disk, PendingBlob};
use crate::error::{Error, Result};
use crate::index::NewData;
use crate::limits::{
    HASHED_INLINE_BYTES_MAX, INTAKE_BYTES, INTAKE_THREADS, PIECE_BYTES_MAX, PIECE_BYTES_MIN,
    SMALL_BYTES_MAX,
};
use crate::pace::TooSlow;
use crate::promise::{Digests, Kept, Promise, hex};

/// A body that has arrived whole and kept its promises.
#[derive(Debug)]
pub(crate) struct Received {
    /// The bytes: on disk, or to be written with the change that stores them.
    pub(crate) data: NewData,
    pub(crate) size_bytes: u64,
    /// The MD5 in hexadecimal and quotes, which is S3's ETag.
    pub(crate) etag: String,
    /// The additional checksum, if there is one.
    pub(crate) checksum: Option<Checksum>,
    /// Another one that was wanted and not promised.
    pub(crate) also: Option<Checksum>,
}

/// Where the bytes of a body come from.
pub(crate) trait Source: Send {
    /// The next bytes; none at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>>> + Send;
}

impl Source for Body {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        next_bytes(self).await
    }
}

/// What the memory for arriving bodies is shared by. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Intakes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// How many large bodies are arriving.
    arriving: AtomicUsize,
    /// Threads that may hash or write at a time.
    threads: Arc<Semaphore>,
}

impl Default for Intakes {
    fn default() -> Self {
        Self(Arc::new(Shared {
            arriving: AtomicUsize::new(0),
            threads: Arc::new(Semaphore::new(INTAKE_THREADS)),
        }))
    }
}

/// The place of one large body among those that arrive.
struct Arriving(Arc<Shared>);

impl Arriving {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.arriving.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }

    /// How much is gathered into one piece: one is gathered while one is hashed and written.
    fn piece_bytes(&self) -> usize {
        let share = INTAKE_BYTES / 2 / self.0.arriving.load(Ordering::Relaxed).max(1);
        share.clamp(PIECE_BYTES_MIN, PIECE_BYTES_MAX)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.0.arriving.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Takes in a body, perhaps in chunks. A `size_bytes` that was announced must be kept.
pub(crate) async fn receive(
    (disk, intakes): (&Disk, &Intakes),
    source: &mut impl Source,
    size_bytes: Option<u64>,
    mut chunks: Chunks,
    promise: Promise,
) -> Result<Received> {
    let digests = promise.begin();
    // Copied, not collected: each piece of a body pins the whole buffer that it was
    // read into, and pieces may be single bytes.
    let mut gathered = Vec::new();
    let is_large = size_bytes.is_some_and(|size| size > SMALL_BYTES_MAX as u64);
    while !is_large && gathered.len() <= SMALL_BYTES_MAX {
        let Some(bytes) = source.next().await? else {
            return small(gathered, size_bytes, chunks, digests).await;
        };
        if gathered.capacity() == 0 {
            let wanted = size_bytes.map_or(0, |size| size.min(SMALL_BYTES_MAX as u64));
            // What is announced may never come.
            let wanted = usize::try_from(wanted).unwrap_or_default().min(16 * 1024);
            gathered.reserve_exact(wanted.max(bytes.len()));
        }
        gathered.extend_from_slice(&bytes);
    }
    let arriving = Arriving::begin(&intakes.0);
    let disk = disk.clone();
    let blob = spawn_blocking(move || disk.create()).await??;
    let mut pipe = Pipe {
        arriving,
        digests: Hand::Held(Box::new(digests)),
        blob: Hand::Held(Box::new(blob)),
        received: 0,
    };
    while let Some(mut bytes) = source.next().await? {
        while !bytes.is_empty() {
            let wanted = pipe.arriving.piece_bytes();
            if gathered.len() >= wanted {
                let piece = std::mem::take(&mut gathered);
                pipe.take(chunks.decode(piece)?).await?;
            }
            let room = wanted - gathered.len();
            let fitting = bytes.split_to(room.min(bytes.len()));
            if gathered.capacity() - gathered.len() < fitting.len() {
                // Not more: there may be a thousand of these.
                gathered.reserve_exact(room);
            }
            gathered.extend_from_slice(&fitting);
        }
    }
    pipe.take(chunks.decode(gathered)?).await?;
    let trailers = chunks.finish()?;
    pipe.finish(size_bytes, trailers).await
}

/// A body that is held in memory.
async fn small(
    gathered: Vec<u8>,
    size_bytes: Option<u64>,
    mut chunks: Chunks,
    mut digests: Digests,
) -> Result<Received> {
    let work = move || {
        let data = chunks.decode(gathered)?;
        let trailers = chunks.finish()?;
        expect_size(data.len() as u64, size_bytes)?;
        digests.update(&data);
        let kept = digests.kept(&trailers)?;
        Ok::<_, Error>((data, kept))
    };
    // To hash a few kilobytes takes less than to wake a thread that does.
    let (data, kept) = match size_bytes.is_some_and(|size| size <= HASHED_INLINE_BYTES_MAX) {
        true => work()?,
        false => spawn_blocking(work).await??,
    };
    let size_bytes = data.len() as u64;
    Ok(received(NewData::small(data), size_bytes, kept))
}

fn expect_size(received: u64, announced: Option<u64>) -> Result<()> {
    match announced {
        Some(announced) if announced != received => Err(Code::IncompleteBody.into()),
        _ => Ok(()),
    }
}

fn received(data: NewData, size_bytes: u64, kept: Kept) -> Received {
    Received {
        data,
        size_bytes,
        etag: format!("\"{}\"", hex(&kept.md5)),
        checksum: kept.checksum,
        also: kept.also,
    }
}

/// The next bytes of a body; an error when the client is silent too long or gone.
pub(crate) async fn next_bytes(body: &mut Body) -> Result<Option<Bytes>> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(error)) if TooSlow::is(&error) => return Err(Code::RequestTimeout.into()),
            Some(Err(_)) => return Err(Code::IncompleteBody.into()),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

/// A thing that is here, or on a thread that works with it.
enum Hand<T> {
    Held(Box<T>),
    AtWork(JoinHandle<Result<Box<T>>>),
    Gone,
}

impl<T: Send + 'static> Hand<T> {
    /// Waits until it is here.
    async fn take(&mut self) -> Result<Box<T>> {
        match std::mem::replace(self, Self::Gone) {
            Self::Held(it) => Ok(it),
            Self::AtWork(task) => task.await?,
            Self::Gone => Err(Error::internal(
                &"a body was hashed or written after an error",
            )),
        }
    }

    /// Waits until it is here, and lets a thread work with it.
    async fn work(
        &mut self,
        shared: &Arc<Shared>,
        work: impl FnOnce(&mut T) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let mut it = self.take().await?;
        let turn = Arc::clone(&shared.threads).acquire_owned().await;
        *self = Self::AtWork(spawn_blocking(move || {
            let done = work(&mut it).map(|()| it);
            drop(turn);
            done
        }));
        Ok(())
    }
}

/// The two sides of a large body.
struct Pipe {
    arriving: Arriving,
    digests: Hand<Digests>,
    blob: Hand<PendingBlob>,
    received: u64,
}

impl Pipe {
    /// Has a piece hashed and written, once the one before it is.
    async fn take(&mut self, piece: Vec<u8>) -> Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        self.received += piece.len() as u64;
        let piece = Arc::new(piece);
        let (to_hash, to_write) = (Arc::clone(&piece), piece);
        let shared = &self.arriving.0;
        let hashed = self.digests.work(shared, move |digests| {
            digests.update(&to_hash);
            Ok(())
        });
        hashed.await?;
        let written = self
            .blob
            .work(shared, move |blob| Ok(blob.write(&to_write)?));
        written.await
    }

    /// Compares, and brings all to the disk.
    async fn finish(mut self, size_bytes: Option<u64>, trailers: Trailers) -> Result<Received> {
        expect_size(self.received, size_bytes)?;
        let shared = Arc::clone(&self.arriving.0);
        // Beside the last hashing; in vain only where a promise is broken.
        self.blob.work(&shared, |blob| Ok(blob.sync()?)).await?;
        let digests = self.digests.take().await?;
        let kept = digests.kept(&trailers)?;
        let blob = self.blob.take().await?;
        Ok(received(NewData::blob(blob), self.received, kept))
    }
}
