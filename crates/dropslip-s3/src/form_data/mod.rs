//! Bodies of forms (`multipart/form-data`), read as they arrive.
//!
//! A form that uploads a file has some small fields, then the file, and perhaps fields
//! behind it, which S3 passes over. So the fields are gathered within bounds, the bytes of
//! the file are handed on as they come, and what follows is thrown away. There is no I/O
//! here: whoever reads the connection feeds [`FormReader`]. Parsers of others gather the
//! lines above a part without a bound, or want the whole body.
//!
//! Nothing is guessed: lines end with CRLF, each part says its name, and a body that
//! ends before its last delimiter is no form.
//!
//! ```
//! use dropslip_s3::form_data::{FormReader, Piece};
//!
//! let mut reader = FormReader::new("multipart/form-data; boundary=x")?;
//! let body = b"--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na.txt\r\n\
//!     --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"b.txt\"\r\n\r\nhello\r\n--x--\r\n";
//! let mut rest = &body[..];
//! let mut file = Vec::new();
//! while let Some(piece) = reader.read(&mut rest)? {
//!     match piece {
//!         Piece::Field { name, value } => assert_eq!((name.as_str(), &value[..]), ("key", &b"a.txt"[..])),
//!         Piece::File { name } => assert_eq!(name.as_deref(), Some("b.txt")),
//!         Piece::Data(bytes) => file.extend_from_slice(bytes),
//!         Piece::FileEnd => assert_eq!(file, b"hello"),
//!     }
//! }
//! reader.finish()?;
//! # Ok::<(), dropslip_s3::form_data::FormDataError>(())
//! ```
//!
//! Sources: [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578),
//! [RFC 2046 section 5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1) and
//! [HTML forms](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html).

mod boundary;
mod error;
mod part_head;
mod reader;
mod redirect;
#[cfg(test)]
mod tests;

pub use error::{FormDataError, FormDataErrorKind};
pub use reader::{FormReader, Piece};
pub use redirect::redirect;
