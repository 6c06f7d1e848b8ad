//! Origins as people write them, held against how browsers send them.
//!
//! A browser sends scheme, host and port in small letters, the port only where it is not the scheme's own, and
//! nothing behind it ([RFC 6454 section 6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)). S3 compares
//! letter for letter, so what is written otherwise never fits.

use std::fmt;

use url::Url;

use crate::address::is_loopback_host;

/// Why a text is no origin, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError {
    why: &'static str,
    /// The origin that was probably meant.
    pub meant: Option<String>,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why)
    }
}

impl std::error::Error for OriginError {}

/// Takes an origin only as a browser sends it.
///
/// # Errors
/// What is wrong with it, and the origin that was probably meant.
pub fn page_origin(text: &str) -> Result<&str, OriginError> {
    if text == "null" {
        return Ok(text);
    }
    if text.contains('*') {
        return Err(wrong("a page has no `*` in its origin", None));
    }
    let right = written(text)?;
    match text == right {
        true => Ok(text),
        false => Err(difference(text, right)),
    }
}

/// Takes an origin for a rule: as a browser sends it, or with one `*`.
///
/// # Errors
/// What is wrong with it, and the origin that was probably meant.
pub fn rule_origin(text: &str) -> Result<&str, OriginError> {
    match text.matches('*').count() {
        0 => return page_origin(text),
        1 if text == "*" => return Ok(text),
        1 => {}
        _ => return Err(wrong("S3 takes one `*` in an origin", None)),
    }
    // A port that is a `*` is none for the grammar of URLs; one that no scheme owns stands in for it.
    const ANY_PORT: &str = ":1";
    let (plain, has_any_port) = match text.strip_suffix(":*") {
        Some(before) => (format!("{before}{ANY_PORT}"), true),
        None => (text.to_owned(), false),
    };
    let back = |right: String| match has_any_port {
        true => format!("{}:*", right.strip_suffix(ANY_PORT).unwrap_or(&right)),
        false => right,
    };
    let right = written(&plain).map(back).map_err(|error| OriginError {
        meant: error.meant.map(back),
        ..error
    })?;
    match text == right {
        true => Ok(text),
        false => Err(difference(text, right)),
    }
}

fn wrong(why: &'static str, meant: Option<String>) -> OriginError {
    OriginError { why, meant }
}

/// How a browser would write it.
fn written(text: &str) -> Result<String, OriginError> {
    if !text.contains("://") {
        let bare = text.trim().trim_start_matches('/');
        let scheme = match is_loopback_host(bare.split('/').next().unwrap_or_default()) {
            true => "http",
            false => "https",
        };
        let meant = written(&format!("{scheme}://{bare}"));
        return Err(wrong(
            "it has no scheme such as `https://`",
            meant.ok().filter(|_| !text.trim().is_empty()),
        ));
    }
    let url = Url::parse(text.trim()).map_err(|_| wrong("it is no URL", None))?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let Some(host) = host else {
        return Err(wrong("it has no host", None));
    };
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    Ok(format!("{}://{host}{port}", url.scheme()))
}

fn difference(text: &str, right: String) -> OriginError {
    let lower = text.to_ascii_lowercase();
    let why = match lower.strip_prefix(&right) {
        _ if text.trim() != text => "it has white space around it",
        Some("/") => "it ends with a slash, which no origin does",
        Some(rest) if rest.starts_with(['/', '?', '#']) => "it has a path, which no origin has",
        Some("") => "it has capitals, which browsers do not send",
        _ if text.contains('@') => "it has a user name, which no origin has",
        _ => "browsers write it in another way",
    };
    wrong(why, Some(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_as_they_are_sent() {
        for right in [
            "https://app.example",
            "http://localhost:5173",
            "http://[::1]",
            "http://[::1]:8080",
            "http://127.0.0.1:3000",
            "https://xn--bcher-kva.example",
            "chrome-extension://abcdefghijklmnop",
            "capacitor://localhost",
            "null",
        ] {
            assert_eq!(page_origin(right), Ok(right));
            assert_eq!(rule_origin(right), Ok(right));
        }
        for right in [
            "*",
            "https://*.app.example",
            "http://localhost:*",
            "https://app-*.example",
        ] {
            assert_eq!(rule_origin(right), Ok(right));
            assert!(page_origin(right).is_err());
        }
    }

    #[track_caller]
    fn check(text: &str, why: &str, meant: Option<&str>) {
        for result in [page_origin(text), rule_origin(text)] {
            let error = result.expect_err(text);
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert_eq!(error.meant.as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn origins_that_are_mended() {
        const APP: Option<&str> = Some("https://app.example");
        check("https://app.example/", "slash", APP);
        check("https://app.example/upload", "path", APP);
        check("https://app.example?x", "path", APP);
        check("https://App.Example", "capitals", APP);
        check("HTTPS://app.example/", "slash", APP);
        check(" https://app.example", "white space", APP);
        check("https://app.example:443", "another way", APP);
        check("https://me@app.example", "user name", APP);
        check("app.example", "no scheme", APP);
        check("//app.example/", "no scheme", APP);
        check("localhost:3000", "no scheme", Some("http://localhost:3000"));
        check(
            "https://bücher.example",
            "another way",
            Some("https://xn--bcher-kva.example"),
        );
        check("", "no scheme", None);
        check("https://", "no URL", None);
        check("https://a b", "no URL", None);
        check("https://a.example, https://b.example", "no URL", None);
        check("NULL", "no scheme", Some("https://null"));
    }

    #[test]
    fn patterns_that_are_mended() {
        let check = |text: &str, why: &str, meant: Option<&str>| {
            let error = rule_origin(text).expect_err(text);
            assert!(error.to_string().contains(why), "{text}: {error}");
            assert_eq!(error.meant.as_deref(), meant, "{text}");
        };
        check("https://*.example/", "slash", Some("https://*.example"));
        check("*.example", "no scheme", Some("https://*.example"));
        check("http://LocalHost:*", "", Some("http://localhost:*"));
        check("localhost:*", "no scheme", Some("http://localhost:*"));
        check("https://*.*.example", "one `*`", None);
        check("https://app.example/*", "path", Some("https://app.example"));
    }
}
