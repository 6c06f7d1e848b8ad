//! Whether the storage still has what earlier runs have stored: a bucket may have been emptied meanwhile, or somebody
//! else's object stand there.
//!
//! Lists are asked first, a thousand keys at a time; what they do not reach is asked for by itself. Only a storage that
//! lets nobody look is taken at the journal's word.

use std::collections::HashMap;

use dropslip_s3::ObjectKey;
use dropslip_s3::client::Refusal;

use super::{Storage, key_of, now};
use crate::error::PutError;
use crate::journal::Done;
use crate::retry::persist;
use crate::run::{Item, Shared};

/// What lists say.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// ETag, without quotes, and size by key.
    objects: HashMap<String, (String, u64)>,
    /// Up to which key, if they do not reach to the end.
    until: Option<String>,
}

impl Listed {
    /// Nothing is listed.
    fn none() -> Self {
        Self {
            until: Some(String::new()),
            ..Self::default()
        }
    }

    fn reaches(&self, key: &str) -> bool {
        self.until.as_deref().is_none_or(|until| key <= until)
    }
}

/// Lists what the keys of earlier runs have in common. In a bucket with many other objects the lists end early.
pub(crate) async fn list(storage: &Storage, shared: &Shared, stored: &[&str]) -> Listed {
    let (Some(first), Some(last)) = (stored.iter().min(), stored.iter().max()) else {
        return Listed::none();
    };
    let prefix = common(first, last);
    let pages_max = stored.len() / 100 + 10;
    let (mut listed, mut from) = (Listed::default(), None);
    for _ in 0..pages_max {
        let slot = shared.slot().await;
        let asked = storage
            .client
            .list_objects(&storage.bucket, &prefix, from.as_deref(), now());
        let page = asked.await;
        drop(slot);
        // Who may write need not be one who may list; and there is another way to ask.
        let Ok(page) = page else {
            return Listed::none();
        };
        let until = page.objects.last().map(|object| object.key.clone());
        for object in page.objects {
            let etag = bare(&object.etag).to_owned();
            listed.objects.insert(object.key, (etag, object.size_bytes));
        }
        from = page.next;
        if from.is_none() || until.as_deref() >= Some(last) {
            listed.until = from.is_some().then_some(until).flatten();
            return listed;
        }
        listed.until = until;
    }
    listed
}

/// What two keys begin with.
fn common(first: &str, last: &str) -> String {
    let pairs = first.chars().zip(last.chars());
    pairs.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// Whether the object of an item is the one that was stored.
pub(crate) async fn is_there(
    storage: &Storage,
    shared: &Shared,
    listed: &Listed,
    (item, done): (&Item, &Done),
) -> Result<bool, PutError> {
    let key: &ObjectKey = key_of(item);
    let wanted = (bare(&done.etag), item.source.stamp.size_bytes);
    if listed.reaches(key.as_str()) {
        let found = listed.objects.get(key.as_str());
        return Ok(found.is_some_and(|(etag, size)| (etag.as_str(), *size) == wanted));
    }
    let head = persist(&shared.luck, &shared.ledger, |_| async move {
        let _slot = shared.slot().await;
        storage
            .client
            .head_object(&storage.bucket, key, now())
            .await
    });
    let same = |etag: Option<&str>, size| (bare(etag.unwrap_or_default()), size) == wanted;
    match head.await {
        Ok(head) => Ok(head.is_some_and(|head| same(head.etag.as_deref(), head.size_bytes))),
        Err(error) if error.is(Refusal::AccessDenied) => Ok(true),
        // What cannot be asked for is sent.
        Err(error) if error.refusal().is_some() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keys_have_in_common() {
        for (first, last, expect) in [
            ("in/a", "in/b", "in/"),
            ("a", "a", "a"),
            ("a", "b", ""),
            ("ä1", "ö", ""),
            ("a", "ab", "a"),
        ] {
            assert_eq!(common(first, last), expect);
        }
    }

    #[test]
    fn how_far_lists_reach() {
        assert!(Listed::default().reaches("z"));
        assert!(!Listed::none().reaches("a"));
        let some = Listed {
            until: Some("m".to_owned()),
            ..Listed::default()
        };
        assert!(some.reaches("a") && some.reaches("m") && !some.reaches("n"));
    }
}
