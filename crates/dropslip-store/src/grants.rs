//! The ACL that a request gives to a bucket or an object, and who will own the object.
//!
//! Canned ACLs and grants come in headers, in the query that was signed, or in the fields
//! of a form; where they are looked up is the caller's matter.

use dropslip_s3::Code;
use dropslip_s3::acl::{Acl, AclError, CannedAcl, Grantee, NamedGrant, Permission};
use dropslip_s3::ownership::ObjectOwnership;

use crate::access::{self, Action, On};
use crate::error::{Error, Result};
use crate::index::BucketRecord;
use crate::request::{Bucket, Request};

/// What a new object begins with.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) acl: Acl,
    /// The name of its owner.
    pub(crate) owner: String,
}

/// The ACL that is asked for by `x-amz-acl` or by `x-amz-grant-*`, if one is.
pub(crate) fn asked<'a>(
    request: &Request,
    lookup: impl Fn(&str) -> Option<&'a str>,
) -> Result<Option<Acl>> {
    let canned = lookup("x-amz-acl").filter(|name| !name.is_empty());
    let mut named = Vec::new();
    for (permission, header) in Permission::HEADERS {
        if let Some(value) = lookup(header) {
            let grants = NamedGrant::parse_header(permission, value).map_err(refused)?;
            named.extend(grants);
        }
    }
    match (canned, named.is_empty()) {
        (None, true) => Ok(None),
        (Some(name), true) => {
            let canned: CannedAcl = name.parse().map_err(|error| {
                Error::invalid_argument("x-amz-acl", name, &format!("{error}."))
            })?;
            Ok(Some(canned.into()))
        }
        (None, false) => {
            let acl = Acl::resolve(named, request.owners.as_ref());
            acl.map(Some).map_err(refused)
        }
        (Some(_), false) => Err(Error::new(
            Code::InvalidRequest,
            "Specifying both Canned ACLs and Header Grants is not allowed",
        )),
    }
}

/// S3's answer to grants that make no ACL.
pub(crate) fn refused(error: AclError) -> Error {
    match error {
        AclError::Header { value } => {
            Error::new(Code::InvalidArgument, "Argument format not recognized")
                .with("ArgumentName", "x-amz-grant")
                .with("ArgumentValue", value.escape_debug().to_string())
        }
        AclError::UnknownId { id } => {
            Error::invalid_argument("CanonicalUser/ID", &id, "Invalid id")
        }
        AclError::UnknownGroup { uri } => {
            Error::invalid_argument("Group/URI", &uri, "Invalid group uri")
        }
        AclError::UnknownEmail { address } => {
            Error::from(Code::UnresolvableGrantByEmailAddress).with("EmailAddress", address)
        }
        other => {
            let detail = other.to_string();
            Error::from(Code::MalformedACLError).with("Detail", detail)
        }
    }
}

/// What an object begins with that a request writes into a bucket.
///
/// What nobody signed belongs to the bucket's owner: S3 gives it to an anonymous user, as
/// whom nobody can sign in to read or remove it.
pub(crate) fn of_new_object<'a>(
    request: &Request,
    bucket: &Bucket,
    lookup: impl Fn(&str) -> Option<&'a str>,
) -> Result<Granted> {
    let acl = asked(request, lookup)?;
    check(&bucket.record, acl.as_ref())?;
    if acl.is_some() {
        let on = On::Key(bucket, &request.key()?);
        access::check_not_denied(request, Action::PutObjectAcl, on)?;
    }
    let full_control = CannedAcl::BucketOwnerFullControl.into();
    let is_given = match bucket.record.ownership {
        Some(ObjectOwnership::BucketOwnerEnforced) => true,
        Some(ObjectOwnership::BucketOwnerPreferred) => acl.as_ref() == Some(&full_control),
        _ => false,
    };
    let to_bucket_owner = is_given || request.caller.owner().is_none();
    let acl = if bucket.record.owner_is_enforced() {
        Acl::default()
    } else {
        acl.unwrap_or_default()
    };
    let owner = if to_bucket_owner {
        bucket.record.owner.clone()
    } else {
        request.caller.owner_name().to_owned()
    };
    Ok(Granted { acl, owner })
}

/// Whether a bucket lets an ACL be set, on itself or on an object in it.
pub(crate) fn check(record: &BucketRecord, acl: Option<&Acl>) -> Result<()> {
    let Some(acl) = acl else {
        return Ok(());
    };
    if record.owner_is_enforced() && !gives_bucket_owner_all(acl, &record.owner) {
        return Err(Code::AccessControlListNotSupported.into());
    }
    if record.block().block_public_acls && acl.is_public() {
        return Err(Error::from(Code::AccessDenied).because(
            "the public access block of the bucket refuses public ACLs (BlockPublicAcls)",
        ));
    }
    Ok(())
}

/// The one ACL that may be named where there are none.
fn gives_bucket_owner_all(acl: &Acl, owner: &str) -> bool {
    match acl {
        Acl::Canned(canned) => *canned == CannedAcl::BucketOwnerFullControl,
        Acl::Grants(grants) => {
            let id = dropslip_s3::owner::canonical_id(owner);
            let full = |grant: &dropslip_s3::acl::Grant| {
                grant.permission == Permission::FullControl
                    && matches!(&grant.grantee, Grantee::User(grantee) if *grantee == id)
            };
            !grants.is_empty() && grants.iter().all(full)
        }
    }
}
