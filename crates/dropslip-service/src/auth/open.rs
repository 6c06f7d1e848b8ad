//! Calls without credentials, where none are configured: from this machine alone.
//!
//! The `Host` header must name loopback. Binding to 127.0.0.1 is not enough: a page on the web can point its own name
//! at 127.0.0.1 after it was loaded (DNS rebinding), and the browser then counts the service as that page's own
//! origin. But it still sends the page's name as `Host`.
//!
//! Calls with a body need `content-type: application/json` (see `body`), so a foreign page cannot make them as simple
//! requests either: the browser asks first, and the service never agrees.

use axum::http::header::HOST;
use axum::http::{HeaderMap, Uri};
use dropslip_s3::address::is_loopback_host;

use super::caller::{Allowed, Caller, CallerKind, Narrowed};
use crate::problem::{Code, Problem, echo};

/// Every name by which the service was called must be loopback's; HTTP/1 has it in `Host`, HTTP/2 in the URI.
pub(super) fn check(headers: &HeaderMap, uri: &Uri) -> Result<Caller, Problem> {
    let in_uri = uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    let in_headers = headers.get_all(HOST).iter().map(|value| value.as_bytes());
    let mut named = in_headers.chain(in_uri).peekable();
    if named.peek().is_none() {
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
    Ok(Caller::new(
        CallerKind::Open,
        None,
        Allowed::All,
        Narrowed::default(),
    ))
}
