//! The operations, one file per family, and the table that dispatches them.

mod bucket;
mod cors;
mod delete;
mod get;
mod list;
mod put;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::Store;
use crate::auth::Access;
use crate::error::{Error, Result};
use crate::index::BucketRecord;
use crate::request::Request;
use crate::route::Operation;
use dropslip_s3::{BucketName, CannedAcl, Code};

/// Carries an operation out.
pub(crate) async fn run(
    store: &Store,
    operation: Operation,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    match operation {
        Operation::ListBuckets => bucket::list_all(store, request),
        Operation::CreateBucket => bucket::create(store, request, body).await,
        Operation::HeadBucket => bucket::head(store, request),
        Operation::DeleteBucket => bucket::delete(store, request).await,
        Operation::GetBucketLocation => bucket::location(store, request),
        Operation::PutBucketCors => cors::put(store, request, body).await,
        Operation::GetBucketCors => cors::get(store, request),
        Operation::DeleteBucketCors => cors::delete(store, request).await,
        Operation::ListObjectsV2 => list::v2(store, request).await,
        Operation::PutObject => put::object(store, request, body).await,
        Operation::GetObject => get::object(store, request, get::Body::Sent).await,
        Operation::HeadObject => get::object(store, request, get::Body::Withheld).await,
        Operation::DeleteObject => delete::object(store, request).await,
    }
}

/// The bucket that a request addresses.
fn bucket_of(store: &Store, request: &Request) -> Result<(BucketName, BucketRecord)> {
    let name = request.bucket()?;
    match store.index().bucket(&name)? {
        Some(record) => Ok((name, record)),
        None => Err(Error::from(Code::NoSuchBucket).with("BucketName", name.as_str())),
    }
}

/// The bucket that a request addresses, for a caller who may do everything with it.
fn managed_bucket(store: &Store, request: &Request) -> Result<(BucketName, BucketRecord)> {
    request.caller.may(Access::Manage, CannedAcl::Private)?;
    bucket_of(store, request)
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
