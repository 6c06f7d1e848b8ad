//! Who sends a request, and what they may do.

use std::collections::HashMap;
use std::sync::Arc;

use dropslip_sigv4::{
    ClaimedPayload, Credentials, Expected, ExpectedV2, Refusal, Timestamp, Verified, is_signed,
    verify, verify_v2,
};

use crate::config::OwnedKey;
use crate::error::{Error, Result};
use crate::owners::{Owner, Owners};
use crate::refusal;
use crate::request::Head;

/// Who sends a request.
#[derive(Debug)]
pub(crate) enum Caller {
    /// Nobody signed it.
    Anonymous,
    /// The holder of a key signed it.
    Key(Verified, Arc<Owner>),
}

impl Caller {
    /// Whether the signature is in the query.
    pub(crate) fn is_presigned(&self) -> bool {
        matches!(self, Self::Key(verified, _) if verified.presigned())
    }

    /// The access key, if the request was signed.
    pub(crate) fn access_key(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::Key(verified, _) => Some(verified.access_key()),
        }
    }

    /// Who holds the key, if the request was signed.
    pub(crate) fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Anonymous => None,
            Self::Key(_, owner) => Some(owner),
        }
    }

    /// The name of who holds the key; empty for nobody.
    pub(crate) fn owner_name(&self) -> &str {
        self.owner().map_or("", |owner| owner.name.as_str())
    }

    /// What the signature says of the body.
    pub(crate) fn payload(&self) -> &ClaimedPayload {
        match self {
            Self::Anonymous => &ClaimedPayload::Unsigned,
            Self::Key(verified, _) => verified.payload(),
        }
    }
}

/// The keys that a store knows.
#[derive(Debug)]
pub(crate) struct Keys {
    credentials: HashMap<String, Arc<Credentials>>,
    owners: Arc<Owners>,
    region: String,
    allow_sigv2: bool,
}

impl Keys {
    pub(crate) fn new(keys: Vec<OwnedKey>, region: String, allow_sigv2: bool) -> Self {
        let owners = Arc::new(Owners::new(&keys));
        let credentials = keys
            .into_iter()
            .map(|key| key.credentials)
            .map(|c| (c.access_key().to_owned(), Arc::new(c)))
            .collect();
        Self {
            credentials,
            owners,
            region,
            allow_sigv2,
        }
    }

    /// Finds out who sends a request, by its signature.
    pub(crate) fn identify(&self, head: &Head, now: Timestamp) -> Result<Caller> {
        let parts = &head.parts;
        let headers: Vec<_> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = dropslip_sigv4::Request {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &headers,
        };
        if !is_signed(&request) {
            return Ok(Caller::Anonymous);
        }
        let expected = Expected {
            region: &self.region,
            service: "s3",
            now,
        };
        let lookup = |access_key: &str| self.credentials.get(access_key).cloned();
        let verified = match verify(&request, &expected, lookup) {
            Err(Refusal::SignatureV2 { .. }) if self.allow_sigv2 => {
                let bucket = head.host_bucket.as_deref();
                verify_v2(&request, &ExpectedV2 { bucket, now }, lookup)
            }
            result => result,
        }
        .map_err(|refusal| self.refused(refusal, head))?;
        let owner = self.owner_of(verified.access_key());
        Ok(Caller::Key(verified, owner))
    }

    /// The holder of a key that is one of these.
    pub(crate) fn owner_of(&self, access_key: &str) -> Arc<Owner> {
        let owner = self.owners.of_key(access_key);
        Arc::clone(owner.expect("each key has an owner"))
    }

    /// Every owner.
    pub(crate) fn owners(&self) -> &Arc<Owners> {
        &self.owners
    }

    /// S3's answer to a refusal, without a secret that stands where the access key belongs.
    fn refused(&self, refusal: Refusal, head: &Head) -> Error {
        let named = match &refusal {
            Refusal::UnknownKey { access_key } => access_key.trim(),
            _ => return refusal::error(refusal, &head.query),
        };
        if holds_secret(self.credentials.values().map(Arc::as_ref), named) {
            return refusal::swapped();
        }
        refusal::error(refusal, &head.query)
    }
}

/// Whether a text is the secret of one of the keys. All are compared, so that the time
/// does not say which.
pub(crate) fn holds_secret<'a>(keys: impl Iterator<Item = &'a Credentials>, text: &str) -> bool {
    keys.fold(false, |found, key| found | key.is_secret(text))
}
