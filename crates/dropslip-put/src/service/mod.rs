//! To a preset of a service, which decides, makes the key and signs; the bytes go to the storage.
//!
//! `flow` is the way of one file, `parts` that of its parts, `send` carries bytes to signed addresses, `api` makes the calls.

mod api;
mod flow;
mod parts;
mod send;
mod slip;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64_URL;
use reqwest::header::HeaderValue;
use reqwest::{Url, redirect};

pub(crate) use flow::{abandon, carry};

use crate::error::{PutError, PutErrorKind};
use crate::limits::CONNECT_S;

/// A preset of a service. Debug shows no key.
#[derive(Debug)]
pub struct Service {
    http: reqwest::Client,
    /// Without a slash at its end.
    address: String,
    preset: String,
    authorization: Option<HeaderValue>,
    /// For whom, where the caller may say so.
    pub subject: Option<String>,
    /// Content type of all files; by default what each file's name says.
    pub content_type: Option<String>,
    /// Metadata, among the names that the preset allows.
    pub metadata: Vec<(String, String)>,
}

impl Service {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(address: &str, preset: &str) -> Result<Self, PutError> {
        let wrong = |why: &str| {
            PutError::new(
                PutErrorKind::Setup,
                format!("`{address}` is no address of a service: {why}"),
            )
            .hint("write it as `--service https://uploads.example`")
        };
        let url = Url::parse(address).map_err(|e| wrong(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with `http://` or `https://`"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return Err(wrong("it has no user, no `?` and no `#`"));
        }
        // Fails only when a provider is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(CONNECT_S))
            .build()
            .map_err(|e| wrong(&e.to_string()))?;
        Ok(Self {
            http,
            address: address.trim_end_matches('/').to_owned(),
            preset: preset.to_owned(),
            authorization: None,
            subject: None,
            content_type: None,
            metadata: Vec::new(),
        })
    }

    /// The same for a caller with an API key or a token.
    ///
    /// # Errors
    /// When no header can carry it.
    pub fn with_key(self, key: &str) -> Result<Self, PutError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
            PutError::new(
                PutErrorKind::Setup,
                "the API key has characters that no header can carry",
            )
        })?;
        value.set_sensitive(true);
        Ok(Self {
            authorization: Some(value),
            ..self
        })
    }
}

/// Who calls with an API key or a token, for telling one caller from another: the key itself, or the issuer and the
/// subject that a JWT names, which changes more often than who has it. A secret: it is to be hashed.
#[must_use]
pub fn caller_of(key: &str) -> String {
    let claims = key
        .split('.')
        .nth(1)
        .and_then(|part| BASE64_URL.decode(part).ok());
    let claims: Option<serde_json::Value> =
        claims.and_then(|text| serde_json::from_slice(&text).ok());
    match claims {
        Some(claims) if claims.is_object() => format!("{} {}", claims["iss"], claims["sub"]),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for right in [
            "http://localhost:7600",
            "https://uploads.example/",
            "https://a.example/uploads/",
        ] {
            let service = Service::new(right, "photo").unwrap();
            assert!(!service.address.ends_with('/'), "{right}");
        }
        for wrong in [
            "",
            "localhost:7600",
            "uploads.example",
            "ftp://a",
            "http://a/?b",
            "http://u:p@a",
        ] {
            assert!(Service::new(wrong, "photo").is_err(), "{wrong}");
        }
    }

    #[test]
    fn callers() {
        assert_eq!(caller_of("a-key.with.dots"), "a-key.with.dots");
        // {"iss":"i","sub":"u","exp":1} and the same with another end.
        for claims in [
            "eyJpc3MiOiJpIiwic3ViIjoidSIsImV4cCI6MX0",
            "eyJpc3MiOiJpIiwic3ViIjoidSIsImV4cCI6Mn0",
        ] {
            assert_eq!(
                caller_of(&format!("eyJhIjoxfQ.{claims}.sig")),
                "\"i\" \"u\""
            );
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let service = Service::new("http://localhost:7600", "photo").unwrap();
        let service = service.with_key("a-secret-key").unwrap();
        assert!(!format!("{service:?}").contains("a-secret-key"));
        let service = Service::new("http://localhost:7600", "photo").unwrap();
        assert!(
            !service
                .with_key("a\nb")
                .unwrap_err()
                .to_string()
                .contains('\n')
        );
    }
}
