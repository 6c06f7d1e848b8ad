//! `[auth.jwt]`, checked: which keys, which algorithms, which claims.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use url::Url;

use super::keys::{ALGORITHMS, KeySet, name_of};
use crate::auth::settings::check_key_part_name;
use crate::config::{ConfigError, ConfigErrorKind, Expected, JwtConfig};
use crate::limits::{JWT_LEEWAY_S_DEFAULT, JWT_LEEWAY_S_MAX};
use crate::outgoing;

/// What is asked of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) keys: Keys,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) issuers: Option<Vec<String>>,
    pub(super) audiences: Option<Vec<String>>,
    pub(super) leeway_s: i64,
    pub(super) subject_claim: String,
    pub(super) presets_claim: Option<String>,
    pub(super) max_size_claim: Option<String>,
    pub(super) accept_claim: Option<String>,
    /// Names in key templates, and the claims behind them.
    pub(super) key_parts: Vec<(String, String)>,
}

/// Where the keys are.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    /// In the configuration.
    Fixed(Arc<KeySet>),
    /// Behind a URL.
    Url(Url),
}

fn wrong(field: &str, message: impl Into<String>) -> ConfigError {
    ConfigError::at(ConfigErrorKind::Auth, &format!("auth.jwt.{field}"), message)
}

impl Policy {
    /// Checks the section.
    pub(crate) fn check(config: JwtConfig) -> Result<Self, ConfigError> {
        let (keys, fitting) = keys(&config)?;
        let subject_claim = config.subject_claim.unwrap_or_else(|| "sub".to_owned());
        let named = [
            ("subjectClaim", Some(&subject_claim)),
            ("presetsClaim", config.presets_claim.as_ref()),
            ("maxSizeClaim", config.max_size_claim.as_ref()),
            ("acceptClaim", config.accept_claim.as_ref()),
        ];
        if let Some((field, _)) = named
            .iter()
            .find(|(_, name)| name.is_some_and(String::is_empty))
        {
            return Err(wrong(field, "is empty; it is the name of a claim"));
        }
        for (name, claim) in &config.key_parts.0 {
            check_key_part_name(name).map_err(|why| wrong("keyParts", why))?;
            if claim.is_empty() {
                let why = format!(
                    "has `{}` without the name of its claim",
                    name.escape_debug()
                );
                return Err(wrong("keyParts", why));
            }
        }
        Ok(Self {
            keys,
            algorithms: algorithms(config.algorithms, &fitting)?,
            issuers: expected("issuer", "iss", config.issuer)?,
            audiences: expected("audience", "aud", config.audience)?,
            leeway_s: leeway(config.leeway.as_deref())?,
            subject_claim,
            presets_claim: config.presets_claim,
            max_size_claim: config.max_size_claim,
            accept_claim: config.accept_claim,
            key_parts: config.key_parts.0,
        })
    }

    /// Names that key templates may use.
    pub(crate) fn key_part_names(&self) -> impl Iterator<Item = &str> {
        self.key_parts.iter().map(|(name, _)| name.as_str())
    }
}

/// The keys, and the algorithms that they can be used with.
fn keys(config: &JwtConfig) -> Result<(Keys, Vec<Algorithm>), ConfigError> {
    let fixed = |field: &str, keys: Result<KeySet, String>| {
        let keys = keys.map_err(|why| wrong(field, why))?;
        let algorithms = keys.algorithms();
        Ok((Keys::Fixed(Arc::new(keys)), algorithms))
    };
    match (
        &config.secret,
        &config.public_key,
        &config.jwks,
        &config.jwks_url,
    ) {
        (Some(secret), None, None, None) => fixed("secret", KeySet::secret(secret)),
        (None, Some(pem), None, None) => fixed("publicKey", KeySet::pem(pem.reveal())),
        (None, None, Some(jwks), None) => fixed("jwks", KeySet::jwks(jwks.reveal().as_bytes())),
        (None, None, None, Some(url)) => {
            let url = outgoing::safe_url(url).map_err(|why| wrong("jwksUrl", why))?;
            let asymmetric = vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
            Ok((Keys::Url(url), asymmetric))
        }
        (None, None, None, None) => Err(wrong(
            "secret",
            "is missing; tokens need one of `secret`, `publicKey`, `jwks` and `jwksUrl`",
        )),
        _ => Err(wrong(
            "secret",
            "and others of `publicKey`, `jwks` and `jwksUrl` are there together; a token has one kind of key",
        )),
    }
}

/// What the file says, as far as the keys can; by default all that they can.
fn algorithms(
    said: Option<Vec<String>>,
    fitting: &[Algorithm],
) -> Result<Vec<Algorithm>, ConfigError> {
    let all = || ALGORITHMS.iter().map(|(_, algorithm)| *algorithm);
    let Some(said) = said else {
        return Ok(all()
            .filter(|algorithm| fitting.contains(algorithm))
            .collect());
    };
    let mut algorithms = Vec::new();
    for name in &said {
        let shown = name.escape_debug();
        let known = ALGORITHMS.iter().find(|(known, _)| known == name);
        let (_, algorithm) = known.ok_or_else(|| {
            let message =
                format!("has `{shown}`; the service speaks HS256, RS256, ES256 and EdDSA");
            wrong("algorithms", message)
        })?;
        if !fitting.contains(algorithm) {
            let fitting: Vec<_> = fitting
                .iter()
                .map(|algorithm| name_of(*algorithm))
                .collect();
            let message = format!("has `{shown}`, and the keys are for {}", fitting.join(", "));
            return Err(wrong("algorithms", message));
        }
        algorithms.push(*algorithm);
    }
    if algorithms.is_empty() {
        return Err(wrong(
            "algorithms",
            "is empty; leave it out to take what the keys are for",
        ));
    }
    Ok(algorithms)
}

/// Without it any token of the same issuer would do, those for other services too. So to leave it out must be said.
fn expected(
    field: &str,
    claim: &str,
    value: Option<Expected>,
) -> Result<Option<Vec<String>>, ConfigError> {
    let texts = match value {
        Some(Expected::Unchecked(false)) => return Ok(None),
        Some(Expected::One(text)) => vec![text],
        Some(Expected::Many(texts)) => texts,
        None | Some(Expected::Unchecked(true)) => {
            let message = format!(
                "is missing; it is what the tokens' `{claim}` must be, or `{field} = false` when they have none"
            );
            return Err(wrong(field, message));
        }
    };
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        return Err(wrong(
            field,
            format!("is empty; it is what the tokens' `{claim}` must be"),
        ));
    }
    Ok(Some(texts))
}

fn leeway(text: Option<&str>) -> Result<i64, ConfigError> {
    let Some(text) = text else {
        return Ok(JWT_LEEWAY_S_DEFAULT);
    };
    let duration = humantime::parse_duration(text).ok();
    duration
        .and_then(|duration| i64::try_from(duration.as_secs()).ok())
        .filter(|seconds| *seconds <= JWT_LEEWAY_S_MAX)
        .ok_or_else(|| {
            let shown = text.escape_debug();
            wrong(
                "leeway",
                format!("is `{shown}`, not a duration from `0s` to `{JWT_LEEWAY_S_MAX}s`"),
            )
        })
}
