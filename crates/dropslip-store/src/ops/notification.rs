//! Bucket notifications: put and get. Who is told is in [`crate::events`].

use axum::body::Body;
use axum::http::{Response, StatusCode};
use dropslip_s3::Code;
use dropslip_s3::xml;

use super::lifecycle::sentence;
use super::{bucket_for, status};
use crate::Store;
use crate::document::read_document;
use crate::error::{Error, Result};
use crate::index::{IndexError, Tx, buckets};
use crate::request::Request;
use crate::request_id::request_id;
use crate::route::Operation;

/// `PutBucketNotificationConfiguration`. Each destination gets a message that tries it out.
pub(super) async fn put(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::PutBucketNotification)?;
    let document = read_document(request, body).await?;
    let configuration = xml::read_notification_configuration(&document, request_id)
        .map_err(|error| Error::new(error.code(), sentence(&error.to_string())))?;
    let skips = request.amz("x-amz-skip-destination-validation");
    let is_tried = skips.is_none_or(|skips| !skips.eq_ignore_ascii_case("true"));
    let outbox = store.outbox();
    let destinations = configuration.destinations();
    if let Some(lost) = destinations.iter().find(|d| !outbox.leads_to(&d.arn)) {
        let message = "Unable to validate the following destination configurations: no webhook is given for this ARN.";
        return Err(Error::new(Code::InvalidArgument, message)
            .with("ArgumentName", lost.arn.clone())
            .with("ArgumentValue", "The destination does not exist.")
            .with(
                "Hint",
                "start the store with --notify-webhook URL, or ARN=URL",
            ));
    }
    let (name, outbox, request_id) = (bucket.name.clone(), outbox.clone(), request_id());
    let change = move |tx: &mut Tx<'_>| {
        if is_tried {
            outbox.test(tx, &name, &configuration, &request_id)?;
        }
        buckets::update(tx, &name, |record| record.notification = configuration)?;
        Ok::<_, IndexError>(())
    };
    store.index_of(bucket).change(change).await?;
    Ok(status(StatusCode::OK))
}

/// `GetBucketNotificationConfiguration`; an empty one where there is none, as S3 has it.
pub(super) fn get(request: &Request) -> Result<Response<Body>> {
    let bucket = bucket_for(request, Operation::GetBucketNotification)?;
    let text = xml::notification_configuration(&bucket.record.notification);
    Ok(super::xml(text))
}
