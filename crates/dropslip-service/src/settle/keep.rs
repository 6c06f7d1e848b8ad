//! Keeping what was decided, and telling it again.

use std::collections::BTreeMap;

use dropslip_s3::client::ObjectHead;
use dropslip_s3::mail_words;

use super::{Completed, check, parts};
use crate::database::{Decided, Outcome, Record};
use crate::problem::{Code, Problem};
use crate::profile::checksum_name;
use crate::quota;
use crate::request_id::current;
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Travel, Upload};
use crate::webhooks;

/// What was decided before. A file that merely lies at the storage is not decided.
pub(crate) async fn recorded(state: &State, upload: &Upload) -> Result<Option<Record>, Problem> {
    let Some(database) = state.database() else {
        return Ok(None);
    };
    let record = database.find(upload.id).await.map_err(Problem::from)?;
    Ok(record.filter(|record| record.state != Decided::Stored))
}

/// The answer that the decision gives.
pub(super) async fn told_again(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    record: Record,
) -> Result<Completed, Problem> {
    match record.state {
        Decided::Completed => {
            check_unchanged(state, storage, upload, &record).await?;
            if let Err(problem) = check::kept(upload, &record) {
                return Err(taken_back(state, storage, upload, problem).await?);
            }
            Ok(Completed {
                key: record.key,
                size: record.size_bytes.unwrap_or_default(),
                content_type: record.content_type.unwrap_or_default(),
                etag: record.etag.unwrap_or_default(),
                url: url(storage, upload),
            })
        }
        Decided::Refused | Decided::Aborted | Decided::Stored => Err(decided(&record)),
    }
}

/// An event or a sweep completes by what the preset allows. Whoever has the id knows what was announced, and where the
/// storage has not held the bytes against it, the upload is taken back: deleted, told so, and refused from then on.
async fn taken_back(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    problem: Problem,
) -> Result<Problem, Problem> {
    super::delete(state, storage, upload).await?;
    let record = record(state, upload, Decided::Aborted, None, Some(&problem));
    decide(state, storage, record).await?;
    Ok(problem)
}

/// A URL that is still good can put another object of the same size and type in the place of the one that was looked
/// at, unless the preset has `singleUse`. Whoever asks again is not told that this one was checked. An object that is
/// not there any more is the application's affair.
async fn check_unchanged(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    record: &Record,
) -> Result<(), Problem> {
    let head = storage
        .client()
        .head_object(&upload.bucket, &upload.key, state.now())
        .await;
    match head {
        Ok(Some(head)) if head.etag != record.etag => {
            let detail = "the object at the storage is another one than was completed";
            Err(Problem::new(Code::ObjectChanged, detail))
        }
        _ => Ok(()),
    }
}

/// That it was decided, for who wants to go on with it.
pub(crate) fn decided(record: &Record) -> Problem {
    match record.state {
        Decided::Refused => refusal(record),
        Decided::Aborted if record.problem.is_some() => refusal(record),
        Decided::Aborted => Problem::new(Code::UploadAborted, "the upload was taken back"),
        _ => Problem::new(Code::AlreadyStored, "the upload is completed"),
    }
}

/// The refusal as it was.
pub(crate) fn refusal(record: &Record) -> Problem {
    match &record.problem {
        Some((code, detail)) => {
            let code = Code::ALL.iter().find(|known| known.as_str() == code);
            Problem::new(code.copied().unwrap_or(Code::UploadRefused), detail)
        }
        None => Problem::new(Code::UploadRefused, "the upload was refused"),
    }
}

pub(super) fn answer(storage: &Storage, upload: &Upload, head: &ObjectHead) -> Completed {
    Completed {
        key: upload.key.as_str().to_owned(),
        size: head.size_bytes,
        content_type: upload.content_type.clone(),
        etag: head.etag.clone().unwrap_or_default(),
        url: url(storage, upload),
    }
}

fn url(storage: &Storage, upload: &Upload) -> Option<String> {
    upload
        .public
        .then(|| storage.public().object(&upload.bucket, &upload.key).url())
}

/// What is written of a decision.
pub(super) fn record(
    state: &State,
    upload: &Upload,
    decided: Decided,
    head: Option<&ObjectHead>,
    problem: Option<&Problem>,
) -> Record {
    let known =
        |(name, value): &(String, String)| (name.clone(), mail_words::decode(value.as_bytes()));
    let metadata: BTreeMap<_, _> = upload.metadata.iter().map(known).collect();
    let checksum = head.and_then(|head| head.checksums.first());
    Record {
        id: upload.id,
        state: decided,
        preset: upload.preset.clone(),
        storage: upload.storage.clone(),
        bucket: upload.bucket.as_str().to_owned(),
        key: upload.key.as_str().to_owned(),
        size_bytes: head.map(|head| head.size_bytes),
        content_type: Some(upload.content_type.clone()),
        etag: head.and_then(|head| head.etag.clone()),
        checksum: checksum
            .map(|(algorithm, value)| format!("{}:{value}", checksum_name(*algorithm))),
        subject: upload.subject.clone(),
        metadata,
        problem: problem.map(|problem| {
            (
                problem.code().as_str().to_owned(),
                problem.detail().to_owned(),
            )
        }),
        issued_ms: upload.issued.unix_s().saturating_mul(1000),
        decided_ms: state.now().unix_s().saturating_mul(1000),
    }
}

/// Writes a decision and its events, or finds the one that was there before. Without a database every decision wins.
pub(super) async fn decide(
    state: &State,
    storage: &Storage,
    record: Record,
) -> Result<Outcome, Problem> {
    let Some(database) = state.database() else {
        return Ok(Outcome::Won);
    };
    let events = webhooks::events(state, storage, &record);
    database
        .decide(&record, &events)
        .await
        .map_err(Problem::from)
}

/// Writes a refusal, and gives the problem that holds: this one, or what was decided before.
pub(super) async fn refused(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    head: Option<&ObjectHead>,
    problem: Problem,
) -> Result<Problem, Problem> {
    let record = record(state, upload, Decided::Refused, head, Some(&problem));
    match decide(state, storage, record).await? {
        Outcome::Won => {
            // Of a file that was found at the storage it is not known what was counted, nor for whom.
            if upload.size_bytes_min == upload.size_bytes_max {
                quota::release(state, upload).await;
            }
            Ok(problem)
        }
        Outcome::Lost(record) if record.state == Decided::Refused => Ok(refusal(&record)),
        Outcome::Lost(record) => match told_again(state, storage, upload, record).await {
            Ok(_) => Ok(problem),
            Err(earlier) => Ok(earlier),
        },
    }
}

/// Takes an upload back, also one that was completed; one that is not there counts as taken back.
pub(crate) async fn abort(
    state: &State,
    storage: &Storage,
    upload: &Upload,
) -> Result<(), Problem> {
    if matches!(upload.travel, Travel::Multipart { .. }) {
        parts::abort(state, storage, upload).await?;
    }
    let before = if quota::is_counted(state, upload) {
        recorded(state, upload).await?
    } else {
        None
    };
    super::delete(state, storage, upload).await?;
    let record = record(state, upload, Decided::Aborted, None, None);
    let outcome = decide(state, storage, record).await?;
    // What was completed has been used; what was decided before has been given back, or not, then.
    if before.is_none() && matches!(outcome, Outcome::Won) {
        quota::release(state, upload).await;
    }
    tracing::info!(request = %current(), preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "aborted");
    Ok(())
}
