//! Where a request ends: shapes by which one side sees one request and the other two.
//!
//! Each shape is sent with a last request behind it. `[x, 403]` means that the shape was one
//! request with its own bounds; `[400]` that the connection was closed over it.

use super::store::Victim;

#[track_caller]
fn check(victim: &Victim, shape: &str, expect: &[u16]) {
    let shape = shape.replace('\n', "\r\n").replace("{crlf}", "\r\n");
    let got = victim.statuses(shape.as_bytes());
    assert_eq!(got, expect, "{shape:?}");
}

#[test]
fn lengths_that_are_none() {
    let victim = Victim::new();
    for length in [
        "-5",
        "+5",
        "5,6",
        "5 6",
        "0x5",
        "5\nContent-Length: 6",
        "18446744073709551616",
        "99999999999999999999999",
        "",
        "five",
        "5.0",
    ] {
        let shape =
            format!("PUT /uploads/a HTTP/1.1\nHost: {{host}}\nContent-Length: {length}\n\nhello");
        check(&victim, &shape, &[400]);
    }
    // The same length twice is one length.
    let twice =
        "PUT /uploads/a HTTP/1.1\nHost: {host}\nContent-Length: 5\nContent-Length: 5\n\nhello";
    check(&victim, twice, &[403, 403]);
    victim.is_unharmed();
}

#[test]
fn transfer_encodings_that_are_none() {
    let victim = Victim::new();
    for encoding in [
        "gzip",
        "chunked, gzip",
        "identity",
        "chunkedd",
        "\"chunked\"",
        "chunked;q=1",
        "x",
    ] {
        let shape = format!(
            "POST /uploads HTTP/1.1\nHost: {{host}}\nTransfer-Encoding: {encoding}\n\n0\n\n"
        );
        check(&victim, &shape, &[400]);
    }
    let old = "POST /uploads HTTP/1.0\nHost: {host}\nTransfer-Encoding: chunked\n\n0\n\n";
    check(&victim, old, &[400]);
    victim.is_unharmed();
}

/// With both, the chunks count and the connection ends (RFC 9112 section 6.1), whichever
/// header comes first.
#[test]
fn a_length_beside_chunks() {
    let victim = Victim::new();
    for headers in [
        "Content-Length: 5\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\nContent-Length: 5",
        "Content-Length: 100\nTransfer-Encoding: chunked",
        "Content-Length: 0\nTransfer-Encoding:\tchunked ",
    ] {
        let shape =
            format!("PUT /uploads/a HTTP/1.1\nHost: {{host}}\n{headers}\n\n5\nhello\n0\n\n");
        check(&victim, &shape, &[403]);
    }
    victim.is_unharmed();
}

/// What an intermediary may see as a header of its own.
#[test]
fn names_and_lines_that_are_none() {
    let victim = Victim::new();
    for header in [
        "Content-Length : 5",
        " Content-Length: 5",
        "X: 1\n Content-Length: 5",
        "X: 1\n\tfolded",
        "Content-Length\t: 5",
        "Content\u{b}-Length: 5",
        "Content-Length\0: 5",
        "X: a\0b",
        "X: a\u{7f}b",
        "X: a\u{1b}[2Jb",
        ": 5",
        "Content-Length",
        "X: 1\r\r",
        "(X): 1",
    ] {
        let shape = format!("PUT /uploads/a HTTP/1.1\nHost: {{host}}\n{header}\n\nhello");
        check(&victim, &shape, &[400]);
    }
    victim.is_unharmed();
}

/// A request in the body of another is bytes of that body.
#[test]
fn a_request_within_a_body() {
    let victim = Victim::new();
    let inner = "GET /uploads/inner HTTP/1.1{crlf}Host: {host}{crlf}{crlf}";
    let length =
        inner.replace("{crlf}", "\r\n").len() - "{host}".len() + victim.address().to_string().len();
    let shape =
        format!("PUT /uploads/a HTTP/1.1\nHost: {{host}}\nContent-Length: {length}\n\n{inner}");
    check(&victim, &shape, &[403, 403]);
    let shape = format!(
        "PUT /uploads/a HTTP/1.1\nHost: {{host}}\nTransfer-Encoding: chunked\n\n{length:x}\n{inner}\n0\n\n"
    );
    check(&victim, &shape, &[403, 403]);
    // A GET has no body unless it says so, and then it has one.
    let shape =
        format!("GET /uploads/a HTTP/1.1\nHost: {{host}}\nContent-Length: {length}\n\n{inner}");
    check(&victim, &shape, &[403, 403]);
    assert!(!victim.log().contains("inner"), "{}", victim.log());
    victim.is_unharmed();
}

#[test]
fn chunks_that_are_none() {
    let victim = Victim::new();
    let signed = victim.signed("POST", "/uploads?delete");
    for chunks in [
        "FFFFFFFFFFFFFFFFF\nhello",
        "10000000000000000\nhello",
        "-1\nhello",
        "0x5\nhello\n0\n\n",
        "5 6\nhello\n0\n\n",
        "five\nhello\n0\n\n",
        "\nhello\n0\n\n",
        "5\nhello0\n\n",
        "4\nhello\n0\n\n",
    ] {
        let shape = format!(
            "POST {signed} HTTP/1.1\nHost: {{host}}\nTransfer-Encoding: chunked\n\n{chunks}"
        );
        let shape = shape.replace('\n', "\r\n");
        // Whether the operation looks at the body is its own matter; no request follows it.
        let got = victim.statuses(shape.as_bytes());
        assert_eq!(got.len(), 1, "{got:?} of {shape:?}");
        assert!((400..502).contains(&got[0]), "{got:?} of {shape:?}");
    }
    victim.is_unharmed();
}
