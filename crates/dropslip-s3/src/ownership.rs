//! Object ownership: who owns what others write into a bucket, and whether ACLs count.
//!
//! Source: [Controlling ownership of objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The setting of a bucket. One without any behaves as with [`Self::ObjectWriter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner owns everything, and there are no ACLs.
    BucketOwnerEnforced,
    /// The bucket's owner owns what is written with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Who writes an object owns it.
    ObjectWriter,
}

impl ObjectOwnership {
    const ALL: [Self; 3] = [
        Self::BucketOwnerEnforced,
        Self::BucketOwnerPreferred,
        Self::ObjectWriter,
    ];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }
}

impl fmt::Display for ObjectOwnership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOwnership(String);

impl fmt::Display for UnknownOwnership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ObjectOwnership::ALL.map(ObjectOwnership::as_str);
        write!(
            f,
            "`{}` is no object ownership; there are {}",
            self.0.escape_debug(),
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownOwnership {}

impl FromStr for ObjectOwnership {
    type Err = UnknownOwnership;

    fn from_str(text: &str) -> Result<Self, UnknownOwnership> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or_else(|| UnknownOwnership(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for ownership in ObjectOwnership::ALL {
            assert_eq!(ownership.as_str().parse(), Ok(ownership));
        }
        for text in ["", "bucketownerenforced", "BucketOwner", "ObjectWriter "] {
            let error = text.parse::<ObjectOwnership>().expect_err(text);
            assert!(error.to_string().contains("ObjectWriter"), "{error}");
        }
    }
}
