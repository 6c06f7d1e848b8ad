//! Whether the service can do its work now: its database answers, and its storages do.
//!
//! A look is kept for some seconds and made by one caller at a time, so that nobody can use it to keep the storages
//! busy. Everything is asked at once and has a bounded time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_s3::BucketName;
use dropslip_s3::client::ClientErrorKind;
use futures_util::future::join_all;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::limits::{READY_KEPT_S, READY_WAIT_S_MAX};
use crate::problem::Problem;
use crate::state::State;
use crate::storage::Storage;

/// The last look, and when it was.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, Arc<Look>)>>);

/// What a look has shown.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) parts: Vec<Part>,
}

/// A part of what the service needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReadinessPart)]
pub(crate) struct Part {
    /// `database`, or `storage NAME`.
    pub(crate) name: String,
    pub(crate) ready: bool,
    /// For the operator: it names addresses and buckets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl Look {
    /// Whether all parts are there.
    pub(crate) fn is_ready(&self) -> bool {
        self.parts.iter().all(|part| part.ready)
    }
}

impl Readiness {
    /// Looks, or tells what was seen some seconds ago.
    async fn look(&self, state: &State) -> Arc<Look> {
        let mut last = self.0.lock().await;
        if let Some((at, look)) = &*last
            && at.elapsed() < Duration::from_secs(READY_KEPT_S)
        {
            return Arc::clone(look);
        }
        let storages = state.storages().iter().map(|one| storage(state, one));
        let (database, storages) = tokio::join!(database(state), join_all(storages));
        let look = Arc::new(Look {
            parts: database.into_iter().chain(storages).collect(),
        });
        if !look.is_ready() {
            let failing = look.parts.iter().filter(|part| !part.ready);
            for part in failing {
                tracing::warn!(part = part.name, reason = part.reason, "not ready");
            }
        }
        *last = Some((Instant::now(), Arc::clone(&look)));
        look
    }
}

/// Looks at what the service needs. A look that was begun is ended although nobody waits for it any more: who hangs
/// up at once does not make the next one begin.
pub(crate) async fn look(state: &State) -> Result<Arc<Look>, Problem> {
    let state = state.clone();
    let looking = tokio::spawn(async move { state.readiness().look(&state).await });
    looking.await.map_err(|error| Problem::internal(&error))
}

async fn database(state: &State) -> Option<Part> {
    let database = state.database()?;
    let reason = match timeout(Duration::from_secs(READY_WAIT_S_MAX), database.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(no_answer()),
    };
    Some(part("database".to_owned(), reason))
}

/// Asks for each bucket that presets put files into.
async fn storage(state: &State, storage: &Storage) -> Part {
    let presets = state.settings().presets().iter();
    let buckets: BTreeSet<&BucketName> = presets
        .filter(|preset| state.storage_of(preset).name() == storage.name())
        .map(|preset| &preset.bucket)
        .collect();
    let asked = join_all(buckets.into_iter().map(|name| bucket(state, storage, name)));
    let reason = match timeout(Duration::from_secs(READY_WAIT_S_MAX), asked).await {
        Ok(reasons) => reasons.into_iter().flatten().next(),
        Err(_) => Some(no_answer()),
    };
    part(format!("storage {}", storage.name()), reason)
}

/// Why a bucket cannot be used. Keys that may not list it get a 403, and may put and read files all the same.
async fn bucket(state: &State, storage: &Storage, bucket: &BucketName) -> Option<String> {
    let asked = storage.client().head_bucket(bucket, state.now()).await;
    match asked {
        Ok(true) => None,
        Ok(false) => Some(format!("there is no bucket `{bucket}`")),
        Err(error) => match error.kind() {
            ClientErrorKind::Refused { status: 403, .. } => None,
            _ => Some(error.to_string()),
        },
    }
}

fn part(name: String, reason: Option<String>) -> Part {
    Part {
        name,
        ready: reason.is_none(),
        reason,
    }
}

fn no_answer() -> String {
    format!("no answer within {READY_WAIT_S_MAX} s")
}
