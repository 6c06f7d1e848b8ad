//! Content types: what a caller may send, what a preset accepts, and which file extension belongs to one.
//!
//! The type is signed into the URL byte for byte, and one letter of difference is a `SignatureDoesNotMatch`. So it is
//! made regular once, here, and from then on every party uses the text that the service answers with.

use std::fmt;

use crate::limits::{CONTENT_TYPE_BYTES_MAX, EXTENSION_BYTES_MAX};

/// What is stored when neither the caller nor the file name says more (RFC 2046 section 4.5.1).
pub const OCTET_STREAM: &str = "application/octet-stream";

/// A content type by the grammar of RFC 9110 section 8.3.1: type and subtype in lower case, parameters as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    text: String,
    essence_len: usize,
}

impl MediaType {
    /// Reads a type, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim_matches([' ', '\t']);
        if text.len() > CONTENT_TYPE_BYTES_MAX {
            return Err("is longer than 255 bytes");
        }
        let (essence, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
        let essence = essence.trim_end_matches([' ', '\t']);
        let Some((kind, subtype)) = essence.split_once('/') else {
            return Err("is not of the form `type/subtype`");
        };
        if !is_token(kind) || !is_token(subtype) || kind == "*" || subtype == "*" {
            return Err("is not of the form `type/subtype`");
        }
        check_parameters(parameters)?;
        let mut text = essence.to_ascii_lowercase();
        let essence_len = text.len();
        text.push_str(parameters);
        Ok(Self { text, essence_len })
    }

    /// Guesses from the extension of a file name; unknown ones are [`OCTET_STREAM`].
    pub fn of_file_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let guess = mime_guess::from_ext(extension)
            .first_raw()
            .unwrap_or(OCTET_STREAM);
        Self {
            text: guess.to_owned(),
            essence_len: guess.len(),
        }
    }

    /// The whole text, as it is signed and sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `type/subtype` without parameters.
    pub fn essence(&self) -> &str {
        &self.text[..self.essence_len]
    }

    /// The usual file extension of this type, in lower case without a dot; `bin` if there is none.
    ///
    /// It comes from the type alone. A name such as `photo.jpg.exe` says nothing about what a preset has accepted.
    pub fn extension(&self) -> &'static str {
        let essence = self.essence();
        if let Some((_, extension)) = USUAL.iter().find(|(name, _)| *name == essence) {
            return extension;
        }
        let known = mime_guess::get_mime_extensions_str(essence).unwrap_or(&[]);
        let subtype = essence.split_once('/').map_or("", |(_, subtype)| subtype);
        known
            .iter()
            .find(|extension| **extension == subtype)
            .or_else(|| known.first())
            .filter(|extension| extension.len() <= EXTENSION_BYTES_MAX)
            .copied()
            .unwrap_or("bin")
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.text
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Types that the table of `mime_guess` does not have, or for which the first of its extensions would surprise.
const USUAL: &[(&str, &str)] = &[
    ("application/gzip", "gz"),
    ("application/javascript", "js"),
    ("application/msword", "doc"),
    ("application/octet-stream", "bin"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.rar", "rar"),
    ("application/x-gzip", "gz"),
    ("application/x-zip-compressed", "zip"),
    ("application/xml", "xml"),
    ("application/yaml", "yaml"),
    ("audio/mp3", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/vnd.wave", "wav"),
    ("audio/x-flac", "flac"),
    ("audio/x-m4a", "m4a"),
    ("audio/x-wav", "wav"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("image/vnd.adobe.photoshop", "psd"),
    ("text/html", "html"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/yaml", "yaml"),
    ("video/3gpp", "3gp"),
    ("video/mp2t", "ts"),
    ("video/mpeg", "mpg"),
    ("video/quicktime", "mov"),
    ("video/x-m4v", "m4v"),
    ("video/x-matroska", "mkv"),
];

/// What a preset accepts: one type, one family, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypePattern {
    /// `*/*`
    Any,
    /// `image/*`, held as `image/`.
    Family(String),
    /// `image/png`
    Exact(String),
}

impl TypePattern {
    /// Reads a pattern, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.to_ascii_lowercase();
        if text == "*/*" {
            return Ok(Self::Any);
        }
        let wrong = "is not a type such as `image/png`, a family such as `image/*`, or `*/*`";
        let (kind, subtype) = text.split_once('/').ok_or(wrong)?;
        if !is_token(kind) || !is_token(subtype) || kind.contains('*') {
            return Err(wrong);
        }
        match subtype {
            "*" => Ok(Self::Family(format!("{kind}/"))),
            _ if subtype.contains('*') => Err(wrong),
            _ => Ok(Self::Exact(text)),
        }
    }

    /// Whether a type without its parameters fits.
    pub fn accepts(&self, media_type: &MediaType) -> bool {
        match self {
            Self::Any => true,
            Self::Family(prefix) => media_type.essence().starts_with(prefix),
            Self::Exact(essence) => media_type.essence() == essence,
        }
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*/*"),
            Self::Family(prefix) => write!(f, "{prefix}*"),
            Self::Exact(essence) => f.write_str(essence),
        }
    }
}

/// `token` of RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// `*( OWS ";" OWS [ parameter ] )` of RFC 9110 section 5.6.6, starting at the first `;`.
fn check_parameters(mut rest: &str) -> Result<(), &'static str> {
    const WRONG: &str = "has a parameter that is not of the form `name=value`";
    while !rest.is_empty() {
        let after = rest
            .strip_prefix(';')
            .ok_or(WRONG)?
            .trim_start_matches([' ', '\t']);
        let Some((name, value)) = after.split_once('=') else {
            return Err(WRONG);
        };
        if !is_token(name) {
            return Err(WRONG);
        }
        let value_len = match value.strip_prefix('"') {
            Some(quoted) => 1 + quoted_len(quoted).ok_or(WRONG)?,
            None => value.find([';', ' ', '\t']).unwrap_or(value.len()),
        };
        let (value, after) = value.split_at(value_len);
        if !value.starts_with('"') && !is_token(value) {
            return Err(WRONG);
        }
        rest = after.trim_start_matches([' ', '\t']);
    }
    Ok(())
}

/// Length of a quoted string with its closing quote, after the opening one; visible ASCII and spaces only.
fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some(at + 1),
            b'\\' if !escaped => escaped = true,
            b' '..=b'~' => escaped = false,
            _ => return None,
        }
    }
    None
}
