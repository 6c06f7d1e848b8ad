//! Whether a policy is public.
//!
//! Source: [The meaning of "public"](https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status).

use super::{BucketPolicy, Statement};

impl BucketPolicy {
    /// Whether it allows strangers anything: a statement for everybody, without a
    /// condition that says by fixed values who they are.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.statements.iter().any(Statement::is_public)
    }
}

impl Statement {
    fn is_public(&self) -> bool {
        let mut conditions = self.conditions.iter();
        self.allows
            && self.principals.are_public()
            && !conditions.any(|condition| condition.fixes_who())
    }
}
