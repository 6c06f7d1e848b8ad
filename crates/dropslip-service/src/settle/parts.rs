//! The parts that have arrived, and the object that they become.

use dropslip_s3::client::{ClientError, CompletedPart, Completion, Multipart, Refusal};
use dropslip_s3::xml::PartAnswer;

use super::check;
use crate::issue::{Division, not_in_parts};
use crate::problem::{Code, Problem};
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Travel, Upload};

/// Most numbers of missing parts that an answer tells.
const MISSING_TOLD_MAX: usize = 20;

/// The upload as the storage's client knows it.
fn of(upload: &Upload) -> Result<Multipart<'_>, Problem> {
    match &upload.travel {
        Travel::Multipart { upload_id, .. } => Ok(Multipart {
            bucket: &upload.bucket,
            key: &upload.key,
            upload_id,
        }),
        _ => Err(not_in_parts(upload)),
    }
}

fn failed(storage: &Storage, upload: &Upload, error: &ClientError) -> Problem {
    storage.problem(&upload.bucket, &upload.key, error)
}

/// The parts that the storage has, in order; `None` when it knows no such upload: completed, or aborted.
pub(crate) async fn arrived(
    state: &State,
    storage: &Storage,
    upload: &Upload,
) -> Result<Option<Vec<PartAnswer>>, Problem> {
    match storage.client().list_parts(&of(upload)?, state.now()).await {
        Ok(parts) => Ok(Some(parts)),
        Err(error) if error.refusal() == Some(Refusal::NoSuchUpload) => Ok(None),
        Err(error) => Err(failed(storage, upload, &error)),
    }
}

/// Ends the upload at the storage; what has arrived of it is gone.
pub(crate) async fn abort(
    state: &State,
    storage: &Storage,
    upload: &Upload,
) -> Result<(), Problem> {
    let aborted = storage
        .client()
        .abort_multipart(&of(upload)?, state.now())
        .await;
    aborted.map_err(|error| failed(storage, upload, &error))
}

/// Makes the object of its parts, by what the storage says that it has; nobody else's word counts. An upload that the
/// storage does not know any more was put together before, or aborted: a look at the object tells.
pub(super) async fn put_together(
    state: &State,
    storage: &Storage,
    upload: &Upload,
) -> Result<(), Problem> {
    let Some(parts) = arrived(state, storage, upload).await? else {
        return Ok(());
    };
    if let Err(problem) = check(upload, &parts) {
        if problem.code().is_final() {
            abort(state, storage, upload).await?;
        }
        return Err(problem);
    }
    let parts: Vec<CompletedPart> = parts.into_iter().map(Into::into).collect();
    let headers: &[(&str, &str)] = if upload.single_use {
        &[("if-none-match", "*")]
    } else {
        &[]
    };
    let completion = Completion {
        parts: &parts,
        headers,
    };
    let done = storage
        .client()
        .complete_multipart(&of(upload)?, &completion, state.now())
        .await;
    match done {
        Ok(_) => Ok(()),
        Err(error) => match error.refusal() {
            Some(Refusal::NoSuchUpload) => Ok(()),
            Some(Refusal::PreconditionFailed) => {
                let detail = format!("there is an object at `{}` already", upload.key);
                Err(Problem::new(Code::AlreadyStored, detail))
            }
            Some(Refusal::EntityTooSmall) => {
                abort(state, storage, upload).await?;
                let detail = "a part that is not the last has less than 5 MiB";
                Err(Problem::new(Code::SizeMismatch, detail))
            }
            // A part was replaced between the list and now; the next call sees the new one.
            Some(Refusal::InvalidPart | Refusal::Conflict) => {
                let detail = "the parts changed while they were put together";
                Err(Problem::new(Code::ObjectChanged, detail))
            }
            _ => Err(failed(storage, upload, &error)),
        },
    }
}

/// Whether the parts are those that were signed. Missing ones may still come, wrong ones are final.
fn check(upload: &Upload, parts: &[PartAnswer]) -> Result<(), Problem> {
    let sum: u64 = parts.iter().map(|part| part.size_bytes).sum();
    let Some(division) = Division::of(upload) else {
        return match sum {
            0 => Err(missing(&[1])),
            sum => check::size(upload, sum),
        };
    };
    let has = |number: u64| parts.iter().any(|part| u64::from(part.number) == number);
    for part in parts {
        let expected = division.bytes(u64::from(part.number));
        if expected != Some(part.size_bytes) {
            let detail = format!(
                "part {} has {} bytes; expected {}",
                part.number,
                part.size_bytes,
                expected.map_or("no such part".to_owned(), |bytes| bytes.to_string())
            );
            return Err(Problem::new(Code::SizeMismatch, detail));
        }
    }
    if parts.len() as u64 == division.count() {
        return Ok(());
    }
    let lacking = (1..=division.count()).filter(|number| !has(*number));
    Err(missing(&lacking.take(MISSING_TOLD_MAX).collect::<Vec<_>>()))
}

fn missing(numbers: &[u64]) -> Problem {
    let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
    let detail = format!("these parts have not arrived: {}", numbers.join(", "));
    let hint = "GET the upload for the parts that have arrived, have the others signed, send them and complete again.";
    Problem::new(Code::NotUploaded, detail).with_hint(hint.to_owned())
}
