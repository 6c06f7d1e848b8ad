//! Bucket policies: who may do what with a bucket and its objects, and when.
//!
//! A policy is read strictly ([`BucketPolicy::parse`]): an action, a condition key or an
//! operator that is not known is refused by its name, since a rule that is passed over
//! allows or denies something else than its writer meant. What is left is asked by
//! [`BucketPolicy::evaluate`], which knows no clock and no socket: whoever asks gives the
//! values of the condition keys.
//!
//! The elements are those of AWS
//! ([Policy elements](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html),
//! [Actions and condition keys of S3](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html)).
//! S3 has no key for the size of an upload; the policy of a form has
//! ([`crate::policy`]), and so has none here.

mod action;
mod condition;
mod evaluate;
mod key;
mod parse;
mod pattern;
mod principal;
mod public;
mod resource;
mod value;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use action::{Action, Level};
pub use evaluate::{Decision, PolicyCaller, PolicyRequest, Values};
pub use key::ConditionKey;

use action::ActionSet;
use condition::Condition;
use principal::Principals;
use resource::Resources;

/// A policy that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketPolicy {
    text: String,
    statements: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
struct Statement {
    sid: Option<String>,
    allows: bool,
    principals: Principals,
    actions: ActionSet,
    resources: Resources,
    conditions: Vec<Condition>,
}

/// Why a policy was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedPolicy {
    message: String,
    detail: String,
}

impl MalformedPolicy {
    fn new(message: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: detail.into(),
        }
    }

    /// What S3 says, which clients compare.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where and what it is.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for MalformedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.detail)
    }
}

impl std::error::Error for MalformedPolicy {}

impl BucketPolicy {
    /// The document as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names that stand for principals without an ARN, to be looked up by who knows
    /// which owners there are.
    pub fn principal_names(&self) -> impl Iterator<Item = &str> {
        self.statements
            .iter()
            .flat_map(|statement| statement.principals.names())
    }

    /// How a statement is called: by its `Sid`, or by its place.
    #[must_use]
    pub fn name_of(&self, statement: usize) -> String {
        let sid = self
            .statements
            .get(statement)
            .and_then(|s| s.sid.as_deref());
        match sid {
            Some(sid) if !sid.is_empty() => format!("the statement `{}`", sid.escape_debug()),
            _ => format!("statement {}", statement + 1),
        }
    }
}

impl From<BucketPolicy> for String {
    fn from(policy: BucketPolicy) -> Self {
        policy.text
    }
}

impl TryFrom<String> for BucketPolicy {
    type Error = MalformedPolicy;

    fn try_from(text: String) -> Result<Self, MalformedPolicy> {
        Self::read(&text)
    }
}
