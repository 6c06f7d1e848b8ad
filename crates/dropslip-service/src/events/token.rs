//! The token of those who may send events of the storage.
//!
//! Senders differ in what they can be told: MinIO sends `authorization: Bearer`, SNS and Ceph take a user and a
//! password in the URL and send them as Basic, some take nothing but a URL. So all three are taken.

use std::fmt;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::config::ConfigError;
use crate::limits::EVENTS_TOKEN_CHARS_MIN;
use crate::problem::{Code, Problem};
use crate::secret::Secret;

/// The token, as its SHA-256: equal in length, so that comparing tells nothing.
#[derive(Clone)]
pub(crate) struct EventsToken([u8; 32]);

impl fmt::Debug for EventsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventsToken(..)")
    }
}

impl EventsToken {
    /// Takes in what the configuration says.
    pub(crate) fn check(token: &Secret) -> Result<Self, ConfigError> {
        let text = token.reveal();
        if text.len() < EVENTS_TOKEN_CHARS_MIN || !text.bytes().all(|b| b.is_ascii_graphic()) {
            let message = format!(
                "must have {EVENTS_TOKEN_CHARS_MIN} or more visible ASCII characters; `openssl rand -hex 24` makes one"
            );
            return Err(ConfigError::service("service.eventsToken", message));
        }
        Ok(Self(Sha256::digest(text).into()))
    }

    fn is(&self, token: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(token).into();
        self.0.ct_eq(&digest).into()
    }
}

/// Lets a sender of events pass.
///
/// # Errors
/// `unauthorized`, also when no token is configured.
pub(super) fn check(token: Option<&EventsToken>, parts: &Parts) -> Result<(), Problem> {
    let refuse = |detail: &str, hint: &str| {
        Err(Problem::new(Code::Unauthorized, detail).with_hint(hint.to_owned()))
    };
    let Some(token) = token else {
        return refuse(
            "events are not taken, since `service.eventsToken` is not set",
            "Set `eventsToken` in `[service]` of dropslip.toml, and have the storage send it.",
        );
    };
    let sent = presented(&parts.headers, parts.uri.query());
    if sent.is_some_and(|sent| token.is(&sent)) {
        return Ok(());
    }
    refuse(
        "the call carries another token than `service.eventsToken`, none, or several",
        "Send it as `authorization: Bearer TOKEN`, as the password of Basic, or as `?token=TOKEN`.",
    )
}

/// The only token that was sent.
fn presented(headers: &HeaderMap, query: Option<&str>) -> Option<Vec<u8>> {
    let in_headers = headers.get_all(header::AUTHORIZATION).iter();
    let in_headers = in_headers.map(|value| in_header(value.as_bytes()));
    let pairs = query.unwrap_or_default().split('&');
    let in_query = pairs.filter_map(|pair| pair.strip_prefix("token="));
    let in_query =
        in_query.map(|token| Some(percent_encoding::percent_decode_str(token).collect()));
    let mut all = in_headers.chain(in_query);
    match (all.next(), all.next()) {
        (Some(token), None) => token,
        _ => None,
    }
}

fn in_header(value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, rest) = value.split_at(value.iter().position(|&byte| byte == b' ')?);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(rest.to_vec());
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = BASE64.decode(rest).ok()?;
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    Some(decoded[colon + 1..].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "correct-horse+battery/staple";

    fn token() -> EventsToken {
        EventsToken::check(&Secret::new(TOKEN)).unwrap()
    }

    fn parts(query: &str, headers: &[&str]) -> Parts {
        let mut request = axum::http::Request::builder().uri(format!("/v1/events/s3{query}"));
        for value in headers {
            request = request.header("authorization", *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text))
    }

    #[test]
    fn a_token_is_sent_in_three_ways() {
        for (query, value) in [
            ("", Some(format!("Bearer {TOKEN}"))),
            ("", Some(format!("bearer  {TOKEN} "))),
            ("?x=1", Some(basic(&format!("anyone:{TOKEN}")))),
            ("", Some(basic(&format!(":{TOKEN}")))),
            ("?token=correct-horse%2Bbattery/staple", None),
            ("?a=b&token=correct-horse+battery/staple", None),
        ] {
            let values: Vec<&str> = value.as_deref().into_iter().collect();
            check(Some(&token()), &parts(query, &values)).unwrap();
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let right = format!("Bearer {TOKEN}");
        for (query, values) in [
            ("", vec![]),
            ("?token=", vec![]),
            ("?token=correct-horse", vec![]),
            ("?Token=correct-horse%2Bbattery/staple", vec![]),
            ("", vec!["Bearer".to_owned()]),
            ("", vec![format!("Bearer {TOKEN}x")]),
            ("", vec![TOKEN.to_owned()]),
            ("", vec![basic(TOKEN)]),
            ("", vec![format!("Basic {TOKEN}")]),
            ("", vec![right.clone(), right.clone()]),
            ("?token=x", vec![right.clone()]),
        ] {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            let problem = check(Some(&token()), &parts(query, &values)).unwrap_err();
            assert_eq!(problem.code(), Code::Unauthorized, "{query} {values:?}");
        }
        let problem = check(None, &parts("", &[&right])).unwrap_err();
        assert!(problem.detail().contains("not set"));
    }

    #[test]
    fn short_tokens_are_refused_and_none_is_shown() {
        for text in [
            "",
            "fifteen-letters",
            "sixteen letters!",
            "größer-als-sechzehn",
        ] {
            let error = EventsToken::check(&Secret::new(text))
                .unwrap_err()
                .to_string();
            assert!(error.contains("service.eventsToken"), "{error}");
            assert!(text.is_empty() || !error.contains(text));
        }
        assert!(EventsToken::check(&Secret::new("sixteen-letters!")).is_ok());
        assert!(!format!("{:?}", token()).contains("horse"));
    }
}
