//! `[auth]` and `[limits]`, checked.

use super::api_keys::ApiKeys;
use super::{forward, jwt};
use crate::address::TrustedProxies;
use crate::config::{AuthConfig, ConfigError, LimitsConfig};
use crate::rates::RateSettings;
use crate::secret::Secret;

/// Who may call, and how often.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(super) api_keys: ApiKeys,
    pub(super) jwt: Option<jwt::Policy>,
    pub(super) forward: Option<forward::Policy>,
    pub(super) rates: RateSettings,
    pub(super) proxies: TrustedProxies,
}

impl Settings {
    /// Checks both sections. `given` are API keys from elsewhere, `presets` the names that there are.
    pub(crate) fn check(
        auth: AuthConfig,
        limits: &LimitsConfig,
        given: Vec<Secret>,
        presets: &[&str],
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            api_keys: ApiKeys::check(auth.api_keys, given, presets)?,
            jwt: auth.jwt.map(jwt::Policy::check).transpose()?,
            forward: auth.forward.map(forward::Policy::check).transpose()?,
            rates: RateSettings::check(limits)?,
            proxies: TrustedProxies::check(&limits.trusted_proxies)?,
        })
    }

    /// Whether nothing is configured, so that this machine alone may call.
    pub(crate) fn is_open(&self) -> bool {
        self.api_keys.is_empty() && self.jwt.is_none() && self.forward.is_none()
    }

    /// Names beyond the known ones that key templates may use.
    pub(crate) fn key_part_names(&self) -> Vec<String> {
        let of_tokens = self.jwt.iter().flat_map(jwt::Policy::key_part_names);
        let of_answers = self
            .forward
            .iter()
            .flat_map(forward::Policy::key_part_names);
        of_tokens.chain(of_answers).map(str::to_owned).collect()
    }

    /// Headers that the application wants to see.
    pub(crate) fn forwarded_headers(&self) -> &[axum::http::HeaderName] {
        self.forward.as_ref().map_or(&[], |policy| policy.headers())
    }
}

/// Names that key templates have not already.
pub(super) fn check_key_part_name(name: &str) -> Result<(), String> {
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let shown = name.escape_debug();
    if !is_name {
        return Err(format!(
            "has `{shown}`, which is no name of letters, digits and `_`"
        ));
    }
    if ["uuid", "date", "ext", "name", "subject"].contains(&name) {
        return Err(format!("has `{shown}`, which key templates have already"));
    }
    Ok(())
}
