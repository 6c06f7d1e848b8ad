//! What a browser asks before it sends, and what it makes of the answer
//! ([Fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch), "CORS-preflight fetch" and "CORS check").
//!
//! Pure. The service asks with other programs' sockets, but judges as browsers do, so that its yes is theirs.

use std::borrow::Cow;

use crate::media_type::MediaType;
use crate::problem::echo;

/// A question before a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    pub(crate) origin: &'a str,
    pub(crate) method: &'static str,
    /// Names in lower case, sorted.
    pub(crate) headers: Vec<&'a str>,
}

/// An answer, as far as it decides. Several headers of a name are one with commas between, as browsers read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) allow_origin: Option<String>,
    pub(crate) allow_methods: String,
    pub(crate) allow_headers: String,
    /// S3's code, if it answers an error.
    pub(crate) code: Option<String>,
}

/// What a browser makes of the answer to its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judged<'a> {
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
    pub(crate) fn headers_text(&self) -> Option<String> {
        (!self.headers.is_empty()).then(|| self.headers.join(","))
    }
}

/// The names that a browser asks for: those that a page may not send unasked, sorted.
pub(crate) fn names<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<&'a str> {
    let mut names: Vec<&str> = headers
        .filter(|(name, value)| *name != "content-type" || !is_of_forms(value))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Content types that forms have, which need no question.
fn is_of_forms(content_type: &str) -> bool {
    const TYPES: [&str; 3] = [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ];
    MediaType::parse(content_type).is_ok_and(|parsed| TYPES.contains(&parsed.essence()))
}

/// What a browser makes of an answer to its question.
pub(crate) fn judge<'a>(asked: &Asked<'a>, answered: &Answered) -> Judged<'a> {
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
pub(crate) fn allows_origin(origin: &str, answered: &Answered) -> bool {
    let allowed = answered.allow_origin.as_deref();
    allowed.is_some_and(|allowed| allowed == "*" || allowed == origin)
}

/// A status that says nothing of rules. 501 is that of servers which know no preflights.
pub(crate) fn is_failing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

impl Answered {
    /// In words: the status, S3's code, the origin that is allowed.
    pub(crate) fn shown(&self) -> String {
        let code: Cow<'_, str> = match &self.code {
            Some(code) => format!(" {}", echo(code)).into(),
            None => "".into(),
        };
        match &self.allow_origin {
            Some(origin) => format!(
                "{}{code} with `access-control-allow-origin` {}",
                self.status,
                echo(origin)
            ),
            None => format!(
                "{}{code} without `access-control-allow-origin`",
                self.status
            ),
        }
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
            code: None,
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
        assert_eq!(
            of("text/plainer"),
            "content-type,if-none-match,x-amz-meta-a"
        );
    }
}
