//! API keys: what back ends call with.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::caller::{Allowed, Caller, CallerKind, Narrowed};
use crate::problem::{Code, Problem};
use crate::secret::Secret;

/// The configured keys, as SHA-256 digests: equal in length, so comparing them tells nothing about length or prefix.
#[derive(Clone)]
pub(crate) struct ApiKeys(Vec<ApiKey>);

#[derive(Clone)]
struct ApiKey {
    digest: [u8; 32],
    name: Arc<str>,
    presets: Allowed,
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeys({})", self.0.len())
    }
}

impl ApiKeys {
    /// Takes the keys in.
    pub(crate) fn new(keys: &[Secret]) -> Self {
        let key = |(at, key): (usize, &Secret)| ApiKey {
            digest: Sha256::digest(key.reveal()).into(),
            name: (at + 1).to_string().into(),
            presets: Allowed::All,
        };
        Self(keys.iter().enumerate().map(key).collect())
    }

    /// Whether no key is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key it is.
    pub(super) fn check(&self, key: &[u8]) -> Result<Caller, Problem> {
        let known = self.find(key).ok_or_else(|| {
            Problem::new(
                Code::Unauthorized,
                "the API key is not one of the configured keys",
            )
        })?;
        Ok(Caller::new(
            CallerKind::ApiKey {
                name: Arc::clone(&known.name),
            },
            None,
            known.presets.clone(),
            Narrowed::default(),
        ))
    }

    /// Compares with all keys, in constant time.
    fn find(&self, key: &[u8]) -> Option<&ApiKey> {
        let digest: [u8; 32] = Sha256::digest(key).into();
        let mut found = Choice::from(0);
        let mut place = 0;
        for (at, known) in (0_u64..).zip(&self.0) {
            let same = known.digest.ct_eq(&digest);
            place.conditional_assign(&at, same);
            found |= same;
        }
        bool::from(found)
            .then(|| usize::try_from(place).ok().and_then(|at| self.0.get(at)))
            .flatten()
    }
}
