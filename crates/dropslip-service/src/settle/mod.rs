//! What becomes of an upload whose bytes are at the storage: completed, or refused and deleted.
//!
//! The signature binds size and type already where the storage checks it as S3 does. This is the proof that it did, and
//! that the file is there at all. Whoever asks first decides; the decision is kept, with the events that tell of it,
//! in one transaction, and everybody who asks later gets the same answer. Without a database each call looks again.

mod check;
pub(crate) mod found;
mod keep;
mod parts;

use dropslip_s3::client::{ObjectHead, RangeWanted, Refusal};
use serde::Serialize;

use crate::database::{Decided, Outcome};
use crate::limits::{FIRST_BYTES, LOOKS_MAX};
use crate::problem::{Code, Problem};
use crate::request_id::current;
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Travel, Upload};

pub(crate) use check::content as check_content;
pub(crate) use keep::{abort, decided, recorded};
pub(crate) use parts::{abort as abort_parts, arrived as parts_arrived};

/// What a completed upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Completed {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) content_type: String,
    pub(crate) etag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// Completes an upload, or says why not. The same answer however often it is asked.
///
/// # Errors
/// `not_uploaded`, `size_mismatch`, `type_mismatch`, `checksum_mismatch`, `content_mismatch`, `already_stored`,
/// `upload_aborted`, `object_changed`, and those of the storage and the database.
pub(crate) async fn complete(state: &State, upload: &Upload) -> Result<Completed, Problem> {
    let storage = storage_of(state, upload)?;
    if let Some(record) = recorded(state, upload).await? {
        return keep::told_again(state, storage, upload, record).await;
    }
    if matches!(upload.travel, Travel::Multipart { .. })
        && let Err(problem) = parts::put_together(state, storage, upload).await
    {
        return Err(refuse(state, storage, upload, problem).await?);
    }
    match look(state, storage, upload).await? {
        Looked::Fits(head) => {
            let record = keep::record(state, upload, Decided::Completed, Some(&head), None);
            match keep::decide(state, storage, record).await? {
                Outcome::Won => {
                    state.metrics().completed(&upload.preset, head.size_bytes);
                    tracing::info!(request = %current(), preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "completed");
                    Ok(keep::answer(storage, upload, &head))
                }
                Outcome::Lost(record) => keep::told_again(state, storage, upload, record).await,
            }
        }
        Looked::Differs(head, problem) => {
            delete(state, storage, upload).await?;
            Err(keep::refused(state, storage, upload, Some(&head), problem).await?)
        }
    }
}

/// What a look at the storage has shown.
enum Looked {
    Fits(ObjectHead),
    Differs(ObjectHead, Problem),
}

/// Looks at the object and its first bytes, which are read of the very object that was looked at: one that is put in
/// its place meanwhile is looked at again.
async fn look(state: &State, storage: &Storage, upload: &Upload) -> Result<Looked, Problem> {
    for _ in 0..LOOKS_MAX {
        let head = storage
            .client()
            .head_object(&upload.bucket, &upload.key, state.now())
            .await
            .map_err(|error| storage.problem(&upload.bucket, &upload.key, &error))?
            .ok_or_else(|| check::not_uploaded(upload))?;
        if let Err(problem) = check::head(upload, &head) {
            return Ok(Looked::Differs(head, problem));
        }
        if !upload.verify || head.size_bytes == 0 {
            return Ok(Looked::Fits(head));
        }
        let wanted = RangeWanted {
            bytes: 0..=head.size_bytes.min(FIRST_BYTES) - 1,
            if_match: head.etag.as_deref(),
        };
        let read = storage
            .client()
            .get_range(&upload.bucket, &upload.key, &wanted, state.now())
            .await;
        match read {
            Ok(Some(bytes)) => {
                return Ok(match check::content(upload, &bytes) {
                    Ok(()) => Looked::Fits(head),
                    Err(problem) => Looked::Differs(head, problem),
                });
            }
            Ok(None) => return Err(check::not_uploaded(upload)),
            Err(error) if error.refusal() == Some(Refusal::PreconditionFailed) => {}
            Err(error) => return Err(storage.problem(&upload.bucket, &upload.key, &error)),
        }
    }
    let detail = "the object was replaced each time that it was looked at";
    Err(Problem::new(Code::ObjectChanged, detail))
}

/// Keeps a refusal if it is a final one: what can still arrive is not refused.
async fn refuse(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    problem: Problem,
) -> Result<Problem, Problem> {
    if !problem.code().is_final() {
        return Ok(problem);
    }
    keep::refused(state, storage, upload, None, problem).await
}

async fn delete(state: &State, storage: &Storage, upload: &Upload) -> Result<(), Problem> {
    let deleted = storage
        .client()
        .delete_object(&upload.bucket, &upload.key, state.now())
        .await;
    // Without this the answer would claim a deletion that did not happen. The caller may ask again.
    deleted.map_err(|error| storage.problem(&upload.bucket, &upload.key, &error))
}

/// The storage that an upload was issued for.
pub(crate) fn storage_of<'a>(state: &'a State, upload: &Upload) -> Result<&'a Storage, Problem> {
    state.storage(&upload.storage).ok_or_else(|| {
        let detail = format!("the upload was issued for the storage `{}`", upload.storage);
        Problem::new(Code::UnknownStorage, detail)
    })
}
