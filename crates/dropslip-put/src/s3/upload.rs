//! A large file: in parts, several at once, gone on with where an earlier run left it.

use std::collections::BTreeMap;

use dropslip_s3::ObjectKey;
use dropslip_s3::checksum::{Algorithm, Assembly, Checksum};
use dropslip_s3::client::{
    ClientError, CompletedPart, Completion, Multipart, NewPart, Put, Refusal,
};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::{Storage, key_of, now, resume};
use crate::error::{PutError, PutErrorKind};
use crate::journal::Record;
use crate::ledger::Shown;
use crate::limits::{ABORT_S, REVIVALS};
use crate::parts::{Cut, Part};
use crate::read::{self, Piece};
use crate::retry::persist;
use crate::run::{Item, Shared, Stored, lost_thread};
use crate::target::content_type;

/// An upload that has begun.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) storage: &'a Storage,
    pub(super) shared: &'a Shared,
    pub(super) key: &'a ObjectKey,
    pub(super) id: String,
}

/// A part that the storage has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) size_bytes: u64,
    pub(super) etag: String,
    pub(super) checksum: Option<String>,
}

/// Parts by number.
pub(super) type Parts = BTreeMap<u32, Arrived>;

/// How an upload failed.
pub(super) enum Failed {
    /// The storage does not know it any more.
    Gone,
    For(PutError),
}

impl From<PutError> for Failed {
    fn from(error: PutError) -> Self {
        Self::For(error)
    }
}

impl From<ClientError> for Failed {
    fn from(error: ClientError) -> Self {
        match error.is(Refusal::NoSuchUpload) {
            true => Self::Gone,
            false => Self::For(error.into()),
        }
    }
}

/// Carries a file in parts.
pub(super) async fn carry(
    storage: &Storage,
    shared: &Shared,
    item: &Item,
) -> Result<Stored, PutError> {
    let size_bytes = item.source.stamp.size_bytes;
    let mut revivals = 0;
    loop {
        let shown = shared.ledger.begin(&item.name, Some(size_bytes));
        match ride(storage, shared, item, &shown, revivals == 0).await {
            Ok(stored) => return Ok(stored),
            Err(Failed::For(error)) => return Err(error),
            Err(Failed::Gone) if revivals < REVIVALS => revivals += 1,
            Err(Failed::Gone) => {
                let message = "the storage has lost the upload each time";
                return Err(PutError::new(PutErrorKind::Refused, message)
                    .hint("does a lifecycle rule abort uploads in parts, or somebody else?"));
            }
        }
    }
}

async fn ride(
    storage: &Storage,
    shared: &Shared,
    item: &Item,
    shown: &Shown,
    is_first: bool,
) -> Result<Stored, Failed> {
    let size_bytes = item.source.stamp.size_bytes;
    let resumed = match is_first {
        true => resume::look(storage, shared, item).await?,
        false => resume::Left::Nothing,
    };
    let (upload, cut, arrived) = match resumed {
        resume::Left::Object(stored) => {
            shown.skipped(size_bytes);
            return Ok(stored);
        }
        resume::Left::Upload { id, cut, parts } => {
            shown.skipped(parts.values().map(|part| part.size_bytes).sum());
            let key = key_of(item);
            (
                Upload {
                    storage,
                    shared,
                    key,
                    id,
                },
                cut,
                parts,
            )
        }
        resume::Left::Nothing => {
            let cut = Cut::new(size_bytes, storage.part_bytes).ok_or_else(too_large)?;
            let by_name = content_type(&item.source.path);
            let upload = Upload::begin(storage, shared, key_of(item), by_name).await?;
            shared.note(|| Record::Begun {
                file: item.id().into_owned(),
                stamp: item.source.stamp,
                upload: upload.id.clone(),
                part_bytes: cut.part_bytes,
            });
            (upload, cut, Parts::new())
        }
    };
    let sent = upload.send_all(item, cut, arrived, shown).await;
    let done = match sent {
        Ok(parts) => upload.complete(&parts).await,
        Err(failed) => Err(failed),
    };
    if let Err(Failed::For(error)) = &done
        && !error.may_be_gone_on_with()
    {
        upload.abort().await;
        shared.note(|| Record::Ended {
            file: item.id().into_owned(),
        });
    }
    done
}

fn too_large() -> PutError {
    PutError::new(PutErrorKind::Refused, "is too large for ten thousand parts")
        .hint("name a larger `--part-size`, such as `2GiB`; a part is in memory while it is sent")
}

impl<'a> Upload<'a> {
    pub(super) async fn begin(
        storage: &'a Storage,
        shared: &'a Shared,
        key: &'a ObjectKey,
        by_name: &str,
    ) -> Result<Self, PutError> {
        let mut headers = storage.description.headers(by_name);
        if let Some(algorithm) = storage.algorithm {
            let kind = Storage::whole_type(algorithm);
            headers.push(("x-amz-checksum-algorithm", algorithm.as_str()));
            headers.push(("x-amz-checksum-type", kind.as_str()));
        }
        let headers = &headers[..];
        let id = persist(&shared.luck, &shared.ledger, |_| async move {
            let _slot = shared.slot().await;
            storage
                .client
                .create_multipart(&storage.bucket, key, headers, now())
                .await
        });
        let id = id.await?;
        Ok(Self {
            storage,
            shared,
            key,
            id,
        })
    }

    fn multipart(&self) -> Multipart<'_> {
        Multipart {
            bucket: &self.storage.bucket,
            key: self.key,
            upload_id: &self.id,
        }
    }

    /// Sends what has not arrived yet; the first failure ends all.
    async fn send_all(
        &self,
        item: &Item,
        cut: Cut,
        mut arrived: Parts,
        shown: &Shown,
    ) -> Result<Parts, Failed> {
        let missing: Vec<Part> = cut
            .parts()
            .filter(|part| !arrived.contains_key(&part.number))
            .collect();
        let mut missing = missing.into_iter();
        let mut sending = FuturesUnordered::new();
        let send = |part| self.send_part(item, part, shown);
        sending.extend(missing.by_ref().take(self.shared.parallel).map(send));
        while let Some(sent) = sending.next().await {
            let (number, part) = sent?;
            arrived.insert(number, part);
            sending.extend(missing.next().map(send));
        }
        Ok(arrived)
    }

    async fn send_part(
        &self,
        item: &Item,
        part: Part,
        shown: &Shown,
    ) -> Result<(u32, Arrived), Failed> {
        let _room = self.shared.memory(part.size_bytes).await;
        let (source, pool) = (item.source.clone(), self.shared.pool.clone());
        let algorithm = self.storage.algorithm;
        let read = tokio::task::spawn_blocking(move || read::part(&source, part, algorithm, &pool));
        let piece = read.await.map_err(|_| lost_thread())??;
        let arrived = self.put_part(part.number, piece, shown).await?;
        self.shared.note(|| Record::Part {
            file: item.id().into_owned(),
            number: part.number,
            etag: arrived.etag.clone(),
            checksum: arrived.checksum.clone(),
        });
        Ok((part.number, arrived))
    }

    pub(super) async fn put_part(
        &self,
        number: u32,
        piece: Piece,
        shown: &Shown,
    ) -> Result<Arrived, ClientError> {
        let Self {
            storage, shared, ..
        } = self;
        let value = piece.checksum.as_ref().map(ToString::to_string);
        let header = storage.algorithm.zip(value.as_deref());
        let headers: Vec<(&str, &str)> = header
            .map(|(algorithm, value)| (algorithm.header(), value))
            .into_iter()
            .collect();
        let (headers, piece) = (&headers[..], &piece);
        let put: Put = persist(&shared.luck, &shared.ledger, |_| async move {
            let _slot = shared.slot().await;
            let attempt = shown.attempt();
            let part = NewPart {
                headers,
                body: piece.counted(&attempt),
            };
            let answer = storage
                .client
                .upload_part(&self.multipart(), number, part, now())
                .await;
            match &answer {
                Ok(_) => attempt.keep(),
                Err(_) => attempt.take_back(),
            }
            answer
        })
        .await?;
        Ok(Arrived {
            size_bytes: piece.size_bytes,
            etag: put.etag,
            checksum: value,
        })
    }

    /// Puts the parts together. The storage holds them against the checksum of the whole.
    pub(super) async fn complete(&self, parts: &Parts) -> Result<Stored, Failed> {
        let Self {
            storage, shared, ..
        } = self;
        let whole = storage
            .algorithm
            .and_then(|algorithm| whole(algorithm, parts));
        let value = whole.as_deref().unwrap_or_default();
        let mut headers = Vec::from_iter(storage.description.condition());
        if let Some(algorithm) = storage.algorithm.filter(|_| whole.is_some()) {
            headers.push((algorithm.header(), value));
            headers.push((
                "x-amz-checksum-type",
                Storage::whole_type(algorithm).as_str(),
            ));
        }
        let completed: Vec<CompletedPart> = parts
            .iter()
            .map(|(number, part)| CompletedPart {
                number: *number,
                etag: part.etag.clone(),
                checksums: storage
                    .algorithm
                    .zip(part.checksum.clone())
                    .into_iter()
                    .collect(),
            })
            .collect();
        let completion = Completion {
            parts: &completed,
            headers: &headers,
        };
        let size_bytes = parts.values().map(|part| part.size_bytes).sum();
        let (completion, whole_text) = (&completion, whole.as_deref());
        let etag = persist(&shared.luck, &shared.ledger, |_| async move {
            let _slot = shared.slot().await;
            let answer = storage
                .client
                .complete_multipart(&self.multipart(), completion, now())
                .await;
            match answer {
                // An earlier attempt may have done it and its answer been lost.
                Err(error) if error.is(Refusal::NoSuchUpload) => {
                    let mine = storage.is_there(self.key, whole_text, size_bytes).await?;
                    mine.map(|put| put.etag).ok_or(error)
                }
                answer => answer.map(|done| done.etag),
            }
        });
        let etag = etag.await?;
        Ok(storage.stored(self.key, etag, whole.clone()))
    }

    /// Frees what has arrived, if the storage lets that be done soon.
    pub(super) async fn abort(&self) {
        abort(self.storage, self.key, &self.id).await;
    }
}

/// Frees an upload's parts, if the storage lets that be done soon.
pub(super) async fn abort(storage: &Storage, key: &ObjectKey, id: &str) {
    let upload = Multipart {
        bucket: &storage.bucket,
        key,
        upload_id: id,
    };
    let limit = std::time::Duration::from_secs(ABORT_S);
    // A lifecycle rule frees what stays.
    let _ = tokio::time::timeout(limit, storage.client.abort_multipart(&upload, now())).await;
}

/// The checksum of all parts together, as headers carry it.
pub(super) fn whole(algorithm: Algorithm, parts: &Parts) -> Option<String> {
    let mut assembly = Assembly::new(algorithm, Storage::whole_type(algorithm))?;
    for part in parts.values() {
        let checksum = Checksum::parse(algorithm, part.checksum.as_deref()?)?;
        assembly.add(&checksum, part.size_bytes);
    }
    Some(assembly.finish().to_string())
}
