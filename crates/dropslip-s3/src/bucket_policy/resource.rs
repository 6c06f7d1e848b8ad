//! Which bucket and objects a statement is about.

use super::action::Level;
use super::evaluate::Values;
use super::pattern::{Pattern, Syntax};

/// A resource: its pattern, and its texts before the first slash and in all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resource {
    pattern: Pattern,
    /// The part that names the bucket, and whether there is one that names keys.
    bucket: Pattern,
    names_keys: bool,
    is_open: bool,
}

impl Resource {
    /// Reads `arn:aws:s3:::bucket/key*`, or `*` alone.
    pub(super) fn parse(text: &str, variables: bool) -> Option<Self> {
        let of = if text == "*" {
            text
        } else {
            let parts: Vec<&str> = text.splitn(6, ':').collect();
            match parts[..] {
                ["arn", partition, "s3", "", "" | "*", of]
                    if partition.starts_with("aws") && !of.is_empty() =>
                {
                    of
                }
                _ => return None,
            }
        };
        let wild = true;
        let pattern = Pattern::parse(of, Syntax { wild, variables }).ok()?;
        let bucket = of.split('/').next().unwrap_or_default();
        let bucket_pattern = Pattern::parse(
            bucket,
            Syntax {
                wild,
                variables: false,
            },
        )
        .ok()?;
        Some(Self {
            pattern,
            bucket: bucket_pattern,
            names_keys: of.contains('/'),
            is_open: bucket.contains('*'),
        })
    }

    /// Whether it can be about an action of this level.
    fn can_be(&self, level: Level) -> bool {
        match level {
            Level::Service => false,
            Level::Bucket => !self.names_keys,
            Level::Object => self.names_keys || self.is_open,
        }
    }
}

/// The resources of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resources {
    pub(super) list: Vec<Resource>,
    /// Whether it is about all others.
    pub(super) all_but: bool,
}

impl Resources {
    pub(super) fn has(&self, bucket: &str, key: Option<&str>, values: Values<'_>) -> bool {
        let name = match key {
            Some(key) => format!("{bucket}/{key}"),
            None => bucket.to_owned(),
        };
        let mut list = self.list.iter();
        list.any(|resource| resource.pattern.fits(&name, values)) != self.all_but
    }

    /// Whether an action of this level can be about one of them.
    pub(super) fn can_be(&self, level: Level) -> bool {
        self.all_but || self.list.iter().any(|resource| resource.can_be(level))
    }

    /// Whether each is about this bucket.
    pub(super) fn are_of(&self, bucket: &str) -> bool {
        let no_values = |_: &super::ConditionKey| None;
        let mut list = self.list.iter();
        list.all(|resource| resource.bucket.fits(bucket, &no_values))
    }
}
