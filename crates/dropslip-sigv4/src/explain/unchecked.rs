//! What shows without a search: the storage's own reading beside the sender's, and
//! the request itself where no secret is at hand.

use super::explanation::{Cause, Certainty, Difference, Explanation};
use super::pieces::Pieces;
use super::{Case, Known, advice, changes, compare, mending};
use crate::credentials::Credentials;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::verify::verify;

/// The request is right as its sender describes it: what arrived at the storage,
/// by its own reading, may be another one.
pub(super) fn between(request: &Request<'_>, known: &Known<'_>) -> Option<Explanation> {
    let theirs = known.canonical_request?;
    let ours = canonical_of(request, known)?;
    if ours == theirs {
        return Some(read_alike(known));
    }
    let findings = match (Pieces::parse(&ours), Pieces::parse(theirs)) {
        (Some(signed), Some(arrived)) => compare::findings(&signed, &arrived),
        _ => Vec::new(),
    };
    let certainty = match (findings.is_empty(), known.credentials.is_empty()) {
        // They differ, and not in a part that has a name: the difference is all there is.
        (true, _) => Certainty::Unknown,
        (false, true) => Certainty::Likely,
        (false, false) => Certainty::Certain,
    };
    let mut explanation = Explanation::new(certainty, findings);
    explanation.difference = Difference::between(&ours, theirs);
    explanation.canonical_request_signed = Some(ours);
    explanation.canonical_request_arrived = Some(theirs.to_vec());
    Some(explanation)
}

/// The storage has read what the sender describes, and refused it.
fn read_alike(known: &Known<'_>) -> Explanation {
    let (certainty, text) = if known.credentials.is_empty() {
        let text = "the storage read the request as it is described here, so the signer has another secret than the \
                    storage, or a signed value was changed before; the secret would tell which";
        (Certainty::Unknown, text)
    } else {
        let text = "the signature is right for the secret known here, so the storage knows another secret for this key";
        (Certainty::Certain, text)
    };
    Explanation::new(
        certainty,
        vec![advice::finding(Cause::Secret, "secret", text)],
    )
}

/// The canonical request of a request whose signature holds, or whose key is not
/// known: verifying with a secret that cannot be right gives it.
fn canonical_of(request: &Request<'_>, known: &Known<'_>) -> Option<Vec<u8>> {
    let stranger = |access_key: &str| {
        let own = known.credentials_of(access_key);
        let token = own.and_then(Credentials::session_token);
        let credentials = Credentials::new(access_key, "");
        Some(match token {
            Some(token) => credentials.with_session_token(token),
            None => credentials,
        })
    };
    match verify(request, &known.expected, stranger) {
        Err(Refusal::Mismatch(mismatch)) => Some(mismatch.canonical_request),
        _ => None,
    }
}

/// What a request shows whose secret is not at hand.
pub(super) fn unchecked(
    request: &Request<'_>,
    case: &Case<'_>,
    before: &Refusal,
) -> Option<Explanation> {
    let known = case.known;
    if let Some(mended) = mending::mended(request, case, before) {
        return Some(mended);
    }
    let canonical = canonical_of(request, known)?;
    let pieces = Pieces::parse(&canonical)?;
    let mut findings = Vec::new();
    for (name, _) in &pieces.headers {
        if request.header_values(name).next().is_none() {
            let text = format!("`{name}` was signed; the request does not send it");
            findings.push(advice::finding(changes::cause_of(name), name, text));
        }
    }
    for (name, value) in pieces.parameters() {
        if changes::is_tracking(name) {
            let name = String::from_utf8_lossy(name).into_owned();
            let text = format!("`{name}` is a tracking parameter, added after signing");
            let value = String::from_utf8_lossy(value).into_owned();
            findings
                .push(advice::finding(Cause::QueryAdded, &name, text).saying(None, Some(value)));
        }
    }
    if findings.is_empty() {
        return None;
    }
    let mut explanation = Explanation::new(Certainty::Likely, findings);
    explanation.canonical_request_arrived = Some(canonical);
    Some(explanation)
}
