//! `POST /v1/diagnose`: says why an upload's bytes did not arrive, for clients that cannot know.
//!
//! Only the storage of the upload is asked, at the address that is configured: the call names an id and no address.

use axum::extract::{Request, State as AxumState};
use axum::response::Response;

use crate::auth;
use crate::body::{self, Diagnose};
use crate::caller::Action;
use crate::diagnose::{Failure, Verdict, diagnose as find_out, origin_of};
use crate::issue;
use crate::limits::PARTS_MAX;
use crate::problem::{Code, Problem};
use crate::request_id::current;
use crate::settle;
use crate::state::State;

#[utoipa::path(
    post,
    path = "/v1/diagnose",
    operation_id = "diagnose",
    tag = "uploads",
    summary = "Says why the bytes of an upload did not arrive",
    request_body = Diagnose,
    responses((status = 200, description = "What was found", body = Verdict))
)]
pub(super) async fn diagnose(
    AxumState(state): AxumState<State>,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let entry = auth::enter(&state, &head).await?;
    let body: Diagnose = body::required(&head.headers, body).await?;
    let now = state.now();
    let upload = super::opened(state.sealer().open(&body.id, now))?;
    entry
        .authorize(&state, &head, Action::Read, &upload.wished())
        .await?;
    check(&body)?;
    let storage = settle::storage_of(&state, &upload)?;
    let preset = issue::preset_of(&state, &upload)?;
    let _place = state
        .diagnoses()
        .try_acquire()
        .map_err(|_| Problem::new(Code::Busy, "too many failures are looked at at this moment"))?;
    let failure = Failure {
        number: body.number,
        status: body.status,
        answer: body.answer.as_deref().unwrap_or_default(),
        is_late: now > upload.url_expires,
    };
    let origin = origin_of(&head.headers);
    let verdict = Box::pin(find_out(storage, preset, &upload, origin, &failure)).await?;
    tracing::info!(request = %current(), code = verdict.code, detail = %verdict.detail, "diagnosed");
    Ok(super::json(&verdict))
}

fn check(body: &Diagnose) -> Result<(), Problem> {
    let wrong = |detail: &str| Err(Problem::new(Code::InvalidRequest, detail));
    if !matches!(body.status, 0 | 100..600) {
        return wrong("`status` must be 0 or the status of an answer, 100 to 599");
    }
    if body
        .number
        .is_some_and(|number| !(1..=PARTS_MAX).contains(&number))
    {
        return wrong("`number` must be that of a part, 1 to 10000");
    }
    Ok(())
}
