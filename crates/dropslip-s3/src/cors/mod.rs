//! A bucket's CORS rules and what they answer to a browser.
//!
//! The rules are S3's
//! ([Elements of a CORS configuration](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html)):
//! the first rule that fits origin, method and every asked header decides. A
//! refusal says which part did not fit, since a browser tells its user nothing.
//!
//! `preflight` judges a storage's answers as browsers do. Rules that another storage has are
//! [`FoundCors`], held against nothing.

mod found;
pub mod preflight;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use found::{FoundCors, NotKept};
pub use preflight::{Answered, Asked, Judged};

use crate::limits::{CORS_RULE_ID_LEN_MAX, CORS_RULES_MAX};

/// Methods that a rule may allow.
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

/// The CORS rules of a bucket, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<CorsRule>", into = "Vec<CorsRule>")]
pub struct CorsConfiguration(Vec<CorsRule>);

/// One rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CorsRule {
    /// A name for people, up to 255 characters.
    pub id: Option<String>,
    /// Origins such as `https://app.example`, each with at most one `*`.
    pub allowed_origins: Vec<String>,
    /// Methods, in capitals.
    pub allowed_methods: Vec<String>,
    /// Request headers that a preflight may ask for, each with at most one `*`.
    pub allowed_headers: Vec<String>,
    /// Response headers that scripts may read.
    pub expose_headers: Vec<String>,
    /// How long a browser keeps a preflight's answer, in seconds.
    pub max_age_s: Option<u32>,
}

/// Why rules are no CORS configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsError(String);

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CorsError {}

/// What a browser asks before, or with, a cross-origin request.
#[derive(Clone, Copy, Debug)]
pub struct CorsRequest<'a> {
    /// The `Origin` header.
    pub origin: &'a str,
    /// The method that will be used.
    pub method: &'a str,
    /// The names in `Access-Control-Request-Headers`; empty for a real request.
    pub headers: &'a [&'a str],
}

/// A rule's yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorsGrant<'a> {
    /// The rule that fitted.
    pub rule: &'a CorsRule,
    /// Whether the rule allows every origin with a plain `*`; the answer is then
    /// `*`, and cookies are not allowed.
    pub any_origin: bool,
}

/// A configuration's no: the part that no rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsRefusal {
    /// No rule has the origin.
    Origin(String),
    /// Rules have the origin, none of them the method.
    Method(String),
    /// Rules have origin and method, none of them this header.
    Header(String),
}

impl fmt::Display for CorsRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => write!(f, "no rule has the AllowedOrigin `{origin}`"),
            Self::Method(method) => write!(
                f,
                "no rule for this origin has the AllowedMethod `{method}`"
            ),
            Self::Header(header) => {
                write!(
                    f,
                    "no rule for this origin and method has the AllowedHeader `{header}`"
                )
            }
        }
    }
}

impl CorsConfiguration {
    /// Checks rules against S3's limits.
    ///
    /// # Errors
    /// Names the first rule that is wrong and why.
    pub fn new(rules: Vec<CorsRule>) -> Result<Self, CorsError> {
        if rules.is_empty() || rules.len() > CORS_RULES_MAX {
            return Err(CorsError(format!(
                "a CORS configuration has 1 to {CORS_RULES_MAX} rules"
            )));
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.check()
                .map_err(|why| CorsError(format!("CORS rule {}: {why}", index + 1)))?;
        }
        Ok(Self(rules))
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[CorsRule] {
        &self.0
    }

    /// Finds the first rule that allows the request.
    ///
    /// # Errors
    /// The part that came closest and still did not fit.
    pub fn allows(&self, request: &CorsRequest<'_>) -> Result<CorsGrant<'_>, CorsRefusal> {
        let mut refusal = CorsRefusal::Origin(request.origin.to_owned());
        for rule in &self.0 {
            let Some(pattern) = rule
                .allowed_origins
                .iter()
                .find(|p| fits(p, request.origin))
            else {
                continue;
            };
            if !rule.allowed_methods.iter().any(|m| m == request.method) {
                if matches!(refusal, CorsRefusal::Origin(_)) {
                    refusal = CorsRefusal::Method(request.method.to_owned());
                }
                continue;
            }
            match request.headers.iter().find(|h| !rule.allows_header(h)) {
                Some(header) => refusal = CorsRefusal::Header((*header).to_owned()),
                None => {
                    return Ok(CorsGrant {
                        rule,
                        any_origin: pattern == "*",
                    });
                }
            }
        }
        Err(refusal)
    }
}

impl CorsRule {
    fn allows_header(&self, header: &str) -> bool {
        let header = header.to_ascii_lowercase();
        self.allowed_headers
            .iter()
            .any(|p| fits(&p.to_ascii_lowercase(), &header))
    }

    fn check(&self) -> Result<(), String> {
        if self.allowed_origins.is_empty() {
            return Err("it has no AllowedOrigin".to_owned());
        }
        if self.allowed_methods.is_empty() {
            return Err("it has no AllowedMethod".to_owned());
        }
        if let Some(method) = self
            .allowed_methods
            .iter()
            .find(|m| !METHODS.contains(&m.as_str()))
        {
            return Err(format!(
                "`{method}` is no AllowedMethod; there are {}",
                METHODS.join(", ")
            ));
        }
        let patterns = self.allowed_origins.iter().chain(&self.allowed_headers);
        if let Some(pattern) = patterns.clone().find(|p| p.matches('*').count() > 1) {
            return Err(format!("`{pattern}` has more than one `*`"));
        }
        if let Some(header) = self.expose_headers.iter().find(|h| h.contains('*')) {
            return Err(format!("the ExposeHeader `{header}` has a `*`"));
        }
        let mut texts = patterns.chain(&self.expose_headers);
        if let Some(text) = texts.find(|t| t.is_empty() || !t.bytes().all(|b| b.is_ascii_graphic()))
        {
            return Err(format!(
                "`{}` is no origin or header name",
                text.escape_debug()
            ));
        }
        if self
            .id
            .as_ref()
            .is_some_and(|id| id.chars().count() > CORS_RULE_ID_LEN_MAX)
        {
            return Err(format!(
                "its ID is longer than {CORS_RULE_ID_LEN_MAX} characters"
            ));
        }
        Ok(())
    }
}

/// Whether a pattern with at most one `*` fits a text, such as `http://localhost:*` an origin.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => {
            text.len() >= before.len() + after.len()
                && text.starts_with(before)
                && text.ends_with(after)
        }
    }
}

impl TryFrom<Vec<CorsRule>> for CorsConfiguration {
    type Error = CorsError;

    fn try_from(rules: Vec<CorsRule>) -> Result<Self, CorsError> {
        Self::new(rules)
    }
}

impl From<CorsConfiguration> for Vec<CorsRule> {
    fn from(configuration: CorsConfiguration) -> Self {
        configuration.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        CorsRule {
            allowed_origins: owned(origins),
            allowed_methods: owned(methods),
            allowed_headers: owned(headers),
            ..CorsRule::default()
        }
    }

    #[track_caller]
    fn check(rules: &[CorsRule], request: (&str, &str, &[&str]), expected: Result<usize, &str>) {
        let configuration = CorsConfiguration::new(rules.to_vec()).unwrap();
        let (origin, method, headers) = request;
        match (
            configuration.allows(&CorsRequest {
                origin,
                method,
                headers,
            }),
            expected,
        ) {
            (Ok(grant), Ok(index)) => assert_eq!(grant.rule, &rules[index]),
            (Err(refusal), Err(part)) => assert!(refusal.to_string().contains(part), "{refusal}"),
            (got, expected) => panic!("expected {expected:?}, got {got:?}"),
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rules = [
            rule(&["https://a.example"], &["GET"], &[]),
            rule(
                &["https://*.example"],
                &["PUT", "GET"],
                &["content-type", "x-amz-*"],
            ),
            rule(&["*"], &["GET"], &["*"]),
        ];
        check(&rules, ("https://a.example", "GET", &[]), Ok(0));
        check(&rules, ("https://b.example", "GET", &[]), Ok(1));
        check(
            &rules,
            ("https://a.example", "PUT", &["Content-Type", "X-Amz-Acl"]),
            Ok(1),
        );
        check(&rules, ("https://other.test", "GET", &["anything"]), Ok(2));
        check(
            &rules,
            ("https://a.example/", "PUT", &[]),
            Err("`https://a.example/`").or(Err("AllowedMethod")),
        );
        check(
            &rules,
            ("https://other.test", "PUT", &[]),
            Err("AllowedMethod `PUT`"),
        );
        check(
            &rules,
            (
                "https://a.example",
                "PUT",
                &["content-type", "authorization"],
            ),
            Err("AllowedHeader `authorization`"),
        );
        check(
            &rules[..2],
            ("http://a.example", "GET", &[]),
            Err("AllowedOrigin `http://a.example`"),
        );
        check(
            &rules[..2],
            ("null", "GET", &[]),
            Err("AllowedOrigin `null`"),
        );
    }

    #[test]
    fn a_star_stands_for_a_port_too() {
        let rules = [rule(&["http://localhost:*"], &["PUT"], &[])];
        check(&rules, ("http://localhost:7600", "PUT", &[]), Ok(0));
        check(
            &rules,
            ("http://localhost", "PUT", &[]),
            Err("AllowedOrigin"),
        );
        check(
            &rules,
            ("http://localhost.evil.test:80", "PUT", &[]),
            Err("AllowedOrigin"),
        );
    }

    #[track_caller]
    fn check_wrong(rule: CorsRule, reason: &str) {
        let error = CorsConfiguration::new(vec![rule])
            .expect_err(reason)
            .to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn wrong_rules_are_named() {
        check_wrong(rule(&[], &["GET"], &[]), "no AllowedOrigin");
        check_wrong(rule(&["*"], &[], &[]), "no AllowedMethod");
        check_wrong(rule(&["*"], &["PATCH"], &[]), "`PATCH` is no AllowedMethod");
        check_wrong(rule(&["*"], &["get"], &[]), "`get` is no AllowedMethod");
        check_wrong(rule(&["http://*.*"], &["GET"], &[]), "more than one `*`");
        check_wrong(rule(&["*"], &["GET"], &["x-*-*"]), "more than one `*`");
        check_wrong(
            rule(&["http://a.example\r\nx: y"], &["GET"], &[]),
            "no origin or header name",
        );
        check_wrong(rule(&[""], &["GET"], &[]), "no origin or header name");
        check_wrong(
            CorsRule {
                expose_headers: vec!["*".into()],
                ..rule(&["*"], &["GET"], &[])
            },
            "has a `*`",
        );
        check_wrong(
            CorsRule {
                id: Some("i".repeat(256)),
                ..rule(&["*"], &["GET"], &[])
            },
            "255",
        );
        assert!(CorsConfiguration::new(vec![]).is_err());
        assert!(CorsConfiguration::new(vec![rule(&["*"], &["GET"], &[]); 101]).is_err());
    }
}
