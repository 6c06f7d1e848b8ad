//! Who sends a request, and what they may do.

use std::collections::HashMap;
use std::sync::Arc;

use dropslip_sigv4::{
    ClaimedPayload, Credentials, Expected, ExpectedV2, Refusal, Timestamp, Verified, VerifiedPost,
    is_signed, verify, verify_post, verify_post_v2, verify_v2,
};

use crate::config::OwnedKey;
use crate::error::{Error, Result};
use crate::owners::{Owner, Owners};
use crate::request::Head;
use crate::{form, refusal};

/// Who sends a request.
#[derive(Debug)]
pub(crate) enum Caller {
    /// Nobody signed it.
    Anonymous,
    /// The holder of a key signed it.
    Key(Verified, Arc<Owner>),
    /// The holder of a key signed the policy of its form.
    Form(VerifiedPost, Arc<Owner>),
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
            Self::Form(verified, _) => Some(verified.access_key()),
        }
    }

    /// The policy that was signed, if the request is a form.
    pub(crate) fn policy(&self) -> Option<&str> {
        match self {
            Self::Form(verified, _) => Some(verified.policy()),
            Self::Anonymous | Self::Key(..) => None,
        }
    }

    /// Who holds the key, if the request was signed.
    pub(crate) fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Anonymous => None,
            Self::Key(_, owner) | Self::Form(_, owner) => Some(owner),
        }
    }

    /// The name of who holds the key; empty for nobody.
    pub(crate) fn owner_name(&self) -> &str {
        self.owner().map_or("", |owner| owner.name.as_str())
    }

    /// What the signature says of the body.
    pub(crate) fn payload(&self) -> &ClaimedPayload {
        match self {
            Self::Anonymous | Self::Form(..) => &ClaimedPayload::Unsigned,
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

    /// Finds out who signed the policy of a form. `fields` are those before the file.
    pub(crate) fn identify_form(&self, fields: &[(&str, &[u8])], now: Timestamp) -> Result<Caller> {
        let expected = Expected {
            region: &self.region,
            service: "s3",
            now,
        };
        let lookup = |access_key: &str| self.credentials.get(access_key).cloned();
        let verified = match verify_post(fields, &expected, lookup) {
            Err(Refusal::SignatureV2 { .. }) if self.allow_sigv2 => {
                verify_post_v2(fields, now, lookup)
            }
            result => result,
        };
        let verified = verified.map_err(|refusal| {
            let swapped = self.is_swapped(&refusal);
            swapped.unwrap_or_else(|| form::refused(refusal, fields))
        })?;
        let owner = self.owner_of(verified.access_key());
        Ok(Caller::Form(verified, owner))
    }

    /// S3's answer to a refusal, without a secret that stands where the access key belongs.
    fn refused(&self, refusal: Refusal, head: &Head) -> Error {
        let swapped = self.is_swapped(&refusal);
        swapped.unwrap_or_else(|| refusal::error(refusal, &head.query))
    }

    /// The answer to who sends a secret as the access key.
    fn is_swapped(&self, refusal: &Refusal) -> Option<Error> {
        let Refusal::UnknownKey { access_key } = refusal else {
            return None;
        };
        let secrets = self.credentials.values().map(Arc::as_ref);
        holds_secret(secrets, access_key.trim()).then(refusal::swapped)
    }
}

/// Whether a text is the secret of one of the keys. All are compared, so that the time
/// does not say which.
pub(crate) fn holds_secret<'a>(keys: impl Iterator<Item = &'a Credentials>, text: &str) -> bool {
    keys.fold(false, |found, key| found | key.is_secret(text))
}
