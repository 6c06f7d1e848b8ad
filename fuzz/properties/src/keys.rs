//! Who signs in the inputs: the keys of AWS's documentation, which the seeds have too.

use dropslip_sigv4::{Credentials, Timestamp};

pub(crate) const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Somebody else who is known here.
pub(crate) const OTHER_ACCESS_KEY: &str = "AKIAI44QH8DHBEXAMPLE";
pub(crate) const OTHER_SECRET: &str = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";

pub(crate) const REGION: &str = "us-east-1";

/// The present time, unless an input says another.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse_basic("20130524T000100Z").expect("the text is right")
}

/// Credentials of whoever signs with the secret, under any name.
pub(crate) fn credentials(access_key: &str, secret: &str, token: Option<&str>) -> Credentials {
    let credentials = Credentials::new(access_key, secret);
    match token {
        Some(token) => credentials.with_session_token(token),
        None => credentials,
    }
}

/// Fails when a text that may be logged or shown holds what must stay secret. An input
/// that holds it itself says nothing.
#[track_caller]
pub(crate) fn hides(shown: &str, secret: &str, input: &[u8]) {
    let is_given = input
        .windows(secret.len())
        .any(|window| window == secret.as_bytes());
    assert!(
        is_given || !shown.contains(secret),
        "shows a secret: {shown}"
    );
}
