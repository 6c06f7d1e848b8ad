//! Documents as they are written, rightly and wrongly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::Code;
use dropslip_s3::limits::{CONDITION_SHOWN_MAX, POLICY_BYTES_MAX, POLICY_CONDITIONS_MAX};
use dropslip_s3::policy::Policy;

use super::{at, policy};

/// The conditions as S3 names them.
#[track_caller]
fn check(conditions: &str, expect: &str) {
    let read = policy(conditions).unwrap();
    assert_eq!(format!("{:?}", read.conditions), expect);
    // What we write is read as the same.
    assert_eq!(Policy::parse_json(&read.to_json()).unwrap(), read);
    assert_eq!(Policy::parse_base64(&read.to_base64()).unwrap(), read);
}

#[track_caller]
fn check_wrong(conditions: &str, expect: &str) {
    let error = policy(conditions).unwrap_err();
    assert_eq!(error.to_string(), format!("Invalid Policy: {expect}"));
    assert_eq!(error.code(), Code::InvalidPolicyDocument);
}

#[track_caller]
fn check_wrong_document(json: &str, expect: &str) {
    let error = Policy::parse_json(json).unwrap_err();
    assert_eq!(error.to_string(), format!("Invalid Policy: {expect}"));
    assert_eq!(error.code(), Code::InvalidPolicyDocument);
}

#[test]
fn conditions_have_several_forms() {
    check("[]", "[]");
    check(
        r#"[{"acl": "public-read"}]"#,
        r#"[["eq", "$acl", "public-read"]]"#,
    );
    check(
        r#"[["eq", "$acl", "public-read"]]"#,
        r#"[["eq", "$acl", "public-read"]]"#,
    );
    check(
        r#"[["StArTs-WiTh", "$KeY", "user/"], ["EQ", "$a", ""]]"#,
        r#"[["starts-with", "$KeY", "user/"], ["eq", "$a", ""]]"#,
    );
    check(
        r#"[["content-length-range", 0, 18446744073709551615]]"#,
        r#"[["content-length-range", 0, 18446744073709551615]]"#,
    );
    check(
        r#"[["Content-Length-Range", "5", "10"]]"#,
        r#"[["content-length-range", 5, 10]]"#,
    );
    check(
        r#"[["eq", "$Content-Disposition", "filename=\"é\\.png\""]]"#,
        r#"[["eq", "$Content-Disposition", "filename=\"é\\.png\""]]"#,
    );
    // The escapes of S3's page, and those of JSON.
    check(
        r#"[["eq", "$key", "\$a\v\u0041\\$b\n"]]"#,
        r#"[["eq", "$key", "$a\u000bA\\$b\n"]]"#,
    );
}

#[test]
fn conditions_that_nothing_can_meet_are_read() {
    for text in [
        r#"["eq", "acl", "private"]"#,
        r#"["starts-with", "", ""]"#,
        r#"["content-length-range", "test", "10"]"#,
        r#"["content-length-range", "-1", "10"]"#,
        r#"["content-length-range", "1", "18446744073709551616"]"#,
    ] {
        check(&format!("[{text}]"), &format!("[{text}]"));
    }
}

#[test]
fn conditions_that_cannot_be_read_are_named() {
    let one =
        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.";
    check_wrong("[{}]", &format!("{one} (condition 1: {{}})"));
    check_wrong(
        r#"[{"acl": "a"}, {"acl": "private", "key": "a"}]"#,
        &format!(r#"{one} (condition 2: {{"acl": "private", "key": "a"}})"#),
    );
    // One name twice is two properties.
    check_wrong(
        r#"[{"acl": "private", "acl": "public-read"}]"#,
        &format!(r#"{one} (condition 1: {{"acl": "private", "acl": "public-read"}})"#),
    );
    for value in ["201", "null", "true", "1.5", "-1", "[]", r#"{"a": "b"}"#] {
        let condition = format!(r#"{{"success_action_status": {value}}}"#);
        check_wrong(
            &format!("[{condition}]"),
            &format!(
                "Invalid Simple-Condition: value must be a string. (condition 1: {condition})"
            ),
        );
    }
    let missing = "Invalid Condition: missing operation identifier.";
    check_wrong("[[]]", &format!("{missing} (condition 1: [])"));
    check_wrong(
        "[[1, 2, 3]]",
        &format!("{missing} (condition 1: [1, 2, 3])"),
    );
    check_wrong(
        r#"[["contains", "$acl", "a"]]"#,
        r#"Invalid Condition: unknown operation 'contains'. (condition 1: ["contains", "$acl", "a"])"#,
    );
    check_wrong(
        r#"[["eq", "$acl"]]"#,
        r#"Invalid eq: wrong number of arguments. (condition 1: ["eq", "$acl"])"#,
    );
    check_wrong(
        r#"[["Starts-With", "$acl", "a", "b"]]"#,
        r#"Invalid starts-with: wrong number of arguments. (condition 1: ["Starts-With", "$acl", "a", "b"])"#,
    );
    check_wrong(
        r#"[["eq", "$acl", ["a"]]]"#,
        r#"Invalid eq: value must be a string. (condition 1: ["eq", "$acl", ["a"]])"#,
    );
    for bounds in [
        "-1, 0",
        "0, 512.0",
        "null, 1",
        "[], 1",
        "0, 1e3",
        "0, 18446744073709551616",
    ] {
        let error = policy(&format!(r#"[["content-length-range", {bounds}]]"#)).unwrap_err();
        let what = "Invalid Policy: Invalid content-length-range: bounds must be whole numbers.";
        assert!(error.to_string().starts_with(what), "{error}");
    }
    check_wrong(
        r#"[["content-length-range", 0]]"#,
        r#"Invalid content-length-range: wrong number of arguments. (condition 1: ["content-length-range", 0])"#,
    );
    for other in ["\"acl\"", "1", "null", "false"] {
        check_wrong(
            &format!("[{other}]"),
            &format!("Invalid Condition: must be a List or Object. (condition 1: {other})"),
        );
    }
}

#[test]
fn documents_have_two_members() {
    check_wrong_document(r#"{"conditions": []}"#, "Policy missing expiration.");
    check_wrong_document(
        r#"{"expiration": "2013-05-24T12:00:00Z"}"#,
        "Policy missing conditions.",
    );
    for (name, value) in [
        ("EXPIRATION", "1"),
        ("Conditions", "[]"),
        ("Statement", "[]"),
        ("expiration", "1"),
        ("conditions", "[]"),
    ] {
        check_wrong_document(
            &format!(
                r#"{{"expiration": "2013-05-24T12:00:00Z", "conditions": [], "{name}": {value}}}"#
            ),
            &format!("Unexpected: '{name}'"),
        );
    }
    for conditions in ["{}", "null", r#""[]""#, r#"{"acl": "private"}"#] {
        check_wrong(conditions, "Invalid 'conditions' value: must be a List.");
    }
}

#[test]
fn what_is_no_json() {
    for json in [
        "",
        "[]",
        "null",
        "{",
        "\u{feff}{}",
        "{'expiration': ''}",
        r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": [],}"#,
        r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": [["eq", "$key", "a"],]}"#,
        r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": []} {}"#,
        r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": [["eq", "$key", "\x41"]]}"#,
        r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": [["eq", "$key", "\ud800"]]}"#,
        r#"{"expiration": "\"#,
    ] {
        check_wrong_document(json, "Invalid JSON.");
    }
}

#[test]
fn expirations_are_in_utc() {
    let check = |text: &str| {
        let json = format!(r#"{{"expiration": "{text}", "conditions": []}}"#);
        Policy::parse_json(&json).map(|policy| policy.expiration)
    };
    let noon = Ok(at("20130524T120000Z"));
    assert_eq!(check("2013-05-24T12:00:00Z"), noon);
    assert_eq!(check("2013-05-24T12:00:00.000Z"), noon);
    assert_eq!(check("2013-05-24T12:00:00.999999999Z"), noon);
    for wrong in [
        "",
        "tomorrow",
        "2013-05-24",
        "2013-05-24T12:00:00",
        "2013-05-24T12:00:00z",
        "2013-05-24 12:00:00Z",
        "2013-05-24T12:00:00 UTC",
        "2013-05-24T12:00:00+00:00",
        "2013-05-24T14:00:00+02:00",
        "2013-05-24T12:00:00.Z",
        "2013-05-24T12:00:00.0a0Z",
        "2013-05-24T12:00:00,000Z",
        "2013-02-30T12:00:00Z",
        "2013-05-24T24:00:00Z",
        "20130524T120000Z",
        "2013:05:24T12-00-00Z",
        "+013-05-24T12:00:00Z",
        "2013-05-24T12:00:0éZ",
    ] {
        let error = check(wrong).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("Invalid Policy: Invalid 'expiration' value: '{wrong}'")
        );
    }
    check_wrong_document(
        r#"{"expiration": 1369396800, "conditions": []}"#,
        "Invalid 'expiration' value: '1369396800'",
    );
}

#[test]
fn base64_may_be_wrapped_and_nothing_else() {
    let json = r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": [{"bucket": "uploads"}]}"#;
    let text = BASE64.encode(json);
    let read = Policy::parse_json(json).unwrap();
    assert_eq!(Policy::parse_base64(&text), Ok(read.clone()));
    for line_end in ["\n", "\r\n"] {
        let lines: Vec<&str> = [text.get(..60), text.get(60..)]
            .map(Option::unwrap)
            .to_vec();
        let wrapped = format!("{}{line_end}", lines.join(line_end));
        assert_eq!(Policy::parse_base64(&wrapped), Ok(read.clone()));
    }
    let padded = BASE64.encode("{}  ");
    for wrong in [
        json.to_owned(),
        "%%%".to_owned(),
        format!(" {text}"),
        text.replacen('e', "-", 1),
        padded.trim_end_matches('=').to_owned(),
        format!("{text}===="),
        "é".to_owned(),
    ] {
        let error = Policy::parse_base64(&wrong).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invalid Policy: invalid Base64 encoding.",
            "{wrong}"
        );
    }
    let not_utf8 = BASE64.encode(b"{\"expiration\": \"\xff\"}");
    for wrong in [String::new(), not_utf8] {
        let error = Policy::parse_base64(&wrong).unwrap_err();
        assert_eq!(error.to_string(), "Invalid Policy: Invalid JSON.");
    }
}

#[test]
fn documents_are_bounded() {
    let most = vec![r#"{"a":"b"}"#; POLICY_CONDITIONS_MAX].join(",");
    assert!(policy(&format!("[{most}]")).is_ok());
    check_wrong(
        &format!(r#"[{most},{{"a":"b"}}]"#),
        "it has 257 conditions, at most 256 are taken.",
    );

    let document = |bytes: usize| {
        let start = r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": []}"#;
        format!("{start}{}", " ".repeat(bytes - start.len()))
    };
    assert!(Policy::parse_json(&document(POLICY_BYTES_MAX)).is_ok());
    check_wrong_document(
        &document(POLICY_BYTES_MAX + 1),
        "it has 20481 bytes, at most 20480 are taken.",
    );
    assert!(Policy::parse_base64(&"A".repeat(POLICY_BYTES_MAX + 1)).is_err());

    let long = vec!["1e300"; 100].join(",");
    let error = policy(&format!("[[{long}]]")).unwrap_err().to_string();
    assert!(error.len() < CONDITION_SHOWN_MAX + 100, "{error}");

    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let depth = 3000;
        let deep = format!("[{}1{}]", open.repeat(depth), close.repeat(depth));
        check_wrong(&deep, "Invalid JSON.");
    }
}

#[test]
fn session_tokens_stay_out_of_messages() {
    for conditions in [
        r#"[["equals", "$x-amz-security-token", "TOKEN"]]"#,
        r#"[["eq", "$X-Amz-Security-Token", "TOKEN", 1]]"#,
        r#"[{"x-amz-security\u002dtoken": "TOKEN", "a": "b"}]"#,
    ] {
        let error = policy(conditions).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("TOKEN"), "{error}");
    }
    let read = policy(
        r#"[{"X-Amz-Security-Token": "TOKEN"}, ["starts-with", "$x-amz-security-token", "TOKEN"],
            ["eq", "x-amz-security-token", "TOKEN"]]"#,
    );
    let read = read.unwrap();
    assert!(!format!("{read:?}").contains("TOKEN"), "{read:?}");
    assert!(read.to_json().contains("TOKEN"));
}
