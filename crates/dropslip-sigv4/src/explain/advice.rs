//! The words: what a change means, and what each side does about it.

use super::explanation::{Cause, Finding};
use super::pieces::Change;
use crate::request::is_secret;

/// The finding of a change that reproduces the signature.
pub(super) fn of_change(change: &Change) -> Finding {
    let change = &unsecret(change);
    let mut message = match change.cause {
        Cause::SecretWhitespace => format!("the secret that signed has {}", change.how),
        Cause::Secret => format!("signed with {}", change.how),
        Cause::OtherKey => format!(
            "signed with the secret of `{}`, and the request names `{}`",
            shown(change.signed.as_deref()),
            shown(change.arrived.as_deref())
        ),
        // Without the value: what nobody signed may be somebody's secret.
        Cause::QueryAdded if change.signed.is_none() => {
            let verb = if change.arrived.is_some() {
                "was"
            } else {
                "were"
            };
            format!(
                "the request adds `{}`, which {verb} not signed",
                clipped(&change.part)
            )
        }
        Cause::PayloadHash if change.part == "payload" => format!(
            "signed with the payload hash `{}`; a presigned request without one counts as `{}`",
            shown(change.signed.as_deref()),
            shown(change.arrived.as_deref())
        ),
        Cause::PayloadHash if change.signed.as_deref() == Some("") => {
            "signed without a payload hash".to_owned()
        }
        cause => difference(
            noun(cause),
            &change.part,
            change.signed.as_deref(),
            change.arrived.as_deref(),
        ),
    };
    let said = matches!(change.cause, Cause::SecretWhitespace | Cause::Secret);
    if !change.how.is_empty() && !said {
        message.push_str(": ");
        message.push_str(change.how);
    }
    let (fix_for_sender, fix_for_signer) = fixes(
        change.cause,
        &change.part,
        change.signed.as_deref(),
        change.arrived.as_deref(),
    );
    Finding {
        cause: change.cause,
        part: change.part.clone(),
        signed: change.signed.clone(),
        arrived: change.arrived.clone(),
        message,
        fix_for_sender,
        fix_for_signer,
    }
}

/// The change without values that are secrets: explanations are logged.
fn unsecret(change: &Change) -> Change {
    let mut change = change.clone();
    change.signed = unsecret_value(&change.part, change.signed);
    change.arrived = unsecret_value(&change.part, change.arrived);
    change
}

fn unsecret_value(part: &str, value: Option<String>) -> Option<String> {
    value.map(|value| match is_secret(part) {
        true => "…".to_owned(),
        false => value,
    })
}

/// A finding in words of its own, with the fixes of its cause.
pub(super) fn finding(cause: Cause, part: &str, message: impl Into<String>) -> Finding {
    let (fix_for_sender, fix_for_signer) = fixes(cause, part, None, None);
    Finding {
        cause,
        part: part.to_owned(),
        signed: None,
        arrived: None,
        message: message.into(),
        fix_for_sender,
        fix_for_signer,
    }
}

impl Finding {
    /// Says what was signed and what arrived.
    pub(super) fn saying(mut self, signed: Option<String>, arrived: Option<String>) -> Self {
        let [signed, arrived] = [signed, arrived].map(|value| unsecret_value(&self.part, value));
        let (sender, signer) = fixes(
            self.cause,
            &self.part,
            signed.as_deref(),
            arrived.as_deref(),
        );
        (self.fix_for_sender, self.fix_for_signer) = (sender, signer);
        (self.signed, self.arrived) = (signed, arrived);
        self
    }
}

/// How a part is called in a sentence.
fn noun(cause: Cause) -> &'static str {
    match cause {
        Cause::Method => "method",
        Cause::Host => "host",
        Cause::PathEncoding | Cause::PathRewritten => "path",
        Cause::QueryAdded | Cause::QueryMissing | Cause::QueryChanged => "query parameter",
        _ => "header",
    }
}

fn shown(value: Option<&str>) -> String {
    clipped(value.unwrap_or_default())
}

/// A value in a sentence: without control characters, and of bounded length. The
/// finding has it whole.
fn clipped(value: &str) -> String {
    const CHARS_MAX: usize = 200;
    let shown: String = value.chars().take(CHARS_MAX).collect();
    let rest = if shown.len() < value.len() { "…" } else { "" };
    format!("{}{rest}", shown.escape_debug())
}

/// "signed with …; the request sent …"
fn difference(noun: &str, part: &str, signed: Option<&str>, arrived: Option<&str>) -> String {
    let named = match noun {
        "header" | "query parameter" => format!("`{}`", clipped(part)),
        _ => format!("the {noun}"),
    };
    match (signed, arrived) {
        (Some(signed), Some(arrived)) => format!(
            "signed with {named} `{}`; the request sent `{}`",
            clipped(signed),
            clipped(arrived)
        ),
        (Some(signed), None) => format!(
            "signed with {named} `{}`; the request did not send it",
            clipped(signed)
        ),
        (None, Some(arrived)) => format!(
            "signed without {named}; the request sent `{}`",
            clipped(arrived)
        ),
        (None, None) => format!("{named} differs from what was signed"),
    }
}

/// What the sender changes, and what the signer changes.
pub(super) fn fixes(
    cause: Cause,
    part: &str,
    signed: Option<&str>,
    arrived: Option<&str>,
) -> (String, String) {
    let Some((sender, signer)) = plain_fixes(cause, part) else {
        return header_fixes(cause, part, signed, arrived);
    };
    let with_value = |text: &str, value: Option<&str>| match value {
        Some(value) if text.contains("{}") => text.replace("{}", &value.escape_debug().to_string()),
        _ => text.replace(", `{}`", ""),
    };
    (with_value(&sender, signed), with_value(&signer, arrived))
}

fn header_fixes(
    cause: Cause,
    part: &str,
    signed: Option<&str>,
    arrived: Option<&str>,
) -> (String, String) {
    let sender = match (cause, signed) {
        (Cause::Checksum, Some(_)) => {
            "ask for a URL that is signed without a checksum, or with that of the body".to_owned()
        }
        (Cause::PayloadHash, _) if part == "payload" => {
            "ask for a new URL once the signer is corrected".to_owned()
        }
        (Cause::ContentLength, Some(signed)) => format!(
            "send exactly the {} bytes that were signed for, the file alone as the body",
            signed.escape_debug()
        ),
        (Cause::ContentLength, None) => {
            "send exactly the number of bytes that was signed, the file alone as the body"
                .to_owned()
        }
        (Cause::ContentType, Some(signed)) if is_form(arrived) => format!(
            "send the file alone as the body, not a form, with the header `{part}: {}`",
            signed.escape_debug()
        ),
        (Cause::ContentType, None) if is_form(arrived) => {
            "send the file alone as the body, not a form, with the content type that was signed"
                .to_owned()
        }
        (Cause::ContentType, Some(signed)) if is_of_curl(arrived) => format!(
            "send the header `{part}: {}` (curl sets another by itself with `-d`, which also changes the file: use `-T`)",
            signed.escape_debug()
        ),
        (_, Some(signed)) => format!("send the header `{part}: {}`", signed.escape_debug()),
        (_, None) if arrived.is_some() => format!("do not send the header `{part}`"),
        (_, None) => format!("send the header `{part}` with the value that was signed"),
    };
    let is_text =
        |value: Option<&str>| value.is_some_and(|value| !value.is_ascii() || value.contains("\\x"));
    let signer = match (cause, arrived) {
        (Cause::PayloadHash, _) if part == "payload" => {
            "sign presigned requests of S3 with `UNSIGNED-PAYLOAD`: set the signer's service to `s3`".to_owned()
        }
        (Cause::Metadata | Cause::Header, _) if is_text(signed) || is_text(arrived) => {
            "keep headers to ASCII: percent-encode the value (`encodeURIComponent`) before it is signed and sent, \
             and decode it where it is read"
                .to_owned()
        }
        (Cause::Checksum, _) => {
            "do not sign a checksum before the body is known: in the AWS SDK for JavaScript v3 set \
             `requestChecksumCalculation: 'WHEN_REQUIRED'`"
                .to_owned()
        }
        (Cause::ContentLength, _) => {
            "sign the size in bytes of what will be sent: `file.size`, not the length of a text"
                .to_owned()
        }
        (Cause::ContentType, Some(_)) if is_form(arrived) => {
            "a form needs a POST policy in place of a URL for PUT: `dropslip presign post`"
                .to_owned()
        }
        (_, Some(arrived)) => {
            format!(
                "sign `{part}: {}`, the value that is sent",
                arrived.escape_debug()
            )
        }
        (_, None) => format!("do not sign `{part}` if the sender will not send it"),
    };
    (sender, signer)
}

/// Whether a form was sent, whose parts a PUT would store with the file.
fn is_form(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|value| value.starts_with("multipart/form-data"))
}

/// Whether it is the type that `curl -d` and HTML forms send by default.
fn is_of_curl(content_type: Option<&str>) -> bool {
    content_type == Some("application/x-www-form-urlencoded")
}

/// The fixes that are the same whatever the values are, where `{}` takes one; `None`
/// for a header, whose fixes name its values.
#[expect(
    clippy::too_many_lines,
    reason = "a table, one row for each cause, and the compiler sees that none lacks"
)]
fn plain_fixes(cause: Cause, part: &str) -> Option<(String, String)> {
    let (sender, signer) = match cause {
        Cause::Host => (
            "send the request to the host that was signed, `{}`; a proxy has to pass the `Host` header on unchanged",
            "sign for the host that the storage sees, `{}`: give the signer the public endpoint",
        ),
        Cause::Method => (
            "use the method that was signed, `{}`",
            "sign one URL for each method: a link for GET does not hold for HEAD or PUT",
        ),
        Cause::PathEncoding => (
            "use the URL exactly as the signer gave it: do not decode or encode it again",
            "percent-encode each part of the key once (RFC 3986), a space as `%20`, and sign that path",
        ),
        Cause::PathRewritten => (
            "send the path as it was signed; a proxy has to pass it on unchanged (in nginx: `proxy_pass` without a path, `merge_slashes off`)",
            "sign the path that the storage sees",
        ),
        Cause::QueryAdded => (
            "take the parameter out of the URL: nothing may be added to a presigned URL",
            "sign the parameter along, if it belongs to the request",
        ),
        Cause::QueryMissing => (
            "use the URL whole, with each parameter that the signer put there",
            "do not add the parameter when signing, if it is taken out later",
        ),
        Cause::QueryChanged => (
            "use the query exactly as the signer gave it: do not edit, decode or encode it",
            "percent-encode names and values once (RFC 3986), a space as `%20` and a plus as `%2B`, and sort them by their bytes",
        ),
        Cause::HtmlEscaped => (
            "decode the URL before it is used, so that each `&amp;` or `\\u0026` is a `&`: read it from the attribute's value or from parsed JSON, not from the source",
            "hand the URL out as JSON, or take it from the DOM (`element.href`)",
        ),
        Cause::UrlTruncated => (
            "use the whole URL: quote it in a shell (`'…'`), where a bare `&` ends the command, and look for a field or column that is too short",
            "look for a length limit on the way: a presigned URL has 400 to 2,000 characters",
        ),
        Cause::UrlWrapped => (
            "take line ends and spaces out of the URL",
            "hand the URL out in one line",
        ),
        Cause::Secret => (
            "get a URL or a signature from a signer that has the right secret",
            "set the secret that belongs to the access key; create a new pair if it is lost",
        ),
        Cause::SecretWhitespace => (
            "get a new URL or signature once the signer's secret is corrected",
            "trim the secret: a file or an environment variable brought white space or quotes along",
        ),
        Cause::OtherKey => (
            "get a new URL or signature once the signer's keys are corrected",
            "take access key and secret from one and the same pair",
        ),
        Cause::UnknownKey => (
            "get a URL or a signature from a signer whose key the storage knows",
            "check the access key and the endpoint: keys of one storage do not hold at another",
        ),
        Cause::Region => (
            "get a URL or a signature for the region of the storage",
            "set the signer's region to the storage's, `{}`, by hand where the library guesses it from the host's name",
        ),
        Cause::Service => (
            "get a URL or a signature for the service `s3`",
            "set the signer's service to `s3` by hand: libraries guess it from AWS's host names",
        ),
        Cause::Expired => (
            "ask for a new URL, and use it at once",
            "sign with a longer expiry (up to 7 days), sign shortly before use, and keep the signer's clock right",
        ),
        Cause::Expiry => (
            "ask for a URL with an expiry that is allowed",
            "set an expiry of 1 to 604800 seconds",
        ),
        Cause::Clock => (
            "if this machine signs: set its clock by NTP",
            "set the signer's clock by NTP, and sign with UTC",
        ),
        Cause::SessionToken => (
            "send the session token as it was signed: `X-Amz-Security-Token` in the query, or the header of that name",
            "temporary keys (they begin with `ASIA`) sign together with their session token, long-lived ones without any",
        ),
        Cause::SignatureV2 => (
            "ask for a URL with Signature Version 4 (it has `X-Amz-Signature`)",
            "switch the signer to version 4 (boto3: `Config(signature_version='s3v4')`; AWS SDK for JavaScript v2: `signatureVersion: 'v4'`; s3cmd: `signature_v2 = False`)",
        ),
        Cause::NotSigned => (
            "sign the request, or use a presigned URL whole",
            "hand out a presigned URL, or sign the `Authorization` header",
        ),
        Cause::HeaderNotSigned => {
            return Some((
                format!("do not send the header `{part}`, or ask for a signature that covers it"),
                format!("sign `{part}` along with its value: each `x-amz-*` header must be signed"),
            ));
        }
        Cause::Ambiguous => (
            "send one signature and each value once; with a presigned URL no `Authorization` header",
            "sign in one place, in the query or in the header",
        ),
        Cause::Malformed => (
            "use the URL or the headers exactly as the signer gave them",
            "sign with a maintained SDK or with `dropslip presign`",
        ),
        Cause::TooLarge => (
            "send less in the query and in the headers",
            "sign fewer and shorter headers and parameters",
        ),
        Cause::ContentType
        | Cause::ContentLength
        | Cause::Acl
        | Cause::Metadata
        | Cause::Header
        | Cause::Checksum
        | Cause::PayloadHash => return None,
    };
    Some((sender.to_owned(), signer.to_owned()))
}
