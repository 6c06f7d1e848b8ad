//! Guards against what users upload: nothing of it may run in the store's origin.
//!
//! A browser that opens an object shows what its type says, and HTML, SVG or XML may hold
//! scripts, which would run with the rights of every page that the store serves. So no
//! browser guesses a type; what is not known to be inert is shown in a sandbox, without
//! scripts and without an origin; and what a browser would run is saved instead of shown.

use axum::http::{HeaderMap, HeaderValue, header};

/// Kinds of media that hold no scripts, but for those that are written in XML.
const INERT_KINDS: [&str; 4] = ["image/", "audio/", "video/", "font/"];

/// Other types that hold no scripts, or whose viewers keep them to themselves.
const INERT: [&str; 4] = [
    "text/plain",
    "application/pdf",
    "application/json",
    "application/zip",
];

/// Types that browsers run or render with scripts; those of XML are told by their ending.
const ACTIVE: [&str; 13] = [
    "application/ecmascript",
    "application/javascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "application/x-shockwave-flash",
    "application/wasm",
    "message/rfc822",
    "multipart/related",
    "multipart/x-mixed-replace",
    "text/cache-manifest",
    "text/ecmascript",
    "text/html",
    "text/javascript",
];

/// Sets the guarding headers of an answer that has its type and its disposition.
pub(crate) fn guard(headers: &mut HeaderMap, serve_active_content: bool) {
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    if serve_active_content {
        return;
    }
    let content_type = text(headers, &header::CONTENT_TYPE);
    let (inert, active) = (is_inert(content_type), is_active(content_type));
    if !inert {
        let sandbox = HeaderValue::from_static("sandbox");
        headers.insert(header::CONTENT_SECURITY_POLICY, sandbox);
    }
    if active {
        let saved = attachment(text(headers, &header::CONTENT_DISPOSITION));
        let saved = HeaderValue::from_str(&saved);
        let saved = saved.unwrap_or(HeaderValue::from_static("attachment"));
        headers.insert(header::CONTENT_DISPOSITION, saved);
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> &'h str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// Types without their parameters, in lower case. Of a list such as `text/html, x` browsers
/// take the part that they like.
fn essences(content_type: &str) -> impl Iterator<Item = String> {
    let essence = |one: &str| {
        one.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    };
    content_type.split(',').map(essence)
}

/// Known to be inert is only what is exactly one type.
fn is_inert(content_type: &str) -> bool {
    let mut essences = essences(content_type);
    let (Some(essence), None) = (essences.next(), essences.next()) else {
        return false;
    };
    let inert_kind = INERT_KINDS.iter().any(|kind| essence.starts_with(kind));
    inert_kind && !essence.ends_with("xml") || INERT.contains(&essence.as_str())
}

fn is_active(content_type: &str) -> bool {
    let is_xml = |essence: &str| {
        ["/xml", "+xml", "/xsl", "/xslt", "-xml"]
            .iter()
            .any(|end| essence.ends_with(end))
    };
    essences(content_type).any(|essence| ACTIVE.contains(&essence.as_str()) || is_xml(&essence))
}

/// A disposition that saves, with the parameters of the object's own, such as its file name.
fn attachment(own: &str) -> String {
    let (kind, parameters) = own.split_once(';').unwrap_or((own, ""));
    let kind = kind.trim();
    if kind.eq_ignore_ascii_case("attachment") {
        own.to_owned()
    } else if kind.eq_ignore_ascii_case("inline") && !parameters.trim().is_empty() {
        format!("attachment;{parameters}")
    } else {
        "attachment".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The policy and the disposition that go with a type and an object's own disposition.
    fn guarded(content_type: &str, own: &str) -> (String, String) {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_DISPOSITION, own),
        ] {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        guard(&mut headers, false);
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        (
            text(&headers, &header::CONTENT_SECURITY_POLICY).to_owned(),
            text(&headers, &header::CONTENT_DISPOSITION).to_owned(),
        )
    }

    #[track_caller]
    fn check(content_type: &str, policy: &str, disposition: &str) {
        let expected = (policy.to_owned(), disposition.to_owned());
        assert_eq!(guarded(content_type, ""), expected, "{content_type}");
    }

    #[test]
    fn what_is_inert_is_shown() {
        for content_type in [
            "image/jpeg",
            "IMAGE/PNG",
            "video/mp4; codecs=\"a\"",
            "text/plain;charset=utf-8",
            "application/pdf",
            "application/json",
        ] {
            check(content_type, "", "");
        }
    }

    #[test]
    fn what_is_unknown_is_sandboxed() {
        for content_type in [
            "",
            "binary/octet-stream",
            "foo/bar",
            "text/csv",
            "image",
            "image/jpeg, x",
            "text/plain,",
        ] {
            check(content_type, "sandbox", "");
        }
    }

    #[test]
    fn what_runs_is_saved() {
        for content_type in [
            "text/html",
            "Text/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/xml",
            "text/xsl",
            "application/rss+xml",
            "text/javascript",
            "application/javascript",
            "image/jpeg, text/html",
            "text/html,",
            " text/html",
        ] {
            check(content_type, "sandbox", "attachment");
        }
    }

    #[test]
    fn a_file_keeps_its_name() {
        for (own, expected) in [
            (
                "inline; filename=\"a;b.html\"",
                "attachment; filename=\"a;b.html\"",
            ),
            ("INLINE;filename=a.html", "attachment;filename=a.html"),
            ("inline", "attachment"),
            ("inline;", "attachment"),
            ("Attachment; filename=a.html", "Attachment; filename=a.html"),
            ("filename=a.html", "attachment"),
            ("bla", "attachment"),
        ] {
            assert_eq!(guarded("text/html", own).1, expected, "{own}");
            assert_eq!(guarded("image/png", own).1, own);
        }
    }

    #[test]
    fn the_guard_can_be_lifted_but_for_guessing() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        guard(&mut headers, true);
        assert_eq!(headers.len(), 2);
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}
