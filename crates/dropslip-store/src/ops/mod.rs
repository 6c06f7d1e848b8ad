//! The operations, one file per family, and the table that dispatches them.

mod acl;
mod attributes;
mod bucket;
mod bucket_policy;
mod copy;
mod cors;
mod delete;
mod extent;
mod get;
mod lifecycle;
mod list;
mod list_versions;
mod lookup;
mod multipart;
mod notification;
mod ownership;
mod post;
mod public_access;
mod put;
mod source;
mod tagging;
mod versioning;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::Store;
use crate::access::{self, On};
use crate::error::Result;
use crate::request::{Bucket, Request};
use crate::route::Operation;

/// Carries an operation out.
pub(crate) async fn run(
    store: &Store,
    operation: Operation,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    use Operation as O;
    match operation {
        O::ListBuckets => bucket::list_all(store, request),
        O::CreateBucket => bucket::create(store, request, body).await,
        O::HeadBucket => bucket::head(store, request),
        O::DeleteBucket => bucket::delete(store, request).await,
        O::GetBucketLocation => bucket::location(store, request),
        O::PutBucketLifecycle => lifecycle::put(store, request, body).await,
        O::GetBucketLifecycle => lifecycle::get(request),
        O::DeleteBucketLifecycle => lifecycle::delete(store, request).await,
        O::PutBucketNotification => notification::put(store, request, body).await,
        O::GetBucketNotification => notification::get(request),
        O::PutBucketCors => cors::put(store, request, body).await,
        O::GetBucketCors => cors::get(request),
        O::DeleteBucketCors => cors::delete(store, request).await,
        O::PutBucketAcl => acl::put_bucket(store, request, body).await,
        O::GetBucketAcl => acl::get_bucket(request),
        O::PutObjectAcl => acl::put_object(store, request, body).await,
        O::GetObjectAcl => acl::get_object(store, request),
        O::PutBucketPolicy => bucket_policy::put(store, request, body).await,
        O::GetBucketPolicy => bucket_policy::get(request),
        O::DeleteBucketPolicy => bucket_policy::delete(store, request).await,
        O::GetBucketPolicyStatus => bucket_policy::public_status(request),
        O::PutBucketOwnershipControls => ownership::put(store, request, body).await,
        O::GetBucketOwnershipControls => ownership::get(request),
        O::DeleteBucketOwnershipControls => ownership::delete(store, request).await,
        O::PutPublicAccessBlock => public_access::put(store, request, body).await,
        O::GetPublicAccessBlock => public_access::get(request),
        O::DeletePublicAccessBlock => public_access::delete(store, request).await,
        O::ListObjects => list::v1(store, request).await,
        O::ListObjectVersions => list_versions::list(store, request).await,
        O::ListObjectsV2 => list::v2(store, request).await,
        O::PostObject => post::object(store, request, body).await,
        O::CopyObject => copy::object(store, request).await,
        O::GetObjectAttributes => attributes::get(store, request),
        O::PutObject => put::object(store, request, body).await,
        O::GetObject => get::object(store, request, get::Body::Sent).await,
        O::HeadObject => get::object(store, request, get::Body::Withheld).await,
        O::DeleteObject => delete::object(store, request).await,
        O::CreateMultipartUpload => multipart::create(store, request).await,
        O::UploadPart => multipart::part(store, request, body).await,
        O::UploadPartCopy => multipart::part_copy(store, request).await,
        O::CompleteMultipartUpload => multipart::complete(store, request, body).await,
        O::AbortMultipartUpload => multipart::abort(store, request).await,
        O::ListParts => multipart::list_parts(store, request).await,
        O::ListMultipartUploads => multipart::list_uploads(store, request).await,
        O::DeleteObjects => delete::many(store, request, body).await,
        O::PutBucketVersioning => versioning::put(store, request, body).await,
        O::GetBucketVersioning => versioning::get(request),
        O::PutBucketTagging => tagging::put_bucket(store, request, body).await,
        O::GetBucketTagging => tagging::get_bucket(request),
        O::DeleteBucketTagging => tagging::delete_bucket(store, request).await,
        O::PutObjectTagging => tagging::put_object(store, request, body).await,
        O::GetObjectTagging => tagging::get_object(store, request),
        O::DeleteObjectTagging => tagging::delete_object(store, request).await,
    }
}

/// The bucket that a request addresses, for a caller who may do the operation to it. That a
/// bucket is not there is told to anybody, as S3 does: names are no secrets.
fn bucket_for(request: &Request, operation: Operation) -> Result<&Bucket> {
    let bucket = request.bucket()?;
    access::check(request, operation.action(), On::Bucket(bucket))?;
    Ok(bucket)
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn xml(text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    response
}

/// A time of the index as XML carries it: RFC 3339 with milliseconds.
fn rfc3339_ms(unix_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    format!("{time:.3}")
}
