//! A bucket's CORS rules and what they answer to a browser.
//!
//! The rules are S3's
//! ([Elements of a CORS configuration](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html)):
//! the first rule that fits origin, method and every asked header decides. A
//! refusal says which part did not fit, since a browser tells its user nothing.
//!
//! `preflight` judges a storage's answers as browsers do. Rules that another storage has are
//! [`FoundCors`], held against nothing. `explain` says why rules do not allow a request, `change` makes
//! them allow it, and `json` is how AWS's own tool writes them.

mod change;
#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod decide_tests;
mod difference;
mod explain;
#[cfg(test)]
mod explain_tests;
mod found;
pub mod json;
mod origin;
mod page;
pub mod preflight;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use change::{MAX_AGE_S, RULE_ID, merge, needed};
pub use difference::{Change, Line, difference, lines};
pub use explain::{Cause, Explained, Mismatch, RuleName, explain};
pub use found::{FoundCors, NotKept};
pub use page::{OriginError, page_origin, rule_origin};
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
        decide(&self.0, request).map(|index| {
            let rule = &self.0[index];
            let mut origins = rule.allowed_origins.iter();
            let pattern = origins.find(|pattern| fits(pattern, request.origin));
            CorsGrant {
                rule,
                any_origin: pattern.is_some_and(|pattern| pattern == "*"),
            }
        })
    }
}

/// The first rule that allows a request, or the part that came closest and still did not fit.
fn decide(rules: &[CorsRule], request: &CorsRequest<'_>) -> Result<usize, CorsRefusal> {
    let mut refusal = CorsRefusal::Origin(request.origin.to_owned());
    for (index, rule) in rules.iter().enumerate() {
        if !rule.has_origin(request.origin) {
            continue;
        }
        if !rule.allowed_methods.iter().any(|m| m == request.method) {
            if matches!(refusal, CorsRefusal::Origin(_)) {
                refusal = CorsRefusal::Method(request.method.to_owned());
            }
            continue;
        }
        match request.headers.iter().find(|h| !rule.allows_header(h)) {
            Some(header) => refusal = CorsRefusal::Header((*header).to_owned()),
            None => return Ok(index),
        }
    }
    Err(refusal)
}

impl CorsRule {
    fn has_origin(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|own| fits(own, origin))
    }

    /// Whether scripts may read this header of an answer. Some storages take a `*`, which browsers know.
    fn exposes(&self, header: &str) -> bool {
        let mut exposed = self.expose_headers.iter();
        exposed.any(|own| own == "*" || own.eq_ignore_ascii_case(header))
    }

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
