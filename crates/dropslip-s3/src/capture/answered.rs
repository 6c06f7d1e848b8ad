//! Reads the request back from the storage's error: its canonical request is the whole
//! request but for the signature, which stands beside it.

use super::{Body, CaptureError, CaptureErrorKind, Captured};
use crate::xml::ErrorDocument;

/// The request as the storage read it.
///
/// Path and query are in their canonical encoding, and headers that were not signed are
/// not there.
///
/// # Errors
/// When the document has no canonical request, as MinIO's, Ceph's and Garage's have none.
pub fn from_error(document: &ErrorDocument) -> Result<Captured, CaptureError> {
    let wrong = |why: &str| CaptureError::new(CaptureErrorKind::ErrorDocument, why);
    let canonical = document
        .canonical_request_exact()
        .ok_or_else(|| wrong("the error has no canonical request to read the request from"))?;
    let mut lines = canonical.split(|byte| *byte == b'\n');
    let mut text = || {
        let line = lines.next().and_then(|line| std::str::from_utf8(line).ok());
        line.map(str::to_owned).ok_or_else(|| {
            wrong("the canonical request of the error has no method, path and query")
        })
    };
    let (method, path, mut query) = (text()?, text()?, text()?);
    let mut headers = Vec::new();
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        let end = line.iter().position(|byte| *byte == b':');
        let end = end.ok_or_else(|| {
            wrong("the canonical request of the error has a header without a value")
        })?;
        let (name, value) = line.split_at(end);
        let name = String::from_utf8_lossy(name).into_owned();
        headers.push((name, value[1..].to_vec()));
    }
    let mut last = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (signed_headers, payload) = (last(), last());
    if signed_headers.is_empty() || payload.is_empty() || !path.starts_with('/') {
        return Err(wrong("the canonical request of the error is not complete"));
    }
    let signature = &document.signature_provided;
    if query.contains("X-Amz-Credential=") {
        query.push_str("&X-Amz-Signature=");
        query.push_str(signature);
    } else {
        let to_sign = document.string_to_sign_exact().unwrap_or_default();
        let to_sign = String::from_utf8_lossy(&to_sign);
        let scope = to_sign.lines().nth(2).unwrap_or_default();
        let access_key = &document.access_key;
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"
        );
        headers.push(("authorization".to_owned(), value.into_bytes()));
    }
    Ok(Captured {
        method,
        scheme: String::new(),
        path,
        query,
        headers,
        body: Body::Unknown,
        remarks: Vec::new(),
    })
}
