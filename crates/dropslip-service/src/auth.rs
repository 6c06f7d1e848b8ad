//! Who may call: the holders of an API key, or, where none is configured, this machine alone.
//!
//! Without keys the `Host` header must name loopback. Binding to 127.0.0.1 is not enough: a page on the web can point
//! its own name at 127.0.0.1 after it was loaded (DNS rebinding), and the browser then counts the service as that
//! page's own origin. But it still sends the page's name as `Host`.
//!
//! Calls with a body need `content-type: application/json` (see `body`), so a foreign page cannot make them as simple
//! requests either: the browser asks first, and the service never agrees.

use axum::extract::{Request, State as AxumState};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::Response;
use dropslip_s3::address::is_loopback_host;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::problem::{Code, Problem, echo};
use crate::secret::Secret;
use crate::state::State;

/// The configured keys, as SHA-256 digests: equal in length, so comparing them tells nothing about length or prefix.
#[derive(Clone)]
pub(crate) struct ApiKeys(Vec<[u8; 32]>);

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeys({})", self.0.len())
    }
}

impl ApiKeys {
    /// Takes the keys in.
    pub(crate) fn new(keys: &[Secret]) -> Self {
        Self(
            keys.iter()
                .map(|key| Sha256::digest(key.reveal()).into())
                .collect(),
        )
    }

    /// Whether no key is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the key is one of them. Compares with all, in constant time.
    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(key).into();
        self.0
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&digest))
            .into()
    }
}

/// Lets a request pass or answers it.
pub(crate) async fn require(
    AxumState(state): AxumState<State>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    check(&state.settings().api_keys, request.headers(), request.uri())?;
    Ok(next.run(request).await)
}

fn check(keys: &ApiKeys, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    if keys.is_empty() {
        return check_host(headers, uri);
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Problem::new(
            Code::Unauthorized,
            "the call has no `authorization` header, or several",
        ));
    };
    let Some(key) = bearer(value.as_bytes()) else {
        return Err(Problem::new(
            Code::Unauthorized,
            "the `authorization` header is not of the form `Bearer KEY`",
        ));
    };
    if !keys.contains(key) {
        return Err(Problem::new(
            Code::Unauthorized,
            "the API key is not one of the configured keys",
        ));
    }
    Ok(())
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| key.trim_ascii())
}

/// Every name by which the service was called must be loopback's; HTTP/1 has it in `Host`, HTTP/2 in the URI.
fn check_host(headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    let in_uri = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let named: Vec<&[u8]> = headers
        .get_all(HOST)
        .iter()
        .map(|value| value.as_bytes())
        .chain(in_uri)
        .collect();
    if named.is_empty() {
        return Err(Problem::new(
            Code::ForbiddenHost,
            "the call has no `host` header",
        ));
    }
    for name in named {
        let name = String::from_utf8_lossy(name);
        if !is_loopback_host(&name) {
            return Err(Problem::new(
                Code::ForbiddenHost,
                format!("the call is for the host {}", echo(&name)),
            ));
        }
    }
    Ok(())
}
