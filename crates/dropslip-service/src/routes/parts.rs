//! `POST /v1/uploads/{id}/parts`: signs parts, ahead of need or again. An upload without parts is signed again whole.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;
use dropslip_s3::checksum::Checksum;
use serde::Serialize;

use super::Id;
use crate::auth;
use crate::body::{self, Parts};
use crate::caller::Action;
use crate::issue::{self, PartAnswer, PartAsked, Slip, not_in_parts};
use crate::limits::PARTS_PER_CALL_MAX;
use crate::problem::{Code, Problem};
use crate::profile::checksum_name;
use crate::settle;
use crate::state::State;
use crate::token::{Travel, Upload};

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SignedAgain)]
#[serde(rename_all = "camelCase")]
struct Answer {
    expires_at: String,
    /// Whole seconds from now until what was signed ends, for clients whose clock is wrong.
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<PartAnswer>>,
    #[serde(flatten)]
    slip: Slip,
}

#[utoipa::path(
    post,
    path = "/v1/uploads/{id}/parts",
    operation_id = "sign_parts",
    tag = "uploads",
    summary = "Signs parts, or an upload in one piece again",
    params(("id" = String, Path, description = "The `id` of the answer that issued the upload.")),
    request_body = Option<Parts>,
    responses((status = 200, description = "What was asked for is signed", body = Answer))
)]
pub(super) async fn parts(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let entry = auth::enter(&state, &head).await?;
    let body = body::optional::<Parts>(&head.headers, body)
        .await?
        .unwrap_or_default();
    let now = state.now();
    let upload = super::open(&state, id, now)?;
    entry
        .authorize(&state, &head, Action::Parts, &upload.wished())
        .await?;
    // What was decided stays so; a URL signed now could put other bytes in the place of those that were looked at.
    if let Some(record) = settle::recorded(&state, &upload).await? {
        return Err(settle::decided(&record));
    }
    let storage = settle::storage_of(&state, &upload)?;
    let preset = issue::preset_of(&state, &upload)?;
    let asked = asked(&upload, body)?;
    let (parts, slip) = match (&upload.travel, asked.is_empty()) {
        (Travel::Multipart { .. }, false) => {
            let signed = issue::sign_parts(storage, &upload, &asked, preset.expires_s, now)?;
            (Some(signed), Slip::default())
        }
        (Travel::Put | Travel::Post, true) => (None, issue::sign(storage, preset, &upload, now)?),
        (Travel::Multipart { .. }, true) => {
            let detail = "the call names no parts: send `numbers`, such as [1, 2, 3]";
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
        (Travel::Put | Travel::Post, false) => return Err(not_in_parts(&upload)),
    };
    let ends = now.plus_s(preset.expires_s);
    Ok(super::json(&Answer {
        expires_at: super::rfc3339(ends),
        expires_in: super::left_s(&state, ends),
        parts,
        slip,
    }))
}

fn asked(upload: &Upload, body: Parts) -> Result<Vec<PartAsked>, Problem> {
    let count = body.numbers.len() + body.parts.len();
    if count > PARTS_PER_CALL_MAX {
        let detail = format!("the call names {count} parts; one call signs {PARTS_PER_CALL_MAX}");
        return Err(
            Problem::new(Code::InvalidRequest, detail).with_limit(PARTS_PER_CALL_MAX as u64)
        );
    }
    let algorithm = upload.checksum.as_ref().map(|sum| sum.algorithm);
    let bare = body.numbers.into_iter().map(|number| {
        Ok(PartAsked {
            number,
            checksum: None,
        })
    });
    let summed = body.parts.into_iter().map(|part| {
        let checksum = match (algorithm, &part.checksum) {
            (Some(algorithm), Some(value)) => {
                Some(Checksum::parse(algorithm, value).ok_or_else(|| {
                    let name = checksum_name(algorithm);
                    let detail = format!(
                        "the `checksum` of part {} is no {name} in base64",
                        part.number
                    );
                    Problem::new(Code::InvalidRequest, detail)
                })?)
            }
            (None, Some(_)) => {
                let detail = format!("preset `{}` has no `checksum`", upload.preset);
                return Err(Problem::new(Code::InvalidRequest, detail));
            }
            (_, None) => None,
        };
        Ok(PartAsked {
            number: part.number,
            checksum,
        })
    });
    bare.chain(summed).collect()
}
