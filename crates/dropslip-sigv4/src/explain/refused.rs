//! Refusals that say themselves what is wrong: no search is needed.

use super::advice::finding;
use super::explanation::{Cause, Certainty, Finding};
use super::repair;
use crate::limits::SKEW_S_MAX;
use crate::refusal::Refusal;
use crate::request::Request;

/// The finding of each refusal but a mismatch, and how sure it is.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each variant, and the compiler sees that none lacks"
)]
pub(super) fn finding_of(refusal: &Refusal, request: &Request<'_>) -> (Certainty, Finding) {
    let text = said(refusal);
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
            if let Some(spelled) = spelled(request.query, name) {
                let text = format!("{text}; it has `{spelled}`, and the case of a name matters");
                return certain(finding(Cause::QueryChanged, name, text));
            }
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
            certain(payload_hash(text))
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
            let apart = duration(signed.apart_s(*now));
            let text = match signed < now {
                true => {
                    format!("{text}: the signer's clock is {apart} behind, or the request is old")
                }
                false => format!("{text}: the signer's clock is {apart} ahead"),
            };
            let (signed, now) = (Some(signed.to_string()), Some(now.to_string()));
            certain(finding(Cause::Clock, "time", text).saying(signed, now))
        }
        Refusal::NotYetValid { signed, now } => {
            between(Cause::Clock, "time", &signed.to_string(), &now.to_string())
        }
        Refusal::Expired { until, now } => {
            let over_s = now.apart_s(*until);
            let clock = if over_s <= u64::from(SKEW_S_MAX) {
                "; if it was just made, the signer's clock is behind"
            } else {
                ""
            };
            let text = format!("{text}, {} later{clock}", duration(over_s));
            let (until, now) = (Some(until.to_string()), Some(now.to_string()));
            certain(finding(Cause::Expired, "X-Amz-Expires", text).saying(until, now))
        }
        Refusal::UnknownKey { access_key } => {
            let arrived = Some(access_key.clone());
            certain(finding(Cause::UnknownKey, "credential", text).saying(None, arrived))
        }
        Refusal::TokenMissing => plain(Cause::SessionToken, "session token"),
        Refusal::TokenUnexpected | Refusal::TokenDifferent => {
            certain(token(refusal == &Refusal::TokenUnexpected, text))
        }
        Refusal::Mismatch(_) => (Certainty::Unknown, finding(Cause::Secret, "secret", text)),
    }
}

/// What a refusal says, without what may be a secret: the text of a header that is
/// not of this protocol.
fn said(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Algorithm { .. } | Refusal::MalformedAuthorization { .. } => {
            "the authorization is not of the form `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`"
                .to_owned()
        }
        _ => refusal.to_string(),
    }
}

/// A parameter of that name in another case.
fn spelled<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut names = query
        .split('&')
        .map(|part| part.split('=').next().unwrap_or(part));
    names.find(|other| other.eq_ignore_ascii_case(name))
}

/// A number of seconds as people say it.
fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
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

/// A payload hash that S3 wants in each signed request, and other services do not.
fn payload_hash(text: String) -> Finding {
    let mut finding = finding(Cause::PayloadHash, "x-amz-content-sha256", text);
    "send the header `x-amz-content-sha256`: the SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`"
        .clone_into(&mut finding.fix_for_sender);
    "sign that header too; curl's `--aws-sigv4` takes it as `-H 'x-amz-content-sha256: UNSIGNED-PAYLOAD'`"
        .clone_into(&mut finding.fix_for_signer);
    finding
}

/// A session token that is not of the access key: one that was left over in the
/// environment, mostly.
fn token(unexpected: bool, text: String) -> Finding {
    let mut finding = finding(Cause::SessionToken, "session token", text);
    "get a new URL or signature once the signer's keys are corrected"
        .clone_into(&mut finding.fix_for_sender);
    let signer = match unexpected {
        true => "sign without a session token: take AWS_SESSION_TOKEN out of the signer's settings",
        false => "take access key, secret and session token from one and the same set",
    };
    signer.clone_into(&mut finding.fix_for_signer);
    finding
}

/// The signature or what leads to it is cut off.
fn truncated(name: &str) -> (Certainty, Finding) {
    let message = format!("the URL is cut short: `{name}` is missing or not whole");
    (
        Certainty::Certain,
        finding(Cause::UrlTruncated, "url", message),
    )
}
