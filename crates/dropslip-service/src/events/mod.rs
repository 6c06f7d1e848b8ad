//! Events of the storage: objects that arrived, whether or not their client is still there to say so.
//!
//! Whoever holds the token may send them, and none is believed: what they name is looked up at the storage, and taken
//! for an upload only if a preset's template made its key.

mod token;

use axum::http::request::Parts;
use dropslip_s3::notification::StoredObject;
use futures_util::{StreamExt as _, TryStreamExt as _};

use crate::config::Unfinished;
use crate::limits::EVENTS_AT_ONCE;
use crate::problem::Problem;
use crate::settle::found::{self, Found, Outcome};
use crate::state::State;

pub(crate) use token::EventsToken;

/// Lets a sender of events pass.
///
/// # Errors
/// `unauthorized`.
pub(crate) fn check(state: &State, parts: &Parts) -> Result<(), Problem> {
    token::check(state.settings().events_token.as_ref(), parts)
}

/// What a message came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Heard {
    /// Uploads that are completed now.
    completed: u64,
    /// Objects that no preset takes, deleted.
    refused: u64,
    /// Uploads that wait for their client, noted as stored.
    stored: u64,
    /// Objects that are none of ours, are not there, or were decided about before.
    passed_over: u64,
}

/// Looks at each object that a message tells of.
///
/// # Errors
/// The first of the storage or the database: the sender tries again, and what was done is not done twice.
pub(crate) async fn hear(state: &State, objects: Vec<StoredObject>) -> Result<Heard, Problem> {
    let looks = objects.into_iter().map(|object| look(state, object));
    let looks = futures_util::stream::iter(looks).buffer_unordered(EVENTS_AT_ONCE);
    looks
        .try_fold(Heard::default(), async |mut heard, outcome| {
            match outcome {
                Seen::Stored => heard.stored += 1,
                Seen::Outcome(Outcome::Completed) => heard.completed += 1,
                Seen::Outcome(Outcome::Refused | Outcome::Late) => heard.refused += 1,
                Seen::Outcome(Outcome::CompletedBefore | Outcome::Gone) | Seen::NotOurs => {
                    heard.passed_over += 1;
                }
            }
            Ok(heard)
        })
        .await
}

enum Seen {
    Outcome(Outcome),
    Stored,
    NotOurs,
}

async fn look(state: &State, object: StoredObject) -> Result<Seen, Problem> {
    // A key has two readings at most; the storage knows which one is meant.
    for key in &object.keys {
        let mut asked: Option<&str> = None;
        let candidates: Vec<Found<'_>> = found::candidates(state, &object.bucket, key).collect();
        for found in &candidates {
            let storage = state.storage_of(found.preset).name();
            // Several presets of one bucket: the first that takes such an object.
            if asked == Some(storage) {
                continue;
            }
            asked = Some(storage);
            let Some(head) = found.head(state).await? else {
                continue;
            };
            let same = candidates
                .iter()
                .filter(|other| state.storage_of(other.preset).name() == storage);
            let best = same
                .clone()
                .find(|other| other.fits(&head))
                .unwrap_or(found);
            return match best.preset.unfinished {
                Unfinished::Complete => best.complete(state, &head).await.map(Seen::Outcome),
                Unfinished::Remove | Unfinished::Keep => {
                    let decided = best.mark(state, &head).await?;
                    Ok(decided.map_or(Seen::Stored, Seen::Outcome))
                }
            };
        }
    }
    Ok(Seen::NotOurs)
}
