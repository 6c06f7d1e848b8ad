//! Canned ACLs: sets of grants by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Group, Permission};

/// A predefined grant, named in the `x-amz-acl` header.
///
/// Source: [Canned ACL](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CannedAcl {
    /// The owner alone.
    #[default]
    Private,
    /// Everyone reads, without a signature.
    PublicRead,
    /// Everyone reads; on a bucket everyone writes as well.
    PublicReadWrite,
    /// Every signed request reads.
    AuthenticatedRead,
    /// The owner, and Amazon EC2; without a meaning outside AWS.
    AwsExecRead,
    /// The object's owner, and the bucket's owner reads.
    BucketOwnerRead,
    /// The object's owner and the bucket's owner alike.
    BucketOwnerFullControl,
    /// On a bucket: the group that delivers logs writes; without a meaning for objects.
    LogDeliveryWrite,
}

/// Every canned ACL with its name on the wire.
const NAMES: [(CannedAcl, &str); 8] = [
    (CannedAcl::Private, "private"),
    (CannedAcl::PublicRead, "public-read"),
    (CannedAcl::PublicReadWrite, "public-read-write"),
    (CannedAcl::AuthenticatedRead, "authenticated-read"),
    (CannedAcl::AwsExecRead, "aws-exec-read"),
    (CannedAcl::BucketOwnerRead, "bucket-owner-read"),
    (
        CannedAcl::BucketOwnerFullControl,
        "bucket-owner-full-control",
    ),
    (CannedAcl::LogDeliveryWrite, "log-delivery-write"),
];

/// Whom a grant of a canned ACL is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Owner,
    BucketOwner,
    Group(Group),
}

impl CannedAcl {
    /// The name on the wire, such as `public-read`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize].1
    }

    /// What it grants, groups first.
    pub(super) fn shape(self) -> &'static [(Party, Permission)] {
        use super::Group::{AllUsers, AuthenticatedUsers, LogDelivery};
        use Party::{BucketOwner, Group as Of, Owner};
        use Permission::{FullControl, Read, ReadAcp, Write};
        match self {
            Self::Private | Self::AwsExecRead => &[(Owner, FullControl)],
            Self::PublicRead => &[(Of(AllUsers), Read), (Owner, FullControl)],
            Self::PublicReadWrite => &[
                (Of(AllUsers), Read),
                (Of(AllUsers), Write),
                (Owner, FullControl),
            ],
            Self::AuthenticatedRead => &[(Of(AuthenticatedUsers), Read), (Owner, FullControl)],
            Self::BucketOwnerRead => &[(Owner, FullControl), (BucketOwner, Read)],
            Self::BucketOwnerFullControl => &[(Owner, FullControl), (BucketOwner, FullControl)],
            Self::LogDeliveryWrite => &[
                (Of(LogDelivery), Write),
                (Of(LogDelivery), ReadAcp),
                (Owner, FullControl),
            ],
        }
    }

    /// Whether it lets anyone read without a signature.
    #[must_use]
    pub fn is_public_read(self) -> bool {
        matches!(self, Self::PublicRead | Self::PublicReadWrite)
    }
}

impl fmt::Display for CannedAcl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the name of a canned ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAcl(String);

impl fmt::Display for UnknownAcl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = NAMES.iter().map(|(_, name)| *name).collect();
        write!(
            f,
            "`{}` is no canned ACL; there are {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownAcl {}

impl FromStr for CannedAcl {
    type Err = UnknownAcl;

    fn from_str(text: &str) -> Result<Self, UnknownAcl> {
        let found = NAMES.iter().find(|(_, name)| *name == text);
        found
            .map(|(acl, _)| *acl)
            .ok_or_else(|| UnknownAcl(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        for (acl, name) in NAMES {
            assert_eq!(acl.as_str(), name);
            assert_eq!(name.parse(), Ok(acl));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "Public-Read",
            "public_read",
            "public-read ",
            "log-delivery",
        ] {
            let error = text.parse::<CannedAcl>().expect_err(text);
            assert!(error.to_string().contains("public-read"), "{error}");
        }
    }
}
