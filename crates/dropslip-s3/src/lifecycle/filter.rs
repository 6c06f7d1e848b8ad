//! Which objects a rule is about.

use serde::{Deserialize, Serialize};

/// Which objects a rule is about, in the form in which it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// The prefix that stands in the rule itself, which S3 had before filters.
    Prefix(String),
    /// A `Filter`.
    Filter(Filter),
}

/// A `Filter`: S3 takes one condition, or several within `And`. Ceph takes several side
/// by side as well, and so does this: all of them must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// What keys begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// A tag, by name and value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<(String, String)>,
    /// Objects of more bytes than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_greater_than: Option<u64>,
    /// Objects of fewer bytes than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_less_than: Option<u64>,
    /// Conditions that must hold together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub and: Option<And>,
}

/// Conditions that must hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct And {
    /// What keys begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Tags, by name and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// Objects of more bytes than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_greater_than: Option<u64>,
    /// Objects of fewer bytes than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_less_than: Option<u64>,
}

/// An object, as far as a rule looks at it.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its size.
    pub size_bytes: u64,
    /// Its tags, by name and value.
    pub tags: Vec<(&'a str, &'a str)>,
}

impl Scope {
    /// Whether an object is meant.
    #[must_use]
    pub fn covers(&self, subject: &Subject<'_>) -> bool {
        self.covers_key(subject.key)
            && self.sizes().all(|(greater, less)| {
                greater.is_none_or(|bytes| subject.size_bytes > bytes)
                    && less.is_none_or(|bytes| subject.size_bytes < bytes)
            })
            && self.tags().all(|(name, value)| {
                subject
                    .tags
                    .iter()
                    .any(|(n, v)| *n == name.as_str() && *v == value.as_str())
            })
    }

    /// Whether objects of this key may be meant, as far as the prefix says.
    #[must_use]
    pub fn covers_key(&self, key: &str) -> bool {
        self.prefixes().all(|prefix| key.starts_with(prefix))
    }

    /// Whether the rule looks at tags.
    pub(crate) fn has_tags(&self) -> bool {
        self.tags().next().is_some()
    }

    /// Whether the rule looks at sizes.
    pub(crate) fn has_sizes(&self) -> bool {
        self.sizes()
            .any(|(greater, less)| greater.is_some() || less.is_some())
    }

    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &str> {
        let (old, filter) = match self {
            Self::Prefix(prefix) => (Some(prefix.as_str()), None),
            Self::Filter(filter) => (None, Some(filter)),
        };
        let alone = filter.and_then(|filter| filter.prefix.as_deref());
        let within = filter.and_then(|filter| filter.and.as_ref()?.prefix.as_deref());
        [old, alone, within].into_iter().flatten()
    }

    pub(crate) fn tags(&self) -> impl Iterator<Item = &(String, String)> {
        let filter = self.filter();
        let alone = filter.and_then(|filter| filter.tag.as_ref());
        let and = filter.and_then(|filter| filter.and.as_ref());
        alone
            .into_iter()
            .chain(and.map_or(&[][..], |and| and.tags.as_slice()))
    }

    pub(crate) fn sizes(&self) -> impl Iterator<Item = (Option<u64>, Option<u64>)> {
        let filter = self.filter();
        let alone = filter.map(|filter| (filter.size_greater_than, filter.size_less_than));
        let and = filter.and_then(|filter| filter.and.as_ref());
        let within = and.map(|and| (and.size_greater_than, and.size_less_than));
        alone.into_iter().chain(within)
    }

    fn filter(&self) -> Option<&Filter> {
        match self {
            Self::Prefix(_) => None,
            Self::Filter(filter) => Some(filter),
        }
    }
}
