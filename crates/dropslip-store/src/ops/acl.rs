//! ACLs of buckets and of objects: put and get.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::acl::{Acl, CannedAcl};
use dropslip_s3::owner::canonical_id;
use dropslip_s3::{Code, xml};

use super::{bucket_for, lookup, status};
use crate::Store;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::grants;
use crate::index::{ObjectRecord, Version, buckets, objects};
use crate::present::tell_version;
use crate::request::Request;
use crate::route::Operation;

/// `PutBucketAcl`.
pub(super) async fn put_bucket(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketAcl)?;
    let acl = asked(request, body, &bucket.record.owner).await?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        // What the bucket allows may have changed since the request came.
        grants::check(tx.bucket(&name)?.as_ref(), Some(&acl))?;
        Ok::<_, Error>(buckets::update(tx, &name, |record| record.acl = acl)?)
    });
    change.await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketAcl`.
pub(super) fn get_bucket(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketAcl)?;
    let record = &bucket.record;
    Ok(shown(request, &record.acl, &record.owner))
}

/// `PutObjectAcl`.
pub(super) async fn put_object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let (bucket, key) = (request.bucket()?, request.key()?);
    let which = lookup::which(request)?;
    let found = find(store, request, Operation::PutObjectAcl)?;
    let owner = match bucket.record.owner_is_enforced() {
        true => &bucket.record.owner,
        false => &found.owner,
    };
    let acl = asked(request, body, owner).await?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        grants::check(tx.bucket(&name)?.as_ref(), Some(&acl))?;
        let place = (&name, &key);
        // Whoever may change the ACL of one object may not that of another in its place.
        match objects::find(tx, place, which)? {
            Some(Version::Object(object)) if object.sequence == found.sequence => {
                objects::update(tx, place, which, |record| record.acl = acl)?;
                Ok(object.version)
            }
            _ => Err(Error::from(Code::OperationAborted)),
        }
    });
    let version = change.await?;
    let mut response = status(StatusCode::OK);
    tell_version(response.headers_mut(), version, &bucket.record);
    Ok(response)
}

/// `GetObjectAcl`.
pub(super) fn get_object(store: &Store, request: &Request) -> Result<Response<Body>> {
    let found = find(store, request, Operation::GetObjectAcl)?;
    let mut response = shown(request, &found.acl, &found.owner);
    let bucket = &request.bucket()?.record;
    tell_version(response.headers_mut(), found.version, bucket);
    Ok(response)
}

/// The object whose ACL is meant, for a caller who may do the operation to it.
fn find(store: &Store, request: &Request, operation: Operation) -> Result<ObjectRecord> {
    let (bucket, key) = (request.bucket()?, request.key()?);
    let snapshot = store.index().snapshot()?;
    lookup::object(&snapshot, request, (bucket, &key), operation.action())
}

/// The ACL that a request brings: by name, as grants in headers, or as a document, and
/// only one of these.
async fn asked(request: &Request, body: &mut Body, owner: &str) -> Result<Acl> {
    let document = read_document(request, body).await?;
    let in_headers = grants::asked(request, |name| request.amz(name))?;
    match (in_headers, document.is_empty()) {
        (Some(acl), true) => Ok(acl),
        (Some(_), false) => Err(Code::UnexpectedContent.into()),
        (None, true) => {
            Err(Error::from(Code::MissingSecurityHeader).with("MissingHeaderName", "x-amz-acl"))
        }
        (None, false) => of_document(request, &document, owner),
    }
}

fn of_document(request: &Request, document: &[u8], owner: &str) -> Result<Acl> {
    let named = xml::read_access_control_policy(document).map_err(|error| {
        Error::from(Code::MalformedACLError).with("Detail", format!("{error}."))
    })?;
    if named.owner_id != canonical_id(owner) {
        let reason = "the `Owner` of the ACL is not who owns it; an ACL cannot change that";
        return Err(Error::from(Code::AccessDenied).because(reason));
    }
    Acl::resolve(named.grants, request.owners.as_ref()).map_err(grants::refused)
}

/// The document of an ACL. Where ACLs count for nothing, the bucket's owner has all.
fn shown(request: &Request, acl: &Acl, owner: &str) -> Response<Body> {
    let bucket = request.found.as_ref().map(|found| &found.record);
    let bucket_owner = bucket.map_or(owner, |bucket| bucket.owner.as_str());
    let is_enforced = bucket.is_some_and(|bucket| bucket.owner_is_enforced());
    let private = CannedAcl::Private.into();
    let (acl, owner) = if is_enforced {
        (&private, bucket_owner)
    } else {
        (acl, owner)
    };
    let id = canonical_id(owner);
    let grants = acl.grants(&id, &canonical_id(bucket_owner));
    let owners = &request.owners;
    // An owner whose keys were taken away still has the name.
    let name_of = |of: &str| owners.name_of(of).or((of == id).then_some(owner));
    super::xml(xml::access_control_policy(&id, &grants, name_of))
}
