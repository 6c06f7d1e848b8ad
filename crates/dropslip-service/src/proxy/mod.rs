//! Files that go through the service, for clients that cannot reach the storage.
//!
//! The same rules hold as for those that do not, and it ends with the same decision. The bytes are passed on as the
//! storage takes them: one of known length in one PUT that nothing gathers, others in parts that are gathered one at a
//! time, so the memory that a file takes does not depend on its size. What does not become a file leaves nothing.

mod incoming;

use axum::body::{Body, Bytes};
use dropslip_s3::checksum::{Checksum, Hasher};
use dropslip_s3::client::{
    ClientError, ClientErrorKind, Multipart, NewObject, NewPart, Refusal, StreamBody,
};
use tokio::sync::Semaphore;

use crate::decide::{Terms, Wish, shown};
use crate::issue;
use crate::limits::{
    FIRST_BYTES, PARTS_MAX, PROXY_BUFFERS_MIB_MAX, PROXY_PART_BYTES_MAX, PROXY_PART_TRIES_MAX,
    PUT_BYTES_MAX,
};
use crate::metrics::Bytes as Counted;
use crate::preset::{Mode, Preset, part_bytes};
use crate::problem::{Code, Problem};
use crate::profile::checksum_name;
use crate::quota;
use crate::settle::{self, Completed};
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Travel, Upload};
use incoming::Incoming;

/// All parts that are gathered at once in this process, in MiB. Who comes when there is no room waits, and so does its
/// client.
static ROOM: Semaphore = Semaphore::const_new(PROXY_BUFFERS_MIB_MAX);

const MIB: u64 = 1024 * 1024;

/// Decides, before a byte of the body is asked for.
///
/// # Errors
/// Those of `decide`.
pub(crate) fn plan(
    state: &State,
    preset: &Preset,
    wish: &Wish<'_>,
    terms: &Terms<'_>,
) -> Result<Upload, Problem> {
    // Where the client knows no checksum the service computes those of the parts, and S3 the rest from them.
    let unknown = preset
        .checksum
        .map(|algorithm| Hasher::new(algorithm).finish());
    let largest = wish.size_bytes.unwrap_or(preset.size_bytes_max);
    let in_parts = matches!(preset.mode(largest), Mode::Multipart { .. });
    let checksum = if in_parts {
        None
    } else {
        wish.checksum.or(unknown.as_ref())
    };
    let wish_for_decision = Wish { checksum, ..*wish };
    let mut upload = issue::plan(state, preset, &wish_for_decision, terms, state.now())?;
    if let Some(sum) = &mut upload.checksum {
        sum.whole = wish.checksum.cloned();
    } else if wish.checksum.is_some() {
        let detail = format!("preset `{}` has no `checksum`", preset.name);
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    upload.travel = Travel::Put;
    Ok(upload)
}

/// Sends a file on and completes it. It goes on when its caller is dropped, so as to clean up.
///
/// # Errors
/// `too_large`, `too_small`, `content_mismatch`, `checksum_mismatch`, `body_incomplete`, and those of completion.
pub(crate) async fn send(
    state: State,
    preset: Preset,
    upload: Upload,
    body: Body,
) -> Result<Completed, Problem> {
    let sending = tokio::spawn(async move { through(&state, &preset, upload, body).await });
    sending.await.map_err(|error| Problem::internal(&error))?
}

async fn through(
    state: &State,
    preset: &Preset,
    mut upload: Upload,
    body: Body,
) -> Result<Completed, Problem> {
    quota::reserve(state, &upload).await?;
    let reserved = upload.clone();
    if let Err(problem) = store(state, preset, &mut upload, body).await {
        quota::release(state, &reserved).await;
        return Err(problem);
    }
    // A length that was not told has counted as the largest. Now it is known.
    if reserved.size_bytes_max != upload.size_bytes_max {
        quota::release(state, &reserved).await;
        // The file is there; that somebody else was given the room at this instant is no reason to lose it.
        if let Err(problem) = quota::reserve(state, &upload).await {
            tracing::warn!(
                detail = problem.detail(),
                "a file is beyond its subject's quota"
            );
        }
    }
    state
        .metrics()
        .bytes(Counted::Proxied, upload.size_bytes_max);
    let completed = settle::complete(state, &upload).await;
    if completed.is_err() && matches!(upload.travel, Travel::Multipart { .. }) {
        abort(state, settle::storage_of(state, &upload)?, &upload).await;
    }
    completed
}

/// Sends the bytes on. What fails leaves nothing.
async fn store(
    state: &State,
    preset: &Preset,
    upload: &mut Upload,
    body: Body,
) -> Result<(), Problem> {
    let storage = settle::storage_of(state, upload)?;
    let mut body = Incoming::new(body);
    if upload.verify {
        let count = usize::try_from(FIRST_BYTES).expect("4 KiB fit any machine");
        let first = body.first(count).await?;
        if !first.is_empty() {
            settle::check_content(upload, first)?;
        }
    }
    let known = (upload.size_bytes_min == upload.size_bytes_max).then_some(upload.size_bytes_max);
    let sum = upload.checksum.as_ref();
    let has_checksum = sum.is_none_or(|sum| sum.whole.is_some());
    match known {
        Some(length) if length <= PUT_BYTES_MAX && has_checksum => {
            let stream = StreamBody::new(length, body.into_stream());
            put(state, storage, preset, upload, stream).await
        }
        _ => gathered(state, storage, preset, upload, body).await,
    }
}

/// One PUT.
async fn put(
    state: &State,
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
    body: StreamBody,
) -> Result<(), Problem> {
    let headers = issue::headers(preset, upload);
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let object = NewObject {
        headers: &headers,
        body,
    };
    let client = storage.client();
    let put = client
        .put_object(&upload.bucket, &upload.key, object, state.now())
        .await;
    put.map(drop)
        .map_err(|error| failed(storage, upload, &error))
}

/// In parts, or in one PUT if there is but one.
async fn gathered(
    state: &State,
    storage: &Storage,
    preset: &Preset,
    upload: &mut Upload,
    mut body: Incoming,
) -> Result<(), Problem> {
    let part = part_bytes(upload.size_bytes_max, None).min(PROXY_PART_BYTES_MAX);
    let mib = u32::try_from(part.div_ceil(MIB)).expect("the largest part is some MiB");
    // While this is held, so much memory may be in use; the next one waits.
    let _room = ROOM
        .acquire_many(mib)
        .await
        .map_err(|error| Problem::internal(&error))?;
    let part = usize::try_from(part).expect("the largest part fits any machine");
    let first = body.take(part).await?;
    check_size(upload, first.len() as u64)?;
    if body.is_at_end().await? {
        check_whole(upload, first.len() as u64)?;
        if let Some(sum) = &mut upload.checksum {
            let mut hasher = Hasher::new(sum.algorithm);
            hasher.update(&first);
            let got = hasher.finish();
            check_checksum(sum.whole.as_ref(), &got)?;
            sum.whole = Some(got);
        }
        exactly(upload, first.len() as u64);
        return put(state, storage, preset, upload, first.into()).await;
    }
    upload.travel = Travel::Multipart {
        upload_id: String::new(),
        part_bytes: 0,
    };
    let upload_id = issue::begin_parts(storage, preset, upload).await?;
    upload.travel = Travel::Multipart {
        upload_id,
        part_bytes: 0,
    };
    let sent = parts(state, storage, upload, (first, part), body).await;
    match sent {
        Ok(length) => {
            exactly(upload, length);
            Ok(())
        }
        Err(problem) => {
            abort(state, storage, upload).await;
            Err(problem)
        }
    }
}

/// The first part, and all behind it; gives the length of the whole.
async fn parts(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    (mut part, part_bytes): (Bytes, usize),
    mut body: Incoming,
) -> Result<u64, Problem> {
    let mut whole = upload
        .checksum
        .as_ref()
        .map(|sum| Hasher::new(sum.algorithm));
    let mut length = 0;
    for number in 1..=PARTS_MAX {
        length += part.len() as u64;
        check_size(upload, length)?;
        if let Some(whole) = &mut whole {
            whole.update(&part);
        }
        let number = u32::try_from(number).expect("10,000 parts at most");
        send_part(state, storage, upload, number, part).await?;
        part = body.take(part_bytes).await?;
        if part.is_empty() {
            check_whole(upload, length)?;
            let wanted = upload.checksum.as_ref().and_then(|sum| sum.whole.as_ref());
            if let Some(whole) = whole {
                check_checksum(wanted, &whole.finish())?;
            }
            return Ok(length);
        }
    }
    let detail = format!(
        "the file has more than {PARTS_MAX} parts of {}",
        shown(part_bytes as u64)
    );
    Err(Problem::new(Code::TooLarge, detail))
}

/// A part, again if it is lost on its way: it is still here.
async fn send_part(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    number: u32,
    bytes: Bytes,
) -> Result<(), Problem> {
    let Travel::Multipart { upload_id, .. } = &upload.travel else {
        return Err(issue::not_in_parts(upload));
    };
    let multipart = Multipart {
        bucket: &upload.bucket,
        key: &upload.key,
        upload_id,
    };
    let checksum = upload.checksum.as_ref().map(|sum| {
        let mut hasher = Hasher::new(sum.algorithm);
        hasher.update(&bytes);
        (sum.algorithm.header(), hasher.finish().to_string())
    });
    let headers: Vec<(&str, &str)> = checksum
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let mut tries = 1;
    loop {
        let part = NewPart {
            headers: &headers,
            body: bytes.clone().into(),
        };
        let sent = storage
            .client()
            .upload_part(&multipart, number, part, state.now())
            .await;
        match sent {
            Ok(_) => return Ok(()),
            Err(error) if tries < PROXY_PART_TRIES_MAX && may_pass(&error) => tries += 1,
            Err(error) => return Err(failed(storage, upload, &error)),
        }
    }
}

fn may_pass(error: &ClientError) -> bool {
    *error.kind() == ClientErrorKind::Unreachable || error.is(Refusal::SlowDown)
}

/// Best effort: what stays is found by a sweep.
async fn abort(state: &State, storage: &Storage, upload: &Upload) {
    if let Err(problem) = settle::abort_parts(state, storage, upload).await {
        tracing::warn!(key = %upload.key, detail = problem.detail(), "cannot abort an upload in parts");
    }
}

/// While it grows.
fn check_size(upload: &Upload, length: u64) -> Result<(), Problem> {
    if length <= upload.size_bytes_max {
        return Ok(());
    }
    let most = upload.size_bytes_max;
    let detail = format!(
        "the file has more than the {} that are allowed",
        shown(most)
    );
    Err(Problem::new(Code::TooLarge, detail).with_limit(most))
}

/// At its end.
fn check_whole(upload: &Upload, length: u64) -> Result<(), Problem> {
    check_size(upload, length)?;
    if length >= upload.size_bytes_min {
        return Ok(());
    }
    let least = upload.size_bytes_min;
    let detail = format!(
        "the file has {}, and at least {} are asked for",
        shown(length),
        shown(least)
    );
    Err(Problem::new(Code::TooSmall, detail).with_limit(least))
}

fn check_checksum(wanted: Option<&Checksum>, got: &Checksum) -> Result<(), Problem> {
    if wanted.is_none_or(|wanted| wanted == got) {
        return Ok(());
    }
    let name = checksum_name(got.algorithm);
    let detail = format!("what arrived has the {name} `{got}`");
    Err(Problem::new(Code::ChecksumMismatch, detail))
}

/// Now that the length is known, no other one is taken.
fn exactly(upload: &mut Upload, length: u64) {
    upload.size_bytes_min = length;
    upload.size_bytes_max = length;
}

fn failed(storage: &Storage, upload: &Upload, error: &ClientError) -> Problem {
    match (error.kind(), error.refusal()) {
        (ClientErrorKind::Body, _) => incoming::broken(&error.to_string()),
        (_, Some(Refusal::BadDigest)) => {
            let detail = "the storage got other bytes than the checksum says";
            Problem::new(Code::ChecksumMismatch, detail)
        }
        (_, Some(Refusal::PreconditionFailed)) => {
            let detail = format!("there is an object at `{}` already", upload.key);
            Problem::new(Code::AlreadyStored, detail)
        }
        _ => storage.problem(&upload.bucket, &upload.key, error),
    }
}
