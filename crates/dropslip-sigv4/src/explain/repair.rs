//! URLs that were damaged as a whole: by HTML, by line wrapping, by a second encoding.
//!
//! Such a URL often cannot be read as signed at all. It is mended here, and what
//! is mended is verified anew.

use std::borrow::Cow;

use super::explanation::Cause;

/// A request's target, mended.
pub(super) struct Repair<'a> {
    pub(super) path: Cow<'a, str>,
    pub(super) query: String,
    pub(super) cause: Cause,
    /// Which part was damaged.
    pub(super) part: &'static str,
    pub(super) how: &'static str,
    /// Whether hardly any request that is right looks as if it needed this.
    pub(super) is_evident: bool,
}

/// The repairs that change something, the plainest first.
pub(super) fn repairs<'a>(path: &'a str, query: &'a str) -> Vec<Repair<'a>> {
    let of_query = |query: String, cause, part, how| Repair {
        path: Cow::Borrowed(path),
        query,
        cause,
        part,
        how,
        is_evident: true,
    };
    let html = of_query(
        unescaped(query),
        Cause::HtmlEscaped,
        "query",
        if query.contains("u0026") {
            "the URL was copied out of JSON, where `&` may be written `\\u0026`"
        } else {
            "the URL was copied out of HTML, where `&` is written `&amp;`"
        },
    );
    let tail = of_query(
        without_tail(query),
        Cause::QueryChanged,
        "X-Amz-Signature",
        "characters from around the URL came along at its end",
    );
    let wrapped = Repair {
        path: path.replace("%0A", "").replace("%0D", "").into(),
        query: unwrapped(query),
        cause: Cause::UrlWrapped,
        part: "url",
        how: "white space came into the URL, as when a line was wrapped",
        is_evident: true,
    };
    let twice = Repair {
        path: path.replace("%25", "%").into(),
        query: query.replace("%25", "%"),
        cause: Cause::QueryChanged,
        part: "url",
        how: "the whole URL was percent-encoded a second time",
        is_evident: false,
    };
    let query_twice = Repair {
        path: Cow::Borrowed(path),
        part: "query",
        how: "the query was percent-encoded a second time",
        query: twice.query.clone(),
        ..twice
    };
    let token = of_query(
        token_plus(query),
        Cause::QueryChanged,
        "X-Amz-Security-Token",
        "a `+` in the session token was not escaped as `%2B`, and arrived as a space",
    );
    let both = of_query(
        unwrapped(&unescaped(query)),
        Cause::HtmlEscaped,
        "query",
        "the URL was copied out of HTML, and white space came into it",
    );
    let mut repairs = vec![html, token, wrapped, tail, query_twice, twice, both];
    repairs.retain(|repair| repair.query != query || repair.path != path);
    repairs
}

/// How often a URL is taken to have been escaped: each time is a walk over all of it.
const ESCAPED_MAX: usize = 4;

/// `&amp;` and its like as `&`.
fn unescaped(query: &str) -> String {
    let mut out = query.to_owned();
    for escaped in [
        "&amp;", "&AMP;", "&#38;", "&#x26;", "\\u0026", "%5Cu0026", "%26amp;", "&amp%3B",
    ] {
        for _ in 0..ESCAPED_MAX {
            if !out.contains(escaped) {
                break;
            }
            out = out.replace(escaped, "&");
        }
    }
    out.replace("amp;X-Amz-", "X-Amz-")
        .replace("amp%3BX-Amz-", "X-Amz-")
}

/// Without line ends and tabs, and without any white space in the signature's own
/// parameters, which never have some.
fn unwrapped(query: &str) -> String {
    let parts: Vec<String> = query.split('&').map(unwrapped_part).collect();
    parts.join("&")
}

fn unwrapped_part(part: &str) -> String {
    const LINE_ENDS: [&str; 8] = ["\r", "\n", "\t", "%0A", "%0a", "%0D", "%0d", "%09"];
    const SPACES: [&str; 3] = [" ", "%20", "+"];
    // Not the session token, in which a space was a plus.
    const OWN: [&str; 6] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ];
    let without = |text: &str, white: &[&str]| {
        white
            .iter()
            .fold(text.to_owned(), |text, white| text.replace(white, ""))
    };
    let part = without(part, &LINE_ENDS);
    let squeezed = without(&part, &SPACES);
    let name = squeezed.split('=').next().unwrap_or_default();
    if OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        squeezed
    } else {
        part
    }
}

/// A session token is base64; a space in it was a `+` that nobody escaped.
fn token_plus(query: &str) -> String {
    let parts: Vec<String> = query
        .split('&')
        .map(|part| match part.split_once('=') {
            Some((name @ "X-Amz-Security-Token", value)) => {
                let value = value
                    .replace('+', "%2B")
                    .replace("%20", "%2B")
                    .replace(' ', "%2B");
                format!("{name}={value}")
            }
            _ => part.to_owned(),
        })
        .collect();
    parts.join("&")
}

/// A signature that ends the query, without what follows its 64 digits.
fn without_tail(query: &str) -> String {
    const NAME: &str = "X-Amz-Signature=";
    let Some(at) = query.rfind(NAME) else {
        return query.to_owned();
    };
    let value = &query[at + NAME.len()..];
    let digits = value.bytes().take_while(u8::is_ascii_hexdigit).count();
    let is_end = !value.contains('&');
    if digits == 64 && is_end {
        query[..at + NAME.len() + 64].to_owned()
    } else {
        query.to_owned()
    }
}

/// Whether a query looks cut off: it began to be a presigned one, and its end is missing.
pub(super) fn is_truncated(query: &str) -> bool {
    let has = |name: &str| query.split('&').any(|part| part.starts_with(name));
    let began = has("X-Amz-Algorithm=") || has("X-Amz-Credential=");
    let last = query.rsplit('&').next().unwrap_or_default();
    let cut_signature = last
        .strip_prefix("X-Amz-Signature=")
        .is_some_and(|value| value.len() < 64 && value.bytes().all(|b| b.is_ascii_hexdigit()));
    cut_signature || (began && !has("X-Amz-Signature="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_html_and_json() {
        for text in [
            "a=1&amp;b=2",
            "a=1&amp;amp;b=2",
            "a=1\\u0026b=2",
            "a=1&#38;b=2",
        ] {
            assert_eq!(unescaped(text), "a=1&b=2", "{text}");
        }
        assert_eq!(unescaped("amp;X-Amz-Date=1"), "X-Amz-Date=1");
        assert_eq!(unescaped("camp;=1"), "camp;=1");
    }

    #[test]
    fn white_space() {
        assert_eq!(
            unwrapped("X-Amz-Date=2026%0A01&p=a%20b"),
            "X-Amz-Date=202601&p=a%20b"
        );
        assert_eq!(
            unwrapped("a=1&%20X-Amz-Signature=ab c"),
            "a=1&X-Amz-Signature=abc"
        );
        assert_eq!(unwrapped("p=a%0Ab"), "p=ab");
    }

    #[test]
    fn cut_off() {
        assert!(is_truncated("X-Amz-Algorithm=A&X-Amz-Signature=abc"));
        assert!(is_truncated("X-Amz-Algorithm=A"));
        assert!(!is_truncated("prefix=a"));
        let whole = format!("X-Amz-Algorithm=A&X-Amz-Signature={}", "a".repeat(64));
        assert!(!is_truncated(&whole));
        assert_eq!(without_tail(&format!("{whole}%22)")), whole);
        assert_eq!(
            without_tail(&format!("{whole}&b=1")),
            format!("{whole}&b=1")
        );
    }
}
