//! Takes a URL apart and changes nothing: what `url::Url` repairs on the way (spaces,
//! dots, upper case) may be the very cause that is looked for.

use super::{Body, CaptureError, CaptureErrorKind, Captured, quoted};
use crate::limits::CAPTURED_URL_BYTES_MAX;

/// The parts of a URL, as they are written.
pub(super) struct Parts {
    pub(super) scheme: String,
    /// The user before the `@`, if there is one.
    pub(super) user: Option<String>,
    /// Host, and port unless it is the scheme's own: what clients send as `Host`.
    pub(super) host: String,
    pub(super) path: String,
    pub(super) query: String,
}

/// Takes `https://host/path?query#fragment` apart. Without a scheme it is `default`'s.
pub(super) fn split(text: &str, default: Option<&str>) -> Result<Parts, CaptureError> {
    let wrong = |why: &str| {
        CaptureError::new(
            CaptureErrorKind::Url,
            format!("{} is no URL: {why}", quoted(text)),
        )
    };
    if text.len() > CAPTURED_URL_BYTES_MAX {
        return Err(CaptureError::too_large("the URL", CAPTURED_URL_BYTES_MAX));
    }
    let text = text.trim();
    let (scheme, rest) = match (text.split_once("://"), default) {
        (Some((scheme, rest)), _) if !scheme.contains(['/', '?', '#']) => (scheme, rest),
        (_, Some(default)) => (default, text),
        (_, None) => return Err(wrong("it must begin with `http://` or `https://`")),
    };
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(wrong("it must begin with `http://` or `https://`"));
    }
    // What is behind a `#` stays in the browser.
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user.to_owned()), host),
        None => (None, authority),
    };
    let own_port = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(own_port).unwrap_or(host);
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(wrong("it has no host"));
    }
    Ok(Parts {
        host: host.to_owned(),
        scheme,
        user,
        path: if path.is_empty() { "/" } else { path }.to_owned(),
        query: query.to_owned(),
    })
}

/// A URL without what mails, code and chats put around it, and whether there was any.
fn unquoted(text: &str) -> (&str, bool) {
    const PAIRS: [(char, char); 7] = [
        ('\'', '\''),
        ('"', '"'),
        ('`', '`'),
        ('<', '>'),
        ('\u{2018}', '\u{2019}'),
        ('\u{201c}', '\u{201d}'),
        ('«', '»'),
    ];
    let inner = |text: &str| {
        let (open, close) = (text.chars().next()?, text.chars().next_back()?);
        let is_pair = text.chars().nth(1).is_some() && PAIRS.contains(&(open, close));
        is_pair.then(|| (open.len_utf8(), text.len() - close.len_utf8()))
    };
    let text = text.trim();
    let mut bare = text;
    // No more than one within another: `"<https://…>"`.
    for _ in 0..2 {
        if let Some((start, end)) = inner(bare) {
            bare = bare[start..end].trim();
        }
    }
    (bare, bare.len() < text.len())
}

/// Reads a URL with the method and the headers that were sent with it.
///
/// # Errors
/// When it is no `http` or `https` URL, or larger than the limit.
pub fn plain(
    text: &str,
    method: &str,
    headers: &[(String, String)],
) -> Result<Captured, CaptureError> {
    let (bare, is_quoted) = unquoted(text);
    let parts = split(bare, None)?;
    let mut captured = Captured {
        method: method.to_ascii_uppercase(),
        scheme: parts.scheme,
        path: parts.path,
        query: parts.query,
        headers: Vec::with_capacity(headers.len() + 1),
        body: Body::Unknown,
        remarks: Vec::new(),
    };
    if is_quoted {
        let remark = "what stood around the URL, quotes or brackets, was left out";
        captured.remarks.push(remark.to_owned());
    }
    for (name, value) in headers {
        let value = value.clone().into_bytes();
        captured.headers.push((name.clone(), value));
    }
    if captured.header("host").is_none() {
        let host = parts.host.into_bytes();
        captured.headers.insert(0, ("host".to_owned(), host));
    }
    Ok(captured)
}

/// Resolves `.` and `..` as curl and browsers do (RFC 3986 section 5.2.4).
pub(super) fn without_dots(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut kept: Vec<&str> = Vec::with_capacity(segments.len());
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: [&str; 4]) {
        let parts = split(text, None).unwrap();
        assert_eq!(
            [
                parts.scheme.as_str(),
                &parts.host,
                &parts.path,
                &parts.query
            ],
            expect,
            "{text}"
        );
    }

    #[test]
    fn parts_stay_as_they_are() {
        check(
            "https://b.s3.amazonaws.com/a%20b/é.jpg?X=1&y=%2f#top",
            ["https", "b.s3.amazonaws.com", "/a%20b/é.jpg", "X=1&y=%2f"],
        );
        check("HTTP://H", ["http", "H", "/", ""]);
        check("http://h:80/a//../b?", ["http", "h", "/a//../b", ""]);
        check("https://h:443?a=b?c", ["https", "h", "/", "a=b?c"]);
        check("https://h:80/", ["https", "h:80", "/", ""]);
        check("http://[::1]:7601/a", ["http", "[::1]:7601", "/a", ""]);
        check("https://u:p@h/a", ["https", "h", "/a", ""]);
        check(
            "https://h/a?u=http://x/y&amp;b=c d",
            ["https", "h", "/a", "u=http://x/y&amp;b=c d"],
        );
    }

    #[test]
    fn what_is_no_url_is_named() {
        for wrong in [
            "",
            "h/a",
            "ftp://h/a",
            "https://",
            "https:///a",
            "https://:443/a",
            "http://u@/a",
            "//h/a",
            "https://a b/c",
            "s3://b/k",
            "?://h",
        ] {
            let error = plain(wrong, "GET", &[]).unwrap_err();
            assert_eq!(error.kind(), CaptureErrorKind::Url, "{wrong}");
            assert!(error.to_string().contains("is no URL"), "{error}");
        }
        let long = format!("https://h/{}", "a".repeat(CAPTURED_URL_BYTES_MAX));
        let error = plain(&long, "GET", &[]).unwrap_err();
        assert_eq!(error.kind(), CaptureErrorKind::TooLarge);
    }

    #[test]
    fn dots_are_resolved_as_curl_does() {
        for (path, expect) in [
            ("/", "/"),
            ("/a/../b", "/b"),
            ("/a/./b/", "/a/b/"),
            ("/../../a", "/a"),
            ("/a/..", "/"),
            ("/a/b/.", "/a/b/"),
            ("/a//b", "/a//b"),
            ("/a/...", "/a/..."),
        ] {
            assert_eq!(without_dots(path), expect, "{path}");
        }
    }

    #[test]
    fn what_stands_around_a_url_is_left_out() {
        for text in [
            "'https://h/a?b=c'",
            "\"https://h/a?b=c\"",
            "<https://h/a?b=c>",
            " `https://h/a?b=c` ",
            "\u{201c}https://h/a?b=c\u{201d}",
            "'<https://h/a?b=c>'",
        ] {
            let captured = plain(text, "GET", &[]).unwrap();
            let host = captured.header("host").unwrap();
            assert_eq!(
                [host, &captured.path, &captured.query],
                ["h", "/a", "b=c"],
                "{text}"
            );
            assert_eq!(captured.remarks.len(), 1);
        }
        // One of a pair is a part of what was sent.
        for (text, query) in [
            ("https://h/a?b=c", "b=c"),
            ("https://h/a?b=c'", "b=c'"),
            ("https://h/a?b=\"c\"", "b=\"c\""),
            ("https://h/a?b=c>", "b=c>"),
        ] {
            let captured = plain(text, "GET", &[]).unwrap();
            assert_eq!(
                (captured.query.as_str(), captured.remarks.len()),
                (query, 0)
            );
        }
        for wrong in [
            "'",
            "''",
            "\"",
            "<>",
            "'https://h/a",
            "<https://h/a'",
            "\u{201c}",
            "<<<https://h/>>>",
        ] {
            assert!(plain(wrong, "GET", &[]).is_err(), "{wrong}");
        }
    }
}
