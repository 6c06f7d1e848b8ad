//! A form held against a policy.
//!
//! A [`Permit`] is made here alone: it carries the form that was checked, so what is
//! stored is what was allowed. The size is known last, when the file has arrived, and is
//! asked of the permit.

use dropslip_sigv4::Timestamp;

use super::Policy;
use super::condition::{Condition, shown_value};
use super::error::{PolicyError, PolicyErrorKind};
use super::form::Form;
use crate::name::{BucketName, ObjectKey};

/// A form that its policy allows.
#[derive(Clone, Debug)]
pub struct Permit {
    form: Form,
    key: ObjectKey,
    min: u64,
    max: u64,
}

impl Policy {
    /// Holds a form against the policy: its expiration, then each condition in its order,
    /// then that a condition is about each field. `bucket` is the bucket that the request
    /// went to; it must be named by a condition as well.
    ///
    /// The fields `policy`, `x-amz-signature`, `file`, those of Signature Version 2
    /// (`AWSAccessKeyId`, `signature`), all `x-ignore-*` and all `x-amz-checksum-*` need no
    /// condition. The last only promise what bytes will come, so that they widen nothing; S3's pages
    /// do not list them, and clients send them without one.
    ///
    /// # Errors
    /// The first that fails, see [`PolicyErrorKind`].
    pub fn check(
        &self,
        form: Form,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Result<Permit, PolicyError> {
        let key = form.key()?;
        if now > self.expiration {
            let until = self.expiration;
            return Err(PolicyErrorKind::Expired { until, now }.into());
        }
        let (mut min, mut max) = (0, u64::MAX);
        for condition in &self.conditions {
            if let Condition::ContentLengthRange {
                min: fewest,
                max: most,
            } = condition
            {
                (min, max) = (min.max(*fewest), max.min(*most));
            } else if !holds(condition, &form, bucket) {
                return Err(failed(condition, &form, bucket));
            }
        }
        self.check_names(&form)?;
        Ok(Permit {
            form,
            key,
            min,
            max,
        })
    }

    /// Each field must be named by a condition.
    fn check_names(&self, form: &Form) -> Result<(), PolicyError> {
        const FREE: [&str; 5] = [
            "policy",
            "x-amz-signature",
            "file",
            "awsaccesskeyid",
            "signature",
        ];
        let named = |name: &str| self.conditions.iter().any(|about| about.is_about(name));
        let free = |name: &str| {
            FREE.contains(&name)
                || name.starts_with("x-ignore-")
                || name.starts_with("x-amz-checksum-")
        };
        let sent = form.names().filter(|(name, _)| *name != "bucket");
        let names: Vec<String> = sent
            .chain([("bucket", "bucket")])
            .filter(|(name, _)| !free(name) && !named(name))
            .map(|(_, sent)| sent.to_owned())
            .collect();
        if names.is_empty() {
            Ok(())
        } else {
            Err(PolicyErrorKind::ExtraFields { names }.into())
        }
    }
}

fn failed(condition: &Condition, form: &Form, bucket: &BucketName) -> PolicyError {
    let field = condition.field();
    let got = field.and_then(|field| {
        let sent = form.value(&field.to_ascii_lowercase());
        let at = field
            .eq_ignore_ascii_case("bucket")
            .then(|| bucket.as_str());
        let got = match condition {
            Condition::Exact { value, .. } if at == Some(value) => sent,
            _ => at.or(sent),
        };
        got.map(|got| shown_value(field, got))
    });
    PolicyErrorKind::ConditionFailed {
        condition: condition.to_string(),
        field: field.map(str::to_owned),
        got,
    }
    .into()
}

fn holds(condition: &Condition, form: &Form, bucket: &BucketName) -> bool {
    let Some(field) = condition.field() else {
        // The size is asked of the permit; nothing else without a field can be met.
        return matches!(condition, Condition::ContentLengthRange { .. });
    };
    let name = field.to_ascii_lowercase();
    let fits = |got| match condition {
        Condition::Exact { value, .. } => got == value,
        Condition::StartsWith { prefix, .. } => begins(&name, got, prefix),
        _ => false,
    };
    // A field that is not there does not even begin with nothing, as S3 has it.
    let sent = form.value(&name);
    if name == "bucket" {
        fits(bucket.as_str()) && sent.is_none_or(fits)
    } else {
        sent.is_some_and(fits)
    }
}

/// "image/jpg,image/png" is a list of types, each of which must fit. In other fields a
/// comma is a character.
fn begins(name: &str, got: &str, prefix: &str) -> bool {
    if name == "content-type" {
        got.split(',').all(|part| part.trim().starts_with(prefix))
    } else {
        got.starts_with(prefix)
    }
}

impl Permit {
    /// The object's key.
    #[must_use]
    pub fn key(&self) -> &ObjectKey {
        &self.key
    }

    /// The form that was checked: take the object's properties from here.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The most bytes that the file may have.
    #[must_use]
    pub fn size_max(&self) -> u64 {
        self.max
    }

    /// Whether the file may go on after so many bytes. Ask this while it arrives, so that
    /// too large a one is refused before it has been stored.
    ///
    /// # Errors
    /// [`PolicyErrorKind::TooLarge`].
    pub fn check_size_so_far(&self, bytes: u64) -> Result<(), PolicyError> {
        if bytes > self.max {
            let (size, max) = (bytes, self.max);
            return Err(PolicyErrorKind::TooLarge { size, max }.into());
        }
        Ok(())
    }

    /// Whether the whole file has an allowed size.
    ///
    /// # Errors
    /// [`PolicyErrorKind::TooLarge`] or [`PolicyErrorKind::TooSmall`].
    pub fn check_size(&self, bytes: u64) -> Result<(), PolicyError> {
        self.check_size_so_far(bytes)?;
        if bytes < self.min {
            let (size, min) = (bytes, self.min);
            return Err(PolicyErrorKind::TooSmall { size, min }.into());
        }
        Ok(())
    }
}
