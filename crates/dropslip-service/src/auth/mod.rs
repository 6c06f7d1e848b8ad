//! Who may call. Every call asks here, and gets a [`Caller`] or a refusal.
//!
//! There are two steps, because an application can only be asked about an upload when it is known which one, and a
//! body is only worth reading when its sender may send one: [`enter`] looks at the head of the request,
//! [`Entry::authorize`] at what is wished. [`authorize`] is both for calls whose head says all.
//!
//! Where nothing is configured, this machine alone may call (`open`).

mod api_keys;
#[expect(dead_code, reason = "the methods to come read and make these")]
pub(crate) mod caller;
mod open;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

pub(crate) use api_keys::ApiKeys;
use caller::{Action, Caller, Wished};

use crate::problem::{Code, Problem};
use crate::state::State;

/// A call whose head was found good.
#[derive(Debug)]
pub(crate) struct Entry(Caller);

/// Looks at the head of a call: its credentials, or that it needs none.
///
/// # Errors
/// `unauthorized`, `forbidden_host`.
#[expect(clippy::unused_async, reason = "keys of tokens are fetched here")]
pub(crate) async fn enter(state: &State, parts: &Parts) -> Result<Entry, Problem> {
    let keys = &state.settings().api_keys;
    if keys.is_empty() {
        return open::check(&parts.headers, &parts.uri).map(Entry);
    }
    keys.check(bearer(&parts.headers)?).map(Entry)
}

impl Entry {
    /// Holds what is wished against what the caller may.
    ///
    /// # Errors
    /// `preset_not_allowed`, `forbidden` for another subject's uploads.
    #[expect(clippy::unused_async, reason = "the application is asked here")]
    pub(crate) async fn authorize(
        self,
        _state: &State,
        _parts: &Parts,
        action: Action,
        wished: &Wished<'_>,
    ) -> Result<Caller, Problem> {
        self.0.check(action, wished)
    }
}

/// Both steps at once.
///
/// # Errors
/// Those of [`enter`] and of [`Entry::authorize`].
pub(crate) async fn authorize(
    state: &State,
    parts: &Parts,
    action: Action,
    wished: &Wished<'_>,
) -> Result<Caller, Problem> {
    let entry = enter(state, parts).await?;
    entry.authorize(state, parts, action, wished).await
}

/// The credentials of the only `authorization` header.
fn bearer(headers: &HeaderMap) -> Result<&[u8], Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::new(
            Code::Unauthorized,
            "the call has no `authorization` header, or several",
        ));
    };
    let value = value.as_bytes();
    let credentials = value
        .split_at_checked("Bearer ".len())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "))
        .map(|(_, credentials)| credentials.trim_ascii());
    credentials.ok_or_else(|| {
        Problem::new(
            Code::Unauthorized,
            "the `authorization` header is not of the form `Bearer KEY`",
        )
    })
}
