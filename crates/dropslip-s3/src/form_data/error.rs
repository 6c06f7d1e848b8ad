//! What can be wrong with the body of a form, in S3's words.

use std::fmt;

use crate::error::Code;
use crate::limits::{POST_FORM_BYTES_MAX, POST_FORM_FIELDS_MAX};

/// Why a body cannot be read as a form with a file.
///
/// Display is the message that S3 answers, with what was seen where S3 is mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormDataError(FormDataErrorKind);

/// The kinds of [`FormDataError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormDataErrorKind {
    /// The content type is another than `multipart/form-data`.
    NotFormData,
    /// The body is not what the content type says.
    Malformed {
        /// What is wrong, as a sentence without its full stop.
        what: &'static str,
    },
    /// What stands before the file is larger than a form may be.
    TooLong,
    /// There are more fields before the file than any form needs.
    TooManyFields,
    /// The form has no field `file`.
    FileMissing,
}

impl FormDataError {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &FormDataErrorKind {
        &self.0
    }

    /// The code that S3 answers.
    #[must_use]
    pub fn code(&self) -> Code {
        match self.0 {
            FormDataErrorKind::NotFormData => Code::PreconditionFailed,
            FormDataErrorKind::Malformed { .. } => Code::MalformedPOSTRequest,
            FormDataErrorKind::TooLong | FormDataErrorKind::TooManyFields => {
                Code::MaxPostPreDataLengthExceeded
            }
            FormDataErrorKind::FileMissing => Code::InvalidArgument,
        }
    }
}

impl From<FormDataErrorKind> for FormDataError {
    fn from(kind: FormDataErrorKind) -> Self {
        Self(kind)
    }
}

/// A body that is not what it should be.
pub(super) fn malformed(what: &'static str) -> FormDataError {
    FormDataErrorKind::Malformed { what }.into()
}

impl fmt::Display for FormDataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            FormDataErrorKind::NotFormData => f.write_str(Code::PreconditionFailed.message()),
            FormDataErrorKind::Malformed { what } => {
                write!(f, "{} {what}.", Code::MalformedPOSTRequest.message())
            }
            FormDataErrorKind::TooLong => write!(
                f,
                "{} At most {POST_FORM_BYTES_MAX} bytes are taken.",
                Code::MaxPostPreDataLengthExceeded.message()
            ),
            FormDataErrorKind::TooManyFields => write!(
                f,
                "{} At most {POST_FORM_FIELDS_MAX} fields are taken.",
                Code::MaxPostPreDataLengthExceeded.message()
            ),
            FormDataErrorKind::FileMissing => {
                f.write_str("POST requires exactly one file upload per request.")
            }
        }
    }
}

impl std::error::Error for FormDataError {}
