//! What is said to people whose form is not allowed.

use dropslip_s3::policy::Policy;

use super::{allowed, at, bucket, form, named, policy};

/// Conditions beside that on the bucket, and the fields of a form that does not meet them.
#[track_caller]
fn check(conditions: &str, fields: &[(&str, &str)], expect: &str) {
    let error = allowed(conditions, fields).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some(expect), "{error}");
}

#[test]
fn conditions() {
    check(
        r#"{"key": "a"}, {"Content-Type": "image/png"}"#,
        &[("key", "a"), ("content-type", "image/\"jpeg\"")],
        r#"the form says `image/\"jpeg\"` for `Content-Type`"#,
    );
    check(
        r#"{"key": "a"}, ["starts-with", "$Content-Type", ""]"#,
        &[("key", "a")],
        "the form has no field `Content-Type`; send one, before the file, even where any value will do",
    );
    check(
        r#"{"key": "a/${filename}"}"#,
        &[("key", "a/${filename}")],
        r#"`${filename}` is replaced before conditions are looked at; sign `["starts-with", "$key", …]` with the text before it"#,
    );
    check(
        r#"["eq", "key", "a"]"#,
        &[("key", "a")],
        "no form can meet this condition: a field's name begins with `$`, and a size is a whole number",
    );
    check(
        r#"{"key": "a"}"#,
        &[("key", "a"), ("Acl", "private"), ("b", "")],
        r#"a condition must be about each field; sign `["starts-with", "$Acl", ""]` for any value, or leave the field out"#,
    );
    check(
        "",
        &[("acl", "private")],
        "put `key` before the file: fields after it are not read",
    );
    check(
        r#"{"key": "a"}, {"x-amz-security-token": "ONE"}"#,
        &[("key", "a"), ("x-amz-security-token", "TWO")],
        "the form says `…` for `x-amz-security-token`",
    );
}

#[test]
fn the_bucket() {
    let hint = |conditions: &str, fields: &[(&str, &str)], here: &str| {
        let policy = policy(conditions).unwrap();
        let error = policy.check(form(fields), &bucket(here), at("20130524T000000Z"));
        error.unwrap_err().hint().unwrap()
    };
    let both = r#"[{"bucket": "uploads"}, {"key": "a"}]"#;
    assert_eq!(
        hint(both, &[("key", "a")], "other"),
        "the form went to the bucket `other`, or names it"
    );
    assert_eq!(
        hint(both, &[("key", "a"), ("bucket", "other")], "uploads"),
        "the form went to the bucket `other`, or names it"
    );
    assert_eq!(
        hint(r#"[{"key": "a"}]"#, &[("key", "a")], "uploads"),
        r#"a policy names its bucket; sign `{"bucket": …}`"#
    );
    let policy = policy(both).unwrap();
    let late = policy.check(
        form(&[("key", "a")]),
        &bucket("uploads"),
        at("20130525T000000Z"),
    );
    assert_eq!(
        late.unwrap_err().hint().unwrap(),
        "the policy held until `20130524T120000Z`, it is `20130525T000000Z`; sign a new one"
    );
}

#[test]
fn sizes() {
    let permit = allowed(
        r#"{"key": "a"}, ["content-length-range", 5, 10]"#,
        &[("key", "a")],
    );
    let permit = permit.unwrap();
    assert_eq!(
        permit.check_size(4).unwrap_err().hint().unwrap(),
        "the file has 4 bytes, the policy takes 5 at least"
    );
    assert_eq!(
        permit.check_size_so_far(11).unwrap_err().hint().unwrap(),
        "the file has more than the 10 bytes that the policy takes"
    );
    let long = "a".repeat(30_000);
    let error = named(&[("key", "a"), ("image", &long)], None).unwrap_err();
    assert!(error.hint().unwrap().contains("must be called `file`"));
}

#[test]
fn documents() {
    let hint = |json: &str| Policy::parse_json(json).unwrap_err().hint();
    let start = r#"{"expiration": "2013-05-24T12:00:00Z", "conditions": "#;
    assert!(hint("{,}").unwrap().contains("double quotes"));
    assert!(
        hint(r#"{"CONDITIONS": []}"#)
            .unwrap()
            .contains("in lower case")
    );
    assert!(hint("{}").unwrap().contains("in UTC"));
    assert!(
        hint(r#"{"expiration": "soon", "conditions": []}"#)
            .unwrap()
            .contains("in UTC")
    );
    let number = format!(r#"{start}[{{"success_action_status": 201}}]}}"#);
    assert!(hint(&number).unwrap().contains(r#"`"201"`"#));
    // The message says it all.
    assert_eq!(hint(&format!("{start}[{{}}]}}")), None);
    assert_eq!(hint(&format!("{start}{{}}}}")), None);
    let base64 = Policy::parse_base64("%").unwrap_err();
    assert!(base64.hint().unwrap().contains("base64 text"));
}

#[test]
fn long_values_are_cut() {
    let long = "a".repeat(15_000);
    let error = allowed(r#"{"key": "a"}"#, &[("key", &long[..1000])]).unwrap_err();
    assert!(error.hint().unwrap().len() < 600);
    assert!(format!("{error:?}").len() < 800);
}
