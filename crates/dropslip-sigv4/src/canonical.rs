//! The canonical request: the one text that signer and verifier must agree on.
//!
//! Both call [`canonical_request`], with the names of the signed headers as the
//! one difference: the signer makes that list, the verifier reads it.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use crate::dialect::PathRule;
use crate::encode;
use crate::query::Query;
use crate::request::Request;
use crate::scratch::{Scratch, Sink};

/// What a canonical request is made of, besides the request itself.
pub(crate) struct Covered<'a> {
    /// Parameters, sorted.
    pub(crate) query: &'a Query<'a>,
    /// Parameters that the signature does not cover.
    pub(crate) query_without: &'a [&'a str],
    /// Lower-case names, sorted, joined by `;`.
    pub(crate) signed_headers: &'a str,
    /// The value of `x-amz-content-sha256`.
    pub(crate) payload: &'a str,
}

/// Method, path, query, headers, names of the headers, payload: one a line.
pub(crate) fn canonical_request(
    request: &Request<'_>,
    path: PathRule,
    covered: &Covered<'_>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + request.path.len() + 2 * request.query.len());
    write_canonical_request(&mut out, request, path, covered);
    out
}

/// As [`canonical_request`], where the caller wants it.
pub(crate) fn write_canonical_request(
    out: &mut impl Sink,
    request: &Request<'_>,
    path: PathRule,
    covered: &Covered<'_>,
) {
    out.put(request.method.as_bytes());
    out.put_byte(b'\n');
    write_path(out, request.path, path);
    out.put_byte(b'\n');
    covered.query.write(out, covered.query_without);
    out.put_byte(b'\n');
    write_headers(out, request, covered.signed_headers);
    out.put(covered.payload.as_bytes());
}

pub(crate) fn write_path(out: &mut impl Sink, wire: &str, rule: PathRule) {
    match rule {
        _ if wire.is_empty() => out.put_byte(b'/'),
        PathRule::Once => encode::rewrite_path(out, wire.as_bytes()),
        PathRule::NormalizedTwice => encode::write_path(out, normalize(wire).as_bytes()),
    }
}

/// The headers of these names, an empty line, and the line of the names.
pub(crate) fn write_headers(out: &mut impl Sink, request: &Request<'_>, signed_headers: &str) {
    for name in signed_headers.split(';') {
        write_header(out, request, name);
    }
    out.put_byte(b'\n');
    out.put(signed_headers.as_bytes());
    out.put_byte(b'\n');
}

/// Resolves `.` and `..` and folds slashes (RFC 3986 section 6.2.2.3, with empty
/// segments left out as the SDKs do). `..` at the root stays there.
pub(crate) fn normalize(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if kept.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

/// The path as all services but S3 have it, see [`PathRule::NormalizedTwice`].
pub(crate) fn normalized_twice(wire: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(wire.len() + 16);
    encode::write_path(
        &mut out,
        normalize(&String::from_utf8_lossy(wire)).as_bytes(),
    );
    out
}

/// `name:value`, where the values of a repeated header are joined by commas.
fn write_header(out: &mut impl Sink, request: &Request<'_>, name: &str) {
    out.put(name.as_bytes());
    out.put_byte(b':');
    for (at, value) in request.header_values(name).enumerate() {
        if at > 0 {
            out.put_byte(b',');
        }
        write_folded(out, value);
    }
    out.put_byte(b'\n');
}

/// Writes a header's value without white space at its ends, and one space for
/// each run of it inside. All other bytes stay, those outside of ASCII too.
fn write_folded(out: &mut impl Sink, value: &[u8]) {
    for (at, word) in words(value).enumerate() {
        if at > 0 {
            out.put_byte(b' ');
        }
        out.put(word);
    }
}

fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
}

/// Whether the canonical request shows two values as one.
pub(crate) fn is_same_folded(a: &[u8], b: &[u8]) -> bool {
    words(a).eq(words(b))
}

/// Writes the names of the headers to sign: in lower case, sorted, each once, joined by `;`.
pub(crate) fn write_signed_headers<'a>(out: &mut impl Sink, names: impl Iterator<Item = &'a str>) {
    let lower_case = |name: &'a str| name.bytes().map(|byte| byte.to_ascii_lowercase());
    let mut sorted = Scratch::<&str, 16>::new();
    names.for_each(|name| sorted.push(name));
    let sorted = sorted.as_mut_slice();
    sorted.sort_unstable_by(|a, b| lower_case(a).cmp(lower_case(b)));
    let mut last = None;
    for name in sorted {
        if last.is_some_and(|last: &str| last.eq_ignore_ascii_case(name)) {
            continue;
        }
        if last.replace(name).is_some() {
            out.put_byte(b';');
        }
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower_case(name).for_each(|byte| out.put_byte(byte));
        } else {
            out.put(name.as_bytes());
        }
    }
}
