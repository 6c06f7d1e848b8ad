//! Bucket versioning: put and get.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::Code;
use dropslip_s3::xml::{self, VersioningState};

use super::{bucket_for, status};
use crate::Store;
use crate::document::{malformed, read_document};
use crate::error::{Error, Result};
use crate::index::{IndexError, Versioning, buckets};
use crate::request::Request;
use crate::route::Operation;

/// `PutBucketVersioning`. What there is stays as it is; a bucket that once kept versions can
/// be suspended, and never returns to having none.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketVersioning)?;
    let document = read_document(request, body).await?;
    let wish = xml::read_versioning(&document).map_err(|error| malformed(&error))?;
    if wish.mfa_delete == Some(true) {
        return Err(Error::not_implemented("MfaDelete"));
    }
    let versioning = match wish.state {
        Some(VersioningState::Enabled) => Versioning::Enabled,
        Some(VersioningState::Suspended) => Versioning::Suspended,
        None => {
            let message = "The Versioning element must be specified";
            let code = Code::IllegalVersioningConfigurationException;
            return Err(Error::new(code, message));
        }
    };
    let name = bucket.name.clone();
    let index = store.index_of(bucket);
    let change = index.change(move |tx| {
        buckets::update(tx, &name, |record| record.versioning = versioning)?;
        Ok::<_, IndexError>(())
    });
    change.await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketVersioning`.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketVersioning)?;
    let state = match bucket.record.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some(VersioningState::Enabled),
        Versioning::Suspended => Some(VersioningState::Suspended),
    };
    Ok(super::xml(xml::versioning(state)))
}
