//! The text that is signed, and what a request that holds or does not is known by.

use dropslip_sigv4::{ClaimedPayload, Refusal};

use super::{DATE, MISMATCH, NOW, check, dated, keys, link, photo, signature, signed, verify};

/// The text that is signed, for a link to `/b` with these parameters and headers.
#[track_caller]
fn check_text(target: &str, headers: &[(&str, &[u8])], expect: &str) {
    let sent = link(target, expect);
    let sent = headers
        .iter()
        .fold(sent, |sent, (name, value)| sent.header(name, value));
    let got = match verify(&sent, &keys(), None, NOW) {
        Ok(_) => return,
        Err(Refusal::Mismatch(mismatch)) => mismatch.string_to_sign,
        Err(other) => other.to_string(),
    };
    assert_eq!(got, expect);
}

#[test]
fn resource() {
    let check = |target: &str, expect: &str| {
        check_text(target, &[], &format!("PUT\n\n\n1175139920\n{expect}"))
    };
    check("", "/");
    check("/", "/");
    check("/b", "/b");
    check("/b", "/b/");
    check("/b/", "/b/");
    check("/b/%c3%A9+ %zz//../%2f%00", "/b/%c3%A9+ %zz//../%2f%00");
    check("/b?acl", "/b?acl");
    check("/b?acl=", "/b?acl");
    check("/b?%61cl", "/b?acl");
    check("/b?ACL", "/b");
    check(
        "/b?prefix=a&list-type=2&x-id=PutObject&utm_source=mail",
        "/b",
    );
    check("/b?uploads&&acl&delete", "/b?acl&delete&uploads");
    check(
        "/b?versionId=a%2Bb=c&uploadId=%41",
        "/b?uploadId=%41&versionId=a%2Bb=c",
    );
    check(
        "/b?partNumber=2&partNumber=1",
        "/b?partNumber=2&partNumber=1",
    );
    check(
        "/b?response-content-type=text%2Fplain%3B+q%3d1&response-expires=",
        "/b?response-content-type=text/plain; q=1&response-expires",
    );
    check("/b?select&select-type=2", "/b?select&select-type=2");
}

#[test]
fn headers() {
    let check = |headers: &[(&str, &[u8])], expect: &str| {
        check_text("/b/k", headers, &format!("PUT\n{expect}\n/b/k"))
    };
    check(&[], "\n\n1175139920");
    check(
        &[
            ("Content-MD5", b" a== "),
            ("CONTENT-TYPE", b"\timage/jpeg "),
        ],
        "a==\nimage/jpeg\n1175139920",
    );
    check(&[("Content-Type", b"")], "\n\n1175139920");
    check(
        &[
            ("X-Amz-Meta-B", b"1"),
            ("x-amz-acl", b"private"),
            ("x-amz-meta-b", b" 2 "),
        ],
        "\n\n1175139920\nx-amz-acl:private\nx-amz-meta-b:1,2",
    );
    // Unlike in version 4, spaces within a value stay as they are.
    check(
        &[("x-amz-meta-a", b"a  b\tc")],
        "\n\n1175139920\nx-amz-meta-a:a  b\tc",
    );
    check(
        &[("x-amz-meta-a", b"a \r\n\t b\n c\n")],
        "\n\n1175139920\nx-amz-meta-a:a b c",
    );
    check(&[("x-amz-meta-a", b"")], "\n\n1175139920\nx-amz-meta-a:");
    check(
        &[("x-amz-meta-a", "é".as_bytes())],
        "\n\n1175139920\nx-amz-meta-a:é",
    );
    check(
        &[
            ("cache-control", b"no-store"),
            ("x-amzn", b"1"),
            ("range", b"bytes=0-"),
        ],
        "\n\n1175139920",
    );
}

#[test]
fn parameters_that_count_as_headers() {
    let text = "PUT\n\n\n1175139920\nx-amz-acl:public-read\nx-amz-meta-a:é +\n/b/k";
    let sent = link("/b/k?X-Amz-Meta-A=%c3%a9+%2B&x-amz-acl=public-read", text);
    check(&sent, "");
    check(&sent.clone().header("x-amz-acl", " public-read"), "");
    let conflict = "the header `x-amz-acl` says `private` and the query `public-read`";
    check(&sent.clone().header("x-amz-acl", "private"), conflict);
    check(
        &sent
            .clone()
            .edit_query("&x-amz-acl", "&x-amz-grant-read=a&x-amz-acl"),
        MISMATCH,
    );
    check(
        &sent
            .clone()
            .edit_query("&x-amz-acl", "&x-amz-acl=public-read&x-amz-acl"),
        "`x-amz-acl` is there twice",
    );
    // A line break would let one value pass for two headers.
    let text = "PUT\n\n\n1175139920\nx-amz-acl:private\nx-amz-meta-a:b\n/b/k";
    let sent = link("/b/k?x-amz-acl=private%0Ax-amz-meta-a%3Ab", text);
    check(
        &sent,
        "the parameter `x-amz-acl` is not covered by a signature of version 2",
    );
    // So would a name with a colon or a line break.
    for name in [
        "x-amz-acl%3Aprivate%0Ax-amz-meta-a",
        "x-amz-acl:private%0Ax-amz-meta-a",
    ] {
        let sent = link(&format!("/b/k?{name}=b"), text);
        check(
            &sent,
            "the parameter `x-amz-acl:private\\nx-amz-meta-a` is not covered by a signature of version 2",
        );
    }
    // In header signing a parameter is a parameter.
    let sent = signed(
        "/b?x-amz-acl=private",
        &[("date", DATE)],
        &format!("PUT\n\n\n{DATE}\n/b"),
    );
    check(&sent, "");
}

#[test]
fn parameters_that_change_what_is_asked() {
    for name in [
        "retention",
        "legal-hold",
        "%65ncryption",
        "attributes",
        "session",
    ] {
        let shown = name.replace("%65", "e");
        let expect = format!("the parameter `{shown}` is not covered by a signature of version 2");
        check(&photo().edit_query("AWS", &format!("{name}&AWS")), &expect);
    }
    let sent = signed(
        "/b?encryption",
        &[("date", DATE)],
        &format!("PUT\n\n\n{DATE}\n/b"),
    );
    check(&sent, "");
    check(&photo().edit_query("AWS", "acl&AWS"), MISMATCH);
    check(&photo().edit_query("AWS", "%74agging=&AWS"), MISMATCH);
}

#[test]
fn what_is_said_of_a_mismatch() {
    let sent = link(
        "/b/k?Content-Type=image%2Fjpeg",
        "PUT\n\nimage/jpeg\n1175139920\n/b/k",
    );
    check(&sent.clone().header("content-type", "image/jpeg"), "");
    check(
        &sent,
        &format!("{MISMATCH}, which lacks the signed `content-type`"),
    );
    let Err(Refusal::Mismatch(mismatch)) = verify(&sent, &keys(), None, NOW) else {
        panic!("a mismatch")
    };
    assert_eq!(mismatch.access_key, "AKID");
    assert_eq!(mismatch.string_to_sign, "PUT\n\n\n1175139920\n/b/k");
    assert_eq!(
        mismatch.signature_provided,
        signature("PUT\n\nimage/jpeg\n1175139920\n/b/k")
    );
    assert_eq!(mismatch.signed_headers, ["content-md5", "content-type"]);
    assert!(mismatch.canonical_request.is_empty());
}

#[test]
fn what_is_said_of_a_request_that_holds() {
    let verified = verify(&photo(), &keys(), None, NOW).unwrap();
    assert_eq!((verified.presigned(), verified.signed_at()), (true, NOW));
    assert_eq!(verified.payload(), &ClaimedPayload::Unsigned);
    let verified = verify(&dated(), &keys(), None, NOW.plus_s(60)).unwrap();
    assert_eq!((verified.presigned(), verified.signed_at()), (false, NOW));
    let signed_headers: Vec<&str> = verified.signed_headers().collect();
    assert_eq!(signed_headers, ["content-md5", "content-type", "date"]);
}

#[test]
fn payload() {
    let sent = |value: &str| {
        link(
            "/b/k",
            &format!("PUT\n\n\n1175139920\nx-amz-content-sha256:{value}\n/b/k"),
        )
        .header("x-amz-content-sha256", value)
    };
    let hash = "00".repeat(32);
    let verified = verify(&sent(&hash), &keys(), None, NOW).unwrap();
    assert_eq!(verified.payload(), &ClaimedPayload::Sha256([0; 32]));
    check(&sent("UNSIGNED-PAYLOAD"), "");
    check(&sent("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "");
    for wrong in [
        "",
        "abc",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ] {
        let expect = format!(
            "the value of `x-amz-content-sha256` must be a hash, `UNSIGNED-PAYLOAD` or `STREAMING-…`, got `{wrong}`"
        );
        check(&sent(wrong), &expect);
    }
}

#[test]
fn bucket_in_the_host() {
    let text = "PUT\n\n\n1175139920\n/photos/k";
    let sent = link("/k", text);
    assert!(verify(&sent, &keys(), Some("photos"), NOW).is_ok());
    assert!(verify(&sent, &keys(), Some("photo"), NOW).is_err());
    assert!(verify(&sent, &keys(), None, NOW).is_err());
    // The slash that botocore adds is for path style alone.
    let sent = link("/k", "PUT\n\n\n1175139920\n/photos/k/");
    assert!(verify(&sent, &keys(), Some("photos"), NOW).is_err());
}

/// The string to sign has the token in it, so it is for the sender and not for a log.
#[test]
fn mismatches_show_no_secret() {
    let keys = keys().with_session_token("a-session-token");
    let sent = link(
        "/b/k?x-amz-security-token=a-session-token",
        "something else",
    );
    let refusal = verify(&sent, &keys, None, NOW).unwrap_err();
    let Refusal::Mismatch(mismatch) = &refusal else {
        panic!("a mismatch")
    };
    assert!(mismatch.string_to_sign.contains("a-session-token"));
    let provided = signature("something else");
    for shown in [format!("{refusal:?}"), refusal.to_string()] {
        for secret in ["a-session-token", "secret", &provided] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
