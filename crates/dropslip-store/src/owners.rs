//! Who holds the access keys: owners, whom buckets and objects belong to.

use std::collections::HashMap;
use std::sync::Arc;

use dropslip_s3::acl::Directory;
use dropslip_s3::owner::{account_id, arn, canonical_id};

use crate::config::OwnedKey;

/// The holder of one or several access keys. All but the name is made from it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) name: String,
    /// The canonical user id.
    pub(crate) id: String,
    /// The account, 12 digits.
    pub(crate) account: String,
    pub(crate) arn: String,
}

impl Owner {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            id: canonical_id(name),
            account: account_id(name),
            arn: arn(name),
        }
    }
}

/// Every owner that has a key.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    by_key: HashMap<String, Arc<Owner>>,
    by_id: HashMap<String, Arc<Owner>>,
    by_email: HashMap<String, Arc<Owner>>,
}

impl Owners {
    pub(crate) fn new(keys: &[OwnedKey]) -> Self {
        let mut owners = Self::default();
        for key in keys {
            let owner = Owner::new(&key.owner);
            let owner = owners
                .by_id
                .entry(owner.id.clone())
                .or_insert_with(|| Arc::new(owner));
            let owner = Arc::clone(owner);
            if let Some(email) = &key.email {
                let email = email.to_ascii_lowercase();
                owners.by_email.insert(email, Arc::clone(&owner));
            }
            let access_key = key.credentials.access_key().to_owned();
            owners.by_key.insert(access_key, owner);
        }
        owners
    }

    /// The holder of an access key.
    pub(crate) fn of_key(&self, access_key: &str) -> Option<&Arc<Owner>> {
        self.by_key.get(access_key)
    }

    /// The name of the owner with a canonical id.
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|owner| owner.name.as_str())
    }

    /// Whether a text is the name of an owner or an access key.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.by_key.contains_key(name) || self.by_id.contains_key(&canonical_id(name))
    }
}

impl Directory for Owners {
    fn knows(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    fn id_of_email(&self, address: &str) -> Option<String> {
        let owner = self.by_email.get(&address.to_ascii_lowercase());
        owner.map(|owner| owner.id.clone())
    }
}

#[cfg(test)]
mod tests {
    use dropslip_sigv4::Credentials;

    use super::*;

    #[test]
    fn an_owner_holds_several_keys() {
        let key = |name: &str, owner: &str| OwnedKey {
            owner: owner.to_owned(),
            ..OwnedKey::from(Credentials::new(name, "secret-of-it"))
        };
        let mut first = key("AK1", "alice");
        first.email = Some("Alice@example.com".to_owned());
        let owners = Owners::new(&[first, key("AK2", "alice"), key("AK3", "bob")]);
        let of = |name: &str| owners.of_key(name).map(Arc::as_ref);
        assert_eq!(of("AK1"), of("AK2"));
        assert_ne!(of("AK1"), of("AK3"));
        assert_eq!(of("alice"), None);
        let alice = canonical_id("alice");
        assert_eq!(owners.name_of(&alice), Some("alice"));
        assert_eq!(owners.id_of_email("alice@EXAMPLE.com"), Some(alice.clone()));
        assert_eq!(owners.id_of_email("bob@example.com"), None);
        assert!(owners.knows(&alice) && !owners.knows(&canonical_id("carol")));
        assert!(owners.has("alice") && owners.has("AK3") && !owners.has("carol"));
    }
}
