//! A bucket's lifecycle rules: what they say, and when they take what away.
//!
//! The rules are S3's
//! ([Lifecycle configuration elements](https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html)).
//! They are kept as they were written, so that reading them gives back what was put.
//! [`LifecycleConfiguration::due`] decides over values alone: versions and a moment go
//! in, actions come out; who carries them out stands elsewhere.

mod check;
mod due;
mod filter;

#[cfg(test)]
mod due_tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use due::{Action, Calendar, DAY_MS, Version};
pub use filter::{And, Filter, Scope, Subject};

use crate::error::Code;

/// The lifecycle rules of a bucket, checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<LifecycleRule>", into = "Vec<LifecycleRule>")]
pub struct LifecycleConfiguration(Vec<LifecycleRule>);

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LifecycleRule {
    /// Its name, unique in the configuration.
    pub id: String,
    /// Whether it is carried out.
    pub enabled: bool,
    /// Which objects it is about.
    pub scope: Scope,
    /// What becomes of current versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiration: Option<Expiration>,
    /// What becomes of noncurrent versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noncurrent: Option<Noncurrent>,
    /// After how many days an upload in parts that nobody completed is aborted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_uploads_days: Option<u32>,
}

/// When a current version expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expiration {
    /// So many days after it was written. A delete marker that hides nothing goes then too.
    Days(u32),
    /// From this midnight on, in seconds since 1970.
    DateUnixS(i64),
    /// Never; but whether a delete marker that hides nothing is removed.
    DeleteMarker(bool),
}

/// When a noncurrent version is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Noncurrent {
    /// So many days after it ceased to be current.
    pub days: u32,
    /// So many of the newest noncurrent versions are kept, however old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer_kept: Option<u32>,
}

/// Why rules are no lifecycle configuration, with the code that S3 answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleError {
    code: Code,
    message: String,
}

impl LifecycleError {
    /// An error with S3's code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    /// A document that is not of the published form.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(Code::MalformedXML, message)
    }

    /// S3's code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for LifecycleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LifecycleError {}

impl LifecycleConfiguration {
    /// Checks rules against S3's limits.
    ///
    /// # Errors
    /// Names the first rule that is wrong and why.
    pub fn new(rules: Vec<LifecycleRule>) -> Result<Self, LifecycleError> {
        check::rules(&rules)?;
        Ok(Self(rules))
    }

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[LifecycleRule] {
        &self.0
    }

    /// What the keys begin with that enabled rules are about; none begins with another.
    #[must_use]
    pub fn prefixes(&self) -> Vec<&str> {
        let enabled = self.0.iter().filter(|rule| rule.enabled);
        // All prefixes of a rule must hold, so the longest says it.
        let mut prefixes: Vec<_> = enabled
            .map(|rule| rule.scope.prefixes().max_by_key(|p| p.len()).unwrap_or(""))
            .collect();
        prefixes.sort_unstable();
        prefixes.dedup_by(|longer, shorter| longer.starts_with(*shorter));
        prefixes
    }
}

impl TryFrom<Vec<LifecycleRule>> for LifecycleConfiguration {
    type Error = LifecycleError;

    fn try_from(rules: Vec<LifecycleRule>) -> Result<Self, LifecycleError> {
        Self::new(rules)
    }
}

impl From<LifecycleConfiguration> for Vec<LifecycleRule> {
    fn from(configuration: LifecycleConfiguration) -> Self {
        configuration.0
    }
}
