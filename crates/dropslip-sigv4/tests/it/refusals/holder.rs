//! Who signed, when, and for where.

use super::*;

#[test]
fn credential_scope() {
    let date = "the date of the credential must be `20130524`, got";
    check(
        &presigned().edit_query("%2F20130524%2F", "%2F20130525%2F"),
        &format!("{date} `20130525`"),
    );
    check(
        &signed().edit_header(AUTHORIZATION, "/20130524/", "/2013-05-24/"),
        &format!("{date} `2013-05-24`"),
    );
    let region = "the region must be `us-east-1`, got";
    check(
        &presigned().edit_query("us-east-1", "eu-west-3"),
        &format!("{region} `eu-west-3`"),
    );
    check(
        &signed().edit_header(AUTHORIZATION, "us-east-1", "US-EAST-1"),
        &format!("{region} `US-EAST-1`"),
    );
    check(
        &presigned().edit_query("%2Fs3%2F", "%2Fec2%2F"),
        "the service must be `s3`, got `ec2`",
    );
}

#[test]
fn date() {
    let iso = "must be of the form `20130524T000000Z`, got";
    check(
        &presigned().edit_query(DATE, "2013-05-24T00:00:00Z"),
        &format!("`X-Amz-Date` {iso} `2013-05-24T00:00:00Z`"),
    );
    check(
        &presigned().edit_query(DATE, "20130230T000000Z"),
        &format!("`X-Amz-Date` {iso} `20130230T000000Z`"),
    );
    check(
        &signed().edit_header("x-amz-date", DATE, "20130524"),
        &format!("`x-amz-date` {iso} `20130524`"),
    );
    check(
        &signed().edit_header("x-amz-date", DATE, "20130524T000001Z"),
        MISMATCH,
    );
    check(
        &signed().without_header("x-amz-date"),
        "neither `x-amz-date` nor `date` is there",
    );
    let wrong = "2013-05-24T00:00:00Z";
    let date = signed().without_header("x-amz-date").header("date", wrong);
    let http = "the header `date` must be of the form `Fri, 24 May 2013 00:00:00 GMT`, got";
    check(&date, &format!("{http} `{wrong}`"));
}

#[test]
fn date_header_stands_in() {
    let sent = request().header("Date", "Fri, 24 May 2013 00:00:00 GMT");
    let sent = sent
        .signed(&signer(), &Payload::Unsigned, at(DATE))
        .without_header("x-amz-date");
    check(
        &sent,
        "the signature does not match the request, which lacks the signed `x-amz-date`",
    );
    let sent = sent.edit_header(AUTHORIZATION, ";x-amz-date", "");
    check(&sent, MISMATCH);
    let sent = signed_again(&sent);
    check(&sent, "");
    let expect = "the header `date` must be of the form `Fri, 24 May 2013 00:00:00 GMT`, got";
    // The last is botocore's, the one before that of AWS's general documentation.
    for right in [
        "Mon, 24 May 2013 00:00:00 GMT",
        DATE,
        "Fri, 24 May 2013 00:00:00 -0000",
    ] {
        let sent = sent.clone().without_header("date").header("date", right);
        check(&signed_again(&sent), "");
    }
    for wrong in ["", "Fri, 24 May 2013", "Fri, 31 Jun 2013 00:00:00 GMT"] {
        let sent = sent.clone().without_header("date").header("date", wrong);
        check(&sent, &format!("{expect} `{wrong}`"));
    }
    check(&sent.edit_header("date", "00:00:00", "00:00:01"), MISMATCH);
}

#[test]
fn time() {
    let check_at =
        |sent: Sent, now: &str, expect: &str| check_text(verify_at(&sent, at(now)), expect);
    check_at(presigned(), "20130524T000500Z", "");
    check_at(
        presigned(),
        "20130524T000501Z",
        "the request expired at `20130524T000500Z`, it is `20130524T000501Z`",
    );
    check_at(presigned(), "20130523T234500Z", "");
    check_at(
        presigned(),
        "20130523T234459Z",
        "the request was signed for `20130524T000000Z`, it is `20130523T234459Z`, so it does not hold yet",
    );
    check_at(signed(), "20130524T001500Z", "");
    check_at(signed(), "20130523T234500Z", "");
    for now in ["20130524T001501Z", "20130523T234459Z"] {
        let skewed =
            "the request was signed at `20130524T000000Z`, more than 900 seconds from now,";
        check_at(signed(), now, &format!("{skewed} `{now}`"));
    }
}

#[test]
fn access_key() {
    check(
        &presigned().edit_query("AKID", "akid"),
        "the access key `akid` is not known",
    );
    check(
        &signed().edit_header(AUTHORIZATION, "AKID", "a/b"),
        "the access key `a/b` is not known",
    );
    check_text(
        verify_with(&presigned(), &Credentials::new("AKID", "other"), at(DATE)),
        MISMATCH,
    );
    check_text(
        verify_with(
            &signed(),
            &Credentials::new("AKID", "wJalrXUtnFEMI "),
            at(DATE),
        ),
        MISMATCH,
    );
}

/// An access key is asked for only when nothing else is wrong.
#[test]
fn lookup_comes_last() {
    let sent = presigned().edit_query("us-east-1", "eu-west-3");
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: at(DATE),
    };
    let lookup = |_: &str| -> Option<Credentials> { panic!("not asked") };
    assert!(matches!(
        sent.with(|request| verify(request, &expected, lookup)),
        Err(Refusal::Region { .. })
    ));
}

#[test]
fn session_token() {
    let temporary = || Signer::new(with_token(), "us-east-1", "s3");
    let both = [
        request().presigned(&temporary(), 300, at(DATE)),
        request().signed(&temporary(), &Payload::Unsigned, at(DATE)),
    ];
    for sent in both {
        check_text(verify_with(&sent, &with_token(), at(DATE)), "");
        check_text(
            verify_with(&sent, &keys(), at(DATE)),
            "there is a session token and the access key has none",
        );
        let other = keys().with_session_token("a/session+tokem");
        check_text(
            verify_with(&sent, &other, at(DATE)),
            "the session token is not that of the access key",
        );
    }
    for sent in [presigned(), signed()] {
        check_text(
            verify_with(&sent, &with_token(), at(DATE)),
            "the session token is missing",
        );
    }
    let unsigned = "the header `x-amz-security-token` is not signed";
    check_text(
        verify_with(
            &signed().header("x-amz-security-token", TOKEN),
            &with_token(),
            at(DATE),
        ),
        unsigned,
    );
    check_text(
        verify_with(
            &presigned().header("x-amz-security-token", TOKEN),
            &with_token(),
            at(DATE),
        ),
        unsigned,
    );
    // Two tokens: the text does not show either.
    let two = request()
        .presigned(&temporary(), 300, at(DATE))
        .header("x-amz-security-token", "other");
    check_text(
        verify_with(&two, &with_token(), at(DATE)),
        "`x-amz-security-token` is there twice",
    );
}

#[test]
fn appended_session_token() {
    let mut dialect = Dialect::s3();
    dialect.session_token = TokenRule::Appended;
    let signer = Signer::new(with_token(), "us-east-1", "s3").with_dialect(dialect.clone());
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: at(DATE),
    };
    let forms = [
        request().presigned(&signer, 300, at(DATE)),
        request().signed(&signer, &Payload::Unsigned, at(DATE)),
    ];
    for sent in forms {
        sent.verify(&with_token(), &dialect, &expected).unwrap();
        assert!(
            sent.verify(&with_token(), &Dialect::s3(), &expected)
                .is_err(),
            "it is not part of what was signed"
        );
        let other = keys().with_session_token("other");
        assert_eq!(
            sent.verify(&other, &dialect, &expected).map(drop),
            Err(Refusal::TokenDifferent)
        );
    }
}

/// A token in the query of a header-signed request is a parameter like any other.
#[test]
fn appended_session_token_in_the_other_place() {
    let mut dialect = Dialect::s3();
    dialect.session_token = TokenRule::Appended;
    let signer = Signer::new(with_token(), "us-east-1", "s3").with_dialect(dialect.clone());
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now: at(DATE),
    };
    let sent = request().signed(&signer, &Payload::Unsigned, at(DATE));
    sent.verify(&with_token(), &dialect, &expected).unwrap();
    let more = sent.edit_query("a=1", "a=1&X-Amz-Security-Token=b");
    let refused = more.verify(&with_token(), &dialect, &expected).unwrap_err();
    assert!(matches!(refused, Refusal::Mismatch(_)));
}
