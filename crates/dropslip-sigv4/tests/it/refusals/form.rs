//! The form of a claim: parameters, the `Authorization` header and its elements.

use super::*;

#[test]
fn method_and_repeats() {
    check(
        &Sent {
            method: "PUT\n/other".to_owned(),
            ..signed()
        },
        "the method must be an HTTP token, got `PUT\\n/other`",
    );
    check(
        &Sent {
            method: String::new(),
            ..signed()
        },
        "the method must be an HTTP token, got ``",
    );
    check(
        &presigned().edit_query("a=1", "x-amz-date=1"),
        "`x-amz-date` is there twice",
    );
    check(
        &presigned().edit_query("a=1", "X-Amz-Signature=1"),
        "`x-amz-signature` is there twice",
    );
    check(
        &presigned().edit_query("a=1", "x-amz-acl=private&x-amz-acl=private"),
        "`x-amz-acl` is there twice",
    );
    check(
        &signed().header("host", "localhost:7601"),
        "`host` is there twice",
    );
    check(
        &signed().header("Authorization", "AWS a:b"),
        "`authorization` is there twice",
    );
    check(
        &signed().header("x-amz-date", DATE),
        "`x-amz-date` is there twice",
    );
    check(
        &signed().header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        "`x-amz-content-sha256` is there twice",
    );
}

#[test]
fn presigned_query_lacks_a_parameter() {
    for name in [
        "Algorithm",
        "Credential",
        "Date",
        "Expires",
        "SignedHeaders",
        "Signature",
    ] {
        let sent = presigned().edit_query(&format!("X-Amz-{name}="), "b=");
        check(&sent, &format!("the query has no `X-Amz-{name}`"));
    }
    // Names are compared letter by letter.
    check(
        &presigned().edit_query("X-Amz-Date=", "x-amz-date="),
        "the query has no `X-Amz-Date`",
    );
}

#[test]
fn malformed_authorization() {
    let check_header = |value: &str, got: &str| {
        let sent = signed()
            .without_header(AUTHORIZATION)
            .header(AUTHORIZATION, value);
        check(&sent, got);
    };
    let must_have = "the `Authorization` header must have";
    let algorithm = "the algorithm must be `AWS4-HMAC-SHA256`, got";
    check_header("", &format!("{algorithm} ``"));
    check_header("Bearer abc", &format!("{algorithm} `Bearer`"));
    check_header(
        "AWS4-ECDSA-P256-SHA256 Credential=a",
        &format!("{algorithm} `AWS4-ECDSA-P256-SHA256`"),
    );
    check_header(
        "aws4-hmac-sha256 Credential=a",
        &format!("{algorithm} `aws4-hmac-sha256`"),
    );
    check_header(
        "AWS4-HMAC-SHA256",
        &format!("{must_have} `name=value` elements, got ``"),
    );
    check_header(
        "AWS4-HMAC-SHA256 Credential",
        &format!("{must_have} `name=value` elements, got `Credential`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 Credential=a,",
        &format!("{must_have} `name=value` elements, got ``"),
    );
    let known = "`Credential`, `SignedHeaders` and `Signature`";
    check_header(
        "AWS4-HMAC-SHA256 Credential=a, Date=b",
        &format!("{must_have} {known}, got `Date`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 credential=a",
        &format!("{must_have} {known}, got `credential`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 Signature=a, Signature=a",
        &format!("{must_have} each element once, got `Signature`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 SignedHeaders=a, Signature=b",
        &format!("{must_have} `Credential`, got `none`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 Credential=a, Signature=b",
        &format!("{must_have} `SignedHeaders`, got `none`"),
    );
    check_header(
        "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b",
        &format!("{must_have} `Signature`, got `none`"),
    );
    let sent = signed()
        .without_header(AUTHORIZATION)
        .header(AUTHORIZATION, b"AWS4-HMAC-SHA256 \xff");
    check(
        &sent,
        &format!("{must_have} text, got `bytes that are not UTF-8`"),
    );
}

#[test]
fn authorization_without_spaces_and_in_another_order_is_read() {
    check(&signed().edit_header(AUTHORIZATION, ", ", ","), "");
    let text = String::from_utf8(signed().headers.pop().unwrap().1).unwrap();
    let (algorithm, elements) = text.split_once(' ').unwrap();
    let elements: Vec<&str> = elements.split(", ").collect();
    let reversed = format!(
        "{algorithm} {}, {}, {}",
        elements[2], elements[1], elements[0]
    );
    check(
        &signed()
            .without_header(AUTHORIZATION)
            .header(AUTHORIZATION, reversed),
        "",
    );
}

#[test]
fn algorithm_in_the_query() {
    let sent = presigned().edit_query("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1");
    check(
        &sent,
        "the algorithm must be `AWS4-HMAC-SHA256`, got `AWS4-HMAC-SHA1`",
    );
}

#[test]
fn credential() {
    let must_be = "the credential must be `ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`, got";
    let part = "AKID%2F20130524%2Fus-east-1%2Fs3%2Faws4_request";
    check(&presigned().edit_query(part, ""), &format!("{must_be} ``"));
    check(
        &presigned().edit_query(part, "AKID"),
        &format!("{must_be} `AKID`"),
    );
    check(
        &presigned().edit_query("AKID%2F", ""),
        &format!("{must_be} `20130524/us-east-1/s3/aws4_request`"),
    );
    check(
        &presigned().edit_query("AKID%2F", "%2F"),
        &format!("{must_be} `/20130524/us-east-1/s3/aws4_request`"),
    );
    check(
        &signed().edit_header(AUTHORIZATION, "/s3/", "//"),
        &format!("{must_be} `AKID/20130524/us-east-1//aws4_request`"),
    );
    let end = "the end of the credential must be `aws4_request`, got";
    check(
        &presigned().edit_query("aws4_request", "aws4"),
        &format!("{end} `aws4`"),
    );
    check(
        &signed().edit_header(AUTHORIZATION, "aws4_request", "AWS4_REQUEST"),
        &format!("{end} `AWS4_REQUEST`"),
    );
}

#[test]
fn expires() {
    for got in [
        "0",
        "604801",
        "4294967296",
        "-1",
        "%2B300",
        "3e2",
        "",
        "300s",
        "%20300",
    ] {
        let sent = presigned().edit_query("X-Amz-Expires=300", &format!("X-Amz-Expires={got}"));
        let got = got.replace("%2B", "+").replace("%20", " ");
        check(
            &sent,
            &format!("`X-Amz-Expires` must be 1 to 604800 seconds, got `{got}`"),
        );
    }
    check(
        &presigned().edit_query("X-Amz-Expires=300", "X-Amz-Expires=604800"),
        MISMATCH,
    );
    check(
        &presigned().edit_query("X-Amz-Expires=300", "X-Amz-Expires=0300"),
        MISMATCH,
    );
}

#[test]
fn signature() {
    let must_be = "the signature must be 64 lower-case hexadecimal digits, got";
    let sent = presigned();
    let (_, signature) = sent.query.split_once("X-Amz-Signature=").unwrap();
    let upper = signature.to_ascii_uppercase();
    for got in [
        "",
        "abc",
        &upper,
        &signature[1..],
        &format!("{signature}0"),
        &"g".repeat(64),
    ] {
        check(
            &sent.clone().edit_query(signature, got),
            &format!("{must_be} {} bytes that are not", got.len()),
        );
    }
    check(
        &sent.clone().edit_query(signature, &"0".repeat(64)),
        MISMATCH,
    );
    check(
        &signed().edit_header(AUTHORIZATION, "Signature=", "Signature=0"),
        &format!("{must_be} 65 bytes that are not"),
    );
}
