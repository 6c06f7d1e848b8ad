//! `POST /s3/multipart/{id}/complete`: the parts become a file, by the same judgement as everywhere (`settle`).

use std::collections::BTreeMap;

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use dropslip_s3::xml::PartAnswer;
use serde::Serialize;

use super::super::bodies::{Complete, Part};
use super::super::refused::Refused;
use super::{Id, open};
use crate::auth::caller::Action;
use crate::body;
use crate::limits::UPPY_COMPLETE_BYTES_MAX;
use crate::problem::{Code, Problem};
use crate::routes;
use crate::settle;
use crate::state::State;

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = UppyCompleted)]
struct Answer<'a> {
    location: String,
    key: &'a str,
    bucket: &'a str,
}

#[utoipa::path(
    post,
    path = "/s3/multipart/{id}/complete",
    operation_id = "uppy_complete",
    tag = "uppy",
    summary = "Completes an upload in parts for Uppy",
    params(("id" = String, Path, description = "The `uploadId` of the answer that created the upload."), ("key" = Option<String>, Query, description = "The key, as Uppy repeats it.")),
    request_body(content = Object, description = "`parts` with `PartNumber` and `ETag`."),
    responses((status = 200, description = "It is complete", body = Answer))
)]
pub(crate) async fn complete(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Refused> {
    let (head, body) = request.into_parts();
    let (upload, _) = open(&state, &head, id, Action::Complete).await?;
    let told = body::required_up_to::<Complete>(&head.headers, body, UPPY_COMPLETE_BYTES_MAX)
        .await?
        .read()?;
    let storage = settle::storage_of(&state, &upload)?;
    // When the upload is gone it was completed before, and the answer is the same as then.
    if let Some(arrived) = settle::parts_arrived(&state, storage, &upload).await? {
        check(&told, &arrived)?;
    }
    settle::complete(&state, &upload).await?;
    let location = storage.public().object(&upload.bucket, &upload.key).url();
    Ok(routes::json(&Answer {
        location,
        key: upload.key.as_str(),
        bucket: upload.bucket.as_str(),
    }))
}

/// What the client believes to have uploaded against what has arrived. S3 would join what the client names, we join
/// what is there, and with both the same nothing is left out or mixed in.
fn check(told: &[Part], arrived: &[PartAnswer]) -> Result<(), Problem> {
    let mut left: BTreeMap<u32, &str> = arrived
        .iter()
        .map(|part| (part.number, part.etag.trim_matches('"')))
        .collect();
    for part in told {
        if left.remove(&part.number) != Some(part.etag.as_str()) {
            let detail = format!("part {} with this ETag has not arrived", part.number);
            return Err(Problem::new(Code::NotUploaded, detail));
        }
    }
    match left.first_key_value() {
        None => Ok(()),
        Some((number, _)) => {
            let detail = format!("part {number} has arrived, and is not named");
            Err(Problem::new(Code::InvalidPart, detail))
        }
    }
}
