//! What a storage's refusal says by itself, where the request shows nothing or is not at hand.

use dropslip_s3::xml::ErrorDocument;

use super::input;
use crate::shown;

/// The reason that the storage names, in our words; `None` for one that names none.
pub(super) fn reason(error: &ErrorDocument) -> Option<String> {
    let line = |text: &str| shown::line(text.trim());
    let expired = error.message.contains("expired");
    Some(match error.code.as_str() {
        "RequestTimeTooSkewed" => skewed(error),
        "AccessDenied" if !error.headers_not_signed.is_empty() => format!(
            "`{}` was sent and is not signed: sign it, or do not send it",
            line(&error.headers_not_signed)
        ),
        "AccessDenied" if expired && !error.expires.is_empty() => format!(
            "the request expired at {}; it was {} at the storage",
            line(&error.expires),
            line(&error.server_time)
        ),
        "AccessDenied" if expired => "the request has expired: get a new one".to_owned(),
        "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError"
            if !error.region.is_empty() =>
        {
            format!(
                "the request is signed for another region: the storage's is `{}`",
                line(&error.region)
            )
        }
        "InvalidAccessKeyId" => {
            "the storage does not know the access key: it is another account's or another \
             storage's, or it was deleted"
                .to_owned()
        }
        "InvalidRequest" if error.message.contains("AWS4-HMAC-SHA256") => {
            "the storage takes Signature Version 4 alone: switch the signer to it (boto3: \
             `Config(signature_version='s3v4')`; AWS SDK for JavaScript v2: `signatureVersion: 'v4'`)"
                .to_owned()
        }
        "PermanentRedirect" | "TemporaryRedirect" if !error.endpoint.is_empty() => format!(
            "the bucket is at another address: set the signer's endpoint and region for `{}`",
            line(&error.endpoint)
        ),
        "ExpiredToken" | "TokenRefreshRequired" => {
            "the session token has expired: the signer needs new temporary keys".to_owned()
        }
        "InvalidToken" => {
            "the session token is not that of the access key, or is missing a part".to_owned()
        }
        _ => return None,
    })
}

/// Whether the storage says what is wrong, as our store does.
pub(super) fn explains(error: &ErrorDocument) -> bool {
    let told = error.explanation.as_ref();
    told.is_some_and(|told| !told.findings().is_empty())
}

/// What a refusal means that does not hold the request and names no reason above. A
/// mismatch without the strings says nothing.
pub(super) fn other_reason(error: &ErrorDocument) -> Option<String> {
    let code = error.code.trim();
    let may_be_of_signature = ["Auth", "Invalid", "Request", "Security", "Token"]
        .iter()
        .any(|part| code.contains(part));
    match (code, help(code)) {
        ("" | "SignatureDoesNotMatch", _) => None,
        (_, Some(help)) => Some(aside(help)),
        _ if may_be_of_signature => Some(
            "the storage does not take the request as it is: its message names the part".to_owned(),
        ),
        _ => Some(aside("the storage names its reason")),
    }
}

fn aside(help: &str) -> String {
    format!("this is no matter of the signature: {help}")
}

/// What usually helps against an error of the storage
/// ([Error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)).
fn help(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" | "AllAccessDisabled" => {
            "the storage forbids the request. Look at the policy of the key's owner and of the bucket, at the \
             bucket's public-access settings if the request sends an ACL, and at the name of the object: some \
             storages say the same of an object that does not exist"
        }
        "AccessForbidden" => {
            "the bucket's CORS rules do not allow the page's origin, method or headers"
        }
        "AccessControlListNotSupported" => {
            "the bucket takes no ACLs: sign and send the request without `x-amz-acl`"
        }
        "NoSuchBucket" => {
            "there is no such bucket here. Look at its name, at the endpoint and its region, and at the \
             addressing: with the bucket in the host the path begins with the key"
        }
        "NoSuchKey" => {
            "there is no such object. Look at the key's spelling, case, slashes and encoding"
        }
        "NoSuchUpload" => {
            "the multipart upload was completed or aborted, or is another bucket's or key's"
        }
        "InvalidPart" | "InvalidPartOrder" => {
            "complete with the numbers in ascending order and with the ETags that the parts were answered with; a \
             page sees these only if the CORS rules expose `ETag`"
        }
        "BadDigest"
        | "XAmzContentSHA256Mismatch"
        | "InvalidDigest"
        | "XAmzContentChecksumMismatch" => {
            "the body is not the one that the checksum was made of: make the checksum of the bytes that are sent"
        }
        "EntityTooLarge" => "the file is larger than the form's policy or the storage takes",
        "EntityTooSmall" => {
            "the file, or a part other than the last, is smaller than the storage takes"
        }
        "InvalidBucketName" => "the bucket's name is no valid one: look at the URL",
        "InvalidObjectState" => "the object is archived: restore it first",
        "InvalidRange" => "the object has no such bytes",
        "MethodNotAllowed" => {
            "the address does not take this method: look whether the URL names the bucket or the object"
        }
        "MissingContentLength" => "send the body with its length, not in chunks",
        "NotImplemented" => "the storage does not know a header or a parameter of the request",
        "PermanentRedirect" | "TemporaryRedirect" | "IllegalLocationConstraintException" => {
            "the bucket is in another region: set the signer's region and endpoint to the bucket's"
        }
        "PreconditionFailed" => {
            "a condition of the request (`if-match`, `if-none-match`) does not hold"
        }
        "InternalError" | "ServiceUnavailable" | "SlowDown" | "RequestTimeout" => {
            "try again, after a while and more slowly"
        }
        _ => return None,
    })
}

fn skewed(error: &ErrorDocument) -> String {
    let time = |text: &str| input::time(text.trim()).ok().map(|time| time.unix_s());
    match (time(&error.request_time), time(&error.server_time)) {
        (Some(signed), Some(there)) => {
            let way = if signed < there { "behind" } else { "ahead of" };
            let minutes = signed.abs_diff(there) / 60;
            format!(
                "the signer's clock is about {minutes} minutes {way} the storage's, or the request was kept that long: \
                 set the clock"
            )
        }
        _ => "the signer's clock and the storage's differ too much: set the clock".to_owned(),
    }
}

/// What a refusal means when nothing wrong can be seen in the request.
pub(super) fn verdict(error: &ErrorDocument, checked: bool) -> String {
    if let Some(reason) = reason(error) {
        return reason;
    }
    match (error.code.as_str(), checked) {
        ("SignatureDoesNotMatch", true) => {
            "the signature is right for the secret at hand: the storage knows another secret for this key, or \
             something between changed the request"
        }
        ("SignatureDoesNotMatch", false) => {
            "nothing wrong can be seen without the secret: with it the cause can be searched for"
        }
        ("AccessDenied", true) => {
            "the signature is right: the storage refused the request for a reason of its own, such as the policy of \
             the key or the bucket"
        }
        (code, true) => {
            let help = help(code).unwrap_or("the storage refused the request for another reason");
            return format!("the signature is right: {help}");
        }
        (code, false) => {
            let help = help(code).unwrap_or("the storage names its reason");
            return format!("nothing wrong with the signature can be seen: {help}");
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dropslip_s3::xml::find_error;

    #[track_caller]
    fn check(elements: &str, expect: Option<&str>) {
        let document = find_error(&format!("<Error>{elements}</Error>")).unwrap();
        let reason = reason(&document);
        match expect {
            Some(part) => assert!(
                reason.as_deref().unwrap_or_default().contains(part),
                "{reason:?}"
            ),
            None => assert_eq!(reason, None, "{elements}"),
        }
    }

    #[test]
    fn storages_name_their_reasons() {
        let skewed = "<Code>RequestTimeTooSkewed</Code><RequestTime>20130524T000000Z</RequestTime>";
        check(
            &format!("{skewed}<ServerTime>2013-05-24T00:20:30Z</ServerTime>"),
            Some("20 minutes behind"),
        );
        check(
            &format!("{skewed}<ServerTime>2013-05-23T23:00:00Z</ServerTime>"),
            Some("60 minutes ahead of"),
        );
        check(
            &format!("{skewed}<ServerTime>soon</ServerTime>"),
            Some("differ too much"),
        );
        check("<Code>RequestTimeTooSkewed</Code>", Some("differ too much"));
        check(
            "<Code>AccessDenied</Code><Message>Request has expired</Message><Expires>2013-05-24T00:01:00Z</Expires><ServerTime>2013-05-24T01:00:00Z</ServerTime>",
            Some("expired at 2013-05-24T00:01:00Z; it was 2013-05-24T01:00:00Z"),
        );
        check(
            "<Code>AccessDenied</Code><Message>Request has expired</Message>",
            Some("has expired"),
        );
        check(
            "<Code>AccessDenied</Code><HeadersNotSigned>x-amz-acl</HeadersNotSigned>",
            Some("`x-amz-acl` was sent"),
        );
        check(
            "<Code>AuthorizationHeaderMalformed</Code><Region>garage\u{1b}</Region>",
            Some(r"`garage\u{1b}`"),
        );
        check("<Code>InvalidAccessKeyId</Code>", Some("does not know"));
        check("<Code>ExpiredToken</Code>", Some("session token"));
        check(
            "<Code>InvalidRequest</Code><Message>Please use AWS4-HMAC-SHA256.</Message>",
            Some("s3v4"),
        );
        let moved = "<Code>PermanentRedirect</Code>";
        let place = "<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint>";
        check(
            &format!("{moved}{place}"),
            Some("`b.s3.eu-west-1.amazonaws.com`"),
        );
        check(moved, None);
        for mute in [
            "SignatureDoesNotMatch",
            "AccessDenied",
            "AuthorizationHeaderMalformed",
            "NoSuchKey",
            "InvalidRequest",
            "",
        ] {
            check(&format!("<Code>{mute}</Code><Message>m</Message>"), None);
        }
    }

    #[test]
    fn other_errors_are_no_matter_of_the_signature() {
        let other = |code: &str| {
            let text = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
            other_reason(&find_error(&text).unwrap())
        };
        for (code, part) in [
            (
                "NoSuchBucket",
                "no matter of the signature: there is no such bucket",
            ),
            (
                " AccessDenied ",
                "no matter of the signature: the storage forbids",
            ),
            ("InvalidPart", "no matter of the signature: complete with"),
            ("RequestTimeout", "try again"),
            (
                "Teapot",
                "no matter of the signature: the storage names its reason",
            ),
            ("InvalidRequest", "its message names the part"),
            ("AuthorizationHeaderMalformed", "its message names the part"),
        ] {
            let said = other(code).unwrap();
            assert!(said.contains(part), "{said}");
        }
        assert!(!other("InvalidRequest").unwrap().contains("no matter"));
        for mute in ["", "SignatureDoesNotMatch"] {
            assert_eq!(other(mute), None, "{mute}");
        }
    }
}
