//! Why something may not be done, for a person.

use dropslip_s3::Code;

use super::decide::Asked;
use crate::error::Error;

/// Why not.
#[derive(Debug)]
pub(super) enum Denial {
    /// Nobody signed it.
    NotSigned,
    /// A statement of the policy denies it.
    Policy {
        /// What it is called.
        statement: String,
    },
    /// Nothing allows it.
    NothingAllows {
        /// What came close.
        near: Vec<NearMiss>,
    },
}

/// What would have allowed it.
#[derive(Debug)]
pub(super) enum NearMiss {
    /// The policy, if it were not for `RestrictPublicBuckets`.
    Restricted,
    /// A statement of the policy, if a condition on this key held.
    Condition {
        statement: String,
        key: &'static str,
    },
    /// An ACL, if it were not for `IgnorePublicAcls`.
    AclIgnored,
    /// There are no ACLs.
    NoAcls,
}

impl Denial {
    /// S3's answer, with the reason.
    pub(super) fn error(&self, asked: &Asked<'_>) -> Error {
        let action = asked.action.as_str();
        let reason = match self {
            Self::NotSigned => {
                format!("the request is not signed, and `{action}` is for who has a key")
            }
            Self::Policy { statement } => {
                format!("{statement} of the bucket's policy denies `{action}`")
            }
            Self::NothingAllows { near } => {
                let mut reason =
                    format!("no ACL and no policy allows `{action}` to {}", who(asked));
                for miss in near {
                    reason.push_str("; ");
                    reason.push_str(&miss.to_text());
                }
                reason
            }
        };
        Error::from(Code::AccessDenied).because(reason)
    }
}

/// The caller, and whose the thing is.
fn who(asked: &Asked<'_>) -> String {
    let caller = match asked.request.caller.owner() {
        None => "requests that are not signed".to_owned(),
        Some(owner) => format!("`{}`", owner.name.escape_debug()),
    };
    let named = |owner: &str| owner.escape_debug().to_string();
    match (asked.on.object(), asked.on.bucket()) {
        (Some(object), _) => format!("{caller}; the object is of `{}`", named(&object.owner)),
        (None, Some(bucket)) => format!(
            "{caller}; the bucket is of `{}`",
            named(&bucket.record.owner)
        ),
        (None, None) => caller,
    }
}

impl NearMiss {
    fn to_text(&self) -> String {
        match self {
            Self::Restricted => {
                "the policy would, but the public access block leaves it to the bucket's owner alone \
                 (RestrictPublicBuckets)"
                    .to_owned()
            }
            Self::Condition { statement, key } => {
                format!("{statement} of the policy would, if its condition on `{key}` held")
            }
            Self::AclIgnored => {
                "the ACL would, but the public access block ignores grants to everybody \
                 (IgnorePublicAcls)"
                    .to_owned()
            }
            Self::NoAcls => "the bucket has no ACLs (BucketOwnerEnforced)".to_owned(),
        }
    }
}
