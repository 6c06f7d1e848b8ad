//! The `<Error>` document, with the strings to compare and our explanation.
//!
//! Storages differ in what they say: AWS sends all strings, R2 most, MinIO, Ceph and
//! Garage none. What one does not send is empty here. The strings are kept twice, as
//! text and as bytes, since a browser that shows the document folds their lines.

use dropslip_sigv4::{Difference, Explanation, Finding};
use serde::Deserialize;

use super::told::ToldExplanation;
use super::write::Document;
use super::{XmlError, read};

/// Writes an error: code, message, then what else is known, in order.
#[must_use]
pub fn error(code: &str, message: &str, details: &[(&str, &str)]) -> String {
    explained_error(code, message, details, None)
}

/// Writes an error with our `<Explanation>` behind S3's own elements.
///
/// The explanation shows what the sender and the signer wrote, so it is for the client.
#[must_use]
pub fn explained_error(
    code: &str,
    message: &str,
    details: &[(&str, &str)],
    explanation: Option<&Explanation>,
) -> String {
    let mut document = Document::bare("Error");
    document.text("Code", code);
    document.text("Message", message);
    for (name, value) in details {
        document.text(name, value);
    }
    if let Some(explanation) = explanation {
        document.element("Explanation", |document| write(document, explanation));
    }
    document.finish("Error")
}

/// The arrived canonical request is S3's own element; here is the signed one.
fn write(document: &mut Document, explanation: &Explanation) {
    if let Some(first) = explanation.findings.first() {
        document.text("Cause", first.cause.code());
    }
    document.text("Certainty", explanation.certainty.code());
    let said = explanation.to_string();
    let certainty = explanation.certainty.code();
    let message = said.strip_prefix(certainty).unwrap_or(&said);
    document.text("Message", message.trim_start_matches([':', ' ']));
    document.element("Findings", |document| {
        for finding in &explanation.findings {
            document.element("Finding", |document| write_finding(document, finding));
        }
    });
    if let Some(difference) = &explanation.difference {
        document.element("Difference", |document| {
            write_difference(document, difference);
        });
    }
    if let Some(signed) = &explanation.canonical_request_signed {
        document.text("CanonicalRequestSigned", &String::from_utf8_lossy(signed));
    }
}

fn write_finding(document: &mut Document, finding: &Finding) {
    document.text("Cause", finding.cause.code());
    document.text("Part", &finding.part);
    document.text_if("Signed", finding.signed.as_deref());
    document.text_if("Arrived", finding.arrived.as_deref());
    document.text("Message", &finding.message);
    document.text("FixForSender", &finding.fix_for_sender);
    document.text("FixForSigner", &finding.fix_for_signer);
}

fn write_difference(document: &mut Document, difference: &Difference) {
    document.text("Line", &difference.line.to_string());
    document.text("Column", &difference.column.to_string());
    document.text("Signed", &difference.signed);
    document.text("Arrived", &difference.arrived);
}

/// An error document, as far as it says something about a signature. Elements that a
/// storage does not send are empty.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ErrorDocument {
    /// S3's code.
    pub code: String,
    /// The message for people.
    pub message: String,
    /// The path, as the storage understood it.
    pub resource: String,
    /// The address that the storage sends the client to.
    pub endpoint: String,
    /// The region that the storage expects.
    pub region: String,
    /// The access key that the request names.
    #[serde(rename = "AWSAccessKeyId")]
    pub access_key: String,
    /// The string to sign, as the storage made it.
    pub string_to_sign: String,
    /// The same in hexadecimal, `41 57 53 …`: exact where the text was reformatted.
    pub string_to_sign_bytes: String,
    /// The signature that was sent.
    pub signature_provided: String,
    /// The canonical request, as the storage read it.
    pub canonical_request: String,
    /// The same in hexadecimal.
    pub canonical_request_bytes: String,
    /// The time of signing.
    pub request_time: String,
    /// The time at the storage, `2013-05-24T00:00:00Z`.
    pub server_time: String,
    /// The end of a presigned request's life.
    pub expires: String,
    /// A header that must be signed and is not.
    pub headers_not_signed: String,
    /// What our store says of the cause.
    pub explanation: Option<ToldExplanation>,
}

/// The strings hold the client's session token, so only code and message show.
impl std::fmt::Debug for ErrorDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErrorDocument")
            .field("code", &self.code)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

impl ErrorDocument {
    /// The canonical request as the storage read it, if it says so. Text whose lines
    /// were folded is left aside.
    #[must_use]
    pub fn canonical_request_exact(&self) -> Option<Vec<u8>> {
        exact(&self.canonical_request_bytes, &self.canonical_request)
    }

    /// The string to sign as the storage made it, if it says so. Its four parts have no
    /// white space, so folded lines are told apart again.
    #[must_use]
    pub fn string_to_sign_exact(&self) -> Option<Vec<u8>> {
        exact(&self.string_to_sign_bytes, &self.string_to_sign).or_else(|| {
            let parts: Vec<&str> = self.string_to_sign.split_whitespace().collect();
            (parts.len() == 4).then(|| parts.join("\n").into_bytes())
        })
    }
}

/// The bytes if they can be read, else the text if it has kept its lines.
fn exact(bytes: &str, text: &str) -> Option<Vec<u8>> {
    unhex(bytes).or_else(|| {
        let text = text.trim();
        text.contains('\n').then(|| text.as_bytes().to_vec())
    })
}

/// Reads `41 57 53`, in whatever lines.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &str| {
        (pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then(|| u8::from_str_radix(pair, 16).ok())
            .flatten()
    };
    let bytes: Vec<u8> = text.split_whitespace().map(byte).collect::<Option<_>>()?;
    (!bytes.is_empty()).then_some(bytes)
}

/// Reads an error document; elements not known here are skipped.
///
/// # Errors
/// When it is no XML, or larger than the limit.
pub fn read_error(bytes: &[u8]) -> Result<ErrorDocument, XmlError> {
    read("Error", bytes)
}

/// Reads the error document within a text, as it is pasted: with an answer's head
/// before it, with what a browser says about it, or within JSON (`<\/Code>`, `\n`).
///
/// # Errors
/// When there is none, or it is no XML, or larger than the limit.
pub fn find_error(text: &str) -> Result<ErrorDocument, XmlError> {
    let start = text
        .find("<Error>")
        .or_else(|| text.find("<Error "))
        .ok_or_else(|| XmlError("there is no `<Error>` in it".to_owned()))?;
    let text = &text[start..];
    if let Some(end) = text.find("<\\/Error>") {
        let text = text[..end + 9]
            .replace("\\/", "/")
            .replace("\\n", "\n")
            .replace("\\\"", "\"");
        return read_error(text.as_bytes());
    }
    match text.find("</Error>") {
        Some(end) => read_error(&text.as_bytes()[..end + "</Error>".len()]),
        None => Err(XmlError("its end, `</Error>`, is missing".to_owned())),
    }
}
