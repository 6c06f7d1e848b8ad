//! Refusals that say themselves what is wrong: no search is needed.

use super::advice::finding;
use super::explanation::{Cause, Certainty, Finding};
use super::repair;
use crate::refusal::Refusal;
use crate::request::Request;

/// The finding of each refusal but a mismatch, and how sure it is.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each variant, and the compiler sees that none lacks"
)]
pub(super) fn finding_of(refusal: &Refusal, request: &Request<'_>) -> (Certainty, Finding) {
    let text = refusal.to_string();
    let certain = |finding| (Certainty::Certain, finding);
    let plain = |cause, part: &str| certain(finding(cause, part, text.as_str()));
    let between = |cause, part: &str, signed: &str, here: &str| {
        let signed = Some(signed.to_owned());
        certain(finding(cause, part, text.as_str()).saying(signed, Some(here.to_owned())))
    };
    match refusal {
        Refusal::NotSigned => plain(Cause::NotSigned, "signature"),
        Refusal::SignedTwice => plain(Cause::Ambiguous, "authorization"),
        Refusal::SignatureV2 { place } => plain(Cause::SignatureV2, place),
        Refusal::Exceeded(exceeded) => plain(Cause::TooLarge, exceeded.what),
        Refusal::MalformedMethod { .. } => plain(Cause::Malformed, "method"),
        Refusal::Repeated { name } => plain(Cause::Ambiguous, name),
        Refusal::Conflict {
            name,
            header,
            query,
        } => between(super::changes::cause_of(name), name, query, header),
        Refusal::ParameterMissing { name } => {
            if repair::is_truncated(request.query) {
                return truncated(name);
            }
            plain(Cause::QueryMissing, name)
        }
        Refusal::MalformedSignature { .. } if repair::is_truncated(request.query) => {
            truncated("X-Amz-Signature")
        }
        Refusal::FieldMissing { name } => plain(Cause::Malformed, name),
        Refusal::MalformedSignatureV2 { .. } => plain(Cause::Malformed, "signature"),
        Refusal::ParameterNotSigned { name } => plain(Cause::QueryAdded, name),
        Refusal::MalformedAuthorization { .. } | Refusal::Algorithm { .. } => {
            plain(Cause::Malformed, "authorization")
        }
        Refusal::MalformedCredential { got } => credential(got, &text),
        Refusal::Terminator { .. } => plain(Cause::Malformed, "credential"),
        Refusal::DateMissing => plain(Cause::Malformed, "x-amz-date"),
        Refusal::MalformedDate { name, .. } => plain(Cause::Malformed, name),
        Refusal::Expires { .. } => plain(Cause::Expiry, "X-Amz-Expires"),
        Refusal::MalformedSignedHeaders { .. } => plain(Cause::Malformed, "X-Amz-SignedHeaders"),
        Refusal::MalformedSignature { .. } => plain(Cause::Malformed, "X-Amz-Signature"),
        Refusal::PayloadHashMissing | Refusal::MalformedPayloadHash { .. } => {
            plain(Cause::PayloadHash, "x-amz-content-sha256")
        }
        Refusal::HeaderNotSigned { name } => {
            let arrived = request.header_values(name).next();
            let arrived = arrived
                .filter(|_| name != "x-amz-security-token")
                .map(|value| String::from_utf8_lossy(value).into_owned());
            certain(finding(Cause::HeaderNotSigned, name, text).saying(None, arrived))
        }
        Refusal::ScopeDate { expected, got } => {
            between(Cause::Malformed, "credential", got, expected)
        }
        Refusal::Region { expected, got } => between(Cause::Region, "region", got, expected),
        Refusal::Service { expected, got } => between(Cause::Service, "service", got, expected),
        Refusal::Skewed { signed, now } => {
            let minutes = signed.apart_s(*now) / 60;
            let way = if signed < now { "behind" } else { "ahead" };
            let text = format!(
                "{text}: the signer's clock is about {minutes} minutes {way}, or the request is old"
            );
            let (signed, now) = (Some(signed.to_string()), Some(now.to_string()));
            certain(finding(Cause::Clock, "time", text).saying(signed, now))
        }
        Refusal::NotYetValid { signed, now } => {
            between(Cause::Clock, "time", &signed.to_string(), &now.to_string())
        }
        Refusal::Expired { until, now } => {
            let over_s = now.apart_s(*until);
            let text = format!("{text}, {over_s} seconds later");
            let (until, now) = (Some(until.to_string()), Some(now.to_string()));
            certain(finding(Cause::Expired, "X-Amz-Expires", text).saying(until, now))
        }
        Refusal::UnknownKey { access_key } => {
            let arrived = Some(access_key.clone());
            certain(finding(Cause::UnknownKey, "credential", text).saying(None, arrived))
        }
        Refusal::TokenMissing | Refusal::TokenUnexpected | Refusal::TokenDifferent => {
            plain(Cause::SessionToken, "session token")
        }
        Refusal::Mismatch(_) => (Certainty::Unknown, finding(Cause::Secret, "secret", text)),
    }
}

/// A credential whose region or service is empty comes from a signer that was not
/// told them and could not read them from the host's name.
fn credential(got: &str, text: &str) -> (Certainty, Finding) {
    let parts: Vec<&str> = got.rsplitn(5, '/').collect();
    let (cause, part) = match parts.as_slice() {
        [_, "", region, _, _] if !region.is_empty() => (Cause::Service, "service"),
        [_, service, "", _, _] if !service.is_empty() => (Cause::Region, "region"),
        _ => (Cause::Malformed, "credential"),
    };
    let text = match cause {
        Cause::Malformed => text.to_owned(),
        _ => format!("the credential names no {part}: `{}`", got.escape_debug()),
    };
    (Certainty::Certain, finding(cause, part, text))
}

/// The signature or what leads to it is cut off.
fn truncated(name: &str) -> (Certainty, Finding) {
    let message = format!("the URL ends before its time: `{name}` is missing or cut short");
    (
        Certainty::Certain,
        finding(Cause::UrlTruncated, "url", message),
    )
}
