//! Forms that upload a file: their fields, who signed them, and the bytes of the file.
//!
//! A form is a PUT whose headers are fields. So [`as_put`] turns the fields that were checked
//! into the request that a PUT of the same object would be, and all else that is known
//! of objects, their metadata and checksums holds for forms as well.

mod as_put;
mod file;
mod refusal;

use axum::body::Body;
use bytes::Bytes;
use dropslip_s3::Code;
use dropslip_s3::form_data::{FormDataError, FormDataErrorKind, FormReader, Piece};
use dropslip_s3::limits::POST_FORM_BYTES_MAX;
use dropslip_s3::policy::{PolicyError, PolicyErrorKind};

pub(crate) use as_put::as_put;
pub(crate) use file::FormFile;
pub(crate) use refusal::refused;

use crate::error::{Error, Result};
use crate::intake::next_bytes;
use crate::request::Head;

/// A form, read up to its file.
pub(crate) struct ArrivingForm {
    /// The fields before the file, names as they were sent.
    fields: Vec<(String, Vec<u8>)>,
    /// The name that came with the file.
    pub(crate) file_name: Option<String>,
    reader: FormReader,
    /// What was read beyond the fields.
    rest: Bytes,
}

impl ArrivingForm {
    /// Reads a form up to its file.
    pub(crate) async fn read(head: &Head, body: &mut Body) -> Result<Self> {
        let content_type = head.header("content-type").unwrap_or_default();
        let mut reader = FormReader::new(content_type).map_err(|error| malformed(&error))?;
        let mut fields = Vec::new();
        while let Some(bytes) = next_bytes(body).await? {
            let mut rest = &bytes[..];
            while let Some(piece) = reader.read(&mut rest).map_err(|error| malformed(&error))? {
                match piece {
                    Piece::Field { name, value } => fields.push((name, value)),
                    Piece::File { name } => {
                        let rest = bytes.slice_ref(rest);
                        return Ok(Self {
                            fields,
                            file_name: name,
                            reader,
                            rest,
                        });
                    }
                    Piece::Data(_) | Piece::FileEnd => {}
                }
            }
        }
        // A body that ends before its file is never whole.
        let error = reader.finish().err();
        Err(malformed(
            &error.unwrap_or_else(|| FormDataErrorKind::FileMissing.into()),
        ))
    }

    /// The fields before the file, as they were sent.
    pub(crate) fn fields(&self) -> Vec<(&str, &[u8])> {
        let fields = self.fields.iter();
        fields
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }
}

/// S3's answer to a body that is no form.
fn malformed(error: &FormDataError) -> Error {
    let answer = Error::new(error.code(), error.to_string());
    match error.kind() {
        FormDataErrorKind::NotFormData => answer.with(
            "Condition",
            "Bucket POST must be of the enclosure-type multipart/form-data",
        ),
        FormDataErrorKind::TooLong | FormDataErrorKind::TooManyFields => too_long(answer),
        FormDataErrorKind::FileMissing => answer
            .with("ArgumentName", "file")
            .with("ArgumentValue", "0"),
        _ => answer,
    }
}

/// S3's answer to a policy that cannot be read, or to a form that it does not allow.
pub(crate) fn not_allowed(error: &PolicyError) -> Error {
    let answer = Error::new(error.code(), error.to_string());
    match error.kind() {
        PolicyErrorKind::TooLarge { size, max } => answer
            .with("ProposedSize", size.to_string())
            .with("MaxSizeAllowed", max.to_string()),
        PolicyErrorKind::TooSmall { size, min } => answer
            .with("ProposedSize", size.to_string())
            .with("MinSizeAllowed", min.to_string()),
        PolicyErrorKind::KeyMissing => answer.with("ArgumentName", "key").with("ArgumentValue", ""),
        PolicyErrorKind::FormTooLong { .. } | PolicyErrorKind::TooManyFields { .. } => {
            too_long(answer)
        }
        PolicyErrorKind::FieldNotUtf8 { name } => answer.with("ArgumentName", name),
        _ => answer,
    }
}

fn too_long(answer: Error) -> Error {
    answer.with("MaxPostPreDataLengthBytes", POST_FORM_BYTES_MAX.to_string())
}

/// S3's answer to a form that is signed in two places.
pub(crate) fn signed_elsewhere() -> Error {
    Error::new(
        Code::InvalidArgument,
        "Only one auth mechanism allowed: a form carries its signature in its fields.",
    )
}
