//! What curl's options say of the body, and the method and content type that follow.

use super::curl_options::Meaning;
use super::{Body, Piece};

/// The options that make a body.
#[derive(Debug, Default)]
pub(super) struct BodyOptions {
    /// Of `-d` and its kin, joined by `&`.
    data: Vec<Data>,
    json: bool,
    form: bool,
    upload: Option<String>,
    get: bool,
}

#[derive(Debug)]
enum Data {
    Text(String),
    File(String),
    FileWithoutLines(String),
    /// A file whose content is percent-encoded: its length is not known.
    Encoded,
}

impl BodyOptions {
    pub(super) fn take(&mut self, meaning: Meaning, value: String) {
        match meaning {
            Meaning::Form => self.form = true,
            Meaning::UploadFile => self.upload = Some(value),
            Meaning::Get => self.get = true,
            Meaning::DataRaw => self.data.push(Data::Text(value)),
            Meaning::DataUrlencode => self.data.push(match Self::urlencoded(&value) {
                Some(text) => Data::Text(text),
                None => Data::Encoded,
            }),
            Meaning::Data | Meaning::DataBinary | Meaning::Json => {
                self.json |= meaning == Meaning::Json;
                self.data.push(match value.strip_prefix('@') {
                    None => Data::Text(value),
                    Some(file) if meaning == Meaning::Data => {
                        Data::FileWithoutLines(file.to_owned())
                    }
                    Some(file) => Data::File(file.to_owned()),
                });
            }
            _ => {}
        }
    }

    /// `content`, `=content`, `name=content`; `None` for the two that name a file.
    pub(super) fn urlencoded(value: &str) -> Option<String> {
        let (name, content) = match value.find(['=', '@']) {
            None => (None, value),
            Some(at) if value[at..].starts_with('@') => return None,
            Some(0) => (None, &value[1..]),
            Some(at) => (Some(&value[..at]), &value[at + 1..]),
        };
        let content = percent_encoding::utf8_percent_encode(content, UNRESERVED).to_string();
        // Since 7.75 curl writes a space as forms do.
        let content = content.replace("%20", "+");
        Some(match name {
            Some(name) => format!("{name}={content}"),
            None => content,
        })
    }

    pub(super) fn method(&self) -> &'static str {
        if self.upload.is_some() {
            "PUT"
        } else if !self.get && (self.form || !self.data.is_empty()) {
            "POST"
        } else {
            "GET"
        }
    }

    /// What `-G` moves into the query.
    pub(super) fn in_query(&self) -> Option<String> {
        let text = |data: &Data| match data {
            Data::Text(text) => text.clone(),
            _ => String::new(),
        };
        let texts: Vec<String> = self.data.iter().map(text).collect();
        (self.get && !texts.is_empty()).then(|| texts.join("&"))
    }

    /// The file name that curl adds to a URL that ends with a slash, encoded as it does.
    pub(super) fn uploaded_name(&self) -> Option<String> {
        let file = self.upload.as_deref()?;
        let name = file.rsplit(['/', '\\']).next();
        name.filter(|name| !matches!(*name, "" | "-" | "."))
            .map(|name| percent_encoding::utf8_percent_encode(name, UNRESERVED).to_string())
    }

    /// The headers that curl adds.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let of = |value: &str| vec![("content-type", value.to_owned())];
        match &self.upload {
            Some(file) if matches!(file.as_str(), "-" | ".") => {
                vec![("transfer-encoding", "chunked".to_owned())]
            }
            Some(_) => Vec::new(),
            None if self.get => Vec::new(),
            None if self.form => of("multipart/form-data; boundary=------------------------"),
            None if self.json => {
                let mut headers = of("application/json");
                headers.push(("accept", "application/json".to_owned()));
                headers
            }
            None if self.data.is_empty() => Vec::new(),
            None => of("application/x-www-form-urlencoded"),
        }
    }

    pub(super) fn body(&self) -> Body {
        if let Some(file) = &self.upload {
            return Body::Pieces(vec![match file.as_str() {
                "-" | "." => Piece::Unknown,
                file => Piece::File(file.to_owned()),
            }]);
        }
        if self.get || (self.data.is_empty() && !self.form) {
            return Body::Unknown;
        }
        if self.form {
            return Body::Pieces(vec![Piece::Unknown]);
        }
        let mut pieces = Vec::with_capacity(2 * self.data.len());
        for data in &self.data {
            // `--json` joins without an `&`.
            if !pieces.is_empty() && !self.json {
                pieces.push(Piece::Bytes(1));
            }
            pieces.push(match data {
                Data::Text(text) => Piece::Bytes(text.len() as u64),
                Data::File(file) => Piece::File(file.clone()),
                Data::FileWithoutLines(file) => Piece::FileWithoutLines(file.clone()),
                Data::Encoded => Piece::Unknown,
            });
        }
        Body::Pieces(pieces)
    }
}

/// What `curl_easy_escape` leaves as it is.
const UNRESERVED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
