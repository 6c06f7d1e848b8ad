//! Form, time and holder: what is wrong before the signature itself is looked at.

use dropslip_sigv4::Timestamp;

use super::{DATE, MISMATCH, NOW, check, dated, keys, link, photo, said, signature, signed};
use crate::support::Sent;

#[test]
fn both_hold_as_they_are() {
    check(&photo(), "");
    check(&dated(), "");
}

#[test]
fn where_the_signature_is() {
    check(&Sent::new("GET", "/"), "the request is not signed");
    check(
        &Sent::new("GET", "/?Signature=x"),
        "the request is not signed",
    );
    let twice = "the request is signed in the `Authorization` header and in the query";
    check(&photo().header("authorization", "AWS AKID:x"), twice);
    let sent = dated();
    check(
        &Sent {
            query: "X-Amz-Signature=0".to_owned(),
            ..sent.clone()
        },
        twice,
    );
    check(
        &Sent {
            query: "awsaccesskeyid".to_owned(),
            ..sent
        },
        twice,
    );
    check(&photo().edit_query("AWS", "x-amz-algorithm&AWS"), twice);
    let v4 = Sent::new("GET", "/?X-Amz-Signature=0");
    check(&v4, "the query has no `AWSAccessKeyId`");
    check(
        &photo().edit_query("AWSAccessKeyId", "AWSaccessKeyId"),
        "the query has no `AWSAccessKeyId`",
    );
    check(
        &photo().edit_query("Expires", "expires"),
        "the query has no `Expires`",
    );
    check(
        &photo().edit_query("Signature=", "Signatur="),
        "the query has no `Signature`",
    );
    check(
        &photo().edit_query("AWS", "Expires=1&AWS"),
        "`expires` is there twice",
    );
    check(
        &photo().edit_query("AWS", "AWSAccessKeyId=&AWS"),
        "`awsaccesskeyid` is there twice",
    );
}

#[test]
fn form_of_the_header() {
    let must_have = "the `Authorization` header must have `AWS ACCESS-KEY:SIGNATURE`, got";
    for got in [
        "",
        "AWS",
        "AWS AKID",
        "AWS :x",
        "aws AKID:x",
        "AWS4-HMAC-SHA256 a:b",
        "Bearer a:b",
    ] {
        let sent = dated()
            .without_header("authorization")
            .header("authorization", got);
        check(&sent, &format!("{must_have} `{got}`"));
    }
    let sent = dated()
        .without_header("authorization")
        .header("authorization", b"AWS \xff");
    check(&sent, &format!("{must_have} `bytes that are not UTF-8`"));
    // The access key may have colons, and white space around does not matter.
    let text = format!("PUT\n\n\n{DATE}\n/b");
    let sent = signed("/b", &[("date", DATE)], &text).edit_header("authorization", "AKID", "  a:b");
    check(&sent, "the access key `a:b` is not known");
}

#[test]
fn form_of_the_signature() {
    let must_be = "the signature must be the base64 of 20 bytes, got";
    for got in [
        "",
        "x",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODk",
        "MDEyMzQ1Njc4OTAxMjM0NTY3OA==",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkw",
    ] {
        let sent = dated()
            .without_header("authorization")
            .header("authorization", format!("AWS AKID:{got}"));
        check(
            &sent,
            &format!("{must_be} {} bytes that are not", got.len()),
        );
        let (start, _) = photo()
            .query
            .split_once("Signature=")
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        let sent = Sent {
            query: format!("{start}Signature={got}"),
            ..photo()
        };
        check(
            &sent,
            &format!("{must_be} {} bytes that are not", got.len()),
        );
    }
    // The last digit has bits that mean nothing: no second spelling is taken.
    let right = signature(&format!("PUT\n\n\n{DATE}\n/b/photo.jpg"));
    let digit = &right[26..27];
    let other = char::from(digit.as_bytes()[0] + 1).to_string();
    let spelled = format!("{}{other}=", &right[..26]);
    check(
        &dated().edit_header("authorization", &right, &spelled),
        &format!("{must_be} 28 bytes that are not"),
    );
    // A `+` that was not escaped is a space when it arrives.
    let text = (0..)
        .map(|n| format!("PUT\n\n\n1175139920\n/b/{n}"))
        .find(|text| signature(text).contains('+'))
        .unwrap();
    let plus = link(text.rsplit_once('\n').unwrap().1, &text);
    check(&plus, "");
    check(
        &plus.edit_query("%2B", "+"),
        &format!("{must_be} 28 bytes that are not"),
    );
}

#[test]
fn time_of_a_link() {
    let at = |now| said(&photo(), &keys(), now);
    assert_eq!(at(NOW.plus_s(300)), "");
    assert_eq!(
        at(NOW.plus_s(301)),
        "the request expired at `20070329T034520Z`, it is `20070329T034521Z`"
    );
    // No longest life, and no time of signing.
    assert_eq!(at(Timestamp::from_unix_s(0)), "");
    for got in [
        "",
        "-1",
        "%2B1175139920",
        "1175139920.0",
        "20070329T034020Z",
        "99999999999999999999",
    ] {
        let shown = got.replace("%2B", "+");
        let expect = format!(
            "the parameter `Expires` must be seconds since 1970 as `1175139620`, got `{shown}`"
        );
        check(&photo().edit_query("1175139920", got), &expect);
    }
    check(&photo().edit_query("1175139920", "1175139921"), MISMATCH);
    check(&photo().edit_query("1175139920", "01175139920"), MISMATCH);
    // `Date` and `x-amz-date` have no say in a link.
    check(
        &photo()
            .header("date", "never")
            .header("x-amz-date", "never"),
        "",
    );
}

#[test]
fn time_of_a_request() {
    let at = |now| said(&dated(), &keys(), now);
    assert_eq!(at(NOW.plus_s(900)), "");
    assert_eq!(at(Timestamp::from_unix_s(NOW.unix_s() - 900)), "");
    let skewed = "the request was signed at `20070329T034020Z`, more than 900 seconds from now, ";
    assert_eq!(at(NOW.plus_s(901)), format!("{skewed}`20070329T035521Z`"));
    assert_eq!(
        at(Timestamp::from_unix_s(NOW.unix_s() - 901)),
        format!("{skewed}`20070329T032519Z`")
    );
    check(
        &dated().without_header("date"),
        "neither `x-amz-date` nor `date` is there",
    );
}

#[test]
fn forms_of_a_date() {
    let date = |date: &str| signed("/b", &[("Date", date)], &format!("PUT\n\n\n{date}\n/b"));
    let amz = |date: &str| {
        signed(
            "/b",
            &[("X-Amz-Date", date), ("Date", "never")],
            &format!("PUT\n\n\n\nx-amz-date:{date}\n/b"),
        )
    };
    for right in [
        DATE,
        "Thu, 29 Mar 2007 03:40:20 +0000",
        "Thu, 29 Mar 2007 03:40:20 UTC",
        "Thu, 29 Mar 2007 05:40:20 +0200",
        "Wed, 28 Mar 2007 22:10:20 -0530",
        "Fri, 29 Mar 2007 03:40:20 GMT",
        "20070329T034020Z",
    ] {
        check(&date(right), "");
        check(&amz(right), "");
    }
    for wrong in [
        "",
        "Thu, 29 Mar 2007 03:40:20",
        "Xyz, 29 Mar 2007 03:40:20 GMT",
        "29 Mar 2007 03:40:20 GMT",
        "Thu, 29 Mar 2007 03:40:20 CET",
        "Thu, 29 Mar 2007 03:40:20 +2400",
        "Thu, 29 Mar 2007 03:40:20 +0060",
        "Thu, 29 Mar 2007 03:40:20 +00:00",
        "Thu, 29 Mar 2007 03:40:20 0000",
        "1175139620",
        "2007-03-29T03:40:20Z",
    ] {
        let http = format!(
            "the header `date` must be of the form `Fri, 24 May 2013 00:00:00 GMT`, got `{wrong}`"
        );
        check(&date(wrong), &http);
        check(
            &amz(wrong),
            &format!("`x-amz-date` must be of the form `20130524T000000Z`, got `{wrong}`"),
        );
    }
    let other = "Thu, 29 Mar 2007 04:40:20 GMT";
    assert!(
        said(&date(other), &keys(), NOW)
            .starts_with("the request was signed at `20070329T044020Z`")
    );
}

#[test]
fn what_is_there_twice() {
    check(&dated().header("date", DATE), "`date` is there twice");
    check(
        &dated().header("authorization", "AWS a:b"),
        "`authorization` is there twice",
    );
    for name in [
        "content-type",
        "content-md5",
        "x-amz-security-token",
        "host",
    ] {
        check(
            &photo().header(name, "a").header(name, "a"),
            &format!("`{name}` is there twice"),
        );
    }
    check(
        &Sent {
            method: "PU T".to_owned(),
            ..photo()
        },
        "the method must be an HTTP token, got `PU T`",
    );
    check(
        &Sent {
            path: "/".repeat(8193),
            ..photo()
        },
        "the request has 8193 path bytes, at most 8192 are taken",
    );
}

#[test]
fn holder() {
    check(
        &photo().edit_query("=AKID", "=AKIE"),
        "the access key `AKIE` is not known",
    );
    let token = keys().with_session_token("a/token+=");
    let said = |sent: &Sent| said(sent, &token, NOW);
    assert_eq!(said(&photo()), "the session token is missing");
    let text = "PUT\n\n\n1175139920\nx-amz-security-token:a/token+=\n/b";
    let query = link("/b?x-amz-security-token=a%2Ftoken%2B%3D", text);
    let header = link("/b", text).header("X-Amz-Security-Token", "a/token+=");
    assert_eq!(
        (said(&query), said(&header)),
        (String::new(), String::new())
    );
    check(
        &query,
        "there is a session token and the access key has none",
    );
    assert_eq!(
        said(&query.clone().edit_query("%2B", "%2C")),
        "the session token is not that of the access key"
    );
    let both = query.header("x-amz-security-token", "another");
    assert_eq!(said(&both), "`x-amz-security-token` is there twice");
}
