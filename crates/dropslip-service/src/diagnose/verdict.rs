//! What was found: a code to branch on, words for a person, and whether to try again.

use std::borrow::Cow;

use dropslip_s3::cors::preflight::Asked;
use serde::Serialize;

/// How long browsers may keep a preflight's answer by the rule that is proposed, in seconds: an hour.
const RULE_MAX_AGE_S: u32 = 3600;

/// Why an upload's bytes did not arrive, as far as the service can tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Verdict {
    /// Stable. Of silence: `cors_origin`, `cors_method`, `cors_headers`, `mixed_content`, `storage_redirects`,
    /// `storage_unreachable`, `no_origin`, `file_or_network`. Of refusals: `url_expired`, `signature_mismatch`,
    /// `clock_skew`, `no_such_bucket`, `unknown_access_key`, `credentials_expired`, `access_denied`, `acl_refused`,
    /// `already_stored`, `upload_gone`, `bytes_differ`, `bytes_missing`, `not_implemented`, `wrong_region`,
    /// `storage_busy`, `storage_refused`.
    pub(crate) code: &'static str,
    /// What was seen.
    pub(crate) detail: String,
    /// What to do about it.
    pub(crate) hint: Cow<'static, str>,
    /// Whether the same request may succeed later, or after it was signed again.
    pub(crate) retry: bool,
    /// The rule to add to those of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cors: Option<CorsRule>,
}

/// A rule as `put-bucket-cors` takes it, among its `CORSRules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CorsRule {
    allowed_origins: [String; 1],
    allowed_methods: [String; 1],
    allowed_headers: Vec<String>,
    expose_headers: [&'static str; 1],
    max_age_seconds: u32,
}

impl Verdict {
    /// One that may pass.
    pub(crate) fn passing(
        code: &'static str,
        detail: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            detail: detail.into(),
            hint: hint.into(),
            retry: true,
            cors: None,
        }
    }

    /// One that stays until somebody changes something.
    pub(crate) fn lasting(
        code: &'static str,
        detail: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            retry: false,
            ..Self::passing(code, detail, hint)
        }
    }

    /// A rule that the bucket lacks.
    pub(crate) fn rule(
        code: &'static str,
        detail: String,
        bucket: &str,
        asked: &Asked<'_>,
    ) -> Self {
        let rule = CorsRule::of(asked);
        let json = serde_json::to_string(&rule).expect("texts and numbers always serialize");
        let hint = format!("Add this to the CORS rules of the bucket `{bucket}`: {json}");
        Self {
            cors: Some(rule),
            ..Self::lasting(code, detail, hint)
        }
    }
}

impl CorsRule {
    /// A content type is always sent, but asked for only where it is none of those that forms have.
    fn of(asked: &Asked<'_>) -> Self {
        let mut headers: Vec<String> = asked.headers.iter().map(|&name| name.to_owned()).collect();
        headers.push("content-type".to_owned());
        headers.sort_unstable();
        headers.dedup();
        Self {
            allowed_origins: [asked.origin.to_owned()],
            allowed_methods: [asked.method.to_owned()],
            allowed_headers: headers,
            expose_headers: ["ETag"],
            max_age_seconds: RULE_MAX_AGE_S,
        }
    }
}
