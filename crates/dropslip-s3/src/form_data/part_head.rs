//! The lines above a part: which field it is, and the name of its file.
//!
//! Browsers write quotes and line ends in names as `%22`, `%0D` and `%0A`, which nobody can
//! tell from those characters, so they stay. Others write `\"`, which is read. Any other backslash is
//! one: browsers of old send whole paths, `C:\photos\a.jpg`.

use percent_encoding::percent_decode_str;

use super::error::{FormDataError, malformed};

/// What a part says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PartHead {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
}

impl PartHead {
    /// Reads the lines above a part, the empty one included.
    pub(super) fn parse(lines: &[u8]) -> Result<Self, FormDataError> {
        let lines =
            str::from_utf8(lines).map_err(|_| malformed("The head of a part is not UTF-8"))?;
        let mut disposition = None;
        for line in lines.split("\r\n").filter(|line| !line.is_empty()) {
            if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
                return Err(malformed("The head of a part has a control character"));
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| malformed("A line above a part is no header"))?;
            if name.is_empty() || name.contains([' ', '\t']) {
                return Err(malformed("A line above a part is no header"));
            }
            if name.eq_ignore_ascii_case("content-disposition")
                && disposition.replace(value.trim()).is_some()
            {
                return Err(malformed("A part has two Content-Disposition headers"));
            }
        }
        let disposition =
            disposition.ok_or_else(|| malformed("A part has no Content-Disposition header"))?;
        Self::disposed(disposition)
    }

    /// Reads `form-data; name="file"; filename="a.jpg"`.
    fn disposed(text: &str) -> Result<Self, FormDataError> {
        let mut parameters = Parameters::of(text);
        if !parameters.head().eq_ignore_ascii_case("form-data") {
            return Err(malformed(
                "The Content-Disposition of a part is not form-data",
            ));
        }
        let (mut name, mut file_name, mut encoded) = (None, None, None);
        while let Some((parameter, value)) = parameters.next()? {
            let place = match parameter.to_ascii_lowercase().as_str() {
                "name" => &mut name,
                "filename" => &mut file_name,
                "filename*" => &mut encoded,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(malformed("A part has two names"));
            }
        }
        Ok(Self {
            name: name.ok_or_else(|| malformed("A part has no name"))?,
            file_name: file_name.or_else(|| decoded(&encoded?)),
        })
    }
}

/// `UTF-8''%E2%82%AC.txt`, which RFC 7578 forbids and some clients send alone.
fn decoded(encoded: &str) -> Option<String> {
    let (charset, rest) = encoded.split_once('\'')?;
    let (_language, text) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(String::from)
}

/// A header's value with parameters: `form-data; name="a"`.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    head: &'a str,
    rest: &'a str,
}

impl<'a> Parameters<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let end = text.find(';').unwrap_or(text.len());
        let (head, rest) = text.split_at(end);
        Self {
            head: head.trim(),
            rest,
        }
    }

    /// What stands before the first parameter.
    pub(super) fn head(&self) -> &'a str {
        self.head
    }

    /// The next parameter, its value without quotes.
    pub(super) fn next(&mut self) -> Result<Option<(&'a str, String)>, FormDataError> {
        let rest = self
            .rest
            .trim_start_matches(|c: char| c == ';' || c.is_ascii_whitespace());
        if rest.is_empty() {
            return Ok(None);
        }
        let (name, rest) = rest
            .split_once('=')
            .ok_or_else(|| malformed("A parameter of a header has no value"))?;
        let (value, rest) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = rest.find(';').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        let rest = rest.trim_start();
        if !(rest.is_empty() || rest.starts_with(';')) {
            return Err(malformed(
                "Something stands behind the quotes of a parameter",
            ));
        }
        self.rest = rest;
        Ok(Some((name.trim(), value)))
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Result<(String, &str), FormDataError> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest
            .find('"')
            .ok_or_else(|| malformed("The quotes of a parameter do not end"))?;
        let (before, behind) = (&rest[..at], &rest[at + 1..]);
        match before.strip_suffix('\\') {
            Some(before) => {
                value.push_str(before);
                value.push('"');
            }
            None => {
                value.push_str(before);
                return Ok((value, behind));
            }
        }
        rest = behind;
    }
}
