//! Bucket policies: put, get, delete, and whether one is public.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use dropslip_s3::bucket_policy::{BucketPolicy, MalformedPolicy};
use dropslip_s3::{Code, xml};

use super::{bucket_for, status};
use crate::Store;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::index::{IndexError, buckets};
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// `PutBucketPolicy`.
///
/// `x-amz-confirm-remove-self-bucket-access` is taken and changes nothing: the owner can
/// mend each policy, as the root of an account can at AWS.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketPolicy)?;
    let document = read_document(request, body).await?;
    let text = str::from_utf8(&document).map_err(|_| {
        let message = "Policies must be valid JSON and the first byte must be '{'";
        Error::new(Code::MalformedPolicy, message).with("Detail", "it is not UTF-8")
    })?;
    let policy = BucketPolicy::parse(text, &bucket.name).map_err(|error| malformed(&error))?;
    let mut names = policy.principal_names();
    if let Some(name) = names.find(|name| !request.owners.has(name)) {
        let name = name.escape_debug();
        let detail = format!("no owner and no access key is called `{name}`");
        return Err(
            Error::new(Code::MalformedPolicy, "Invalid principal in policy").with("Detail", detail),
        );
    }
    drop(names);
    let is_public = policy.is_public();
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        if is_public && tx.bucket(&name)?.block().block_public_policy {
            let reason =
                "the public access block of the bucket refuses public policies (BlockPublicPolicy)";
            return Err(Error::from(Code::AccessDenied).because(reason));
        }
        Ok(buckets::update(tx, &name, |record| {
            record.policy = Some(policy)
        })?)
    });
    change.await?;
    Ok(status(StatusCode::NO_CONTENT))
}

fn malformed(error: &MalformedPolicy) -> Error {
    Error::new(Code::MalformedPolicy, error.message().to_owned()).with("Detail", error.detail())
}

/// `GetBucketPolicy`: the document as it came.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketPolicy)?;
    let policy = bucket.record.policy.as_ref().ok_or_else(|| none(bucket))?;
    let mut response = Response::new(Body::from(policy.text().to_owned()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

fn none(bucket: &Bucket) -> Error {
    Error::from(Code::NoSuchBucketPolicy).with("BucketName", bucket.name.as_str())
}

/// `DeleteBucketPolicy`. Where there is none it is 204 too.
pub(super) async fn delete(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::DeleteBucketPolicy)?;
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| buckets::update(tx, &name, |record| record.policy = None));
    change.await.map_err(|error: IndexError| error)?;
    Ok(status(StatusCode::NO_CONTENT))
}

/// `GetBucketPolicyStatus`: whether policy or ACL let strangers in.
pub(super) fn public_status(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketPolicyStatus)?;
    let record = &bucket.record;
    let block = record.block();
    let by_policy = record.policy.as_ref().is_some_and(BucketPolicy::is_public);
    let by_acl = record.acl.is_public() && !record.owner_is_enforced();
    let is_public =
        by_policy && !block.restrict_public_buckets || by_acl && !block.ignore_public_acls;
    Ok(super::xml(xml::policy_status(is_public)))
}
