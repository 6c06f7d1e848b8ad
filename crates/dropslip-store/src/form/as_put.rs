//! The PUT that stores what a form uploads.
//!
//! Only fields that say something of the object become headers. What is left out was
//! looked at before (the signature, the key), says what to answer (`success_action_…`), or is
//! ignored by S3 (`x-ignore-…` and fields of toolkits that the policy names).

use std::sync::Arc;

use axum::http::header::{HOST, REFERER, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use dropslip_s3::address::Resource;
use dropslip_s3::policy::Form;
use dropslip_s3::query::Query;
use dropslip_s3::{Code, ObjectKey, mail_words, xml};
use dropslip_sigv4::encode_query;

use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::request::{Head, Request};

/// Fields that are headers under the same name.
const STANDARD: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "expires",
];

/// Fields of the signature.
const OF_SIGNATURE: [&str; 5] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

/// Beginnings of what a PUT takes as well, and a form does not: where its bytes come from
/// and how they come.
const OF_OTHERS: [&str; 7] = [
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-decoded-content-length",
    "x-amz-metadata-directive",
    "x-amz-mp-",
    "x-amz-tagging-directive",
    "x-amz-trailer",
];

/// Makes the request of a PUT out of a form that was checked.
pub(crate) fn as_put(
    request: &Request,
    caller: Caller,
    key: &ObjectKey,
    form: &Form,
) -> Result<Request> {
    let head = &request.head;
    let mut parts = head.parts.clone();
    parts.method = Method::PUT;
    parts.headers = HeaderMap::new();
    // What rules about who may do what look at.
    let forwarded = HeaderName::from_static("x-forwarded-proto");
    for name in [HOST, REFERER, USER_AGENT, forwarded] {
        if let Some(value) = head.parts.headers.get(&name) {
            parts.headers.insert(name, value.clone());
        }
    }
    for (name, value) in form.iter() {
        if let Some((name, value)) = as_header(name, value)? {
            parts.headers.insert(name, value);
        }
    }
    Ok(Request {
        head: Head {
            parts,
            query: Query::default(),
            resource: Resource {
                bucket: head.resource.bucket.clone(),
                key: Some(key.as_str().to_owned()),
            },
            host_bucket: head.host_bucket.clone(),
        },
        caller,
        now: request.now,
        owners: Arc::clone(&request.owners),
        found: request.found.clone(),
    })
}

/// The header that a field is, if it is one.
fn as_header(field: &str, value: &str) -> Result<Option<(HeaderName, HeaderValue)>> {
    let of_amz = || field.starts_with("x-amz-") && !OF_SIGNATURE.contains(&field);
    let (name, value) = match field {
        "acl" => ("x-amz-acl", value.to_owned()),
        "tagging" => ("x-amz-tagging", tags(value)?),
        _ if STANDARD.contains(&field) && value.is_empty() => return Ok(None),
        _ if STANDARD.contains(&field) => (field, value.to_owned()),
        _ if of_amz() => (field, value.to_owned()),
        _ => return Ok(None),
    };
    if OF_OTHERS.iter().any(|other| name.starts_with(other)) {
        let name = name.escape_debug();
        return Err(Error::not_implemented(&format!("The form field {name}")));
    }
    let invalid = |why| Error::invalid_argument(field, value.as_str(), why);
    let header = HeaderName::try_from(name)
        .map_err(|_| invalid("The name of a field is not one of a header."))?;
    let plain = HeaderValue::from_bytes(value.as_bytes());
    let value = match plain {
        Ok(value) if value.to_str().is_ok() => value,
        // Metadata of forms may be any text; as a header it is in words of mail.
        _ if name.starts_with("x-amz-meta-") => {
            HeaderValue::try_from(mail_words::encode(&value))
                .map_err(|_| invalid("The value of a field is not one of a header."))?
        }
        Ok(value) => value,
        Err(_) => return Err(invalid("The value of a field is not one of a header.")),
    };
    Ok(Some((header, value)))
}

/// Tags, which a form has as XML and a header as a query.
fn tags(document: &str) -> Result<String> {
    let tags = xml::read_tagging(document.as_bytes()).map_err(|error| {
        let message = Code::MalformedXML.message();
        Error::new(
            Code::MalformedXML,
            format!("{message} The field tagging: {error}."),
        )
    })?;
    let pair = |(name, value): &(String, String)| {
        let (name, value) = (
            encode_query(name.as_bytes()),
            encode_query(value.as_bytes()),
        );
        format!("{name}={value}")
    };
    Ok(tags.iter().map(pair).collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, value: &str, expect: Option<(&str, &str)>) {
        let got = as_header(field, value).expect("it may be in a form");
        let got = got.as_ref().map(|(name, value)| {
            let value = str::from_utf8(value.as_bytes()).expect("it is text");
            (name.as_str(), value)
        });
        assert_eq!(got, expect, "{field}: {value}");
    }

    #[test]
    fn fields_that_say_something_of_the_object() {
        check("acl", "public-read", Some(("x-amz-acl", "public-read")));
        check(
            "content-type",
            "image/png",
            Some(("content-type", "image/png")),
        );
        check("x-amz-meta-a", "b", Some(("x-amz-meta-a", "b")));
        check(
            "x-amz-storage-class",
            "STANDARD_IA",
            Some(("x-amz-storage-class", "STANDARD_IA")),
        );
        check(
            "x-amz-checksum-crc32",
            "AAAAAA==",
            Some(("x-amz-checksum-crc32", "AAAAAA==")),
        );
        let tags = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag>\
            <Tag><Key>e</Key><Value></Value></Tag></TagSet></Tagging>";
        check("tagging", tags, Some(("x-amz-tagging", "a%20b=c%26d&e=")));
    }

    #[test]
    fn metadata_of_any_text() {
        for (value, expect) in [
            ("\u{e9}", "=?UTF-8?B?w6k=?="),
            ("\u{0}\u{1}\u{2}\u{3}\u{4}", "=?UTF-8?B?AAECAwQ=?="),
            ("=?UTF-8?B?w6k=?=", "=?UTF-8?B?w6k=?="),
            ("", ""),
        ] {
            let (_, header) = as_header("x-amz-meta-a", value)
                .expect("it may")
                .expect("it is one");
            let read = mail_words::decode(header.as_bytes());
            assert_eq!(read, mail_words::decode(expect.as_bytes()), "{value:?}");
        }
        check(
            "content-disposition",
            "\u{e9}",
            Some(("content-disposition", "\u{e9}")),
        );
    }

    #[test]
    fn fields_that_say_nothing_of_it() {
        for field in [
            "key",
            "policy",
            "bucket",
            "signature",
            "awsaccesskeyid",
            "x-amz-signature",
            "x-amz-date",
            "x-amz-security-token",
            "success_action_status",
            "redirect",
            "x-ignore-a",
            "filename",
            "authorization",
            "host",
            "if-match",
            "transfer-encoding",
        ] {
            check(field, "a", None);
        }
        check("content-type", "", None);
    }

    #[track_caller]
    fn check_refused(field: &str, value: &str, code: Code) {
        let error = as_header(field, value).expect_err(field);
        assert_eq!(error.code, code, "{field}: {value}");
    }

    #[test]
    fn fields_that_no_form_may_have() {
        check_refused("x-amz-copy-source", "/b/k", Code::NotImplemented);
        check_refused("x-amz-copy-source-if-match", "a", Code::NotImplemented);
        check_refused(
            "x-amz-content-sha256",
            "UNSIGNED-PAYLOAD",
            Code::NotImplemented,
        );
        check_refused("x-amz-trailer", "a", Code::NotImplemented);
        check_refused("x-amz-meta-a b", "c", Code::InvalidArgument);
        check_refused("x-amz-meta-\u{e9}", "c", Code::InvalidArgument);
        check_refused("content-type", "a\r\nb: c", Code::InvalidArgument);
        check_refused("acl", "private\n", Code::InvalidArgument);
        check_refused("tagging", "not-xml", Code::MalformedXML);
        check_refused(
            "tagging",
            "<Tagging><TagSet><Tag/></TagSet></Tagging>",
            Code::MalformedXML,
        );
    }
}
