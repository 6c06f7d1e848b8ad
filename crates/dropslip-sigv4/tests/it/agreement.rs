//! Two implementations agree: ours and `aws-sigv4`, AWS's own for Rust, on any request.
//!
//! Left out is what the other cannot take (header values that are not ASCII, queries
//! that are not UTF-8 once decoded, which it replaces) and the few points in which it
//! differs from AWS's documents or from AWS's other SDKs, named where they are.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as TheirCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest,
    SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use dropslip_sigv4::{
    Credentials, Dialect, Payload, PayloadRule, Signer, Timestamp, TokenRule, encode_path,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::properties::decoded;
use crate::support::Sent;

const HOST: &str = "bucket.example.com:9000";

/// How to sign, in the words of both.
#[derive(Clone, Debug)]
struct Case {
    sent: Sent,
    s3: bool,
    presigned: bool,
    expires_s: u32,
    token: Option<String>,
    token_appended: bool,
    unsigned: bool,
    region: String,
    unix_s: u32,
}

impl Case {
    fn payload(&self) -> Payload {
        if self.unsigned {
            Payload::Unsigned
        } else {
            Payload::of(&self.sent.body)
        }
    }

    fn service(&self) -> &'static str {
        if self.s3 { "s3" } else { "execute-api" }
    }

    /// Our signature.
    fn ours(&self) -> String {
        let keys = Credentials::new("AKIDEXAMPLE", "a/secret+key");
        let keys = match &self.token {
            Some(token) => keys.with_session_token(token),
            None => keys,
        };
        let mut dialect = Dialect::of_service(self.service());
        if self.token_appended {
            dialect.session_token = TokenRule::Appended;
        }
        if self.presigned || !self.s3 {
            dialect.payload = PayloadRule::Known(self.payload());
        }
        let signer = Signer::new(keys, &self.region, self.service()).with_dialect(dialect);
        let now = Timestamp::from_unix_s(self.unix_s.into());
        self.sent.with(|request| {
            if self.presigned {
                signer
                    .presign(request, self.expires_s, now)
                    .unwrap()
                    .signature
            } else {
                signer
                    .sign(request, &self.payload(), now)
                    .unwrap()
                    .signature
            }
        })
    }

    /// The signature of `aws-sigv4`.
    fn theirs(&self) -> String {
        let keys = TheirCredentials::new(
            "AKIDEXAMPLE",
            "a/secret+key",
            self.token.clone(),
            None,
            "test",
        );
        let identity = keys.into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service())
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(self.unix_s.into()))
            .settings(self.settings())
            .build()
            .unwrap()
            .into();
        let headers: Vec<(&str, &str)> = self
            .sent
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), str::from_utf8(value).unwrap()))
            .collect();
        let uri = format!("https://{HOST}{}?{}", self.sent.path, self.sent.query);
        let body = if self.unsigned {
            SignableBody::UnsignedPayload
        } else {
            SignableBody::Bytes(&self.sent.body)
        };
        let request =
            SignableRequest::new(&self.sent.method, uri, headers.into_iter(), body).unwrap();
        let (_, signature) = sign(request, &params).unwrap().into_parts();
        signature
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        // It leaves some headers out of its own accord; ours signs what it is given.
        settings.excluded_headers = None;
        if self.s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if self.token_appended {
            settings.session_token_mode = SessionTokenMode::Exclude;
        }
        if self.presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(self.expires_s.into()));
        }
        settings
    }
}

/// A path as SDKs write it. For S3 `aws-sigv4` takes the path as it was sent, and ours
/// the bytes that it stands for, as S3 does (`%2F` is a slash to it, see `odd`), so here
/// each byte has its canonical spelling.
fn paths(s3: bool) -> BoxedStrategy<String> {
    if s3 {
        let keys = prop_oneof![
            vec(any::<u8>(), 0..30).prop_map(|key| encode_path(&key)),
            "(/|\\.|\\.\\.|a|%25|%20){0,8}",
        ];
        return keys.prop_map(|key| format!("/{key}")).boxed();
    }
    // What remains of `/a/.` and `/a/..`: a slash at the end in `aws-sigv4` (and RFC
    // 3986), none in botocore and the JavaScript SDKs, which ours follows.
    let path = "(/|\\.|\\.\\.|[a-zA-Z0-9_~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2}){0,16}";
    path.prop_map(|path| format!("/{path}"))
        .prop_filter("a dot at the end", |path| {
            !path.ends_with("/.") && !path.ends_with("/..")
        })
        .boxed()
}

/// Parameters in any spelling: escapes in either case, `+`, `=` in values, no value,
/// the same name again, none at all.
fn queries() -> impl Strategy<Value = String> {
    let text = "([a-zA-Z0-9._~:@!$'()*,;/?+-]|%[2-7][0-9a-fA-F]|%[cC]3%[aA]9|%zz|%|%4){0,6}";
    let parameter = (
        text,
        option::of("=([a-zA-Z0-9=+/;,:]|%[2-7][0-9a-fA-F]|%00|%0[aA]){0,8}"),
    );
    let query = vec(parameter, 0..6).prop_map(|all| {
        let parts = all
            .iter()
            .map(|(name, value)| format!("{name}{}", value.as_deref().unwrap_or("")));
        parts.collect::<Vec<_>>().join("&")
    });
    query.prop_filter("not UTF-8", |query| {
        String::from_utf8(decoded(query, b' ')).is_ok()
    })
}

/// Values with spaces at the ends and in runs, quotes, commas, semicolons; empty ones.
/// A tab is folded by AWS's test suite, botocore and ours, and left by `aws-sigv4`.
fn headers() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let names = prop_oneof![
        "X-Amz-Meta-[A-Ca-c]",
        "x-(a|b|A)",
        Just("Content-Type".to_owned()),
        Just("range".to_owned()),
        Just("user-agent".to_owned()),
    ];
    vec(
        (
            names,
            "[ -~]{0,4} {0,2}[ -~]{0,8}".prop_map(String::into_bytes),
        ),
        0..6,
    )
}

prop_compose! {
    fn cases()(s3 in any::<bool>())(
        path in paths(s3),
        query in queries(),
        method in "[A-Z]{3,7}",
        mut headers in headers(),
        body in vec(any::<u8>(), 0..20),
        (presigned, unsigned, token_appended) in any::<(bool, bool, bool)>(),
        token in option::of("[!-~]{1,40}"),
        expires_s in 1..=604_800_u32,
        region in "[a-z0-9-]{1,14}",
        unix_s in any::<u32>(),
        s3 in Just(s3),
    ) -> Case {
        headers.push(("Host".to_owned(), HOST.into()));
        let sent = Sent { method, path, query, headers, body };
        Case { sent, s3, presigned, expires_s, token, token_appended, unsigned, region, unix_s }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn signatures_are_the_same(case in cases()) {
        prop_assert_eq!(case.ours(), case.theirs());
    }
}
