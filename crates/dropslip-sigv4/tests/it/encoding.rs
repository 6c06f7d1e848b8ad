//! Percent-encoding, and how paths, queries and headers are canonicalised.

use dropslip_sigv4::{Credentials, Dialect, PathRule, Payload, Signer, encode_path, encode_query};

use crate::support::{Sent, at};

#[test]
fn encodings() {
    let check = |text: &str, path: &str, query: &str| {
        assert_eq!(
            (
                encode_path(text.as_bytes()).as_str(),
                encode_query(text.as_bytes()).as_str()
            ),
            (path, query)
        );
    };
    check("", "", "");
    check("AZaz09-._~", "AZaz09-._~", "AZaz09-._~");
    check("a/b", "a/b", "a%2Fb");
    check("a b+c", "a%20b%2Bc", "a%20b%2Bc");
    check("100%", "100%25", "100%25");
    check("é", "%C3%A9", "%C3%A9");
    check(
        "!*'()\u{7f}\0",
        "%21%2A%27%28%29%7F%00",
        "%21%2A%27%28%29%7F%00",
    );
    assert_eq!(encode_path(b"\xff"), "%FF");
}

/// The lines of the canonical request of a GET without `x-amz-content-sha256`.
fn canonical(rule: PathRule, sent: &Sent) -> Vec<String> {
    let mut dialect = Dialect::general();
    dialect.path = rule;
    let signer = Signer::new(Credentials::new("AKID", "secret"), "r", "s").with_dialect(dialect);
    let now = at("20130524T000000Z");
    let signed = sent
        .with(|request| signer.sign(request, &Payload::empty(), now))
        .unwrap();
    String::from_utf8_lossy(&signed.canonical_request)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn paths() {
    let check = |wire: &str, once: &str, twice: &str| {
        let sent = Sent {
            path: wire.to_owned(),
            ..Sent::new("GET", "/").header("host", "h")
        };
        assert_eq!(canonical(PathRule::Once, &sent)[1], once, "{wire}");
        assert_eq!(
            canonical(PathRule::NormalizedTwice, &sent)[1],
            twice,
            "{wire}"
        );
    };
    check("", "/", "/");
    check("/", "/", "/");
    check("/a%20b", "/a%20b", "/a%2520b");
    check("/a b", "/a%20b", "/a%20b");
    check("/a+b", "/a%2Bb", "/a%2Bb");
    check("/%c3%a9", "/%C3%A9", "/%25c3%25a9");
    check("/%7e~%2f", "/~~/", "/%257e~%252f");
    check("/%zz%2", "/%25zz%252", "/%25zz%252");
    check("/%", "/%25", "/%25");
    check("/%2520", "/%2520", "/%252520");
    check("/%ff", "/%FF", "/%25ff");
    check("//a/./b/../c//", "//a/./b/../c//", "/a/c/");
    check("/../..", "/../..", "/");
    check("/a/..b/.c", "/a/..b/.c", "/a/..b/.c");
}

#[test]
fn queries() {
    let check = |wire: &str, expect: &str| {
        let sent = Sent {
            query: wire.to_owned(),
            ..Sent::new("GET", "/").header("host", "h")
        };
        assert_eq!(canonical(PathRule::Once, &sent)[2], expect, "{wire}");
    };
    check("", "");
    check("acl", "acl=");
    check("&&acl&", "acl=");
    check("=v", "=v");
    check("a=b=c", "a=b%3Dc");
    check("a=x+y%2Bz", "a=x%20y%2Bz");
    check("a=%zz&b=%", "a=%25zz&b=%25");
    check("a=/&b=%2f", "a=%2F&b=%2F");
    check("b=2&a=2&a=1&A=3", "A=3&a=1&a=2&b=2");
    // By encoded name: `é` begins with a percent sign, and `a` is the start of `a-`.
    check("a-=1&a=2&é=3", "%C3%A9=3&a=2&a-=1");
    check("a;b=1", "a%3Bb=1");
}

#[test]
fn headers() {
    let check = |values: &[&str], expect: &str| {
        let request = Sent::new("GET", "/").header("host", "h");
        let sent = values
            .iter()
            .fold(request, |sent, value| sent.header("X-Test", value));
        assert_eq!(
            canonical(PathRule::Once, &sent)[5],
            format!("x-test:{expect}")
        );
    };
    check(&["a"], "a");
    check(&["  a  b\t c "], "a b c");
    check(&[""], "");
    check(&[" "], "");
    check(&["b", "a", "b"], "b,a,b");
    check(&["", ""], ",");
    check(&["\"a  b\""], "\"a b\"");
    check(&["é"], "é");
}

#[test]
fn header_bytes_outside_of_ascii_are_kept() {
    let sent = Sent::new("GET", "/")
        .header("host", "h")
        .header("x-test", b"caf\xe9");
    let signer = Signer::new(Credentials::new("AKID", "secret"), "r", "s3");
    let signed = sent
        .with(|request| signer.presign(request, 60, at("20130524T000000Z")))
        .unwrap();
    let line = b"\nx-test:caf\xe9\n";
    assert!(
        signed
            .canonical_request
            .windows(line.len())
            .any(|window| window == line)
    );
}
