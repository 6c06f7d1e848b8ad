//! What the authorization keeps while the service runs, and hands over when a new configuration takes its place.

use std::net::IpAddr;

use axum::http::HeaderValue;
use axum::http::request::Parts;

use super::Settings;
use super::forward::Application;
use super::jwt::{Jwks, Keys};
use crate::address;
use crate::config::{ConfigError, ConfigErrorKind};
use crate::problem::Problem;
use crate::rates::Rates;

/// Fetched keys, connections to the application, and counts of calls.
#[derive(Debug)]
pub(crate) struct Live {
    jwks: Option<Jwks>,
    application: Option<Application>,
    rates: Rates,
    proxies: address::TrustedProxies,
}

impl Live {
    /// Nothing is asked or counted yet.
    pub(crate) fn new(settings: &Settings) -> Result<Self, ConfigError> {
        let wrong = |field: &str, why: String| {
            ConfigError::at(
                ConfigErrorKind::Auth,
                field,
                format!("cannot be used: {why}"),
            )
        };
        let jwks = match settings.jwt.as_ref().map(|policy| &policy.keys) {
            Some(Keys::Url(url)) => {
                Some(Jwks::new(url.clone()).map_err(|why| wrong("auth.jwt.jwksUrl", why))?)
            }
            _ => None,
        };
        let application = settings.forward.as_ref().map(Application::new).transpose();
        Ok(Self {
            jwks,
            application: application.map_err(|why| wrong("auth.forward.url", why))?,
            rates: Rates::new(settings.rates),
            proxies: settings.proxies.clone(),
        })
    }

    /// Takes over what the one before it has learned, as far as it is of the same.
    #[must_use]
    pub(crate) fn continuing(self, old: &Self) -> Self {
        let jwks = match (self.jwks, &old.jwks) {
            (Some(new), Some(old)) if new.url() == old.url() => Some(old.share()),
            (new, _) => new,
        };
        Self {
            jwks,
            rates: self.rates.continuing(&old.rates),
            ..self
        }
    }

    pub(super) fn jwks(&self) -> Option<&Jwks> {
        self.jwks.as_ref()
    }

    pub(super) fn application(&self) -> Option<&Application> {
        self.application.as_ref()
    }

    /// Where a call comes from.
    pub(crate) fn address_of(&self, parts: &Parts) -> IpAddr {
        self.proxies
            .client_of(address::peer_of(parts), &parts.headers)
    }

    /// Whether the call came by TLS, as far as a proxy that is trusted says so.
    pub(super) fn scheme_of(&self, parts: &Parts) -> &'static str {
        let said = parts.headers.get("x-forwarded-proto");
        let is_told = self.proxies.is_between(address::peer_of(parts));
        match said.map(HeaderValue::as_bytes) {
            Some(b"https") if is_told => "https",
            _ => parts.uri.scheme_str().map_or("http", |scheme| {
                if scheme == "https" { "https" } else { "http" }
            }),
        }
    }

    /// Counts a call of its address.
    pub(super) fn count_address(&self, parts: &Parts) -> Result<(), Problem> {
        match &self.rates.per_address {
            None => Ok(()),
            Some(rates) => rates.count_address(self.address_of(parts)),
        }
    }

    /// Counts a call of its subject.
    pub(super) fn count_subject(&self, subject: &str) -> Result<(), Problem> {
        match &self.rates.per_subject {
            None => Ok(()),
            Some(rates) => rates.count_subject(subject),
        }
    }
}
