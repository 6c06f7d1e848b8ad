//! Reads the HAR file that a browser saves
//! ([HAR 1.2](http://www.softwareishard.com/blog/har-12-spec/)), or one entry of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;

use super::url::split;
use super::{Body, CaptureError, CaptureErrorKind, Captured, Piece};
use crate::limits::{HAR_BYTES_MAX, HAR_ENTRIES_MAX};

/// The requests of a HAR file.
#[derive(Debug)]
pub struct Har {
    /// In the order of the file.
    pub entries: Vec<HarEntry>,
}

/// One request with its answer.
#[derive(Debug)]
pub struct HarEntry {
    /// The request.
    pub request: Captured,
    /// The status of the answer; 0 if the browser did not let the page see it.
    pub status: u16,
    /// The answer's text, if the file has it.
    pub answer: Option<String>,
    /// When it was sent, as the file has it: `2026-01-31T10:00:00.000Z`.
    pub started: String,
}

impl Har {
    /// Reads a HAR file, an array of entries or one entry.
    ///
    /// # Errors
    /// When it is none of these, or larger than the limits.
    pub fn parse(text: &str) -> Result<Self, CaptureError> {
        if text.len() > HAR_BYTES_MAX {
            return Err(CaptureError::too_large("the HAR file", HAR_BYTES_MAX));
        }
        let text = text.trim_start_matches('\u{feff}');
        let wrong = |why: String| CaptureError::new(CaptureErrorKind::Har, why);
        let unread = |error| wrong(format!("it is no HAR file: {error}"));
        let entries: Vec<Entry> = if text.trim_start().starts_with('[') {
            serde_json::from_str(text).map_err(unread)?
        } else {
            match serde_json::from_str(text).map_err(unread)? {
                Object { log: Some(log), .. } => log.entries,
                Object {
                    request: Some(request),
                    response,
                    started_date_time,
                    ..
                } => {
                    vec![Entry {
                        request,
                        response,
                        started_date_time,
                    }]
                }
                Object { .. } => {
                    let why = "it is no HAR file: it has neither `log.entries` nor `request`";
                    return Err(wrong(why.to_owned()));
                }
            }
        };
        if entries.len() > HAR_ENTRIES_MAX {
            let why = format!("the HAR file has more than {HAR_ENTRIES_MAX} entries");
            return Err(CaptureError::new(CaptureErrorKind::TooLarge, why));
        }
        let entries = entries.into_iter().map(HarEntry::from).collect();
        Ok(Self { entries })
    }

    /// The place of the entry that went wrong: a signed request that a storage refused
    /// (400 or 403), else a signed one that failed in another way, else a signed one.
    /// Preflights are left out: they carry no signature of their own.
    #[must_use]
    pub fn failing(&self) -> Option<usize> {
        let signed =
            |entry: &HarEntry| entry.request.method != "OPTIONS" && entry.request.is_signed();
        let rank = |entry: &HarEntry| match entry.status {
            400 | 403 => 0,
            0 | 401..=599 => 1,
            _ => 2,
        };
        let all = self.entries.iter().enumerate();
        let signed = all.filter(|(_, entry)| signed(entry));
        signed
            .min_by_key(|(_, entry)| rank(entry))
            .map(|(at, _)| at)
    }
}

/// A file or one entry; everything else in it is skipped. (An untagged enum would keep
/// all of the file in memory to try the one and then the other.)
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object {
    log: Option<Log>,
    request: Option<Request>,
    #[serde(default)]
    response: Response,
    #[serde(default)]
    started_date_time: String,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    request: Request,
    #[serde(default)]
    response: Response,
    #[serde(default)]
    started_date_time: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    body_size: i64,
    post_data: Option<PostData>,
}

#[derive(Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    #[serde(default)]
    mime_type: String,
}

#[derive(Default, Deserialize)]
struct Response {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    content: Content,
}

#[derive(Default, Deserialize)]
struct Content {
    text: Option<String>,
    encoding: Option<String>,
}

impl From<Entry> for HarEntry {
    fn from(entry: Entry) -> Self {
        let Content { text, encoding } = entry.response.content;
        let answer = match encoding.as_deref() {
            Some("base64") => text
                .and_then(|text| BASE64.decode(text).ok())
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            _ => text,
        };
        Self {
            request: captured(entry.request),
            status: entry.response.status,
            answer,
            started: entry.started_date_time,
        }
    }
}

/// A URL that is none (`data:`, `blob:`) becomes a request without a path, which is not signed.
fn captured(request: Request) -> Captured {
    let parts = split(&request.url, None).ok();
    let mut captured = Captured {
        method: request.method.to_ascii_uppercase(),
        scheme: String::new(),
        path: "/".to_owned(),
        query: String::new(),
        headers: Vec::with_capacity(request.headers.len()),
        body: Body::Unknown,
        remarks: Vec::new(),
    };
    for Header { name, value } in request.headers {
        match name.strip_prefix(':') {
            None => captured.headers.push((name, value.into_bytes())),
            Some("authority") => {
                captured
                    .headers
                    .push(("host".to_owned(), value.into_bytes()));
            }
            Some(_) => {}
        }
    }
    if let Some(parts) = parts {
        captured.scheme = parts.scheme;
        captured.path = parts.path;
        captured.query = parts.query;
        if captured.header("host").is_none() {
            let host = parts.host.into_bytes();
            captured.headers.insert(0, ("host".to_owned(), host));
        }
    }
    // Firefox and Safari leave the header out of some entries and keep it here.
    let mime_type = request
        .post_data
        .map(|data| data.mime_type)
        .unwrap_or_default();
    if captured.header("content-type").is_none() && !mime_type.is_empty() {
        let value = mime_type.into_bytes();
        captured.headers.push(("content-type".to_owned(), value));
    }
    if let Ok(bytes @ 1..) = u64::try_from(request.body_size) {
        captured.body = Body::Pieces(vec![Piece::Bytes(bytes)]);
    }
    captured
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "https://b.s3.amazonaws.com/a.jpg?X-Amz-Signature=0&X-Amz-Credential=x";

    fn entry(method: &str, url: &str, status: u16) -> String {
        format!(
            r#"{{"startedDateTime": "2026-01-31T10:00:00.000Z", "time": 12.5,
               "request": {{"method": "{method}", "url": "{url}", "httpVersion": "h2", "cookies": [],
                 "headers": [{{"name": ":authority", "value": "b.s3.amazonaws.com"}}, {{"name": ":method", "value": "{method}"}},
                   {{"name": "content-type", "value": "image/jpeg"}}], "queryString": [], "headersSize": -1, "bodySize": 9}},
               "response": {{"status": {status}, "statusText": "", "headers": [],
                 "content": {{"size": 7, "mimeType": "application/xml", "text": "PEVycm9yPg==", "encoding": "base64"}}}},
               "cache": {{}}, "timings": {{"send": 0}}}}"#
        )
    }

    #[test]
    fn one_entry() {
        let har = Har::parse(&entry("PUT", SIGNED, 403)).unwrap();
        let [entry] = har.entries.as_slice() else {
            panic!("{har:?}")
        };
        assert_eq!(entry.answer.as_deref(), Some("<Error>"));
        assert_eq!(
            (entry.status, entry.started.as_str()),
            (403, "2026-01-31T10:00:00.000Z")
        );
        let request = &entry.request;
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("PUT", "/a.jpg")
        );
        assert_eq!(request.header("Host"), Some("b.s3.amazonaws.com"));
        assert_eq!(request.headers.len(), 2);
        assert_eq!(request.body, Body::Pieces(vec![Piece::Bytes(9)]));
    }

    #[test]
    fn the_failing_one_is_found() {
        let check = |entries: &[String], expect| {
            let file = format!(
                r#"{{"log": {{"version": "1.2", "pages": [], "entries": [{}]}}}}"#,
                entries.join(",")
            );
            assert_eq!(Har::parse(&file).unwrap().failing(), expect);
            let array = format!("[{}]", entries.join(","));
            assert_eq!(Har::parse(&array).unwrap().failing(), expect);
        };
        let page = entry("GET", "https://app.example/", 403);
        let preflight = entry("OPTIONS", SIGNED, 403);
        let blob = entry("GET", "blob:https://app.example/1", 200);
        check(
            &[
                page.clone(),
                preflight.clone(),
                entry("GET", SIGNED, 200),
                entry("PUT", SIGNED, 403),
            ],
            Some(3),
        );
        check(
            &[blob, entry("PUT", SIGNED, 0), entry("PUT", SIGNED, 200)],
            Some(1),
        );
        check(&[page, preflight], None);
        check(&[], None);
    }

    #[test]
    fn what_is_no_har_is_told() {
        for wrong in [
            "",
            "{",
            "[1]",
            "{}",
            "<Error>",
            r#"{"log": {}}"#,
            r#"{"request": {"method": "PUT"}}"#,
            &"[".repeat(10_000),
        ] {
            let error = Har::parse(wrong).unwrap_err();
            assert_eq!(error.kind(), CaptureErrorKind::Har);
            assert!(
                error.to_string().starts_with("it is no HAR file: "),
                "{error}"
            );
        }
        let many = format!("[{}]", vec![entry("GET", "https://h/", 200); 3].join(","));
        assert_eq!(Har::parse(&many).unwrap().entries.len(), 3);
        let small = r#"{"request":{"method":"","url":""}}"#;
        let many = format!("[{}]", vec![small; HAR_ENTRIES_MAX + 1].join(","));
        assert_eq!(
            Har::parse(&many).unwrap_err().kind(),
            CaptureErrorKind::TooLarge
        );
        let large = " ".repeat(HAR_BYTES_MAX + 1);
        assert_eq!(
            Har::parse(&large).unwrap_err().kind(),
            CaptureErrorKind::TooLarge
        );
    }
}
