//! Who may call. Every call asks here, and gets a [`Caller`] or a refusal.
//!
//! There are two steps, because an application can only be asked about an upload when it is known which one, and a
//! body is only worth reading when its sender may send one: [`enter`] looks at the head of the request,
//! [`Entry::authorize`] at what is wished. [`authorize`] is both for calls whose head says all.
//!
//! The ways combine. An API key is looked at first; then a token, if the credentials look like one and tokens are
//! configured; then the application is asked, if it is to be. Where nothing is configured, this machine alone may call.
//! An application that has the service in its own router has decided before, and is not asked.

mod api_keys;
pub(crate) mod caller;
mod forward;
mod jwt;
mod live;
mod open;
mod settings;
mod subject;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use caller::{Action, Caller, Wished};
pub(crate) use live::Live;
pub(crate) use settings::Settings;
pub use subject::Subject;

use crate::problem::{Code, Problem};
use crate::state::State;

/// A call whose head was found good.
#[derive(Debug)]
pub(crate) struct Entry(Known);

#[derive(Debug)]
enum Known {
    /// Somebody with credentials, or this machine.
    Caller(Caller),
    /// The application decides.
    Ask,
}

/// Looks at the head of a call: its credentials, or that it needs none, and how often its address calls.
///
/// # Errors
/// `unauthorized`, `forbidden_host`, `rate_limited`, `invalid_token`, `token_expired`, `foreign_origin`,
/// `authorization_unavailable`.
pub(crate) async fn enter(state: &State, parts: &Parts) -> Result<Entry, Problem> {
    let settings = &state.settings().auth;
    if let Some(caller) = subject::caller(parts) {
        state.auth().count_address(parts)?;
        forward::check_origin(state, parts)?;
        return Ok(Entry(Known::Caller(caller)));
    }
    let credentials = credentials(&parts.headers)?;
    // A back end calls for all its users from one address, so its calls are not counted by that.
    if let Credentials::Bearer(key) = credentials
        && let Some(caller) = settings.api_keys.find(key)
    {
        return Ok(Entry(Known::Caller(caller)));
    }
    state.auth().count_address(parts)?;
    if settings.is_open() {
        return open::check(&parts.headers, &parts.uri).map(|caller| Entry(Known::Caller(caller)));
    }
    match (credentials, &settings.jwt, &settings.forward) {
        (Credentials::Bearer(token), Some(jwt), _) if jwt::is_token(token) => {
            let caller = Box::pin(jwt::check(state, jwt, token)).await?;
            Ok(Entry(Known::Caller(caller)))
        }
        (Credentials::None, _, Some(_)) => {
            forward::check_origin(state, parts)?;
            Ok(Entry(Known::Ask))
        }
        (_, _, Some(policy)) if policy.takes_authorization() => {
            forward::check_origin(state, parts)?;
            Ok(Entry(Known::Ask))
        }
        (credentials, jwt, _) => Err(unknown(credentials, jwt.is_some(), settings)),
    }
}

impl Entry {
    /// Holds what is wished against what the caller may, or asks the application.
    ///
    /// # Errors
    /// `preset_not_allowed`, `forbidden` for another subject's uploads, `rate_limited`, and those of an application:
    /// `unauthorized`, `forbidden`, `authorization_unavailable`, `authorization_failed`.
    pub(crate) async fn authorize(
        self,
        state: &State,
        parts: &Parts,
        action: Action,
        wished: &Wished<'_>,
    ) -> Result<Caller, Problem> {
        let caller = match (self.0, &state.settings().auth.forward) {
            (Known::Caller(caller), _) => caller,
            (Known::Ask, Some(policy)) => {
                Box::pin(forward::ask(state, policy, parts, action, wished)).await?
            }
            (Known::Ask, None) => return Err(Problem::internal(&"there is no application to ask")),
        };
        let caller = caller.check(action, wished)?;
        if let Some(subject) = &caller.subject {
            state.auth().count_subject(subject)?;
        }
        tracing::debug!(by = %caller, action = action.as_str(), "let pass");
        Ok(caller)
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

/// What stands in the only `authorization` header.
#[derive(Clone, Copy)]
enum Credentials<'a> {
    None,
    Bearer(&'a [u8]),
    Other,
}

fn credentials(headers: &HeaderMap) -> Result<Credentials<'_>, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(Credentials::None);
    };
    if values.next().is_some() {
        return Err(Problem::new(
            Code::Unauthorized,
            "the call has several `authorization` headers",
        ));
    }
    let bearer = value
        .as_bytes()
        .split_at_checked("Bearer ".len())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "));
    Ok(match bearer {
        Some((_, credentials)) => Credentials::Bearer(credentials.trim_ascii()),
        None => Credentials::Other,
    })
}

fn unknown(credentials: Credentials<'_>, takes_tokens: bool, settings: &Settings) -> Problem {
    let detail = match credentials {
        Credentials::None => "the call has no `authorization` header",
        Credentials::Other => "the `authorization` header is not of the form `Bearer KEY`",
        Credentials::Bearer(_) if settings.api_keys.is_empty() => "the credentials are no token",
        Credentials::Bearer(_) => "the API key is not one of the configured keys",
    };
    let problem = Problem::new(Code::Unauthorized, detail);
    if takes_tokens {
        problem.with_hint(
            "Send the header `authorization: Bearer TOKEN` with a token that is still valid."
                .to_owned(),
        )
    } else {
        problem
    }
}
