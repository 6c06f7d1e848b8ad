//! What a token says: that it is valid now, here, and for us; and what its subject may do.

use std::collections::BTreeMap;

use bytesize::ByteSize;
use dropslip_sigv4::Timestamp;
use serde_json::{Map, Value};

use super::Policy;
use super::token::refused;
use crate::auth::caller::{Allowed, Caller, CallerKind, Narrowed};
use crate::limits::{CLAIM_BYTES_MAX, CLAIM_LIST_MAX, SUBJECT_BYTES_MAX};
use crate::media_type::TypePattern;
use crate::problem::{Code, Problem};

type Claims = Map<String, Value>;

impl Policy {
    /// Holds the claims against what is configured.
    pub(super) fn caller(&self, claims: &Claims, now: Timestamp) -> Result<Caller, Problem> {
        self.check_times(claims, now)?;
        self.check_issuer(claims)?;
        self.check_audience(claims)?;
        let subject = text(claims, &self.subject_claim, SUBJECT_BYTES_MAX)?
            .ok_or_else(|| missing(&self.subject_claim))?;
        let presets = match &self.presets_claim {
            None => Allowed::All,
            Some(name) => {
                let presets = list(claims, name)?.ok_or_else(|| missing(name))?;
                Allowed::Only(presets.into())
            }
        };
        let narrowed = Narrowed {
            size_bytes_max: self.size(claims)?,
            accept: self.accept(claims)?,
            metadata: Vec::new(),
            key_parts: self.key_parts(claims)?,
        };
        Ok(Caller::new(
            CallerKind::Jwt,
            Some(subject),
            presets,
            narrowed,
        ))
    }

    /// `exp` must be there (RFC 7519 leaves it open): a token that never ends cannot be taken back.
    fn check_times(&self, claims: &Claims, now: Timestamp) -> Result<(), Problem> {
        let (now, leeway) = (number(now.unix_s()), number(self.leeway_s));
        let exp = time(claims, "exp")?.ok_or_else(|| missing("exp"))?;
        if now >= exp + leeway {
            let ago = now - exp;
            return Err(Problem::new(
                Code::TokenExpired,
                format!("the token's `exp` was {ago:.0} s ago; {leeway} s are let pass"),
            ));
        }
        match time(claims, "nbf")? {
            Some(nbf) if nbf > now + leeway => Err(refused(format!(
                "the token's `nbf` lies {:.0} s ahead; {leeway} s are let pass",
                nbf - now
            ))),
            _ => Ok(()),
        }
    }

    fn check_issuer(&self, claims: &Claims) -> Result<(), Problem> {
        let Some(issuers) = &self.issuers else {
            return Ok(());
        };
        match claims.get("iss") {
            Some(Value::String(issuer)) if issuers.contains(issuer) => Ok(()),
            Some(Value::String(_)) => {
                Err(refused("the token's `iss` is not the configured issuer"))
            }
            Some(_) => Err(refused("the token's `iss` is not a string")),
            None => Err(missing("iss")),
        }
    }

    fn check_audience(&self, claims: &Claims) -> Result<(), Problem> {
        let Some(audiences) = &self.audiences else {
            return Ok(());
        };
        let is_ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| audiences.iter().any(|ours| ours == text))
        };
        let found = match claims.get("aud") {
            Some(Value::Array(values)) => values.iter().any(is_ours),
            Some(value @ Value::String(_)) => is_ours(value),
            Some(_) => return Err(refused("the token's `aud` is neither a string nor a list")),
            None => return Err(missing("aud")),
        };
        if found {
            Ok(())
        } else {
            Err(refused("the token's `aud` is for somebody else"))
        }
    }

    /// A number of bytes, or a text such as `20 MiB`. Without the claim the preset's limit stands.
    fn size(&self, claims: &Claims) -> Result<Option<u64>, Problem> {
        let Some(name) = &self.max_size_claim else {
            return Ok(None);
        };
        let size = match find(claims, name) {
            None => return Ok(None),
            Some(Value::Number(bytes)) => bytes.as_u64(),
            Some(Value::String(text)) => text.parse().ok().map(|size: ByteSize| size.as_u64()),
            Some(_) => None,
        };
        size.map(Some).ok_or_else(|| {
            wrong(
                name,
                "is no size: a number of bytes, or a text such as `20 MiB`",
            )
        })
    }

    fn accept(&self, claims: &Claims) -> Result<Option<Vec<TypePattern>>, Problem> {
        let Some(name) = &self.accept_claim else {
            return Ok(None);
        };
        let Some(types) = list(claims, name)? else {
            return Ok(None);
        };
        let patterns = types.iter().map(|text| TypePattern::parse(text));
        let patterns: Result<_, _> = patterns.collect();
        patterns
            .map(Some)
            .map_err(|_| wrong(name, "is no list of types such as `image/*`"))
    }

    /// Claims that are missing are left out: the template that needs one refuses.
    fn key_parts(&self, claims: &Claims) -> Result<BTreeMap<String, String>, Problem> {
        let mut parts = BTreeMap::new();
        for (name, claim) in &self.key_parts {
            if let Some(value) = text(claims, claim, CLAIM_BYTES_MAX)? {
                parts.insert(name.clone(), value);
            }
        }
        Ok(parts)
    }
}

/// A claim by its name; names that begin with `/` are paths into nested claims (RFC 6901).
fn find<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    let found = match name.strip_prefix('/') {
        None => claims.get(name),
        Some(path) => {
            let (first, rest) = path
                .split_once('/')
                .map_or((path, None), |(a, b)| (a, Some(b)));
            let first = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
            match rest {
                None => Some(first),
                Some(rest) => first.pointer(&format!("/{rest}")),
            }
        }
    };
    found.filter(|value| !value.is_null())
}

/// A string, or a whole number as its digits: ids of databases are numbers.
fn text(claims: &Claims, name: &str, bytes_max: usize) -> Result<Option<String>, Problem> {
    let text = match find(claims, name) {
        None => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_u64() || number.is_i64() => number.to_string(),
        Some(_) => return Err(wrong(name, "is neither a string nor a whole number")),
    };
    if text.is_empty() || text.len() > bytes_max || text.chars().any(char::is_control) {
        return Err(wrong(
            name,
            &format!("must be 1 to {bytes_max} bytes without control characters"),
        ));
    }
    Ok(Some(text))
}

/// A list of strings, or one string of words with spaces between, as OAuth writes scopes.
fn list(claims: &Claims, name: &str) -> Result<Option<Vec<String>>, Problem> {
    let words: Option<Vec<String>> = match find(claims, name) {
        None => return Ok(None),
        Some(Value::String(text)) => Some(
            text.split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
        ),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect(),
        Some(_) => None,
    };
    words
        .filter(|words| words.len() <= CLAIM_LIST_MAX)
        .map(Some)
        .ok_or_else(|| {
            wrong(
                name,
                &format!("is no list of at most {CLAIM_LIST_MAX} strings"),
            )
        })
}

/// A NumericDate (RFC 7519 section 2): seconds, with a fraction or without.
fn time(claims: &Claims, name: &str) -> Result<Option<f64>, Problem> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_f64()
            .filter(|seconds| seconds.is_finite())
            .map(Some)
            .ok_or_else(|| wrong(name, "is not a number of seconds")),
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds are far below 2^53")]
fn number(seconds: i64) -> f64 {
    seconds as f64
}

fn missing(name: &str) -> Problem {
    refused(format!("the token has no claim `{name}`"))
}

fn wrong(name: &str, why: &str) -> Problem {
    refused(format!("the token's `{name}` {why}"))
}
