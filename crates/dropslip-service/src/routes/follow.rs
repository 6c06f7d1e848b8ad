//! `GET /v1/uploads/{id}/events`: an upload's state as it changes, as server-sent events (the WHATWG's HTML standard,
//! section 9.2), for pages that wait for somebody else's `complete`.
//!
//! The first event is the state as it is; the last one is final and ends the stream, after which a page closes its
//! `EventSource`. What this or another replica decides shows within a second, what merely arrives at the storage within
//! some more, since each look there is a request. A stream ends by itself after a while; browsers come again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State as AxumState};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};

use super::Id;
use super::read::{Progress, progress};
use crate::auth;
use crate::caller::Action;
use crate::limits::{FOLLOW_KEEP_ALIVE_S, FOLLOW_S_MAX, FOLLOW_STEP_MS, FOLLOW_STEPS_PER_LOOK};
use crate::problem::{Code, Problem};
use crate::settle;
use crate::state::State;
use crate::token::Upload;

#[utoipa::path(
    get,
    path = "/v1/uploads/{id}/events",
    operation_id = "follow",
    tag = "uploads",
    summary = "Tells how far an upload is, as it changes",
    params(("id" = String, Path, description = "The `id` of the answer that issued the upload.")),
    responses((status = 200, description = "Server-sent events; the data of each is what `GET /v1/uploads/{id}` answers", body = String, content_type = "text/event-stream"))
)]
pub(super) async fn follow(
    AxumState(state): AxumState<State>,
    id: Id,
    request: Request,
) -> Result<Response, Problem> {
    let (head, _) = request.into_parts();
    let entry = auth::enter(&state, &head).await?;
    let upload = super::open(&state, id, state.now())?;
    entry
        .authorize(&state, &head, Action::Read, &upload.wished())
        .await?;
    let place = Arc::clone(state.followers())
        .try_acquire_owned()
        .map_err(|_| Problem::new(Code::Busy, "too many pages follow uploads at this moment"))?;
    // The first look is made before the answer, so that what fails at once is a refusal and no stream.
    let first = progress(&state, &upload).await?;
    let following = Following {
        state,
        upload,
        told: None,
        next: Some(first),
        ends: Instant::now() + Duration::from_secs(FOLLOW_S_MAX),
        _place: place,
    };
    let alive = KeepAlive::new().interval(Duration::from_secs(FOLLOW_KEEP_ALIVE_S));
    let headers = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would gather the events otherwise.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    let stream = Sse::new(events(following)).keep_alive(alive);
    Ok((headers, stream).into_response())
}

struct Following {
    state: State,
    upload: Upload,
    /// The last state that was told.
    told: Option<Progress>,
    /// One that was seen and not told yet.
    next: Option<Progress>,
    ends: Instant,
    _place: OwnedSemaphorePermit,
}

fn events(following: Following) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(following, |mut following| async move {
        let progress = following.changed().await?;
        let event = Event::default().json_data(&progress).ok()?;
        following.told = Some(progress);
        Some((Ok(event), following))
    })
}

impl Following {
    /// Waits for a state that was not told; `None` at the end.
    async fn changed(&mut self) -> Option<Progress> {
        if let Some(first) = self.next.take() {
            return Some(first);
        }
        if self.told.as_ref().is_some_and(Progress::is_final) {
            return None;
        }
        let mut steps: u64 = 0;
        while Instant::now() < self.ends && self.state.now() <= self.upload.expires() {
            sleep(Duration::from_millis(FOLLOW_STEP_MS)).await;
            steps += 1;
            if !steps.is_multiple_of(FOLLOW_STEPS_PER_LOOK) && !self.is_decided().await {
                continue;
            }
            // A storage or database that is away for a moment is no news.
            let Ok(progress) = progress(&self.state, &self.upload).await else {
                continue;
            };
            if self.told.as_ref() != Some(&progress) {
                return Some(progress);
            }
        }
        None
    }

    async fn is_decided(&self) -> bool {
        matches!(
            settle::recorded(&self.state, &self.upload).await,
            Ok(Some(_))
        )
    }
}
