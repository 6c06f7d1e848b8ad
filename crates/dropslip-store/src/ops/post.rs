//! `PostObject`: a form of a browser that uploads a file
//! ([POST Object](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html)).
//!
//! What is wrong is told in S3's order: the body that is no form, the fields that lack, who
//! signed, the bucket, the policy, and at last the file.

use axum::body::Body;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Response, StatusCode};
use dropslip_s3::form_data::redirect;
use dropslip_s3::policy::{Form, Permit, Policy};
use dropslip_s3::{ObjectKey, xml};
use dropslip_sigv4::{encode_query, is_signed_post};

use super::put::{Stored, store_object};
use super::{status, xml as xml_response};
use crate::access::{self, On};
use crate::auth::Caller;
use crate::chunks::Chunks;
use crate::error::Result;
use crate::form::{ArrivingForm, FormFile, as_put, not_allowed, signed_elsewhere};
use crate::request::{Request, host};
use crate::route::Operation;
use crate::{Store, spoken};

/// Stores the file of a form. The answer of success comes once bytes and index are on disk.
pub(super) async fn object(
    store: &Store,
    request: &Request,
    body: &mut Body,
) -> Result<Response<Body>> {
    let arriving = ArrivingForm::read(&request.head, body).await?;
    let fields = arriving.fields();
    let caller = caller(store, request, &fields)?;
    let bucket = request.bucket()?;
    let form = Form::read(&fields, arriving.file_name.as_deref());
    let form = form.map_err(|error| not_allowed(&error))?;
    let (form, key, permit) = match caller.policy() {
        Some(policy) => {
            let permit = Policy::parse_base64(policy)
                .and_then(|policy| policy.check(form, &bucket.name, request.now))
                .map_err(|error| not_allowed(&error))?;
            (permit.form().clone(), permit.key().clone(), Some(permit))
        }
        None => {
            let key = form.key().map_err(|error| not_allowed(&error))?;
            (form, key, None)
        }
    };
    let put = as_put(request, caller, &key, &form)?;
    access::check(&put, Operation::PostObject.action(), On::Key(bucket, &key))?;
    spoken::check(&put, Operation::PutObject)?;
    let stored = stored(store, &put, (arriving, body), permit.as_ref()).await?;
    Ok(answer(request, &key, &form, &stored))
}

async fn stored(
    store: &Store,
    put: &Request,
    (arriving, body): (ArrivingForm, &mut Body),
    permit: Option<&Permit>,
) -> Result<Stored> {
    let mut file = FormFile::new(arriving, body, permit);
    store_object(store, put, &mut file, (Chunks::default(), None)).await
}

/// Who sends a form: whoever signed its policy, or nobody.
fn caller(store: &Store, request: &Request, fields: &[(&str, &[u8])]) -> Result<Caller> {
    if request.caller.access_key().is_some() {
        return Err(signed_elsewhere());
    }
    if !is_signed_post(fields) {
        return Ok(Caller::Anonymous);
    }
    store.keys().identify_form(fields, request.now)
}

/// What the form wants to be told of success. All of it is told beside where the object is.
fn answer(request: &Request, key: &ObjectKey, form: &Form, stored: &Stored) -> Response<Body> {
    let bucket = request.found.as_ref().map(|bucket| &bucket.name);
    let address = form
        .value("success_action_redirect")
        .or(form.value("redirect"));
    let sent_to = address
        .zip(bucket)
        .and_then(|(address, bucket)| redirect(address, bucket, key, &stored.etag))
        .and_then(|address| HeaderValue::try_from(address).ok());
    let location = location(request, key);
    let mut response = match (&sent_to, form.value("success_action_status")) {
        (Some(_), _) => status(StatusCode::SEE_OTHER),
        (None, Some("200")) => status(StatusCode::OK),
        (None, Some("201")) => {
            let bucket = request.head.resource.bucket.as_deref().unwrap_or_default();
            let document = xml::post_response(&location, bucket, key.as_str(), &stored.etag);
            let mut response = xml_response(document);
            *response.status_mut() = StatusCode::CREATED;
            response
        }
        (None, _) => status(StatusCode::NO_CONTENT),
    };
    stored.tell(response.headers_mut());
    if let Some(location) = sent_to.or(HeaderValue::try_from(location).ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// The address of the object. The key is one segment of it, as S3 writes it here.
fn location(request: &Request, key: &ObjectKey) -> String {
    let head = &request.head;
    let scheme = match head.header("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    let (host, key) = (host(&head.parts), encode_query(key.as_str().as_bytes()));
    match (&head.host_bucket, &head.resource.bucket) {
        (None, Some(bucket)) => format!("{scheme}://{host}/{bucket}/{key}"),
        _ => format!("{scheme}://{host}/{key}"),
    }
}
