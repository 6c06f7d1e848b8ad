//! Access control lists: who was granted what on a bucket or an object.
//!
//! An ACL is kept as it was given, as the name of a canned one or as a list of grants,
//! and both are asked in the same way. It never denies: what no grant allows, a bucket
//! policy still may. The owner may always read and write the ACL itself, or a list
//! without grants could never be mended.
//!
//! Source: [Access control list overview](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html).

mod canned;
mod named;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use canned::{CannedAcl, UnknownAcl};
pub use named::{AclError, Directory, NamedGrant, NamedGrantee};

use canned::Party;

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Lists the bucket, or reads the object.
    Read,
    /// Writes and deletes objects in the bucket; nothing on an object.
    Write,
    /// Reads the ACL.
    ReadAcp,
    /// Writes the ACL.
    WriteAcp,
    /// All of these.
    FullControl,
}

impl Permission {
    /// Every permission with the ending of its header, such as `read-acp` of `x-amz-grant-read-acp`.
    pub const HEADERS: [(Self, &str); 5] = [
        (Self::Read, "x-amz-grant-read"),
        (Self::Write, "x-amz-grant-write"),
        (Self::ReadAcp, "x-amz-grant-read-acp"),
        (Self::WriteAcp, "x-amz-grant-write-acp"),
        (Self::FullControl, "x-amz-grant-full-control"),
    ];

    /// The name on the wire, such as `READ_ACP`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }

    fn covers(self, wanted: Self) -> bool {
        self == wanted || self == Self::FullControl
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = Self::HEADERS.map(|(permission, _)| permission);
        let found = all.into_iter().find(|one| one.as_str() == text);
        found.ok_or(())
    }
}

/// A predefined group of callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// Everybody, with and without a signature.
    AllUsers,
    /// Everybody with a signature.
    AuthenticatedUsers,
    /// Who delivers access logs; nobody here.
    LogDelivery,
}

impl Group {
    const ALL: [Self; 3] = [Self::AllUsers, Self::AuthenticatedUsers, Self::LogDelivery];

    /// The URI that stands for it.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::AllUsers => "http://acs.amazonaws.com/groups/global/AllUsers",
            Self::AuthenticatedUsers => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            Self::LogDelivery => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        }
    }

    /// The group of a URI.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.uri() == uri)
    }

    /// Whether strangers are in it.
    #[must_use]
    pub fn is_public(self) -> bool {
        self != Self::LogDelivery
    }
}

/// Whom a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Grantee {
    /// The owner with this canonical id.
    User(String),
    /// A group.
    Group(Group),
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Whom it is for.
    pub grantee: Grantee,
    /// What it allows.
    pub permission: Permission,
}

/// An ACL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Acl {
    /// One that has a name.
    Canned(CannedAcl),
    /// Grants, in the order in which they were given.
    Grants(Vec<Grant>),
}

impl Default for Acl {
    fn default() -> Self {
        Self::Canned(CannedAcl::Private)
    }
}

impl From<CannedAcl> for Acl {
    fn from(canned: CannedAcl) -> Self {
        Self::Canned(canned)
    }
}

/// Who asks something of a bucket or an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asker<'a> {
    /// The canonical id; nobody signed without one.
    pub id: Option<&'a str>,
    /// Whether they own what they ask about.
    pub owns: bool,
    /// Whether they own the bucket.
    pub owns_bucket: bool,
}

impl Acl {
    /// Whether a grant allows this. With `ignore_public` the groups that strangers are in
    /// count for nothing, as the public access block may demand.
    ///
    /// The right of an owner to read and write the ACL itself is no grant and not asked here.
    #[must_use]
    pub fn allows(&self, asker: Asker<'_>, wanted: Permission, ignore_public: bool) -> bool {
        let of_group = |group: Group| match group {
            Group::AllUsers => !ignore_public,
            Group::AuthenticatedUsers => !ignore_public && asker.id.is_some(),
            Group::LogDelivery => false,
        };
        match self {
            Self::Canned(canned) => canned.shape().iter().any(|(party, permission)| {
                let is_asker = match party {
                    Party::Owner => asker.owns,
                    Party::BucketOwner => asker.owns_bucket,
                    Party::Group(group) => of_group(*group),
                };
                is_asker && permission.covers(wanted)
            }),
            Self::Grants(grants) => grants.iter().any(|grant| {
                let is_asker = match &grant.grantee {
                    Grantee::User(id) => asker.id == Some(id),
                    Grantee::Group(group) => of_group(*group),
                };
                is_asker && grant.permission.covers(wanted)
            }),
        }
    }

    /// Whether a group that strangers are in is granted anything.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match self {
            Self::Canned(canned) => canned
                .shape()
                .iter()
                .any(|(party, _)| matches!(party, Party::Group(group) if group.is_public())),
            Self::Grants(grants) => grants
                .iter()
                .any(|grant| matches!(&grant.grantee, Grantee::Group(group) if group.is_public())),
        }
    }

    /// Whether nobody but this owner is granted anything.
    #[must_use]
    pub fn is_of_owner_alone(&self, owner_id: &str) -> bool {
        let grants = self.grants(owner_id, owner_id);
        let is_owner =
            |grant: &Grant| matches!(&grant.grantee, Grantee::User(id) if id == owner_id);
        grants.iter().all(is_owner)
    }

    /// The grants as they are shown: groups of a canned ACL first, then the owner, then the
    /// bucket's owner, nobody twice.
    #[must_use]
    pub fn grants(&self, owner_id: &str, bucket_owner_id: &str) -> Vec<Grant> {
        let canned = match self {
            Self::Canned(canned) => canned,
            Self::Grants(grants) => return grants.clone(),
        };
        let mut grants: Vec<Grant> = Vec::with_capacity(3);
        for (party, permission) in canned.shape() {
            let grantee = match party {
                Party::Owner => Grantee::User(owner_id.to_owned()),
                Party::BucketOwner if owner_id == bucket_owner_id => continue,
                Party::BucketOwner => Grantee::User(bucket_owner_id.to_owned()),
                Party::Group(group) => Grantee::Group(*group),
            };
            let permission = *permission;
            grants.push(Grant {
                grantee,
                permission,
            });
        }
        grants
    }
}

#[cfg(test)]
mod tests;
