//! What can be wrong with a policy or with a form that it does not allow.
//!
//! The text is S3's own where it is known, for clients show and compare it.

use std::fmt;

use dropslip_sigv4::Timestamp;

use crate::error::Code;
use crate::limits::{
    POLICY_BYTES_MAX, POLICY_CONDITIONS_MAX, POST_FORM_BYTES_MAX, POST_FORM_FIELDS_MAX,
};

/// Why a policy cannot be read, or why it does not allow a form.
///
/// Display is the message that S3 answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError(PolicyErrorKind);

/// The kinds of [`PolicyError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyErrorKind {
    /// The policy is longer than a form may be.
    PolicyTooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// The policy has more conditions than any form needs.
    TooManyConditions {
        /// Their number.
        count: usize,
    },
    /// The field is not base64.
    NotBase64,
    /// What it encodes is not a JSON object.
    NotJson,
    /// The document has a member that is there already or that policies lack.
    Unexpected {
        /// Its name.
        name: String,
    },
    /// The document has no `expiration`.
    ExpirationMissing,
    /// The expiration is not a time such as `2013-05-24T00:00:00.000Z`.
    Expiration {
        /// Its value.
        got: String,
    },
    /// The document has no `conditions`.
    ConditionsMissing,
    /// The conditions are not a list.
    ConditionsNoList,
    /// A condition cannot be read.
    Condition {
        /// Its place, from 1.
        number: usize,
        /// What is wrong with it, in S3's words.
        what: String,
        /// The condition as JSON; without its values if the session token is among them.
        text: String,
    },
    /// A field's value is not UTF-8.
    FieldNotUtf8 {
        /// The field's name as sent.
        name: String,
    },
    /// The form's fields are too large once `${filename}` is replaced.
    FormTooLong {
        /// The bytes of names and values.
        bytes: usize,
    },
    /// The form has more fields than any needs.
    TooManyFields {
        /// Their number.
        count: usize,
    },
    /// The form has no `key`, or an empty one.
    KeyMissing,
    /// The key is longer than keys may be.
    KeyTooLong,
    /// The policy's expiration has passed.
    Expired {
        /// The last second at which it held.
        until: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// A condition does not hold.
    ConditionFailed {
        /// The condition as S3 writes it, `["eq", "$acl", "public-read"]`.
        condition: String,
        /// The field that it is about, as the policy writes it; none when no form can meet it.
        field: Option<String>,
        /// What the form says there, if it has the field; of the session token only `…`.
        got: Option<String>,
    },
    /// The form has fields that no condition is about.
    ExtraFields {
        /// Their names as sent.
        names: Vec<String>,
    },
    /// The file is smaller than allowed.
    TooSmall {
        /// Its bytes.
        size: u64,
        /// The fewest that are allowed.
        min: u64,
    },
    /// The file is larger than allowed.
    TooLarge {
        /// Its bytes, or those that have come so far.
        size: u64,
        /// The most that are allowed.
        max: u64,
    },
}

impl PolicyError {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &PolicyErrorKind {
        &self.0
    }

    /// The code that S3 answers.
    #[must_use]
    pub fn code(&self) -> Code {
        use PolicyErrorKind as Kind;
        match &self.0 {
            Kind::PolicyTooLong { .. }
            | Kind::TooManyConditions { .. }
            | Kind::NotBase64
            | Kind::NotJson
            | Kind::Unexpected { .. }
            | Kind::ExpirationMissing
            | Kind::Expiration { .. }
            | Kind::ConditionsMissing
            | Kind::ConditionsNoList
            | Kind::Condition { .. } => Code::InvalidPolicyDocument,
            Kind::FormTooLong { .. } | Kind::TooManyFields { .. } => {
                Code::MaxPostPreDataLengthExceeded
            }
            Kind::FieldNotUtf8 { .. } | Kind::KeyMissing => Code::InvalidArgument,
            Kind::KeyTooLong => Code::KeyTooLongError,
            Kind::Expired { .. } | Kind::ConditionFailed { .. } | Kind::ExtraFields { .. } => {
                Code::AccessDenied
            }
            Kind::TooSmall { .. } => Code::EntityTooSmall,
            Kind::TooLarge { .. } => Code::EntityTooLarge,
        }
    }
}

impl From<PolicyErrorKind> for PolicyError {
    fn from(kind: PolicyErrorKind) -> Self {
        Self(kind)
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use PolicyErrorKind as Kind;
        match &self.0 {
            Kind::PolicyTooLong { bytes } => write!(
                f,
                "Invalid Policy: it has {bytes} bytes, at most {POLICY_BYTES_MAX} are taken."
            ),
            Kind::TooManyConditions { count } => write!(
                f,
                "Invalid Policy: it has {count} conditions, at most {POLICY_CONDITIONS_MAX} are taken."
            ),
            Kind::NotBase64 => f.write_str("Invalid Policy: invalid Base64 encoding."),
            Kind::NotJson => f.write_str("Invalid Policy: Invalid JSON."),
            Kind::Unexpected { name } => write!(f, "Invalid Policy: Unexpected: '{name}'"),
            Kind::ExpirationMissing => f.write_str("Invalid Policy: Policy missing expiration."),
            Kind::Expiration { got } => {
                write!(f, "Invalid Policy: Invalid 'expiration' value: '{got}'")
            }
            Kind::ConditionsMissing => f.write_str("Invalid Policy: Policy missing conditions."),
            Kind::ConditionsNoList => {
                f.write_str("Invalid Policy: Invalid 'conditions' value: must be a List.")
            }
            Kind::Condition { number, what, text } => {
                write!(f, "Invalid Policy: {what} (condition {number}: {text})")
            }
            Kind::FieldNotUtf8 { name } => write!(f, "The field '{name}' is not UTF-8."),
            Kind::FormTooLong { bytes } => write!(
                f,
                "Your POST request fields preceeding the upload file was too large: \
                 {bytes} bytes, at most {POST_FORM_BYTES_MAX} are taken."
            ),
            Kind::TooManyFields { count } => write!(
                f,
                "Your POST request has {count} fields, at most {POST_FORM_FIELDS_MAX} are taken."
            ),
            // The two spaces are S3's.
            Kind::KeyMissing => f.write_str(
                "Bucket POST must contain a field named 'key'.  \
                 If it is specified, please check the order of the fields.",
            ),
            Kind::KeyTooLong => f.write_str(Code::KeyTooLongError.message()),
            Kind::Expired { .. } => f.write_str("Invalid according to Policy: Policy expired."),
            Kind::ConditionFailed { condition, .. } => write!(
                f,
                "Invalid according to Policy: Policy Condition failed: {condition}"
            ),
            Kind::ExtraFields { names } => write!(
                f,
                "Invalid according to Policy: Extra input fields: {}",
                names.join(", ")
            ),
            Kind::TooSmall { .. } => f.write_str(Code::EntityTooSmall.message()),
            Kind::TooLarge { .. } => {
                f.write_str("Your proposed upload exceeds the maximum allowed size")
            }
        }
    }
}

impl std::error::Error for PolicyError {}
