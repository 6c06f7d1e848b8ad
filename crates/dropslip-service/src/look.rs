//! Who may look at the service's numbers and at the reasons for which it is not ready: the operator.
//!
//! With `metrics.token` that is whoever sends it. Without, it is this machine alone: a connection from loopback, to a
//! name of loopback's, without a word of a proxy. Most proxies add such a word; one on the same machine that adds none
//! must not pass on `/metrics`, or a token is to be set.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, FORWARDED, HOST, VIA};
use axum::http::request::Parts;
use dropslip_s3::address::is_loopback_host;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::config::{ConfigError, MetricsConfig};
use crate::limits::{API_KEY_BYTES_MAX, API_KEY_BYTES_MIN};
use crate::problem::{Code, Problem};

/// What proxies add, besides the standard headers.
const PROXIES_WORDS: [&str; 4] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Who may look.
#[derive(Clone, Default)]
pub(crate) enum Lookers {
    /// This machine.
    #[default]
    Local,
    /// Whoever has the token; its SHA-256.
    Token([u8; 32]),
}

impl std::fmt::Debug for Lookers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Local => "Local",
            Self::Token(_) => "Token(..)",
        })
    }
}

impl Lookers {
    /// Takes the configuration in.
    pub(crate) fn check(config: &MetricsConfig) -> Result<Self, ConfigError> {
        let Some(token) = &config.token else {
            return Ok(Self::Local);
        };
        let token = token.reveal();
        let fits = (API_KEY_BYTES_MIN..=API_KEY_BYTES_MAX).contains(&token.len());
        if !fits || !token.bytes().all(|b| b.is_ascii_graphic()) {
            let message = format!(
                "must be {API_KEY_BYTES_MIN} to {API_KEY_BYTES_MAX} visible ASCII characters; `openssl rand -hex 24` makes one"
            );
            return Err(ConfigError::service("metrics.token", message));
        }
        Ok(Self::Token(Sha256::digest(token).into()))
    }

    /// Lets a caller look, or says why not.
    pub(crate) fn admit(&self, parts: &Parts) -> Result<(), Problem> {
        match self {
            Self::Local if is_local(parts) => Ok(()),
            Self::Local => {
                let detail = "this is told to programs on the service's own machine alone";
                let hint = "Ask from there without a proxy, or set `metrics.token` in dropslip.toml and send it as \
                            `authorization: Bearer TOKEN`.";
                Err(Problem::new(Code::Forbidden, detail).with_hint(hint.to_owned()))
            }
            Self::Token(digest) if has_token(parts, digest) => Ok(()),
            Self::Token(_) => {
                let detail = "the call does not carry the token of `metrics.token`";
                let hint = "Send the header `authorization: Bearer TOKEN`.";
                Err(Problem::new(Code::Unauthorized, detail).with_hint(hint.to_owned()))
            }
        }
    }
}

fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let from_here = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    let in_uri = parts.uri.authority().map(|authority| authority.as_str());
    let mut names = parts
        .headers
        .get_all(HOST)
        .iter()
        .map(|name| name.to_str().unwrap_or_default())
        .chain(in_uri)
        .peekable();
    let is_named = names.peek().is_some();
    let standard = [FORWARDED, VIA];
    let through_proxy = standard.iter().any(|name| parts.headers.contains_key(name))
        || PROXIES_WORDS
            .iter()
            .any(|name| parts.headers.contains_key(*name));
    from_here && is_named && names.all(is_loopback_host) && !through_proxy
}

fn has_token(parts: &Parts, digest: &[u8; 32]) -> bool {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Some((scheme, token)) = value.as_bytes().split_at_checked("Bearer ".len()) else {
        return false;
    };
    let sent: [u8; 32] = Sha256::digest(token.trim_ascii()).into();
    scheme.eq_ignore_ascii_case(b"Bearer ") && sent.ct_eq(digest).into()
}
