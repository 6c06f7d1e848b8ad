//! Signatures of the Standard Webhooks format (<https://www.standardwebhooks.com>, "Signature scheme"): pure.
//!
//! HMAC-SHA256 over id, time and body. With several secrets there are several signatures, so that a receiver may change
//! its secret without missing an event.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::limits::{WEBHOOK_SECRET_BYTES_MAX, WEBHOOK_SECRET_BYTES_MIN};

/// A secret, ready to sign with.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// Reads `whsec_BASE64`. The error does not repeat it.
    pub(super) fn parse(secret: &str) -> Result<Self, String> {
        let hint = "make one with `echo \"whsec_$(openssl rand -base64 32)\"`";
        let base64 = secret
            .strip_prefix("whsec_")
            .ok_or_else(|| format!("does not begin with `whsec_`; {hint}"))?;
        let bytes = STANDARD
            .decode(base64)
            .map_err(|_| format!("is no base64 behind `whsec_`; {hint}"))?;
        if !(WEBHOOK_SECRET_BYTES_MIN..=WEBHOOK_SECRET_BYTES_MAX).contains(&bytes.len()) {
            return Err(format!(
                "stands for {} bytes, and {WEBHOOK_SECRET_BYTES_MIN} to {WEBHOOK_SECRET_BYTES_MAX} are allowed; {hint}",
                bytes.len()
            ));
        }
        let key = Hmac::new_from_slice(&bytes).expect("HMAC takes keys of any length");
        Ok(Self(key))
    }

    fn sign(&self, id: &str, unix_s: i64, body: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(format!("{id}.{unix_s}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The header `webhook-signature`: one signature for each key.
pub(super) fn signature(keys: &[SigningKey], id: &str, unix_s: i64, body: &str) -> String {
    let signatures: Vec<_> = keys.iter().map(|key| key.sign(id, unix_s, body)).collect();
    signatures.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own test suite.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = "{\"test\": 2432232314}";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn signs_as_the_specification_does() {
        let key = SigningKey::parse(SECRET).unwrap();
        assert_eq!(signature(&[key], ID, 1_614_265_330, BODY), SIGNATURE);
    }

    #[test]
    fn each_key_signs() {
        let other = format!("whsec_{}", STANDARD.encode([7; 32]));
        let keys = [SECRET, &other].map(|secret| SigningKey::parse(secret).unwrap());
        let both = signature(&keys, ID, 1_614_265_330, BODY);
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(first, SIGNATURE);
        assert!(second.starts_with("v1,") && second != first);
    }

    #[test]
    fn any_change_changes_the_signature() {
        let keys = [SigningKey::parse(SECRET).unwrap()];
        for (id, unix_s, body) in [
            ("msg_p5jXN8AQM9LWM0D4loKWxJel", 1_614_265_330, BODY),
            (ID, 1_614_265_331, BODY),
            (ID, 1_614_265_330, "{\"test\": 2432232315}"),
        ] {
            assert_ne!(signature(&keys, id, unix_s, body), SIGNATURE);
        }
    }

    #[test]
    fn what_is_no_secret() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![1; bytes]));
        for (secret, words) in [
            (String::new(), "does not begin with `whsec_`"),
            (
                "hunter2-hunter2-hunter2-hunter2".to_owned(),
                "does not begin",
            ),
            ("whsec_".to_owned(), "stands for 0 bytes"),
            ("whsec_hunter2!".to_owned(), "no base64"),
            (
                " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
                "does not begin",
            ),
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".to_owned(),
                "no base64",
            ),
            (of(WEBHOOK_SECRET_BYTES_MIN - 1), "stands for 23 bytes"),
            (of(WEBHOOK_SECRET_BYTES_MAX + 1), "stands for 65 bytes"),
        ] {
            let error = SigningKey::parse(&secret).unwrap_err();
            assert!(
                error.contains(words) && error.contains("openssl rand"),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        for bytes in [WEBHOOK_SECRET_BYTES_MIN, WEBHOOK_SECRET_BYTES_MAX] {
            assert!(SigningKey::parse(&of(bytes)).is_ok());
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(
            format!("{:?}", SigningKey::parse(SECRET).unwrap()),
            "SigningKey(..)"
        );
    }
}
