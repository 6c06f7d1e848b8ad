//! Reading a policy that arrived.
//!
//! It is signed, so it is what its signer wrote; but a signer may be wrong, and whoever
//! may sign may be hostile. Size, depth and number are bounded, and nothing is guessed:
//! what S3 is known to take is taken, all else is refused by its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::Timestamp;

use super::condition::Condition;
use super::error::{PolicyError, PolicyErrorKind};
use super::{Policy, condition};
use crate::json::Json;
use crate::limits::{CONDITION_SHOWN_MAX, POLICY_BYTES_MAX, POLICY_CONDITIONS_MAX};

impl Policy {
    /// Reads the base64 text of the form's field.
    ///
    /// Line ends in it are passed over, as `base64` of a shell and Ruby's `encode64` write
    /// them: the signature covers the text with them, so they open no door.
    ///
    /// # Errors
    /// [`PolicyErrorKind`] names what is wrong; a condition is named by its place and text.
    pub fn parse_base64(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyErrorKind::PolicyTooLong { bytes: text.len() }.into());
        }
        let line_ends = |char: char| matches!(char, '\r' | '\n');
        let one_line = text.replace(line_ends, "");
        let json = BASE64
            .decode(one_line)
            .map_err(|_| PolicyErrorKind::NotBase64)?;
        let json = str::from_utf8(&json).map_err(|_| PolicyErrorKind::NotJson)?;
        Self::parse_json(json)
    }

    /// Reads the document itself.
    ///
    /// # Errors
    /// As [`Policy::parse_base64`].
    pub fn parse_json(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyErrorKind::PolicyTooLong { bytes: text.len() }.into());
        }
        let Some(Json::Object(members)) = json(text) else {
            return Err(PolicyErrorKind::NotJson.into());
        };
        let (mut expiration, mut conditions) = (None, None);
        for (name, value) in members {
            let place = match name.as_str() {
                "expiration" => &mut expiration,
                "conditions" => &mut conditions,
                _ => return Err(PolicyErrorKind::Unexpected { name }.into()),
            };
            if place.replace(value).is_some() {
                return Err(PolicyErrorKind::Unexpected { name }.into());
            }
        }
        let expiration = match expiration.ok_or(PolicyErrorKind::ExpirationMissing)? {
            Json::Text(text) => text,
            other => other.to_string(),
        };
        let Json::List(conditions) = conditions.ok_or(PolicyErrorKind::ConditionsMissing)? else {
            return Err(PolicyErrorKind::ConditionsNoList.into());
        };
        if conditions.len() > POLICY_CONDITIONS_MAX {
            return Err(PolicyErrorKind::TooManyConditions {
                count: conditions.len(),
            }
            .into());
        }
        Ok(Self {
            expiration: parse_expiration(&expiration)
                .ok_or(PolicyErrorKind::Expiration { got: expiration })?,
            conditions: conditions
                .iter()
                .enumerate()
                .map(|(at, json)| parse_condition(json).map_err(|what| named(at, json, what)))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Reads a document. `None` when it is no JSON, or nested deeper than 128 levels.
fn json(text: &str) -> Option<Json> {
    serde_json::from_str(&standard_escapes(text)).ok()
}

/// S3's page has two escapes that JSON lacks, `\$` for a dollar sign and `\v` for a
/// vertical tab. Whoever wrote a policy by that page may have used them.
fn standard_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('$') => out.push('$'),
            Some('v') => out.push_str("\\u000b"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

/// `2013-05-24T00:00:00Z`, with or without a fraction of a second. S3 refuses other offsets.
fn parse_expiration(text: &str) -> Option<Timestamp> {
    let (seconds, rest) = text.split_at_checked(19)?;
    let fraction = rest.strip_suffix('Z')?;
    if !fraction.is_empty() {
        let digits = fraction.strip_prefix('.')?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    let bytes = seconds.as_bytes();
    let shape = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if shape.iter().any(|&(at, byte)| bytes[at] != byte) {
        return None;
    }
    let basic = format!("{}Z", seconds.replace(['-', ':'], ""));
    Timestamp::parse_basic(&basic).ok()
}

fn named(at: usize, json: &Json, what: String) -> PolicyError {
    PolicyErrorKind::Condition {
        number: at + 1,
        what,
        text: condition::shown(&json.to_string())
            .chars()
            .take(CONDITION_SHOWN_MAX)
            .collect(),
    }
    .into()
}

fn parse_condition(json: &Json) -> Result<Condition, String> {
    match json {
        Json::Object(members) => parse_simple(members),
        Json::List(items) => match items.split_first() {
            Some((Json::Text(operation), arguments)) => parse_list(json, operation, arguments),
            _ => Err("Invalid Condition: missing operation identifier.".to_owned()),
        },
        _ => Err("Invalid Condition: must be a List or Object.".to_owned()),
    }
}

/// `{"acl": "public-read"}`
fn parse_simple(members: &[(String, Json)]) -> Result<Condition, String> {
    match members {
        [(field, Json::Text(value))] => Ok(Condition::Exact {
            field: field.clone(),
            value: value.clone(),
        }),
        [_] => Err("Invalid Simple-Condition: value must be a string.".to_owned()),
        _ => Err(
            "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
                .to_owned(),
        ),
    }
}

/// `["eq", "$acl", "public-read"]`; the operation may be in any case.
fn parse_list(json: &Json, operation: &str, arguments: &[Json]) -> Result<Condition, String> {
    let lower = operation.to_ascii_lowercase();
    if !["eq", "starts-with", "content-length-range"].contains(&lower.as_str()) {
        return Err(format!(
            "Invalid Condition: unknown operation '{operation}'."
        ));
    }
    let [first, second] = arguments else {
        return Err(format!("Invalid {lower}: wrong number of arguments."));
    };
    let unsatisfiable = Condition::Unsatisfiable {
        text: json.to_string(),
    };
    if lower == "content-length-range" {
        return Ok(match (bound(first)?, bound(second)?) {
            (Some(min), Some(max)) => Condition::ContentLengthRange { min, max },
            _ => unsatisfiable,
        });
    }
    let (Json::Text(field), Json::Text(value)) = (first, second) else {
        return Err(format!("Invalid {lower}: value must be a string."));
    };
    let Some(field) = field.strip_prefix('$') else {
        return Ok(unsatisfiable);
    };
    let (field, value) = (field.to_owned(), value.clone());
    Ok(if lower == "eq" {
        Condition::Exact { field, value }
    } else {
        Condition::StartsWith {
            field,
            prefix: value,
        }
    })
}

/// A size in bytes. S3 takes digits in quotes as well, and fails each form on other texts.
fn bound(json: &Json) -> Result<Option<u64>, String> {
    match json {
        Json::Whole(bytes) => Ok(Some(*bytes)),
        Json::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(text.parse().ok()),
        Json::Text(_) => Ok(None),
        _ => Err("Invalid content-length-range: bounds must be whole numbers.".to_owned()),
    }
}
