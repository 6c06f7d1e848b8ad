//! Reads a pasted `curl` command as the request that curl would send: its method, its
//! default headers, its content type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::curl_body::BodyOptions;
use super::curl_options::{Argument, Meaning, arguments};
use super::url::{split as split_url, without_dots};
use super::words::split as split_words;
use super::{Body, CaptureError, CaptureErrorKind, Captured, quoted};

/// Reads a `curl` command, as a shell would: bash, zsh, or `cmd.exe` with its carets.
///
/// # Errors
/// When it is none, a quote or a value is missing, there is no URL, or it is larger than
/// the limit.
pub fn curl(command: &str) -> Result<Captured, CaptureError> {
    let words = split_words(command)?;
    let start = words.words.iter().take(LEADING_WORDS_MAX).position(|word| {
        let name = word.rsplit(['/', '\\']).next().unwrap_or_default();
        matches!(name, "curl" | "curl.exe")
    });
    let Some(start) = start else {
        let first = words.words.first().map_or("", String::as_str);
        return Err(CaptureError::new(
            CaptureErrorKind::Command,
            format!("it is no `curl` command: it begins with {}", quoted(first)),
        ));
    };
    let mut asked = Asked::default();
    for argument in arguments(&words.words[start + 1..])? {
        asked.take(argument)?;
    }
    if words.cut_at_ampersand {
        asked.remarks.push(
            "a shell ends this command at the first `&` outside of quotes, so the URL is sent without what follows; put the URL into single quotes".to_owned(),
        );
    }
    if words.expands {
        asked.remarks.push(
            "the command has a `$…` that a shell replaces; it is read as it stands here".to_owned(),
        );
    }
    asked.request()
}

/// Nothing within ASCII.
const NON_ASCII: &percent_encoding::AsciiSet = &percent_encoding::AsciiSet::EMPTY;

/// `$`, `%`, `sudo`, `time`, `NAME=value` and such may stand before `curl`.
const LEADING_WORDS_MAX: usize = 8;

/// What the options ask for.
#[derive(Default)]
struct Asked {
    urls: Vec<String>,
    method: Option<String>,
    /// As given: `Name: value`, `Name:`, `Name;`.
    headers: Vec<String>,
    /// Headers that options make, which a given header of the same name replaces.
    made: Vec<(&'static str, String)>,
    query: Vec<String>,
    cookies: Vec<String>,
    body: BodyOptions,
    head: bool,
    path_as_is: bool,
    remarks: Vec<String>,
}

impl Asked {
    fn take(&mut self, argument: Argument) -> Result<(), CaptureError> {
        let (meaning, value) = match argument {
            Argument::Url(url) => {
                self.urls.push(url);
                return Ok(());
            }
            Argument::Option(meaning, value) => (meaning, value),
        };
        match meaning {
            Meaning::Request => self.method = Some(value),
            Meaning::Header if value.starts_with('@') => self.remarks.push(format!(
                "the headers in the file {} are not read",
                quoted(&value[1..])
            )),
            Meaning::Header => self.headers.push(value),
            Meaning::Head => self.head = true,
            Meaning::Url => self.urls.push(value),
            Meaning::UrlQuery => self.query.push(match value.strip_prefix('+') {
                Some(raw) => raw.to_owned(),
                None => BodyOptions::urlencoded(&value).unwrap_or(value),
            }),
            Meaning::User => self
                .made
                .push(("authorization", format!("Basic {}", BASE64.encode(value)))),
            Meaning::Bearer => self.made.push(("authorization", format!("Bearer {value}"))),
            Meaning::UserAgent => self.made.push(("user-agent", value)),
            Meaning::Referer => self.made.push(("referer", value)),
            Meaning::Cookie if value.contains('=') => self.cookies.push(value),
            // The file of a cookie jar.
            Meaning::Cookie => {}
            Meaning::Range => self.made.push(("range", format!("bytes={value}"))),
            Meaning::Compressed => self
                .made
                .push(("accept-encoding", "deflate, gzip, br, zstd".to_owned())),
            Meaning::PathAsIs => self.path_as_is = true,
            Meaning::SignsItself => {
                return Err(CaptureError::new(
                    CaptureErrorKind::Command,
                    "with `--aws-sigv4` curl signs while it sends, so the command holds no signature to explain",
                ));
            }
            Meaning::Config => self.remarks.push(format!(
                "the options in the file {} are not read",
                quoted(&value)
            )),
            Meaning::Next => {}
            body => self.body.take(body, value),
        }
        Ok(())
    }

    fn request(mut self) -> Result<Captured, CaptureError> {
        let Some(url) = self.urls.first() else {
            return Err(CaptureError::new(
                CaptureErrorKind::Command,
                "the command has no URL",
            ));
        };
        let parts = split_url(url, Some("http"))?;
        if self.urls.len() > 1 {
            let remark = "the command has several URLs; the first one is read";
            self.remarks.push(remark.to_owned());
        }
        // curl sends bytes beyond ASCII in the path encoded, those in the query as they are.
        let path = percent_encoding::utf8_percent_encode(&parts.path, NON_ASCII).to_string();
        let mut path = match self.path_as_is {
            true => path,
            false => without_dots(&path),
        };
        let mut query: Vec<String> = Vec::new();
        query.extend((!parts.query.is_empty()).then_some(parts.query));
        query.append(&mut self.query);
        if let Some(data) = self.body.in_query() {
            query.push(data);
        }
        let query = query.join("&");
        if let (Some(name), true, true) = (
            self.body.uploaded_name(),
            path.ends_with('/'),
            query.is_empty(),
        ) {
            path.push_str(&name);
        }
        let method = match (&self.method, self.head) {
            (Some(method), _) => method.clone(),
            (None, true) => "HEAD".to_owned(),
            (None, false) => self.body.method().to_owned(),
        };
        let user = parts.user.filter(|_| !self.has("authorization"));
        if let Some(user) = user {
            let value = format!("Basic {}", BASE64.encode(user));
            self.made.push(("authorization", value));
        }
        let mut made = vec![("host", parts.host)];
        made.append(&mut self.made);
        made.push(("cookie", self.cookies.join(";")));
        made.extend(self.body.headers());
        made.push(("accept", "*/*".to_owned()));
        let body = if self.head {
            Body::None
        } else {
            self.body.body()
        };
        Ok(Captured {
            method,
            scheme: parts.scheme,
            path,
            query,
            headers: headers(made, &self.headers),
            body,
            remarks: self.remarks,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.made.iter().any(|(made, _)| *made == name)
    }
}

/// What curl sends: its own headers, except where one is given: `Name: value` replaces
/// it, `Name:` takes it away, `Name;` sends it empty.
fn headers(made: Vec<(&'static str, String)>, given: &[String]) -> Vec<(String, Vec<u8>)> {
    let name_of = |header: &str| {
        let end = header.find([':', ';']).unwrap_or(header.len());
        header[..end].trim().to_owned()
    };
    let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, value) in made {
        // The first of a name counts: `--json` comes before the defaults with its `accept`.
        let there = |header: &(String, Vec<u8>)| header.0.eq_ignore_ascii_case(name);
        let replaced = |header: &String| name_of(header).eq_ignore_ascii_case(name);
        let again = name != "authorization" && headers.iter().any(there);
        if !value.is_empty() && !again && !given.iter().any(replaced) {
            headers.push((name.to_owned(), value.into_bytes()));
        }
    }
    for header in given {
        let name = name_of(header);
        let rest = header.get(header.find([':', ';']).unwrap_or(header.len())..);
        match rest.unwrap_or_default() {
            // Chrome writes the pseudo headers of HTTP/2 so; curl sends none of them.
            _ if name.is_empty() => {}
            ";" => headers.push((name, Vec::new())),
            rest => {
                let value = rest.strip_prefix(':').unwrap_or_default().trim();
                if !value.is_empty() {
                    headers.push((name, value.as_bytes().to_vec()));
                }
            }
        }
    }
    headers
}
