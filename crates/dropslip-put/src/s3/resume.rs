//! What an earlier run left of a large file. The journal says what was sent, the storage what it has; only what
//! both say counts.

use dropslip_s3::client::{Multipart, PartAnswer, Refusal};

use super::upload::{Arrived, Parts, abort, whole};
use super::{Storage, key_of, now};
use crate::error::PutError;
use crate::journal::Begun;
use crate::parts::Cut;
use crate::retry::persist;
use crate::run::{Item, Shared, Stored};

/// What is left.
pub(super) enum Left {
    Nothing,
    /// An upload, and the parts of it that need not be sent again.
    Upload {
        id: String,
        cut: Cut,
        parts: Parts,
    },
    /// All of it: the run ended before it learned that.
    Object(Stored),
}

/// Looks for it.
pub(super) async fn look(
    storage: &Storage,
    shared: &Shared,
    item: &Item,
) -> Result<Left, PutError> {
    let past = shared.journal.as_ref().map(|journal| journal.past());
    let Some(begun) = past.and_then(|past| past.begun.get(item.id().as_ref())) else {
        return Ok(Left::Nothing);
    };
    let key = key_of(item);
    if !item.source.stamp.is_untouched(&begun.stamp) {
        // Another file by now: nothing of it is of use.
        abort(storage, key, &begun.upload).await;
        return Ok(Left::Nothing);
    }
    let Some(cut) = Cut::new(begun.stamp.size_bytes, Some(begun.part_bytes)) else {
        return Ok(Left::Nothing);
    };
    let upload = Multipart {
        bucket: &storage.bucket,
        key,
        upload_id: &begun.upload,
    };
    let upload = &upload;
    let listed = persist(&shared.luck, &shared.ledger, |_| async move {
        let _slot = shared.slot().await;
        storage.client.list_parts(upload, now()).await
    });
    match listed.await {
        Ok(listed) => Ok(Left::Upload {
            id: begun.upload.clone(),
            cut,
            parts: arrived(storage, begun, cut, &listed),
        }),
        Err(error) if error.is(Refusal::NoSuchUpload) || error.is(Refusal::NoSuchKey) => {
            Ok(completed(storage, begun, item, cut)
                .await?
                .map_or(Left::Nothing, Left::Object))
        }
        Err(error) => Err(error.into()),
    }
}

/// The parts that the storage lists as they were sent: by size, ETag and, where it tells one, checksum.
fn arrived(storage: &Storage, begun: &Begun, cut: Cut, listed: &[PartAnswer]) -> Parts {
    let mut parts = Parts::new();
    for (part, sent) in cut
        .parts()
        .filter_map(|part| Some((part, begun.parts.get(&part.number)?)))
    {
        let (etag, checksum) = sent;
        let same = |listed: &&PartAnswer| {
            let told = listed
                .checksums
                .iter()
                .find(|(algorithm, _)| Some(*algorithm) == storage.algorithm);
            let differs = told.is_some_and(|(_, value)| checksum.as_ref() != Some(value));
            listed.number == part.number
                && listed.size_bytes == part.size_bytes
                && listed.etag == *etag
                && !differs
                // The whole is held against the checksums of all its parts.
                && (checksum.is_some() || storage.algorithm.is_none())
        };
        if listed.iter().find(same).is_some() {
            let arrived = Arrived {
                size_bytes: part.size_bytes,
                etag: etag.clone(),
                checksum: checksum.clone(),
            };
            parts.insert(part.number, arrived);
        }
    }
    parts
}

/// The object, if the upload became one before the earlier run learned of it.
async fn completed(
    storage: &Storage,
    begun: &Begun,
    item: &Item,
    cut: Cut,
) -> Result<Option<Stored>, PutError> {
    let mut parts = Parts::new();
    for part in cut.parts() {
        let Some((etag, checksum)) = begun.parts.get(&part.number) else {
            return Ok(None);
        };
        let arrived = Arrived {
            size_bytes: part.size_bytes,
            etag: etag.clone(),
            checksum: checksum.clone(),
        };
        parts.insert(part.number, arrived);
    }
    let whole = storage
        .algorithm
        .and_then(|algorithm| whole(algorithm, &parts));
    let key = key_of(item);
    let found = storage
        .is_there(key, whole.as_deref(), begun.stamp.size_bytes)
        .await?;
    Ok(found.map(|put| storage.stored(key, put.etag, whole)))
}
