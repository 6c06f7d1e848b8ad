//! Requests as people have them at hand: a URL, a pasted `curl` command, a HAR file
//! of a browser, the error that the storage answered.
//!
//! All of it becomes one shape, [`Captured`], with path, query and header values just
//! as they were sent, for a signature covers those bytes. Pure: no file is read here;
//! a body that is in a file says so. Whatever is read comes from outside: it is bounded
//! by [`crate::limits`], and what cannot be read is named.

mod answered;
mod claimed;
mod curl;
mod curl_body;
mod curl_options;
#[cfg(test)]
mod curl_tests;
mod har;
mod url;
mod words;

use std::fmt;

pub use answered::from_error;
pub use claimed::Claimed;
pub use curl::curl;
pub use har::{Har, HarEntry};

pub use self::url::plain as url;

/// A request as it was sent, as far as that can be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Captured {
    /// The method in upper case.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The path as it is written, percent-encoded or not; never empty.
    pub path: String,
    /// The query as it is written, without the `?`.
    pub query: String,
    /// Names as written and values, `host` among them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What is known of the body.
    pub body: Body,
    /// What whoever reads the result should know: what was assumed, what a shell would
    /// have cut off. Sentences without a full stop.
    pub remarks: Vec<String>,
}

/// What is known of a request's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Nothing is said of it.
    #[default]
    Unknown,
    /// There is none, and no length is sent.
    None,
    /// These pieces, one after another.
    Pieces(Vec<Piece>),
}

/// A part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// So many bytes.
    Bytes(u64),
    /// A file as it is.
    File(String),
    /// A file without its line ends and zero bytes, as `curl -d @FILE` sends it.
    FileWithoutLines(String),
    /// Bytes whose number is not known.
    Unknown,
}

impl Captured {
    /// The first value of a header that is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The headers in the form that `dropslip_sigv4::Request` borrows.
    #[must_use]
    pub fn borrowed_headers(&self) -> Vec<(&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }

    /// Whether it carries a signature of some kind.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        dropslip_sigv4::is_signed(&dropslip_sigv4::Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.borrowed_headers(),
        })
    }

    /// Adds the `content-length` that the body gives, if the request has none and each
    /// file's length can be told. `length` is asked for the files.
    pub fn measure(&mut self, mut length: impl FnMut(&Piece) -> Option<u64>) {
        let Body::Pieces(pieces) = &self.body else {
            return;
        };
        let mut sizes = pieces.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => Some(*bytes),
            Piece::Unknown => None,
            file => length(file),
        });
        let total = sizes.try_fold(0_u64, |sum, size| sum.checked_add(size?));
        let chunked = self.header("transfer-encoding").is_some();
        if let (Some(total), None, false) = (total, self.header("content-length"), chunked) {
            let value = total.to_string().into_bytes();
            self.headers.push(("content-length".to_owned(), value));
        }
    }
}

/// Headers may carry secrets, the query a signature: only names show.
impl fmt::Debug for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Captured")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// Why a text could not be read as a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureError {
    kind: CaptureErrorKind,
    why: String,
}

/// The kinds of [`CaptureError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CaptureErrorKind {
    /// It is no URL of a storage.
    Url,
    /// It is no `curl` command.
    Command,
    /// It is no HAR file, or has no such entry.
    Har,
    /// The error document does not say what the request was.
    ErrorDocument,
    /// It is larger than a limit.
    TooLarge,
}

impl CaptureError {
    pub(crate) fn new(kind: CaptureErrorKind, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { kind, why }
    }

    pub(crate) fn too_large(what: &str, max: usize) -> Self {
        Self::new(
            CaptureErrorKind::TooLarge,
            format!("{what} is larger than {max} bytes"),
        )
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> CaptureErrorKind {
        self.kind
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for CaptureError {}

/// A text from outside for a message: on one line, and cut.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", shown.escape_debug())
}
