//! `CreateMultipartUpload`.

use axum::body::Body;
use axum::http::{HeaderValue, Response};
use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, ChecksumType};
use dropslip_s3::xml;

use crate::Store;
use crate::access::{self, On};
use crate::clock::now_ms;
use crate::described::Described;
use crate::error::{Error, Result};
use crate::index::uploads::{self, UploadRecord};
use crate::index::{IndexError, Tx};
use crate::request::Request;
use crate::route::Operation;

/// Begins an upload, with all that a PUT may say of an object beside its bytes.
pub(in crate::ops) async fn create(store: &Store, request: &Request) -> Result<Response<Body>> {
    let bucket = request.bucket()?;
    let key = request.key()?;
    let action = Operation::CreateMultipartUpload.action();
    access::check(request, action, On::Key(bucket, &key))?;
    let record = UploadRecord {
        initiator: request.caller.owner_name().to_owned(),
        initiated_ms: now_ms(),
        revision: 0,
        described: Described::read(request)?,
        checksum: asked_checksum(request)?,
    };
    let (checksum, initiated_ms) = (record.checksum, record.initiated_ms);
    let name = bucket.name.clone();
    let at = key.clone();
    let begin = move |tx: &mut Tx<'_>| uploads::begin(tx, (&name, &at), &record);
    let id = store
        .index_of(bucket)
        .change::<_, _, IndexError>(begin)
        .await?;
    let document = xml::initiated(bucket.name.as_str(), key.as_str(), &id.to_string());
    let mut response = crate::ops::xml(document);
    super::tell_abortion(&mut response, bucket, &key, initiated_ms);
    if let Some((algorithm, kind)) = checksum {
        let headers = response.headers_mut();
        let algorithm = HeaderValue::from_static(algorithm.as_str());
        headers.insert("x-amz-checksum-algorithm", algorithm);
        headers.insert(
            "x-amz-checksum-type",
            HeaderValue::from_static(kind.as_str()),
        );
    }
    Ok(response)
}

/// The checksum that the parts and the object shall have, by S3's table of what goes with what.
fn asked_checksum(request: &Request) -> Result<Option<(Algorithm, ChecksumType)>> {
    let invalid = |message: String| Error::new(Code::InvalidRequest, message);
    let kind = request.amz("x-amz-checksum-type").map(str::parse);
    let kind = kind
        .transpose()
        .map_err(|_| invalid("Value for x-amz-checksum-type header is invalid.".to_owned()))?;
    let Some(name) = request.amz("x-amz-checksum-algorithm") else {
        return match kind {
            None => Ok(None),
            Some::<ChecksumType>(_) => Err(invalid(
                "The x-amz-checksum-type header can only be used with the \
                 x-amz-checksum-algorithm header."
                    .to_owned(),
            )),
        };
    };
    let algorithm: Algorithm = name.parse().map_err(|_| {
        let names = Algorithm::ALL.map(Algorithm::as_str).join(", ");
        invalid(format!(
            "Checksum algorithm provided is unsupported. Please try again with any of the \
             valid types: [{names}]"
        ))
    })?;
    let kind = kind.unwrap_or(algorithm.default_type());
    if !algorithm.allows(kind) {
        let name = algorithm.as_str().to_ascii_lowercase();
        return Err(invalid(format!(
            "The {kind} checksum type cannot be used with the {name} checksum algorithm."
        )));
    }
    Ok(Some((algorithm, kind)))
}
