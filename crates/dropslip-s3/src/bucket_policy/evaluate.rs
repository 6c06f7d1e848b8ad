//! A policy asked of one request.

use super::{Action, BucketPolicy, ConditionKey, Statement};

/// Gives the values of a condition key: none where the request has none.
pub type Values<'a> = &'a dyn Fn(&ConditionKey) -> Option<Vec<String>>;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct PolicyCaller<'a> {
    /// The owner's name.
    pub name: &'a str,
    /// The owner's canonical id.
    pub id: &'a str,
    /// The owner's account.
    pub account: &'a str,
    /// The access key that signed.
    pub access_key: &'a str,
}

/// What is asked.
#[derive(Clone, Copy)]
#[expect(
    missing_debug_implementations,
    reason = "a function has nothing to show"
)]
pub struct PolicyRequest<'a> {
    /// Who asks; nobody signed without one.
    pub caller: Option<PolicyCaller<'a>>,
    /// What for.
    pub action: Action,
    /// The bucket.
    pub bucket: &'a str,
    /// The object, for an action about one.
    pub key: Option<&'a str>,
    /// The condition keys of the request.
    pub values: Values<'a>,
}

/// What a policy says. Statements are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement denies it, whatever else allows it.
    Denied {
        /// The first that does.
        by: usize,
    },
    /// A statement allows it.
    Allowed {
        /// The first that does.
        by: usize,
    },
    /// No statement is about it.
    Silent,
}

impl BucketPolicy {
    /// What the policy says of a request.
    #[must_use]
    pub fn evaluate(&self, request: &PolicyRequest<'_>) -> Decision {
        let mut decision = Decision::Silent;
        for (by, statement) in self.statements.iter().enumerate() {
            if !statement.allows && statement.is_about(request) {
                return Decision::Denied { by };
            }
            if statement.allows && decision == Decision::Silent && statement.is_about(request) {
                decision = Decision::Allowed { by };
            }
        }
        decision
    }

    /// The first statement that would allow a request if its conditions held: for telling
    /// somebody what was missing.
    #[must_use]
    pub fn nearly_allows(&self, request: &PolicyRequest<'_>) -> Option<(usize, &ConditionKey)> {
        let mut statements = self.statements.iter().enumerate();
        statements.find_map(|(at, statement)| {
            let about = statement.allows && statement.is_about_but_for_conditions(request);
            let mut conditions = about.then_some(statement.conditions.iter())?;
            let failing = conditions.find(|condition| !condition.holds(request.values))?;
            Some((at, failing.key()))
        })
    }
}

impl Statement {
    fn is_about(&self, request: &PolicyRequest<'_>) -> bool {
        let mut conditions = self.conditions.iter();
        self.is_about_but_for_conditions(request)
            && conditions.all(|condition| condition.holds(request.values))
    }

    fn is_about_but_for_conditions(&self, request: &PolicyRequest<'_>) -> bool {
        self.actions.has(request.action)
            && self.principals.has(request.caller.as_ref())
            && self
                .resources
                .has(request.bucket, request.key, request.values)
    }
}
