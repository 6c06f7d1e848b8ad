//! A stream whose size nobody knows: read piece by piece, in memory, never on the disk.
//!
//! A short one becomes one request. Nothing of it can be read a second time, so nothing is kept for a later run.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use dropslip_s3::ObjectKey;
use dropslip_s3::client::ClientError;
use dropslip_s3::limits::PARTS_MAX;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::upload::{Arrived, Failed, Parts, Upload};
use super::{Storage, Whole};
use crate::error::{PutError, PutErrorKind};
use crate::ledger::{Ledger, Shown};
use crate::limits::STDIN_PART_BYTES;
use crate::read::{self, Piece};
use crate::run::{Shared, Stored, lost_thread};
use crate::stop::Stop;
use crate::target::content_type;

/// A stream to be stored.
pub struct Stdin {
    /// Where its bytes come from.
    pub reader: Box<dyn Read + Send>,
    /// The name that it is given.
    pub name: String,
    /// The key of the object.
    pub key: ObjectKey,
    /// Most requests at a time.
    pub parallel: usize,
}

impl std::fmt::Debug for Stdin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stdin")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

type Reader = Arc<Mutex<Box<dyn Read + Send>>>;

/// Stores a stream. `Ok(None)` when it was told to stop; nothing is stored then. With it comes its size.
///
/// # Errors
/// When it cannot be read, or the storage cannot be reached or refuses.
pub async fn put_stdin(
    storage: &Storage,
    stdin: Stdin,
    ledger: &Arc<Ledger>,
    mut stop: Stop,
) -> Result<Option<(Stored, u64)>, PutError> {
    let shared = Shared::new(ledger, None, stdin.parallel);
    ledger.plan(1, 0);
    let by_name = content_type(std::path::Path::new(&stdin.name));
    let shown = ledger.begin(&stdin.name, None);
    let reader: Reader = Arc::new(Mutex::new(stdin.reader));
    let first = tokio::select! {
        biased;
        () = stop.said() => return Ok(None),
        first = next(storage, &shared, &reader) => first?,
    };
    if first.size_bytes < part_bytes(storage) {
        let size_bytes = first.size_bytes;
        let whole = Whole {
            key: &stdin.key,
            by_name,
            piece: &first,
            shown: None,
        };
        let stored = tokio::select! {
            biased;
            () = stop.said() => return Ok(None),
            stored = storage.put(&shared, &whole) => stored?,
        };
        return Ok(Some((stored, size_bytes)));
    }
    let upload = Upload::begin(storage, &shared, &stdin.key, by_name).await?;
    let sending = async {
        let parts = send_all(&upload, &reader, first, &shown).await?;
        let size_bytes = parts.values().map(|part| part.size_bytes).sum();
        Ok((upload.complete(&parts).await?, size_bytes))
    };
    let done = tokio::select! {
        biased;
        () = stop.said() => None,
        done = sending => Some(done),
    };
    if !matches!(done, Some(Ok(_))) {
        upload.abort().await;
    }
    done.transpose().map_err(|failed| match failed {
        Failed::For(error) => error,
        Failed::Gone => PutError::new(PutErrorKind::Refused, "the storage has lost the upload"),
    })
}

fn part_bytes(storage: &Storage) -> u64 {
    storage.part_bytes.unwrap_or(STDIN_PART_BYTES)
}

/// The next piece, as large as a part unless the stream ends.
async fn next(storage: &Storage, shared: &Shared, reader: &Reader) -> Result<Piece, PutError> {
    let (reader, pool) = (Arc::clone(reader), shared.pool.clone());
    let (bytes, algorithm) = (part_bytes(storage), storage.algorithm);
    let read = tokio::task::spawn_blocking(move || {
        let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
        read::up_to(&mut *reader, bytes, algorithm, &pool)
    });
    let piece = read.await.map_err(|_| lost_thread())?;
    piece.map_err(|error| PutError::unreadable(&error))
}

async fn send_all(
    upload: &Upload<'_>,
    reader: &Reader,
    first: Piece,
    shown: &Shown,
) -> Result<Parts, Failed> {
    let (storage, shared) = (upload.storage, upload.shared);
    let mut parts = Parts::new();
    let mut sending = FuturesUnordered::new();
    let send = async |number: u32, piece: Piece| -> Result<(u32, Arrived), ClientError> {
        Ok((number, upload.put_part(number, piece, shown).await?))
    };
    let whole = part_bytes(storage);
    let (mut number, mut piece) = (1, Some(first));
    while let Some(next_piece) = piece.take() {
        let is_last = next_piece.size_bytes < whole;
        if next_piece.size_bytes > 0 {
            if number as usize > PARTS_MAX {
                return Err(too_long(whole).into());
            }
            sending.push(send(number, next_piece));
            number += 1;
        }
        // Pieces in memory: those that are sent, and the one that is read meanwhile.
        let room = usize::try_from(crate::limits::MEMORY_BYTES / whole)
            .unwrap_or(1)
            .max(1);
        let at_once = shared.parallel.min(room);
        let mut reading = std::pin::pin!(async {
            if is_last {
                Ok(None)
            } else {
                next(storage, shared, reader).await.map(Some)
            }
        });
        let mut read = None;
        while read.is_none() || sending.len() >= at_once {
            tokio::select! {
                Some(sent) = sending.next() => {
                    let (number, part) = sent?;
                    parts.insert(number, part);
                }
                got = &mut reading, if read.is_none() => read = Some(got?),
            }
        }
        piece = read.flatten();
    }
    while let Some(sent) = sending.next().await {
        let (number, part) = sent?;
        parts.insert(number, part);
    }
    Ok(parts)
}

fn too_long(part_bytes: u64) -> PutError {
    let message = format!("is longer than {PARTS_MAX} parts of {part_bytes} bytes");
    PutError::new(PutErrorKind::Refused, message)
        .hint("name a larger `--part-size`, such as `512MiB`")
}
