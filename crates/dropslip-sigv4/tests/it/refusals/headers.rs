//! Which headers the signature has to cover, and what they say of the body.

use super::*;

#[test]
fn signed_headers() {
    let list = "content-type;host;x-amz-acl";
    let must_be = "the list of signed headers must be sorted lower-case names joined by `;`, got";
    let lists = [
        "",
        ";",
        "host;content-type",
        "Host",
        "host;host",
        "content-type;;host",
        "ho st",
        "host;",
        "host,range",
    ];
    for got in lists {
        let sent = presigned().edit_query(&list.replace(';', "%3B"), &got.replace(';', "%3B"));
        check(&sent, &format!("{must_be} `{got}`"));
    }
    check(
        &presigned().edit_query("%3Bhost", ""),
        "the header `host` is not signed",
    );
    check(
        &signed().edit_header(AUTHORIZATION, "host;", ""),
        "the header `host` is not signed",
    );
    check(
        &presigned().edit_query("%3Bx-amz-acl", ""),
        "the header `x-amz-acl` is not signed",
    );
    check(
        &signed().edit_header(AUTHORIZATION, ";x-amz-acl", ""),
        "the header `x-amz-acl` is not signed",
    );
    check(
        &presigned().header("X-Amz-Copy-Source", "/b/k"),
        "the header `x-amz-copy-source` is not signed",
    );
    check(
        &signed().header("x-amz-copy-source", "/b/k"),
        "the header `x-amz-copy-source` is not signed",
    );
    check(
        &presigned().without_header("content-type"),
        "the signature does not match the request, which lacks the signed `content-type`",
    );
    check(
        &signed().without_header("host"),
        "the signature does not match the request, which lacks the signed `host`",
    );
    check(&presigned().edit_query("content-type%3B", ""), MISMATCH);
    // Other headers may come unsigned, proxies and browsers add them.
    check(
        &presigned()
            .header("user-agent", "curl")
            .header("x-amzn-trace-id", "1"),
        "",
    );
}

/// SDKs put `x-amz-*` values into the query; the header may come along then, if it says the same.
#[test]
fn hoisted_values() {
    let hoisted = Sent::new("PUT", "/b/k?x-amz-acl=public-read")
        .header("host", "h")
        .presigned(&signer(), 300, at(DATE));
    check(&hoisted, "");
    check(&hoisted.clone().header("x-amz-acl", "public-read"), "");
    check(&hoisted.clone().header("X-Amz-Acl", " public-read "), "");
    let conflict = "the header `x-amz-acl` says `private` and the query `public-read`";
    check(&hoisted.clone().header("x-amz-acl", "private"), conflict);
    check(
        &hoisted
            .clone()
            .header("x-amz-acl", "public-read")
            .header("x-amz-acl", "private"),
        conflict,
    );
    // The `x-amz-acl` header is signed here: a mismatch says more than a conflict.
    check(
        &presigned().edit_query("a=1", "x-amz-acl=public-read"),
        MISMATCH,
    );
    check(
        &hoisted.clone().header("x-amz-meta-a", "1"),
        "the header `x-amz-meta-a` is not signed",
    );
    check(&hoisted.edit_query("public-read", "private"), MISMATCH);
    // In header signing the query says nothing about headers.
    let in_query = Sent::new("PUT", "/b/k?x-amz-acl=private").header("host", "h");
    let in_query = in_query.signed(&signer(), &Payload::Unsigned, at(DATE));
    check(&in_query, "");
    check(
        &in_query.header("x-amz-acl", "private"),
        "the header `x-amz-acl` is not signed",
    );
}

#[test]
fn payload_hash() {
    let signed = |literal: &str| {
        let dialect = Dialect::general();
        let sent = Sent::new("PUT", "/b/k")
            .header("host", "h")
            .header("X-Amz-Meta-A", literal);
        let sent = sent.signed(
            &signer().with_dialect(dialect),
            &Payload::Unsigned,
            at(DATE),
        );
        sent.edit_header(
            AUTHORIZATION,
            "host;x-amz-date;x-amz-meta-a",
            "host;x-amz-content-sha256;x-amz-date",
        )
        .without_header("x-amz-meta-a")
        .header("x-amz-content-sha256", literal)
    };
    let must_be = "the value of `x-amz-content-sha256` must be a hash, `UNSIGNED-PAYLOAD` or `STREAMING-…`, got";
    for got in [
        "",
        "abc",
        "unsigned-payload",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        &"A".repeat(64),
    ] {
        check(&signed(got), &format!("{must_be} `{got}`"));
    }
    for good in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        &"a".repeat(64),
    ] {
        check(&signed(good), MISMATCH);
        check(&signed_again(&signed(good)), "");
    }
    let without = request().signed(
        &signer().with_dialect(Dialect::general()),
        &Payload::empty(),
        at(DATE),
    );
    check(&without, "the header `x-amz-content-sha256` is missing");
    check(
        &presigned().edit_query("a=1", "X-Amz-Content-Sha256=a"),
        &format!("{must_be} `a`"),
    );
}

#[test]
fn claimed_payloads() {
    let claim = |sent: &Sent| {
        let expected = Expected {
            region: "us-east-1",
            service: "s3",
            now: at(DATE),
        };
        sent.verify(&keys(), &Dialect::s3(), &expected)
            .unwrap()
            .payload()
            .clone()
    };
    let Payload::Sha256(hash) = Payload::of(b"abc") else {
        panic!("a hash")
    };
    assert_eq!(
        claim(&request().signed(&signer(), &Payload::of(b"abc"), at(DATE))),
        ClaimedPayload::Sha256(hash)
    );
    assert_eq!(claim(&signed()), ClaimedPayload::Unsigned);
    assert_eq!(claim(&presigned()), ClaimedPayload::Unsigned);
    let hash_text = Payload::of(b"abc").to_string();
    let in_header = request()
        .header("x-amz-content-sha256", &hash_text)
        .presigned(&signer(), 300, at(DATE));
    assert_eq!(claim(&in_header), ClaimedPayload::Sha256(hash));
    let in_query = Sent {
        query: format!("X-Amz-Content-Sha256={hash_text}"),
        ..request()
    };
    assert_eq!(
        claim(&in_query.presigned(&signer(), 300, at(DATE))),
        ClaimedPayload::Sha256(hash)
    );
    let streaming = Streaming::UnsignedTrailer;
    let in_header = request()
        .header("x-amz-content-sha256", streaming.as_str())
        .presigned(&signer(), 300, at(DATE));
    assert_eq!(claim(&in_header), ClaimedPayload::Streaming(streaming));
}

/// An `x-amz-content-sha256` in the query of a header-signed request is no claim.
#[test]
fn parameters_are_no_headers_in_header_signing() {
    let sent = Sent::new("PUT", "/b/k?x-amz-content-sha256=nonsense").header("host", "h");
    check(&sent.signed(&signer(), &Payload::Unsigned, at(DATE)), "");
}
