//! What a storage's refusal of an upload means, from its status and its error document.
//!
//! Pure. The document comes from the client and may be anything; of its words only S3's code, and what our own store
//! found out about a signature, are repeated, shortened and without controls.

use dropslip_s3::xml::{ErrorDocument, find_error};

use super::verdict::Verdict;
use crate::problem::echo;

/// What the client saw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused<'a> {
    pub(crate) status: u16,
    pub(crate) answer: &'a str,
    /// Whether the first addresses of the upload have ended by the service's clock.
    pub(crate) is_late: bool,
}

/// S3's codes, what they are here, whether trying again may help, and what to do.
struct Row(&'static [&'static str], &'static str, bool, &'static str);

const ROWS: &[Row] = &[
    Row(
        &["SignatureDoesNotMatch"],
        "signature_mismatch",
        false,
        "The storage got another request than the one that was signed. Check that the secret key of the service is the \
         storage's, and that nothing between the browser and the storage changes the host, the path or a header.",
    ),
    Row(
        &["RequestTimeTooSkewed", "RequestInTheFuture"],
        "clock_skew",
        false,
        "Set the clock of the service's machine.",
    ),
    Row(
        &["NoSuchBucket"],
        "no_such_bucket",
        false,
        "Create the bucket, or name another one in the preset.",
    ),
    Row(
        &["InvalidAccessKeyId"],
        "unknown_access_key",
        false,
        "The storage does not know the access key of the service. Check its credentials.",
    ),
    Row(
        &["ExpiredToken", "InvalidToken", "TokenRefreshRequired"],
        "credentials_expired",
        false,
        "The temporary credentials of the service have ended. Give it new ones.",
    ),
    Row(
        &["AccessDenied", "AllAccessDisabled", "AccountProblem"],
        "access_denied",
        false,
        "The key of the service may not write here, or not with this ACL. Check the bucket's policy and ownership.",
    ),
    Row(
        &[
            "AccessControlListNotSupported",
            "InvalidBucketAclWithObjectOwnership",
        ],
        "acl_refused",
        false,
        "The bucket takes no ACLs. Leave `acl` out of the preset, or turn ACLs on in the bucket's object ownership.",
    ),
    Row(
        &["PreconditionFailed"],
        "already_stored",
        false,
        "There is an object under the key, and the preset takes one only. If it is this file, complete the upload.",
    ),
    Row(
        &["NoSuchUpload"],
        "upload_gone",
        false,
        "The upload in parts was completed, taken back, or given up by a lifecycle rule. Upload the file again.",
    ),
    Row(
        &[
            "BadDigest",
            "InvalidDigest",
            "ChecksumMismatch",
            "XAmzContentChecksumMismatch",
            "XAmzContentSHA256Mismatch",
        ],
        "bytes_differ",
        false,
        "The bytes have another checksum than was announced: the file changed while it was sent. Upload it again.",
    ),
    Row(
        &["EntityTooLarge", "EntityTooSmall", "MissingContentLength"],
        "bytes_differ",
        false,
        "Another number of bytes was sent than was announced. Upload the file again.",
    ),
    Row(
        &["IncompleteBody", "RequestTimeout"],
        "bytes_missing",
        true,
        "The connection broke off or stood still. Send the bytes again.",
    ),
    Row(
        &["NotImplemented"],
        "not_implemented",
        false,
        "The storage does not speak what the preset asks of it. Set `storage.profile` to what it is.",
    ),
    Row(
        &[
            "AuthorizationHeaderMalformed",
            "AuthorizationQueryParametersError",
            "IllegalLocationConstraintException",
            "PermanentRedirect",
            "TemporaryRedirect",
            "Redirect",
        ],
        "wrong_region",
        false,
        "The bucket is in another region, or answers at another address. Check `storage.region` and \
         `storage.publicEndpoint`.",
    ),
    Row(
        &[
            "ConditionalRequestConflict",
            "InternalError",
            "OperationAborted",
            "ServiceUnavailable",
            "SlowDown",
            "SlowDownRead",
            "SlowDownWrite",
            "TooManyRequests",
        ],
        "storage_busy",
        true,
        "The storage is busy. Try again in a moment.",
    ),
];

const EXPIRED: &str = "The signed address ended before the bytes were sent. Have it signed again.";

/// Says what it means.
pub(crate) fn explain(refused: &Refused<'_>, what: &str) -> Verdict {
    let document = find_error(refused.answer).unwrap_or_default();
    let detail = detail(refused, &document, what);
    if is_expired(refused, &document) {
        return Verdict::passing("url_expired", detail, EXPIRED);
    }
    let code = document.code.trim();
    let row = ROWS.iter().find(|row| row.0.contains(&code));
    let Some(Row(_, name, retry, hint)) = row.or_else(|| by_status(refused.status)) else {
        return unknown(refused, &document, detail);
    };
    match retry {
        true => Verdict::passing(name, detail, *hint),
        false => Verdict::lasting(name, detail, *hint),
    }
}

/// S3 says it with the code of every other denial. One that is too early is a matter of clocks.
fn is_expired(refused: &Refused<'_>, document: &ErrorDocument) -> bool {
    if document.code.is_empty() {
        return refused.status == 403 && refused.is_late;
    }
    let is_denied = matches!(
        document.code.trim(),
        "AccessDenied" | "ExpiredRequest" | "RequestExpired"
    );
    let message = document.message.to_ascii_lowercase();
    is_denied && (!document.expires.is_empty() || message.contains("expired"))
}

/// What a status says alone.
fn by_status(status: u16) -> Option<&'static Row> {
    let code = match status {
        408 => "RequestTimeout",
        409 => "OperationAborted",
        412 => "PreconditionFailed",
        429 | 500 | 502 | 503 | 504 => "SlowDown",
        501 => "NotImplemented",
        301 | 302 | 307 | 308 => "Redirect",
        _ => return None,
    };
    ROWS.iter().find(|row| row.0.contains(&code))
}

fn unknown(refused: &Refused<'_>, document: &ErrorDocument, detail: String) -> Verdict {
    let hint = match (document.code.is_empty(), refused.status) {
        (true, 413) => {
            "Something between the browser and the storage limits the size of bodies, such as a proxy. Raise its limit."
        }
        (true, _) => {
            "The answer is none of S3's. Check that `storage.publicEndpoint` is the storage, and what stands in front of it."
        }
        (false, _) => "Look at S3's code; the log of the storage may say more.",
    };
    Verdict::lasting("storage_refused", detail, hint)
}

/// What was seen; with what our own store found, where it told this machine.
fn detail(refused: &Refused<'_>, document: &ErrorDocument, what: &str) -> String {
    let status = refused.status;
    let code = match document.code.trim() {
        "" => String::new(),
        code => format!(" with the code {}", echo(code)),
    };
    let finding = document.explanation.as_ref();
    let finding = finding.and_then(|told| told.findings().first());
    let said = finding.map(|finding| format!("; the store says: {}", echo(finding.message.trim())));
    format!(
        "{what} was answered {status}{code}{}",
        said.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, message: &str, more: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
        )
    }

    fn of(status: u16, answer: &str, is_late: bool) -> Verdict {
        let refused = Refused {
            status,
            answer,
            is_late,
        };
        explain(&refused, "the PUT")
    }

    #[track_caller]
    fn check(status: u16, answer: &str, code: &str, retry: bool) {
        let verdict = of(status, answer, false);
        assert_eq!((verdict.code, verdict.retry), (code, retry), "{verdict:?}");
        assert!(!verdict.hint.is_empty() && verdict.cors.is_none());
        assert!(verdict.detail.contains(&status.to_string()), "{verdict:?}");
    }

    #[test]
    fn codes_of_s3() {
        for row in ROWS {
            for code in row.0 {
                check(400, &error(code, "x", ""), row.1, row.2);
            }
        }
        check(418, &error("Teapot", "x", ""), "storage_refused", false);
    }

    #[test]
    fn what_has_expired() {
        let expired =
            "<Expires>2013-05-25T00:00:00Z</Expires><ServerTime>2013-05-26T00:00:00Z</ServerTime>";
        check(
            403,
            &error("AccessDenied", "Request has expired", expired),
            "url_expired",
            true,
        );
        check(
            403,
            &error("AccessDenied", "Request has expired", ""),
            "url_expired",
            true,
        );
        check(
            403,
            &error("AccessDenied", "Policy expired.", ""),
            "url_expired",
            true,
        );
        check(
            400,
            &error("ExpiredToken", "The token has expired", ""),
            "credentials_expired",
            false,
        );
        check(
            403,
            &error("AccessDenied", "Access Denied", ""),
            "access_denied",
            false,
        );
        assert_eq!(of(403, "", true).code, "url_expired");
        assert_eq!(of(403, "", false).code, "storage_refused");
        assert_eq!(
            of(403, &error("AccessDenied", "", ""), true).code,
            "access_denied"
        );
    }

    #[test]
    fn statuses_without_words() {
        check(503, "", "storage_busy", true);
        check(429, "slow down", "storage_busy", true);
        check(500, "<html>", "storage_busy", true);
        check(412, "", "already_stored", false);
        check(413, "<html>too large</html>", "storage_refused", false);
        check(404, "nothing here", "storage_refused", false);
        assert!(of(413, "", false).hint.contains("limit"));
    }

    #[test]
    fn hostile_answers() {
        let deep = "<Error>".repeat(4000);
        for answer in [
            "<Error><Code>",
            "<Error></Error>",
            "<Error><Code>a</Code><Code>b</Code></Error>",
            "<Error>&lol;</Error>",
            "<!DOCTYPE Error [<!ENTITY a \"b\">]><Error><Code>&a;</Code></Error>",
            "<Error>\0</Error>",
            "\u{feff}<Error/>",
            &deep,
        ] {
            let verdict = of(400, answer, false);
            assert_eq!(verdict.code, "storage_refused", "{verdict:?}");
        }
        let long = of(
            400,
            &error(&"\u{202e}\n<b>".replace('<', "&lt;").repeat(500), "", ""),
            false,
        );
        assert!(long.detail.len() < 1000, "{}", long.detail);
        assert!(!long.detail.contains(['\n', '\u{202e}']), "{}", long.detail);
    }

    #[test]
    fn the_store_is_repeated_and_nothing_secret() {
        let more = "<StringToSign>AWS4-HMAC-SHA256 secret</StringToSign><SignatureProvided>abcdef</SignatureProvided>\
                    <Explanation><Certainty>certain</Certainty><Findings><Finding>\
                    <Message>the content type was changed</Message></Finding></Findings></Explanation>";
        let verdict = of(403, &error("SignatureDoesNotMatch", "x", more), false);
        assert!(
            verdict.detail.contains("the content type was changed"),
            "{verdict:?}"
        );
        let all = format!("{verdict:?}");
        assert!(
            !all.contains("secret") || all.contains("secret key"),
            "{all}"
        );
        assert!(!all.contains("abcdef") && !all.contains("HMAC"), "{all}");
    }
}
