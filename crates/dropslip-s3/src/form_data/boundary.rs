//! The boundary, from the content type of a form.

use super::error::{FormDataError, FormDataErrorKind, malformed};
use super::part_head::Parameters;
use crate::limits::FORM_BOUNDARY_BYTES_MAX;

/// Reads the boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Result<String, FormDataError> {
    let mut parameters = Parameters::of(content_type);
    if !parameters
        .head()
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return Err(FormDataErrorKind::NotFormData.into());
    }
    let mut boundary = None;
    while let Some((name, value)) = parameters.next()? {
        if name.eq_ignore_ascii_case("boundary") && boundary.replace(value).is_some() {
            return Err(malformed("The content type has two boundaries"));
        }
    }
    let boundary = boundary.ok_or_else(|| malformed("The content type has no boundary"))?;
    if boundary.is_empty() || boundary.len() > FORM_BOUNDARY_BYTES_MAX {
        return Err(malformed("The boundary has not 1 to 70 characters"));
    }
    // RFC 2046 allows fewer, and browsers keep to it; what matters is that it stays in its line.
    let fits = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if !boundary.bytes().all(fits) || boundary.ends_with(' ') {
        return Err(malformed(
            "The boundary has characters that no boundary has",
        ));
    }
    Ok(boundary)
}
