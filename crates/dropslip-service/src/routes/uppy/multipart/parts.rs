//! `GET /s3/multipart/{id}…`: the parts that have arrived, and the URLs of others.
//!
//! Uppy does not tell how large a part will be, so its length is not signed. What all of them have together is looked
//! at when they are to be joined; until then the number of parts is what binds.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State as AxumState};
use axum::response::Response;
use serde::Serialize;

use super::super::bodies::{part_number, part_numbers};
use super::super::refused::Refused;
use super::{Id, gone, open};
use crate::auth::caller::Action;
use crate::decide::shown;
use crate::issue::{self, PartAsked};
use crate::limits::{PART_BYTES_MIN, PARTS_MAX};
use crate::problem::{Code, Problem};
use crate::routes;
use crate::settle;
use crate::state::State;
use crate::token::Upload;

/// A part that has arrived, in S3's names. The ETag has its quotes, as Companion gives it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Arrived {
    part_number: u32,
    #[serde(rename = "ETag")]
    etag: String,
    size: u64,
}

/// `GET /s3/multipart/{id}?key=…`
#[utoipa::path(
    get,
    path = "/s3/multipart/{id}",
    operation_id = "uppy_list",
    tag = "uppy",
    summary = "Lists the parts that have arrived",
    params(("id" = String, Path, description = "The `uploadId` of the answer that created the upload."), ("key" = Option<String>, Query, description = "The key, as Uppy repeats it.")),
    responses((status = 200, description = "A list of `PartNumber`, `ETag` and `Size`", body = Vec<serde_json::Value>))
)]
pub(crate) async fn list(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Refused> {
    let (head, _) = request.into_parts();
    let (upload, _) = open(&state, &head, id, Action::Read).await?;
    let storage = settle::storage_of(&state, &upload)?;
    let parts = settle::parts_arrived(&state, storage, &upload)
        .await?
        .ok_or_else(gone)?;
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| Arrived {
            part_number: part.number,
            etag: format!("\"{}\"", part.etag.trim_matches('"')),
            size: part.size_bytes,
        })
        .collect();
    Ok(routes::json(&parts))
}

/// How long a URL may be used, in seconds; version 5 gives a part no more time than that.
#[derive(Serialize)]
struct Signed {
    url: String,
    expires: u32,
}

/// `GET /s3/multipart/{id}/{number}?key=…`
#[utoipa::path(
    get,
    path = "/s3/multipart/{id}/{number}",
    operation_id = "uppy_part",
    tag = "uppy",
    summary = "Signs a part for Uppy",
    params(("id" = String, Path, description = "The `uploadId` of the answer that created the upload."), ("number" = String, Path, description = "From 1 to 10000."), ("key" = Option<String>, Query, description = "The key, as Uppy repeats it.")),
    responses((status = 200, description = "`url`, `expires` and `headers`", body = Object))
)]
pub(crate) async fn part(
    AxumState(state): AxumState<State>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Response, Refused> {
    let (head, _) = request.into_parts();
    let (id, number) = match path {
        Ok(Path((id, number))) => (Ok(Path(id)), number),
        Err(rejection) => (Err(rejection), String::new()),
    };
    let (upload, _) = open(&state, &head, id, Action::Parts).await?;
    let number = part_number(&number)?;
    let (mut urls, expires) = sign(&state, &upload, &[number]).await?;
    let (_, url) = urls
        .pop_first()
        .ok_or_else(|| Problem::internal(&"no part was signed"))?;
    Ok(routes::json(&Signed { url, expires }))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    presigned_urls: BTreeMap<u32, String>,
}

/// `GET /s3/multipart/{id}/batch?key=…&partNumbers=4,6,7`, as version 2 asks.
#[utoipa::path(
    get,
    path = "/s3/multipart/{id}/batch",
    operation_id = "uppy_batch",
    tag = "uppy",
    summary = "Signs several parts for Uppy",
    params(("id" = String, Path, description = "The `uploadId` of the answer that created the upload."), ("key" = Option<String>, Query, description = "The key, as Uppy repeats it."), ("partNumbers" = String, Query, description = "Such as `1,2,3`.")),
    responses((status = 200, description = "`presignedUrls` by part number", body = Object))
)]
pub(crate) async fn batch(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Refused> {
    let (head, _) = request.into_parts();
    let (upload, question) = open(&state, &head, id, Action::Parts).await?;
    let numbers = part_numbers(question.required("partNumbers")?)?;
    let (presigned_urls, _) = sign(&state, &upload, &numbers).await?;
    Ok(routes::json(&Batch { presigned_urls }))
}

/// Signs parts, by their numbers, and tells how long the URLs live.
async fn sign(
    state: &State,
    upload: &Upload,
    numbers: &[u32],
) -> Result<(BTreeMap<u32, String>, u32), Problem> {
    // What was decided stays so; see the parts of `/v1`.
    if let Some(record) = settle::recorded(state, upload).await? {
        return Err(settle::decided(&record));
    }
    let asked: Vec<_> = numbers
        .iter()
        .map(|number| asked(upload, *number))
        .collect::<Result<_, _>>()?;
    let storage = settle::storage_of(state, upload)?;
    let preset = issue::preset_of(state, upload)?;
    let answers = issue::sign_parts(storage, upload, &asked, preset.expires_s, state.now())?;
    let urls = numbers
        .iter()
        .copied()
        .zip(answers.into_iter().map(|part| part.url));
    Ok((urls.collect(), preset.expires_s))
}

/// A part to be signed. Uppy's have 5 MiB at least, so one behind the last that the largest file can have belongs to a
/// larger file.
pub(crate) fn asked(upload: &Upload, number: u32) -> Result<PartAsked, Problem> {
    let max = upload.size_bytes_max;
    if u64::from(number) > most(max) {
        let detail = format!(
            "a file with a part {number} has more than preset `{}` takes: at most {}",
            upload.preset,
            shown(max)
        );
        return Err(Problem::new(Code::TooLarge, detail).with_limit(max));
    }
    Ok(PartAsked {
        number: u64::from(number),
        checksum: None,
    })
}

fn most(size_bytes_max: u64) -> u64 {
    size_bytes_max.div_ceil(PART_BYTES_MIN).clamp(1, PARTS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_parts_as_the_largest_file_can_have() {
        for (size, parts) in [
            (0, 1),
            (1, 1),
            (PART_BYTES_MIN, 1),
            (PART_BYTES_MIN + 1, 2),
            (u64::MAX, 10_000),
        ] {
            assert_eq!(most(size), parts, "{size}");
        }
    }
}
