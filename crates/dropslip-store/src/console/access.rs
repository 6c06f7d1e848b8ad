//! Who may use the console.

use std::sync::Arc;

use dropslip_s3::Code;

use crate::auth::Caller;
use crate::cors::is_of_foreign_page;
use crate::error::{Error, Result};
use crate::explain::is_local;
use crate::request::{Head, Request};
use crate::{Store, clock};

/// Lets a request in, or refuses it.
///
/// A signature is checked by the real clock, and no fault is in the way of who clears
/// them.
pub(super) fn admit(store: &Store, head: Head) -> Result<Request> {
    if comes_from_elsewhere(&head) {
        return Err(Code::AccessDenied.into());
    }
    let now = clock::now();
    let caller = store.keys().identify(&head, now)?;
    let needs_none = store.loopback_only() && is_local(&head.parts);
    let is_operator = store.console().is_operator(caller.owner_name());
    match &caller {
        Caller::Anonymous if !needs_none => Err(Error::new(
            Code::AccessDenied,
            "Sign the request with a key of the store.",
        )),
        Caller::Key(..) if !is_operator => Err(Error::new(
            Code::AccessDenied,
            "Sign the request with the first key of the store.",
        )),
        _ => Ok(Request {
            head,
            caller,
            now,
            found: None,
            owners: Arc::clone(store.keys().owners()),
        }),
    }
}

/// Whether a page of another origin asks, as far as browsers say so. It could not read
/// the answer, and must not have the effect either.
fn comes_from_elsewhere(head: &Head) -> bool {
    // Browsers that say nothing of the site name the origin, of what changes something.
    if is_of_foreign_page(head, None) {
        return true;
    }
    let site = head.header("sec-fetch-site");
    let is_of_page = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    // A link that is followed shows its page to the person, and to nobody else.
    let is_followed = head.header("sec-fetch-mode") == Some("navigate")
        && head.parts.method == axum::http::Method::GET;
    is_of_page && !is_followed
}
