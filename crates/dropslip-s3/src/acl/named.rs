//! Grants as a request names them, and who is meant.
//!
//! A header or a document names its grantees by id, by the URI of a group or by address.
//! Whether such an owner exists only the store knows: it is asked through [`Directory`].

use std::fmt;

use super::{Acl, Grant, Grantee, Group, Permission};
use crate::limits::ACL_GRANTS_MAX;

/// The owners that a store knows.
pub trait Directory {
    /// Whether an owner has this canonical id.
    fn knows(&self, id: &str) -> bool;
    /// The canonical id of the owner with this address.
    fn id_of_email(&self, address: &str) -> Option<String>;
}

/// A grantee as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedGrantee {
    /// A canonical id.
    Id(String),
    /// The URI of a group.
    Uri(String),
    /// An address.
    Email(String),
}

/// A grant as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedGrant {
    /// Whom it is for.
    pub grantee: NamedGrantee,
    /// What it allows.
    pub permission: Permission,
}

/// Why grants make no ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AclError {
    /// The value of a grant header is not of the form `id="…", uri="…", emailAddress="…"`.
    Header {
        /// The value.
        value: String,
    },
    /// No owner has this id.
    UnknownId {
        /// The id.
        id: String,
    },
    /// No group has this URI.
    UnknownGroup {
        /// The URI.
        uri: String,
    },
    /// No owner has this address.
    UnknownEmail {
        /// The address.
        address: String,
    },
    /// There are more grants than an ACL may have.
    TooMany {
        /// Their number.
        count: usize,
    },
}

impl fmt::Display for AclError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { value } => write!(
                f,
                "`{}` is not of the form `id=\"…\", uri=\"…\", emailAddress=\"…\"`",
                value.escape_debug()
            ),
            Self::UnknownId { id } => write!(f, "no owner has the id `{}`", id.escape_debug()),
            Self::UnknownGroup { uri } => write!(f, "there is no group `{}`", uri.escape_debug()),
            Self::UnknownEmail { address } => {
                write!(f, "no owner has the address `{}`", address.escape_debug())
            }
            Self::TooMany { count } => {
                write!(f, "an ACL has at most {ACL_GRANTS_MAX} grants, got {count}")
            }
        }
    }
}

impl std::error::Error for AclError {}

impl NamedGrant {
    /// Reads the value of a header such as `x-amz-grant-read`: grantees with commas between
    /// them, each `id`, `uri` or `emailAddress`, with or without quotes.
    ///
    /// # Errors
    /// [`AclError::Header`].
    pub fn parse_header(permission: Permission, value: &str) -> Result<Vec<Self>, AclError> {
        let wrong = || AclError::Header {
            value: value.to_owned(),
        };
        let one = |part: &str| {
            let (kind, named) = part.split_once('=')?;
            let named = named.trim();
            let named = named
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
                .unwrap_or(named);
            let is_plain = !named.is_empty() && !named.contains(['"', '=', ' ']);
            let named = is_plain.then(|| named.to_owned())?;
            match kind.trim().to_ascii_lowercase().as_str() {
                "id" => Some(NamedGrantee::Id(named)),
                "uri" => Some(NamedGrantee::Uri(named)),
                "emailaddress" => Some(NamedGrantee::Email(named)),
                _ => None,
            }
        };
        let grants = value.split(',').map(|part| {
            let grantee = one(part).ok_or_else(wrong)?;
            Ok(Self {
                grantee,
                permission,
            })
        });
        grants.collect()
    }

    /// Finds who is meant.
    fn resolve(self, owners: &impl Directory) -> Result<Grant, AclError> {
        let grantee = match self.grantee {
            NamedGrantee::Id(id) if owners.knows(&id) => Grantee::User(id),
            NamedGrantee::Id(id) => return Err(AclError::UnknownId { id }),
            NamedGrantee::Uri(uri) => match Group::of_uri(&uri) {
                Some(group) => Grantee::Group(group),
                None => return Err(AclError::UnknownGroup { uri }),
            },
            NamedGrantee::Email(address) => match owners.id_of_email(&address) {
                Some(id) => Grantee::User(id),
                None => return Err(AclError::UnknownEmail { address }),
            },
        };
        let permission = self.permission;
        Ok(Grant {
            grantee,
            permission,
        })
    }
}

impl Acl {
    /// Makes an ACL of the grants of a request.
    ///
    /// # Errors
    /// When a grantee does not exist or there are more than S3 allows.
    pub fn resolve(named: Vec<NamedGrant>, owners: &impl Directory) -> Result<Self, AclError> {
        if named.len() > ACL_GRANTS_MAX {
            let count = named.len();
            return Err(AclError::TooMany { count });
        }
        let grants = named.into_iter().map(|grant| grant.resolve(owners));
        Ok(Self::Grants(grants.collect::<Result<_, _>>()?))
    }
}
