//! Times: what is read, what is written, and what is neither.

use dropslip_sigv4::Timestamp;
use proptest::prelude::*;

fn check_basic(text: &str, expect: Option<i64>) {
    let got = Timestamp::parse_basic(text).ok().map(Timestamp::unix_s);
    assert_eq!(got, expect, "{text}");
    if expect.is_some() {
        assert_eq!(Timestamp::parse_basic(text).unwrap().to_string(), text);
    }
}

#[test]
fn basic_form() {
    check_basic("19700101T000000Z", Some(0));
    check_basic("20130524T000000Z", Some(1_369_353_600));
    check_basic("20000229T235959Z", Some(951_868_799));
    check_basic("20240229T120000Z", Some(1_709_208_000));
    check_basic("19691231T235959Z", Some(-1));
    check_basic("00000101T000000Z", Some(-62_167_219_200));
    check_basic("99991231T235959Z", Some(253_402_300_799));
    for wrong in [
        "",
        "20130524",
        "20130524T000000",
        "20130524t000000Z",
        "20130524T000000z",
        "20130524 000000Z",
        "2013-05-24T00:00:00Z",
        "20130524T000000Z ",
        "+0130524T000000Z",
        "2013052AT000000Z",
        "20130024T000000Z",
        "20131324T000000Z",
        "20130500T000000Z",
        "20130431T000000Z",
        "20130229T000000Z",
        "19000229T000000Z",
        "20130524T240000Z",
        "20130524T006000Z",
        "20130524T000060Z",
        "２0130524T0000Z",
    ] {
        check_basic(wrong, None);
    }
}

#[test]
fn http_form() {
    let parse = |text: &str| {
        Timestamp::parse_http(text)
            .ok()
            .map(|time| time.to_string())
    };
    assert_eq!(
        parse("Fri, 24 May 2013 00:00:00 GMT").as_deref(),
        Some("20130524T000000Z")
    );
    assert_eq!(
        parse("Sun, 06 Nov 1994 08:49:37 GMT").as_deref(),
        Some("19941106T084937Z")
    );
    assert_eq!(
        parse("Wed, 31 Dec 1969 23:59:59 GMT").as_deref(),
        Some("19691231T235959Z")
    );
    for wrong in [
        "",
        "Fri, 24 May 2013 00:00:00",
        "Fri, 24 May 2013 00:00:00 UTC",
        "Thu, 24 May 2013 00:00:00 GMT",
        "fri, 24 May 2013 00:00:00 GMT",
        "Fri, 24 may 2013 00:00:00 GMT",
        "Fri, 31 Apr 2013 00:00:00 GMT",
        "Fri, 24 May 2013 24:00:00 GMT",
        "Fri, 24 May 2013 00-00-00 GMT",
        "Fri 24 May 2013 00:00:00 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "20130524T000000Z",
    ] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}

#[test]
fn error_names_the_text() {
    let error = Timestamp::parse_basic("yesterday").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`yesterday` is not a time in the form asked for"
    );
}

#[test]
fn ends() {
    assert_eq!(
        Timestamp::from_unix_s(i64::MAX).to_string(),
        "99991231T235959Z"
    );
    assert_eq!(
        Timestamp::from_unix_s(i64::MIN).to_string(),
        "00000101T000000Z"
    );
    assert_eq!(
        Timestamp::from_unix_s(i64::MAX)
            .plus_s(u32::MAX)
            .to_string(),
        "99991231T235959Z"
    );
    assert_eq!(
        Timestamp::from_unix_s(86_399).plus_s(1).date_stamp(),
        "19700102"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(unix_s in -62_167_219_200..=253_402_300_799_i64) {
        let time = Timestamp::from_unix_s(unix_s);
        prop_assert_eq!(time.unix_s(), unix_s);
        prop_assert_eq!(Timestamp::parse_basic(&time.to_string()).unwrap(), time);
        prop_assert_eq!(time.date_stamp(), time.to_string()[..8].to_owned());
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = Timestamp::parse_basic(&text);
        let _ = Timestamp::parse_http(&text);
    }
}
