//! What a request says of who signed it and for where.
//!
//! Read loosely and believed by nobody: it decides which secret is looked for and which
//! region is the one that the signer meant. Whether the claim is well-formed is for
//! `dropslip_sigv4` to say.

use super::Captured;
use crate::query::Query;

/// Who signed a request, and for where, by its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claimed {
    /// The access key.
    pub access_key: Option<String>,
    /// The region; Signature Version 2 names none.
    pub region: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The names of the signed headers, joined by `;`.
    pub signed_headers: Option<String>,
}

impl Claimed {
    /// Reads the claim of a request.
    #[must_use]
    pub fn of(captured: &Captured) -> Self {
        Self::read(&captured.query, captured.header("authorization"))
    }

    /// Reads the claim out of a raw query or an `Authorization` header.
    #[must_use]
    pub fn read(query: &str, authorization: Option<&str>) -> Self {
        let raw = query;
        let query = Query::parse(query);
        if let Some(credential) = query.find_ignoring_case("X-Amz-Credential") {
            let signed_headers = query.find_ignoring_case("X-Amz-SignedHeaders");
            return Self::v4(credential, signed_headers);
        }
        if let Some(access_key) = query.find("AWSAccessKeyId") {
            return Self::v2(access_key);
        }
        // A URL that went through HTML or JSON has `&amp;` or `\u0026` before the name.
        if let Some((_, rest)) = raw.split_once("X-Amz-Credential=") {
            let value = rest.split(['&', '\\']).next().unwrap_or_default();
            let credential = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
            return Self::v4(&credential, None);
        }
        let authorization = authorization.unwrap_or_default().trim();
        if let Some(rest) = authorization.strip_prefix("AWS4-") {
            let element = |name: &str| {
                let at = rest.find(name)? + name.len();
                let value = &rest[at..];
                value.split([',', ' ']).next()
            };
            return element("Credential=").map_or_else(Self::default, |credential| {
                Self::v4(credential, element("SignedHeaders="))
            });
        }
        let v2 = authorization.strip_prefix("AWS ");
        v2.and_then(|rest| rest.split_once(':'))
            .map_or_else(Self::default, |(access_key, _)| Self::v2(access_key))
    }

    fn v4(credential: &str, signed_headers: Option<&str>) -> Self {
        // From the end: an access key may have slashes in it.
        let mut parts = credential.rsplitn(5, '/');
        let mut next = || {
            let part = parts.next().filter(|part| !part.is_empty());
            part.map(str::to_owned)
        };
        let (_terminator, service, region, _date, access_key) =
            (next(), next(), next(), next(), next());
        Self {
            access_key,
            region,
            service,
            signed_headers: signed_headers.map(str::to_owned),
        }
    }

    fn v2(access_key: &str) -> Self {
        Self {
            access_key: Some(access_key.trim().to_owned()),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::url;

    #[track_caller]
    fn check(query: &str, authorization: Option<&str>, expect: [Option<&str>; 3]) {
        let headers: Vec<_> = authorization
            .map(|value| ("Authorization".to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let captured = url(&format!("https://h/a?{query}"), "GET", &headers).unwrap();
        let claimed = Claimed::of(&captured);
        let got = [claimed.access_key, claimed.region, claimed.service];
        assert_eq!(got.each_ref().map(Option::as_deref), expect, "{query}");
    }

    #[test]
    fn who_and_where() {
        let all = [Some("AK/ID"), Some("nl-ams"), Some("s3")];
        check(
            "X-Amz-Credential=AK%2FID%2F20130524%2Fnl-ams%2Fs3%2Faws4_request",
            None,
            all,
        );
        check(
            "",
            Some(
                "AWS4-HMAC-SHA256 Credential=AK/ID/20130524/nl-ams/s3/aws4_request,SignedHeaders=host,Signature=0",
            ),
            all,
        );
        for escaped in ["&amp;", "\\u0026"] {
            let query = "a=b&X-Amz-Credential=AK%2FID%2F20130524%2Fnl-ams%2Fs3%2Faws4_request&c=d";
            check(&query.replace('&', escaped), None, all);
        }
        check(
            "AWSAccessKeyId=AKID&Signature=x",
            None,
            [Some("AKID"), None, None],
        );
        check("", Some("AWS AKID:sig="), [Some("AKID"), None, None]);
        for authorization in [
            None,
            Some("Bearer x"),
            Some("AWS4-HMAC-SHA256 x"),
            Some("AWS4-"),
            Some("AWS x"),
        ] {
            check("", authorization, [None, None, None]);
        }
        check("X-Amz-Credential=AKID", None, [None, None, None]);
    }
}
