//! POST policies. `vectors` are those of S3's documentation and of botocore, `document`
//! has all ways to write one, `form` the forms that one allows or not, `hint` what
//! is said then, `made` those that
//! we make ourselves, `properties` what holds of all.

mod document;
mod form;
mod hint;
mod made;
mod properties;
mod vectors;

use dropslip_s3::BucketName;
use dropslip_s3::policy::{Form, Permit, Policy, PolicyError};
use dropslip_sigv4::Timestamp;

pub(crate) fn at(basic: &str) -> Timestamp {
    Timestamp::parse_basic(basic).unwrap()
}

pub(crate) fn bucket(name: &str) -> BucketName {
    BucketName::parse(name).unwrap()
}

/// A form whose file is called `beach.jpg`.
pub(crate) fn form(fields: &[(&str, &str)]) -> Form {
    named(fields, Some("beach.jpg")).unwrap()
}

pub(crate) fn named(fields: &[(&str, &str)], file_name: Option<&str>) -> Result<Form, PolicyError> {
    let fields: Vec<(&str, &[u8])> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect();
    Form::read(&fields, file_name)
}

/// Reads a document with these conditions.
pub(crate) fn policy(conditions: &str) -> Result<Policy, PolicyError> {
    let json = format!(r#"{{"expiration": "2013-05-24T12:00:00Z", "conditions": {conditions}}}"#);
    Policy::parse_json(&json)
}

/// Holds a form in the bucket `uploads` against conditions beside that on the bucket.
pub(crate) fn allowed(conditions: &str, fields: &[(&str, &str)]) -> Result<Permit, PolicyError> {
    let separator = if conditions.is_empty() { "" } else { ", " };
    let conditions = format!(r#"[{{"bucket": "uploads"}}{separator}{conditions}]"#);
    policy(&conditions)?.check(form(fields), &bucket("uploads"), at("20130524T115959Z"))
}
