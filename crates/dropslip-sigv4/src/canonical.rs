//! The canonical request: the one text that signer and verifier must agree on.
//!
//! Both call [`canonical_request`], with the names of the signed headers as the
//! one difference: the signer makes that list, the verifier reads it.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::cmp::Ordering;

use crate::dialect::PathRule;
use crate::encode;
use crate::headers::SignedHeaders;
use crate::query::{Kind, Query};
use crate::request::Request;
use crate::scratch::Sink;
use crate::short::{find, is_same_name};

/// What a canonical request is made of, besides the request itself.
pub(crate) struct Covered<'a> {
    /// Parameters, sorted.
    pub(crate) query: &'a Query<'a>,
    /// Parameters that the signature does not cover.
    pub(crate) query_without: &'a [Kind],
    pub(crate) signed_headers: &'a SignedHeaders<'a>,
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
    write_headers(out, covered.signed_headers);
    out.put(covered.payload.as_bytes());
}

pub(crate) fn write_path(out: &mut impl Sink, wire: &str, rule: PathRule) {
    match rule {
        _ if wire.is_empty() => out.put_byte(b'/'),
        PathRule::Once => encode::rewrite_path(out, wire.as_bytes()),
        PathRule::NormalizedTwice => encode::write_path(out, normalize(wire).as_bytes()),
    }
}

/// The headers, `name:value` each, an empty line, and the line of their names. The values of
/// a repeated header are joined by commas.
fn write_headers(out: &mut impl Sink, headers: &SignedHeaders<'_>) {
    for (at, header) in headers.values().iter().enumerate() {
        if header.name.is_empty() {
            out.put_byte(b',');
        } else {
            if at > 0 {
                out.put_byte(b'\n');
            }
            out.put(header.name.as_bytes());
            out.put_byte(b':');
        }
        write_folded(out, header.value);
    }
    out.put(b"\n\n");
    out.put(headers.names.as_bytes());
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

/// The names of a list that is joined by `;`.
#[inline]
pub(crate) fn names(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    std::iter::from_fn(move || {
        let list = rest?;
        let at = find(list.as_bytes(), b';').unwrap_or(list.len());
        rest = list.get(at + 1..);
        Some(&list[..at])
    })
}

/// Writes a header's value without white space at its ends, and one space for
/// each run of it inside. All other bytes stay, those outside of ASCII too.
#[inline]
fn write_folded(out: &mut impl Sink, value: &[u8]) {
    // White space is below this or at it. Without an early end the compiler looks at
    // many bytes at once.
    if !value.iter().fold(false, |any, byte| any | (*byte <= b' ')) {
        return out.put(value);
    }
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

/// Puts headers in the order of their names in lower case; those of one name stay as
/// they are.
pub(crate) fn sort_headers(headers: &mut [(&str, &[u8])]) {
    let lower_case = |byte: u8| byte.to_ascii_lowercase();
    let is_after = |a: &str, b: &str| {
        // The first letters tell most names apart.
        let first = |name: &str| name.as_bytes().first().map(u8::to_ascii_lowercase);
        match first(a).cmp(&first(b)) {
            Ordering::Equal => a.bytes().map(lower_case).gt(b.bytes().map(lower_case)),
            other => other.is_gt(),
        }
    };
    // There are few, and they come nearly sorted.
    for end in 1..headers.len() {
        let mut at = end;
        while at > 0 && is_after(headers[at - 1].0, headers[at].0) {
            headers.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Writes the names of sorted headers: each once, joined by `;`, and not yet in lower case.
pub(crate) fn write_signed_headers(out: &mut impl Sink, sorted: &[(&str, &[u8])]) {
    let mut last = "";
    for (name, _) in sorted {
        if is_same_name(last, name) {
            continue;
        }
        if !last.is_empty() {
            out.put_byte(b';');
        }
        last = name;
        out.put(name.as_bytes());
    }
}

/// Writes sorted headers as [`write_headers`] does.
pub(crate) fn write_sorted_headers(
    out: &mut impl Sink,
    sorted: &[(&str, &[u8])],
    signed_headers: &[u8],
) {
    let (mut last, mut at) = ("", 0);
    for (name, value) in sorted {
        if is_same_name(last, name) {
            out.put_byte(b',');
        } else {
            if at > 0 {
                out.put_byte(b'\n');
            }
            // In lower case it is in the list, which has the same order.
            out.put(&signed_headers[at..at + name.len()]);
            out.put_byte(b':');
            at += name.len() + 1;
        }
        last = name;
        write_folded(out, value);
    }
    out.put(b"\n\n");
    out.put(signed_headers);
    out.put_byte(b'\n');
}
