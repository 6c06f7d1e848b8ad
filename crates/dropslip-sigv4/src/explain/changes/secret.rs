//! The secret: white space from pasting, the secret of another key, a name in its place.

use super::Arrived;
use crate::credentials::Credentials;
use crate::explain::explanation::Cause;
use crate::explain::pieces::Change;
use crate::scope::{Scope, SigningKey};

/// Changes of the secret of the key that the request names.
pub(in crate::explain) fn changes(
    arrived: &Arrived<'_>,
    credentials: &Credentials,
    scope: &Scope<'_>,
) -> Vec<Change> {
    let secret = credentials.secret_key();
    let of =
        |cause, text: &str, how| Change::of_key(cause, SigningKey::derive(text, scope)).how(how);
    let mut changes = Vec::new();
    for (before, after, how) in [
        ("", "\n", "a line feed at its end"),
        ("", " ", "a space at its end"),
        ("", "\r\n", "a carriage return and a line feed at its end"),
        ("", "\r", "a carriage return at its end"),
        ("", "\t", "a tab at its end"),
        (" ", "", "a space in front"),
        ("\n", "", "a line feed in front"),
        (" ", " ", "a space on each side"),
        ("\u{feff}", "", "a byte order mark in front"),
        ("\"", "\"", "quotes around it"),
        ("'", "'", "quotes around it"),
        ("\"", "\"\n", "quotes around it"),
    ] {
        let text = zeroize::Zeroizing::new([before, secret, after].concat());
        let is_line_end = before.is_empty() && matches!(after, "\n" | " ");
        changes.push(of(Cause::SecretWhitespace, &text, how).frequent(is_line_end));
    }
    if secret.trim() != secret {
        let how = "no white space, and the one known here has some";
        changes.push(of(Cause::SecretWhitespace, secret.trim(), how));
    }
    let others = arrived.known.credentials.iter();
    for other in others.filter(|other| other.access_key() != credentials.access_key()) {
        let mut change = of(Cause::OtherKey, other.secret_key(), "");
        change.signed = Some(other.access_key().to_owned());
        change.arrived = Some(credentials.access_key().to_owned());
        changes.push(change);
    }
    let encoded = zeroize::Zeroizing::new(crate::encode::encode_query(secret.as_bytes()));
    for (text, how) in [
        ("", "an empty secret"),
        (
            "undefined",
            "the text `undefined`, a variable that was not set",
        ),
        ("null", "the text `null`, a variable that was not set"),
        ("None", "the text `None`, a variable that was not set"),
        (
            credentials.access_key(),
            "the access key in place of the secret",
        ),
        (encoded.as_str(), "the secret, percent-encoded"),
    ] {
        if text != secret {
            changes.push(of(Cause::Secret, text, how));
        }
    }
    changes
}
