//! The canonical request: the one text that signer and verifier must agree on.
//!
//! Both call [`canonical_request`], with the names of the signed headers as the
//! one difference: the signer makes that list, the verifier reads it.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::borrow::Cow;

use crate::dialect::PathRule;
use crate::encode;
use crate::query::Query;
use crate::request::Request;

/// What a canonical request is made of, besides the request itself.
pub(crate) struct Covered<'a> {
    /// Parameters, sorted.
    pub(crate) query: &'a Query,
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
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    write_path(&mut out, request.path, path);
    out.push(b'\n');
    covered.query.write(&mut out, covered.query_without);
    out.push(b'\n');
    for name in covered.signed_headers.split(';') {
        write_header(&mut out, request, name);
    }
    for line in ["\n", covered.signed_headers, "\n", covered.payload] {
        out.extend_from_slice(line.as_bytes());
    }
    out
}

fn write_path(out: &mut Vec<u8>, wire: &str, rule: PathRule) {
    match rule {
        _ if wire.is_empty() => out.push(b'/'),
        PathRule::Once => encode::rewrite_path(out, wire.as_bytes()),
        PathRule::NormalizedTwice => encode::write_path(out, normalize(wire).as_bytes()),
    }
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
fn write_header(out: &mut Vec<u8>, request: &Request<'_>, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    for (at, value) in request.header_values(name).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_folded(out, value);
    }
    out.push(b'\n');
}

/// Writes a header's value without white space at its ends, and one space for
/// each run of it inside. All other bytes stay, those outside of ASCII too.
fn write_folded(out: &mut Vec<u8>, value: &[u8]) {
    let words = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

/// A header's value as the canonical request shows it.
pub(crate) fn folded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    write_folded(&mut out, value);
    out
}

/// The names of the headers to sign: in lower case, sorted, each once, joined by `;`.
pub(crate) fn signed_headers<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<Cow<'_, str>> = names.map(lower_case).collect();
    names.sort_unstable();
    names.dedup();
    names.join(";")
}

fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        name.to_ascii_lowercase().into()
    } else {
        name.into()
    }
}
