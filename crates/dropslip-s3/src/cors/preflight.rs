//! What a browser asks before it sends, and what it makes of the answer
//! ([Fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), "CORS-preflight fetch" and "CORS check").
//!
//! Pure. Whoever asks with another program's sockets judges as browsers do here, so that its yes is theirs.

use std::fmt;

use crate::limits::ECHO_CHARS_MAX;

/// A question before a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The origin of the page: scheme, host, and the port unless it is the scheme's own.
    pub origin: &'a str,
    /// The method, in capitals.
    pub method: &'a str,
    /// Names in lower case, sorted.
    pub headers: Vec<&'a str>,
}

/// An answer, as far as it decides. Several headers of a name are one with commas between, as browsers read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// `access-control-allow-origin`, if the answer has one.
    pub allow_origin: Option<String>,
    /// `access-control-allow-methods`, with commas between.
    pub allow_methods: String,
    /// `access-control-allow-headers`, with commas between.
    pub allow_headers: String,
    /// `access-control-expose-headers`, with commas between.
    pub expose_headers: String,
    /// Whether `access-control-allow-credentials` is `true`.
    pub allow_credentials: bool,
    /// S3's code, if it answers an error.
    pub code: Option<String>,
}

/// What a browser makes of the answer to its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged<'a> {
    /// It sends.
    Allowed,
    /// The answer says no as a whole. S3 does, whatever part it is that no rule allows.
    Refused,
    /// A failure of the server, or of what stands in front of it, which may pass.
    Failing,
    /// No preflight follows a redirect.
    Redirected,
    /// The answer names another origin, or none.
    OtherOrigin,
    /// The answer leaves the method out.
    OtherMethod,
    /// The answer leaves these headers out.
    OtherHeaders(Vec<&'a str>),
}

impl Asked<'_> {
    /// The value of `access-control-request-headers`; none is sent where there are no names.
    #[must_use]
    pub fn headers_text(&self) -> Option<String> {
        (!self.headers.is_empty()).then(|| self.headers.join(","))
    }
}

/// The names that a browser asks for: those that a page may not send unasked, sorted.
#[must_use]
pub fn names<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    let mut names: Vec<&str> = headers
        .filter(|(name, value)| *name != "content-type" || !is_of_forms(value))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Content types that forms have, which need no question: by their essence, whatever its parameters are.
///
/// One that is malformed counts as another type. So does one with a byte that no browser sends unasked
/// ([Fetch](https://fetch.spec.whatwg.org/#cors-safelisted-request-header)), or that is too long.
fn is_of_forms(content_type: &str) -> bool {
    const TYPES: [&str; 3] = [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ];
    const LEN_MAX: usize = 128;
    const UNSAFE: &[u8] = b"\"():<>?@[\\]{}\x7f";
    let is_plain = |byte: u8| (byte >= b' ' || byte == b'\t') && !UNSAFE.contains(&byte);
    let essence = content_type.split(';').next().unwrap_or_default();
    let essence = essence.trim_matches([' ', '\t']);
    content_type.len() <= LEN_MAX
        && content_type.bytes().all(is_plain)
        && TYPES
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
}

/// What a browser makes of an answer to its question.
#[must_use]
pub fn judge<'a>(asked: &Asked<'a>, answered: &Answered) -> Judged<'a> {
    match answered.status {
        200..300 => {}
        300..400 => return Judged::Redirected,
        status if is_failing(status) => return Judged::Failing,
        _ => return Judged::Refused,
    }
    if !allows_origin(asked.origin, answered) {
        return Judged::OtherOrigin;
    }
    let is_simple = matches!(asked.method, "GET" | "HEAD" | "POST");
    if !is_simple && !list(&answered.allow_methods).any(|name| name == asked.method || name == "*")
    {
        return Judged::OtherMethod;
    }
    let is_named = |wanted: &str| {
        list(&answered.allow_headers).any(|name| name == "*" || name.eq_ignore_ascii_case(wanted))
    };
    let missing: Vec<&str> = asked
        .headers
        .iter()
        .copied()
        .filter(|name| !is_named(name))
        .collect();
    match missing.is_empty() {
        true => Judged::Allowed,
        false => Judged::OtherHeaders(missing),
    }
}

/// Whether a page of the origin may read the answer. Nothing is sent with cookies, so `*` will do.
#[must_use]
pub fn allows_origin(origin: &str, answered: &Answered) -> bool {
    let allowed = answered.allow_origin.as_deref();
    allowed.is_some_and(|allowed| allowed == "*" || allowed == origin)
}

/// Whether the answer lets a page send this with cookies: no `*` stands for anything then.
#[must_use]
pub fn allows_credentials(asked: &Asked<'_>, answered: &Answered) -> bool {
    let is_named =
        |wanted: &&str| list(&answered.allow_headers).any(|name| name.eq_ignore_ascii_case(wanted));
    let is_simple = matches!(asked.method, "GET" | "HEAD" | "POST");
    judge(asked, answered) == Judged::Allowed
        && answered.allow_credentials
        && answered.allow_origin.as_deref() == Some(asked.origin)
        && (is_simple || list(&answered.allow_methods).any(|name| name == asked.method))
        && asked.headers.iter().all(is_named)
}

/// A status that says nothing of rules. 501 is that of servers which know no preflights.
#[must_use]
pub fn is_failing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

impl Answered {
    /// In words: the status, S3's code, the origin that is allowed.
    #[must_use]
    pub fn shown(&self) -> String {
        let code = self.code.as_ref();
        let code = code.map_or_else(String::new, |code| format!(" {}", Echo(code)));
        let status = self.status;
        match &self.allow_origin {
            Some(origin) => {
                let origin = Echo(origin);
                format!("{status}{code} with `access-control-allow-origin` {origin}")
            }
            None => format!("{status}{code} without `access-control-allow-origin`"),
        }
    }

    /// Whether a script may read this header of the answer. `*` stands for every name, as nothing is sent with cookies.
    #[must_use]
    pub fn exposes(&self, header: &str) -> bool {
        list(&self.expose_headers).any(|name| name == "*" || name.eq_ignore_ascii_case(header))
    }
}

/// A text from outside in backticks: escaped, and cut where it is long.
struct Echo<'a>(&'a str);

impl fmt::Display for Echo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.0.char_indices().nth(ECHO_CHARS_MAX);
        let shown = more.map_or(self.0, |(end, _)| &self.0[..end]);
        let dots = if more.is_some() { "…" } else { "" };
        write!(f, "`{}{dots}`", shown.escape_debug())
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://app.example";

    fn asked() -> Asked<'static> {
        Asked {
            origin: ORIGIN,
            method: "PUT",
            headers: vec!["content-type", "x-amz-acl"],
        }
    }

    fn answered(status: u16, origin: &str, methods: &str, headers: &str) -> Answered {
        Answered {
            status,
            allow_origin: (!origin.is_empty()).then(|| origin.to_owned()),
            allow_methods: methods.to_owned(),
            allow_headers: headers.to_owned(),
            ..Answered::default()
        }
    }

    #[track_caller]
    fn check(answer: (u16, &str, &str, &str), expected: &Judged<'_>) {
        let (status, origin, methods, headers) = answer;
        let judged = judge(&asked(), &answered(status, origin, methods, headers));
        assert_eq!(judged, *expected, "{answer:?}");
    }

    #[test]
    fn as_browsers_judge() {
        let all = "content-type, X-Amz-Acl";
        check((200, ORIGIN, "GET, PUT", all), &Judged::Allowed);
        check((204, "*", "*", "*"), &Judged::Allowed);
        check(
            (204, "*", "PUT", "x-amz-acl,content-type,x-more"),
            &Judged::Allowed,
        );
        for origin in [
            "",
            "https://app.example/",
            "https://APP.example",
            "null",
            "https://app.example, *",
            "https://app.example, https://app.example",
            "https://*.example",
        ] {
            check((200, origin, "PUT", all), &Judged::OtherOrigin);
        }
        for methods in ["", "put", "GET,POST", "PUTS", "GET PUT"] {
            check((200, "*", methods, all), &Judged::OtherMethod);
        }
        for (headers, missing) in [
            ("", vec!["content-type", "x-amz-acl"]),
            ("content-type", vec!["x-amz-acl"]),
            ("x-amz-*", vec!["content-type", "x-amz-acl"]),
            ("x-amz-acl;content-type", vec!["content-type", "x-amz-acl"]),
        ] {
            check((200, "*", "PUT", headers), &Judged::OtherHeaders(missing));
        }
        for (status, expected) in [
            (301, Judged::Redirected),
            (307, Judged::Redirected),
            (400, Judged::Refused),
            (403, Judged::Refused),
            (404, Judged::Refused),
            (405, Judged::Refused),
            (501, Judged::Refused),
            (100, Judged::Refused),
            (429, Judged::Failing),
            (502, Judged::Failing),
            (503, Judged::Failing),
        ] {
            check((status, "*", "*", "*"), &expected);
        }
    }

    #[test]
    fn what_scripts_may_read() {
        let exposing = |headers: &str| Answered {
            expose_headers: headers.to_owned(),
            ..Answered::default()
        };
        for headers in ["ETag", "x-amz-request-id, etag", "*"] {
            assert!(exposing(headers).exposes("ETag"), "{headers}");
        }
        for headers in ["", "ETags", "E*", "ETag;Location"] {
            assert!(!exposing(headers).exposes("ETag"), "{headers}");
        }
    }

    #[test]
    fn with_cookies_no_star_stands_for_anything() {
        let yes = Answered {
            allow_credentials: true,
            ..answered(200, ORIGIN, "PUT", "content-type,x-amz-acl")
        };
        assert!(allows_credentials(&asked(), &yes));
        let no = |change: fn(&mut Answered)| {
            let mut answer = yes.clone();
            change(&mut answer);
            assert!(!allows_credentials(&asked(), &answer), "{answer:?}");
        };
        no(|answer| answer.allow_credentials = false);
        no(|answer| answer.allow_origin = Some("*".to_owned()));
        no(|answer| answer.allow_methods = "*".to_owned());
        no(|answer| answer.allow_headers = "*".to_owned());
        no(|answer| answer.status = 403);
    }

    #[test]
    fn answers_in_words() {
        let mut answer = answered(403, "https://\n", "", "");
        answer.code = Some("x".repeat(ECHO_CHARS_MAX + 1));
        let shown = answer.shown();
        assert!(
            shown.starts_with("403 `xxx") && shown.contains("…` with "),
            "{shown}"
        );
        assert!(shown.ends_with("`https://\\n`"), "{shown}");
        let none = answered(200, "", "", "").shown();
        assert_eq!(none, "200 without `access-control-allow-origin`");
    }

    #[test]
    fn forms_need_no_method() {
        let form = Asked {
            origin: ORIGIN,
            method: "POST",
            headers: Vec::new(),
        };
        assert_eq!(judge(&form, &answered(200, "*", "", "")), Judged::Allowed);
        assert_eq!(form.headers_text(), None);
    }

    #[test]
    fn names_that_are_asked_for() {
        let of = |content_type: &'static str| {
            let all = [
                ("x-amz-meta-a", "1"),
                ("content-type", content_type),
                ("if-none-match", "*"),
            ];
            names(all.into_iter()).join(",")
        };
        assert_eq!(of("image/png"), "content-type,if-none-match,x-amz-meta-a");
        assert_eq!(of("text/plain"), "if-none-match,x-amz-meta-a");
        assert_eq!(
            of("text/plain; charset=utf-8"),
            "if-none-match,x-amz-meta-a"
        );
        assert_eq!(of("Text/Plain "), "if-none-match,x-amz-meta-a");
        for asked in ["text/plain; a=\"b\"", "text/plain\u{7f}", "text/ plain", ""] {
            assert!(of(asked).starts_with("content-type"), "{asked}");
        }
        assert_eq!(
            of("text/plainer"),
            "content-type,if-none-match,x-amz-meta-a"
        );
    }
}
