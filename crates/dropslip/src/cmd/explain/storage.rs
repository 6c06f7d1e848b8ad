//! What a storage's refusal says by itself, where the request shows nothing or is not at hand.

use dropslip_s3::xml::ErrorDocument;

use super::{input, shown};

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
        (_, true) => "the signature is right: the storage refused the request for another reason",
        (_, false) => "nothing wrong with the signature can be seen: the storage names its reason",
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
}
