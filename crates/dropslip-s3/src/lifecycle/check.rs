//! What S3 refuses of lifecycle rules, with its codes.

use std::collections::HashSet;

use super::{And, Expiration, LifecycleError, LifecycleRule, Scope};
use crate::error::Code;
use crate::limits::{
    KEY_LEN_MAX, LIFECYCLE_ID_LEN_MAX, LIFECYCLE_NEWER_KEPT_MAX, LIFECYCLE_RULES_MAX,
    LIFECYCLE_SIZE_BYTES_MAX, TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX,
};

const DAY_S: i64 = 24 * 60 * 60;

pub(super) fn rules(rules: &[LifecycleRule]) -> Result<(), LifecycleError> {
    if rules.is_empty() {
        return Err(LifecycleError::malformed(
            "a lifecycle configuration has at least one rule",
        ));
    }
    if rules.len() > LIFECYCLE_RULES_MAX {
        return Err(LifecycleError::new(
            Code::InvalidRequest,
            format!("there are more than {LIFECYCLE_RULES_MAX} lifecycle rules"),
        ));
    }
    let mut ids = HashSet::new();
    for (index, rule) in rules.iter().enumerate() {
        one(rule).map_err(|error| {
            let message = format!("lifecycle rule {}: {error}", index + 1);
            LifecycleError::new(error.code, message)
        })?;
        if !ids.insert(rule.id.as_str()) {
            return Err(argument("the ID of a rule must be unique in its bucket"));
        }
    }
    Ok(())
}

fn one(rule: &LifecycleRule) -> Result<(), LifecycleError> {
    if rule.id.chars().count() > LIFECYCLE_ID_LEN_MAX {
        let message = format!("its ID is longer than {LIFECYCLE_ID_LEN_MAX} characters");
        return Err(argument(message));
    }
    scope(&rule.scope)?;
    match rule.expiration {
        Some(Expiration::Days(0)) => {
            return Err(argument(
                "`Days` for the Expiration action must be a positive integer",
            ));
        }
        Some(Expiration::DateUnixS(date)) if date.rem_euclid(DAY_S) != 0 => {
            return Err(argument("`Date` must be at midnight GMT"));
        }
        Some(Expiration::DeleteMarker(_)) if rule.scope.has_tags() || rule.scope.has_sizes() => {
            return Err(request(
                "`ExpiredObjectDeleteMarker` cannot be given with tags or sizes: a delete marker has none",
            ));
        }
        _ => {}
    }
    if let Some(noncurrent) = rule.noncurrent {
        if noncurrent.days == 0 {
            return Err(argument(
                "`NoncurrentDays` for the NoncurrentVersionExpiration action must be a positive integer",
            ));
        }
        if let Some(kept) = noncurrent.newer_kept
            && !(1..=LIFECYCLE_NEWER_KEPT_MAX).contains(&kept)
        {
            return Err(argument(format!(
                "`NewerNoncurrentVersions` must be 1 to {LIFECYCLE_NEWER_KEPT_MAX}"
            )));
        }
    }
    match rule.abort_uploads_days {
        Some(0) => Err(argument(
            "`DaysAfterInitiation` for the AbortIncompleteMultipartUpload action must be a positive integer",
        )),
        Some(_) if rule.scope.has_tags() || rule.scope.has_sizes() => Err(request(
            "`AbortIncompleteMultipartUpload` cannot be given with tags or sizes: an upload has none",
        )),
        None if rule.expiration.is_none() && rule.noncurrent.is_none() => {
            Err(request("at least one action needs to be given"))
        }
        _ => Ok(()),
    }
}

fn scope(scope: &Scope) -> Result<(), LifecycleError> {
    if scope.prefixes().any(|prefix| prefix.len() > KEY_LEN_MAX) {
        let message = format!("a prefix is longer than {KEY_LEN_MAX} bytes");
        return Err(request(message));
    }
    let mut names = HashSet::new();
    for (name, value) in scope.tags() {
        let (name_len, value_len) = (name.chars().count(), value.chars().count());
        if name_len == 0
            || name_len > TAG_KEY_CHARACTERS_MAX
            || value_len > TAG_VALUE_CHARACTERS_MAX
        {
            return Err(request(format!(
                "a tag has a Key of 1 to {TAG_KEY_CHARACTERS_MAX} characters and a Value of at most {TAG_VALUE_CHARACTERS_MAX}"
            )));
        }
        if !names.insert(name.as_str()) {
            return Err(request("duplicate tag keys are not allowed"));
        }
    }
    for (greater, less) in scope.sizes() {
        let mut both = [greater, less].into_iter().flatten();
        if both.any(|bytes| bytes > LIFECYCLE_SIZE_BYTES_MAX) {
            return Err(request(format!(
                "a size is at most {LIFECYCLE_SIZE_BYTES_MAX} bytes"
            )));
        }
        if let (Some(greater), Some(less)) = (greater, less)
            && greater >= less
        {
            return Err(request(
                "`ObjectSizeLessThan` has to be greater than `ObjectSizeGreaterThan`",
            ));
        }
    }
    match scope {
        Scope::Filter(filter) => filter.and.as_ref().map_or(Ok(()), two_of),
        Scope::Prefix(_) => Ok(()),
    }
}

/// `And` is for several conditions.
fn two_of(and: &And) -> Result<(), LifecycleError> {
    let conditions = usize::from(and.prefix.is_some())
        + and.tags.len()
        + usize::from(and.size_greater_than.is_some())
        + usize::from(and.size_less_than.is_some());
    if conditions < 2 {
        return Err(LifecycleError::malformed(
            "`And` has fewer than two conditions",
        ));
    }
    Ok(())
}

fn argument(message: impl Into<String>) -> LifecycleError {
    LifecycleError::new(Code::InvalidArgument, message)
}

fn request(message: impl Into<String>) -> LifecycleError {
    LifecycleError::new(Code::InvalidRequest, message)
}
