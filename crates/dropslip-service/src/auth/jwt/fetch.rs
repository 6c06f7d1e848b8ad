//! The key set of an identity provider: fetched when it is first needed, kept, and fetched again when it is old or a
//! token names a key that is not in it.
//!
//! One fetch at a time, whoever waits for it, and not more often than a pause allows: tokens are anybody's words, so
//! an unknown key id must not become a way to make this service call another one. While a fetch fails the old set
//! serves on, for a day.

use std::sync::{Arc, PoisonError, RwLock};

use dropslip_sigv4::Timestamp;
use reqwest::header::CACHE_CONTROL;
use tokio::sync::Mutex;
use url::Url;

use super::keys::KeySet;
use crate::limits::{
    JWKS_BYTES_MAX, JWKS_FIRST_PAUSE_S, JWKS_FRESH_S_DEFAULT, JWKS_FRESH_S_MAX, JWKS_FRESH_S_MIN,
    JWKS_OLD_S_MAX, JWKS_PAUSE_S, JWKS_TIMEOUT_S,
};
use crate::outgoing;
use crate::problem::{Code, Problem};

/// A key set behind a URL.
pub(crate) struct Jwks(Arc<Inner>);

struct Inner {
    url: Url,
    http: reqwest::Client,
    held: RwLock<Held>,
    turn: Arc<Mutex<()>>,
}

#[derive(Clone, Default)]
struct Held {
    keys: Option<Arc<KeySet>>,
    /// When the keys were fetched, and until when they are new enough not to ask again.
    fetched: i64,
    fresh_until: i64,
    /// When they were last asked for, with success or without.
    asked: Option<i64>,
}

impl std::fmt::Debug for Jwks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jwks({})", self.0.url)
    }
}

impl Held {
    /// Keys that are new, or that know the id and nobody may ask yet.
    fn at_hand(&self, id: Option<&str>, now: i64) -> Option<Arc<KeySet>> {
        let keys = self.keys.as_ref()?;
        let is_fresh = (self.fetched..self.fresh_until).contains(&now);
        (is_fresh && keys.knows(id)).then(|| Arc::clone(keys))
    }

    /// Keys that are not too old to be believed.
    fn usable(&self, now: i64) -> Option<Arc<KeySet>> {
        let keys = self.keys.as_ref()?;
        (now < self.fetched + JWKS_OLD_S_MAX).then(|| Arc::clone(keys))
    }

    fn may_ask(&self, now: i64) -> bool {
        let pause = if self.keys.is_some() {
            JWKS_PAUSE_S
        } else {
            JWKS_FIRST_PAUSE_S
        };
        // A clock that was set back must not stop the asking for long.
        self.asked
            .is_none_or(|asked| !(asked..asked + pause).contains(&now))
    }
}

impl Jwks {
    /// Nothing is fetched yet.
    pub(crate) fn new(url: Url) -> Result<Self, String> {
        let http = outgoing::client(&url, std::time::Duration::from_secs(JWKS_TIMEOUT_S))?;
        Ok(Self(Arc::new(Inner {
            url,
            http,
            held: RwLock::default(),
            turn: Arc::default(),
        })))
    }

    /// Another handle of the same keys.
    pub(crate) fn share(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Where the keys come from.
    pub(crate) fn url(&self) -> &Url {
        &self.0.url
    }

    /// The keys, which know the id if the provider does.
    pub(super) async fn keys(
        &self,
        id: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, Problem> {
        let now = now.unix_s();
        let held = self.0.held();
        if let Some(keys) = held.at_hand(id, now) {
            return Ok(keys);
        }
        if let Some(keys) = held.usable(now)
            && !held.may_ask(now)
        {
            return Ok(keys);
        }
        let old = held.usable(now).filter(|keys| keys.knows(id));
        let turn = match (Arc::clone(&self.0.turn).try_lock_owned(), old) {
            (Ok(turn), _) => turn,
            // Somebody else asks already, and what there is will do.
            (Err(_), Some(keys)) => return Ok(keys),
            (Err(_), None) => Arc::clone(&self.0.turn).lock_owned().await,
        };
        if let Some(keys) = self.0.held().at_hand(id, now) {
            return Ok(keys);
        }
        if self.0.held().may_ask(now) {
            let inner = Arc::clone(&self.0);
            // On its own: a caller who hangs up must not take the answer from the others.
            let fetching = tokio::spawn(async move {
                inner.fetch(now).await;
                drop(turn);
            });
            let _ = fetching.await;
        }
        self.0.held().usable(now).ok_or_else(|| {
            Problem::new(
                Code::AuthorizationUnavailable,
                "the keys of the token's issuer cannot be fetched",
            )
            .with_retry_after(JWKS_FIRST_PAUSE_S.unsigned_abs())
        })
    }
}

impl Inner {
    fn held(&self) -> Held {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn fetch(&self, now: i64) {
        let change = |change: &mut dyn FnMut(&mut Held)| {
            change(&mut self.held.write().unwrap_or_else(PoisonError::into_inner));
        };
        change(&mut |held| held.asked = Some(now));
        match self.ask().await {
            Ok((keys, fresh_s)) => {
                let keys = Arc::new(keys);
                tracing::debug!(url = %self.url, "fetched the keys for tokens");
                change(&mut |held| {
                    held.keys = Some(Arc::clone(&keys));
                    held.fetched = now;
                    held.fresh_until = now.saturating_add(fresh_s);
                });
            }
            Err(error) => {
                tracing::warn!(url = %self.url, error, "cannot fetch the keys for tokens");
            }
        }
    }

    async fn ask(&self) -> Result<(KeySet, i64), String> {
        let request = self.http.get(self.url.clone());
        let request = request.header("accept", "application/jwk-set+json, application/json");
        let answer = request.send().await.map_err(outgoing::why)?;
        if answer.status() != 200 {
            return Err(format!("the answer is {}", answer.status().as_u16()));
        }
        let fresh_s = answer
            .headers()
            .get(CACHE_CONTROL)
            .and_then(|value| max_age(value.to_str().ok()?))
            .unwrap_or(JWKS_FRESH_S_DEFAULT);
        let body = outgoing::body(answer, JWKS_BYTES_MAX).await?;
        let keys = KeySet::jwks(&body).map_err(|why| format!("the answer {why}"))?;
        Ok((keys, fresh_s.clamp(JWKS_FRESH_S_MIN, JWKS_FRESH_S_MAX)))
    }
}

/// `max-age` of a `cache-control` header; 0 for `no-store` and `no-cache`.
fn max_age(value: &str) -> Option<i64> {
    let mut directives = value
        .split(',')
        .map(|directive| directive.trim().to_ascii_lowercase());
    directives.find_map(|directive| match directive.as_str() {
        "no-store" | "no-cache" => Some(0),
        other => {
            let seconds = other.strip_prefix("max-age=")?.trim_matches('"');
            // More digits than a number has mean for ever.
            let is_number = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| seconds.parse().unwrap_or(i64::MAX))
        }
    })
}
