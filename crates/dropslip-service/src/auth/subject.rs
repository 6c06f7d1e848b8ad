//! Calls inside an application that has the service in its own router. It knows who called, and says so in the request's
//! extensions, which nothing that comes over a network can set.

use axum::http::request::Parts;

use super::caller::{Allowed, Caller, CallerKind, Narrowed};

/// The user for whom a request is made. An application that nests [`router`](crate::router) in its own puts it into
/// the request's extensions, in a layer that knows the session.
///
/// Such a request needs no credentials, and other ways of the configuration are not asked. It uploads for this user and
/// sees to this user's uploads alone; `{subject}` in keys, quotas and rates are by it. A page of another origin is
/// refused as always when it brings cookies (`cors.allowedOrigins`).
///
/// ```
/// use axum::extract::Request;
/// use dropslip_service::Subject;
///
/// async fn signed_in(mut request: Request) -> Request {
///     request.extensions_mut().insert(Subject::new("user-4711"));
///     request
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// A user, by the name that the application knows them by.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whom the application names.
pub(super) fn caller(parts: &Parts) -> Option<Caller> {
    let Subject(name) = parts.extensions.get()?;
    Some(Caller::new(
        CallerKind::Forwarded,
        Some(name.clone()),
        Allowed::All,
        Narrowed::default(),
    ))
}
