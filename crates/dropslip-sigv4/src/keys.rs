//! The signing keys of one secret that are in use, derived once each.
//!
//! Deriving a key costs more than a signature. A signer needs one key a day; a
//! verifier needs those of the last week, since presigned URLs live that long. With
//! each key are the texts that are the same for all its signatures.

use std::sync::{PoisonError, RwLock};

use crate::encode;
use crate::limits::SIGNING_KEYS_MAX;
use crate::scope::{ALGORITHM, Scope, SigningKey, hex_of_hash};
use crate::scratch::{Scratch, Sink};
use crate::time::Timestamp;

/// The keys of one secret. What it holds is wiped when dropped.
pub(crate) struct Keys(RwLock<Vec<Kept>>);

/// A signing key with the texts of its scope.
pub(crate) struct Kept {
    day: i64,
    region: Box<str>,
    service: Box<str>,
    key: SigningKey,
    /// The first three lines of a string to sign.
    to_sign: Box<str>,
    /// The query of a presigned URL as far as `X-Amz-Date`, its value included.
    query: Box<str>,
}

/// A string to sign: the longest of AWS's regions and services make 155 bytes.
pub(crate) type ToSign = Scratch<u8, 192>;

impl Keys {
    pub(crate) const fn new() -> Self {
        Self(RwLock::new(Vec::new()))
    }

    /// Gives the key of a scope to `sign`; derives it if it is not there.
    pub(crate) fn with<T>(
        &self,
        (access_key, secret_key): (&str, &str),
        scope: &Scope<'_>,
        sign: impl FnOnce(&Kept) -> T,
    ) -> T {
        // A panic elsewhere cannot leave half a key behind, so a poisoned lock is as good as any.
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // The newest is the last, and in use the most.
        if let Some(kept) = kept.iter().rev().find(|kept| kept.is_of(scope)) {
            return sign(kept);
        }
        drop(kept);
        let derived = Kept::derive(access_key, secret_key, scope);
        let answer = sign(&derived);
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been here in between.
        if !kept.iter().any(|kept| kept.is_of(scope)) {
            if kept.len() == SIGNING_KEYS_MAX {
                kept.remove(0);
            }
            // Without a growth that leaves copies of keys behind, unwiped.
            let free = SIGNING_KEYS_MAX - kept.len();
            kept.reserve_exact(free);
            kept.push(derived);
        }
        answer
    }
}

impl Kept {
    fn derive(access_key: &str, secret_key: &str, scope: &Scope<'_>) -> Self {
        let time = scope.time;
        let credential = encode::encode_query(format!("{access_key}/{scope}").as_bytes());
        Self {
            day: time.day(),
            region: scope.region.into(),
            service: scope.service.into(),
            key: SigningKey::derive(secret_key, scope),
            to_sign: format!("{ALGORITHM}\n{time}\n{scope}\n").into(),
            query: format!(
                "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={time}"
            )
            .into(),
        }
    }

    fn is_of(&self, scope: &Scope<'_>) -> bool {
        self.day == scope.time.day()
            && *self.region == *scope.region
            && *self.service == *scope.service
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Writes the string to sign over a hash, at a time of the key's day.
    pub(crate) fn write_to_sign(&self, out: &mut ToSign, time: Timestamp, hash: &[u8; 32]) {
        const CLOCK: usize = ALGORITHM.len() + 1 + 8;
        out.put(self.to_sign.as_bytes());
        out.as_mut_slice()[CLOCK..CLOCK + 8].copy_from_slice(&time.clock());
        out.put(&hex_of_hash(hash));
    }

    /// Writes the parameters of a presigned query up to `X-Amz-Date`.
    pub(crate) fn write_query(&self, out: &mut impl Sink, time: Timestamp) {
        let (day, clock) = self.query.as_bytes().split_at(self.query.len() - 8);
        debug_assert_eq!(clock.len(), 8);
        out.put(day);
        out.put(&time.clock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: (&str, &str) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG");

    fn scope(region: &str, day: u32) -> Scope<'_> {
        Scope {
            time: Timestamp::from_unix_s(0).plus_s(day * 86_400 + 3_661),
            region,
            service: "s3",
        }
    }

    fn signed(keys: &Keys, scope: &Scope<'_>) -> [u8; 32] {
        keys.with(SECRET, scope, |kept| kept.key().sign(b"text"))
    }

    #[test]
    fn each_scope_has_its_own_key() {
        let keys = Keys::new();
        for _ in 0..2 {
            for region in ["us-east-1", "nl-ams"] {
                for day in 0..3 {
                    let scope = scope(region, day);
                    let fresh = SigningKey::derive(SECRET.1, &scope).sign(b"text");
                    assert_eq!(signed(&keys, &scope), fresh);
                }
            }
        }
        assert_eq!(keys.0.read().unwrap().len(), 6);
    }

    #[test]
    fn one_past_the_limit_displaces_the_oldest() {
        let keys = Keys::new();
        let max = u32::try_from(SIGNING_KEYS_MAX).unwrap();
        for day in 0..=max {
            signed(&keys, &scope("us-east-1", day));
        }
        let kept = keys.0.read().unwrap();
        assert_eq!(kept.len(), SIGNING_KEYS_MAX);
        assert!(!kept.iter().any(|kept| kept.is_of(&scope("us-east-1", 0))));
        assert!(kept.iter().any(|kept| kept.is_of(&scope("us-east-1", max))));
    }

    #[test]
    fn the_texts_are_those_of_the_time() {
        let (keys, morning) = (Keys::new(), scope("us-east-1", 1));
        let evening = Timestamp::parse_basic("19700102T235959Z").unwrap();
        for time in [morning.time, evening] {
            let scope = Scope { time, ..morning };
            let (text, query) = keys.with(SECRET, &scope, |kept| {
                let (mut text, mut query) = (ToSign::new(), Vec::new());
                kept.write_to_sign(&mut text, time, &crate::hash::sha256(b"request"));
                kept.write_query(&mut query, time);
                (text.as_slice().to_vec(), query)
            });
            assert_eq!(text, scope.string_to_sign(b"request").as_bytes());
            let end = format!("aws4_request&X-Amz-Date={time}");
            assert!(query.ends_with(end.as_bytes()));
        }
    }
}
