//! Forms held against conditions.

use dropslip_s3::Code;
use dropslip_s3::limits::{KEY_LEN_MAX, POST_FORM_BYTES_MAX, POST_FORM_FIELDS_MAX};
use dropslip_s3::policy::{Form, Policy, PolicyErrorKind};

use super::{allowed, at, bucket, form, named, policy};

const KEY: &str = r#"["starts-with", "$key", ""]"#;

/// The conditions beside those on bucket and key, the fields beside the key; an empty
/// text is for a form that is allowed.
#[track_caller]
fn check(conditions: &str, fields: &[(&str, &str)], expect: &str) {
    let fields: Vec<(&str, &str)> = [("key", "a")].iter().chain(fields).copied().collect();
    let separator = if conditions.is_empty() { "" } else { ", " };
    let got = allowed(&format!("{KEY}{separator}{conditions}"), &fields);
    match got {
        Ok(_) => assert_eq!(expect, ""),
        Err(error) => {
            assert_eq!(error.to_string(), expect);
            assert_eq!(error.code(), Code::AccessDenied);
        }
    }
}

fn failed(condition: &str) -> String {
    format!("Invalid according to Policy: Policy Condition failed: {condition}")
}

fn extra(names: &str) -> String {
    format!("Invalid according to Policy: Extra input fields: {names}")
}

#[test]
fn exact() {
    let condition = r#"["eq", "$acl", "public-read"]"#;
    for written in [
        condition,
        r#"{"acl": "public-read"}"#,
        r#"["EQ", "$acl", "public-read"]"#,
    ] {
        check(written, &[("acl", "public-read")], "");
        for other in [
            "private",
            "",
            "Public-Read",
            "public-read ",
            "public-read,private",
        ] {
            check(written, &[("acl", other)], &failed(condition));
        }
        check(written, &[], &failed(condition));
        check(
            written,
            &[("acl", "public-read"), ("acl", "public-read")],
            &failed(condition),
        );
    }
}

#[test]
fn starts_with() {
    let condition = r#"["starts-with", "$x-amz-meta-tag", "ab"]"#;
    check(condition, &[("x-amz-meta-tag", "ab")], "");
    check(condition, &[("x-amz-meta-tag", "abc,d")], "");
    for other in ["", "a", "AB", " ab", "c,ab"] {
        check(condition, &[("x-amz-meta-tag", other)], &failed(condition));
    }
    // An empty beginning allows any value, but the field must be there.
    let any = r#"["starts-with", "$success_action_redirect", ""]"#;
    check(any, &[("success_action_redirect", "")], "");
    check(any, &[("success_action_redirect", "http://a")], "");
    check(any, &[], &failed(any));
}

#[test]
fn content_types_are_lists() {
    let images = r#"["starts-with", "$Content-Type", "image/"]"#;
    check(images, &[("Content-Type", "image/png")], "");
    check(
        images,
        &[("content-type", "image/jpg,image/png,image/gif")],
        "",
    );
    check(images, &[("content-type", "image/jpg, image/png")], "");
    for other in [
        "image/jpg,text/plain",
        "text/html",
        "image/png,",
        "",
        ",image/png",
    ] {
        check(images, &[("Content-Type", other)], &failed(images));
    }
    let one = r#"["eq", "$Content-Type", "image/png"]"#;
    check(
        one,
        &[("Content-Type", "image/png,image/png")],
        &failed(one),
    );
}

#[test]
fn names_are_in_any_case_and_values_are_not() {
    check(
        r#"{"aCl": "private"}, ["starts-with", "$CoNtEnT-TyPe", "text/"]"#,
        &[("AcL", "private"), ("content-TYPE", "text/plain")],
        "",
    );
    check(
        r#"["eq", "$ACL", "private"]"#,
        &[("acl", "PRIVATE")],
        &failed(r#"["eq", "$ACL", "private"]"#),
    );
}

#[test]
fn each_field_needs_a_condition() {
    check("", &[], "");
    check("", &[("acl", "private")], &extra("acl"));
    check(
        "",
        &[("StorageClass", ""), ("x-amz-date", "")],
        &extra("StorageClass, x-amz-date"),
    );
    check(
        r#"["eq", "acl", "private"]"#,
        &[("acl", "private")],
        &failed(r#"["eq", "acl", "private"]"#),
    );
    for free in [
        "policy",
        "Policy",
        "X-Amz-Signature",
        "file",
        "AWSAccessKeyId",
        "Signature",
        "x-ignore-flash",
        "X-Ignore-",
        "x-amz-checksum-sha256",
        "X-Amz-Checksum-Algorithm",
    ] {
        check("", &[(free, "any")], "");
    }
    check("", &[("x-amz-ignore-a", "")], &extra("x-amz-ignore-a"));
    // The key and the bucket count as fields.
    let permit = allowed("", &[("key", "a")]);
    assert_eq!(permit.unwrap_err().to_string(), extra("key"));
    let policy = policy(&format!("[{KEY}]")).unwrap();
    let error = policy.check(
        form(&[("key", "a")]),
        &bucket("uploads"),
        at("20130524T000000Z"),
    );
    assert_eq!(error.unwrap_err().to_string(), extra("bucket"));
}

#[test]
fn all_conditions_must_hold_and_the_first_that_fails_is_named() {
    let both = r#"["starts-with", "$x-amz-meta-a", "a"], ["starts-with", "$x-amz-meta-a", "ab"]"#;
    check(both, &[("x-amz-meta-a", "abc")], "");
    check(
        both,
        &[("x-amz-meta-a", "ac")],
        &failed(r#"["starts-with", "$x-amz-meta-a", "ab"]"#),
    );
    check(
        both,
        &[("x-amz-meta-a", "b"), ("acl", "private")],
        &failed(r#"["starts-with", "$x-amz-meta-a", "a"]"#),
    );
    check(
        r#"["content-length-range", "test", "10"]"#,
        &[],
        &failed(r#"["content-length-range", "test", "10"]"#),
    );
}

#[test]
fn the_bucket_is_that_of_the_request() {
    let elsewhere = |fields: &[(&str, &str)], here: &str| {
        let policy = policy(&format!(r#"[{{"bucket": "uploads"}}, {KEY}]"#)).unwrap();
        let got = policy.check(form(fields), &bucket(here), at("20130524T000000Z"));
        got.map_or_else(|error| error.to_string(), |_| String::new())
    };
    let condition = failed(r#"["eq", "$bucket", "uploads"]"#);
    assert_eq!(elsewhere(&[("key", "a")], "uploads"), "");
    assert_eq!(
        elsewhere(&[("key", "a"), ("bucket", "uploads")], "uploads"),
        ""
    );
    assert_eq!(elsewhere(&[("key", "a")], "other"), condition);
    assert_eq!(
        elsewhere(&[("key", "a"), ("bucket", "uploads")], "other"),
        condition
    );
    assert_eq!(
        elsewhere(&[("key", "a"), ("bucket", "other")], "uploads"),
        condition
    );
}

#[test]
fn policies_expire() {
    let policy = policy(&format!(r#"[{{"bucket": "uploads"}}, {KEY}]"#)).unwrap();
    let check = |now| policy.check(form(&[("key", "a")]), &bucket("uploads"), at(now));
    assert!(check("20130524T120000Z").is_ok());
    let error = check("20130524T120001Z").unwrap_err();
    assert_eq!(
        error.to_string(),
        "Invalid according to Policy: Policy expired."
    );
    assert_eq!(error.code(), Code::AccessDenied);
}

#[test]
fn sizes() {
    let permit =
        |conditions: &str| allowed(&format!("{KEY}{conditions}"), &[("key", "a")]).unwrap();
    let any = permit("");
    any.check_size(0).unwrap();
    any.check_size(u64::MAX).unwrap();

    let some = permit(r#", ["content-length-range", 5, 10]"#);
    assert_eq!(some.size_max(), 10);
    for bytes in 0..=10 {
        some.check_size_so_far(bytes).unwrap();
        assert_eq!(some.check_size(bytes).is_ok(), bytes >= 5, "{bytes}");
    }
    let small = some.check_size(4).unwrap_err();
    assert_eq!(*small.kind(), PolicyErrorKind::TooSmall { size: 4, min: 5 });
    assert_eq!(small.code(), Code::EntityTooSmall);
    assert_eq!(
        small.to_string(),
        "Your proposed upload is smaller than the minimum allowed size"
    );
    for large in [some.check_size(11), some.check_size_so_far(11)] {
        let large = large.unwrap_err();
        assert_eq!(
            *large.kind(),
            PolicyErrorKind::TooLarge { size: 11, max: 10 }
        );
        assert_eq!(large.code(), Code::EntityTooLarge);
        assert_eq!(
            large.to_string(),
            "Your proposed upload exceeds the maximum allowed size"
        );
    }

    let both = permit(r#", ["content-length-range", 0, 8], ["content-length-range", 6, 10]"#);
    assert!(both.check_size(5).is_err() && both.check_size(9).is_err());
    both.check_size(7).unwrap();
    let none = permit(r#", ["content-length-range", 10, 5]"#);
    assert!((0..20).all(|bytes| none.check_size(bytes).is_err()));
}

#[test]
fn file_names_are_put_in_before_the_check() {
    let key = |file_name: Option<&str>, key: &str| {
        let form = named(&[("key", key)], file_name).unwrap();
        form.key().map(|key| key.as_str().to_owned())
    };
    let check = |file_name: &str, expect: &str| {
        assert_eq!(key(Some(file_name), "a/${filename}").unwrap(), expect);
    };
    check("beach.jpg", "a/beach.jpg");
    check("/photos/eric/beach.jpg", "a/beach.jpg");
    check(r"C:\Program Files\directory1\file.txt", "a/file.txt");
    check(r"a\b/c", "a/c");
    check("../../etc/passwd", "a/passwd");
    check("..", "a/..");
    check("a/", "a/");
    check("", "a/");
    check("é ${filename}.jpg", "a/é ${filename}.jpg");
    assert_eq!(key(None, "a/${filename}").unwrap(), "a/");
    assert_eq!(key(Some("b"), "${filename}/${filename}").unwrap(), "b/b");
    assert_eq!(
        key(Some("b"), "${Filename}$filename").unwrap(),
        "${Filename}$filename"
    );
    for empty in [
        key(None, "${filename}"),
        key(Some("a/"), "${filename}"),
        key(None, ""),
    ] {
        let error = empty.unwrap_err();
        assert_eq!(*error.kind(), PolicyErrorKind::KeyMissing);
        assert_eq!(error.code(), Code::InvalidArgument);
    }

    let permit = allowed(
        r#"["starts-with", "$key", "user/betty/"], {"x-amz-meta-name": "beach.jpg"}"#,
        &[
            ("key", "user/betty/${filename}"),
            ("x-amz-meta-name", "${filename}"),
        ],
    );
    assert_eq!(permit.unwrap().key().as_str(), "user/betty/beach.jpg");
    let condition = r#"["starts-with", "$key", "user/betty/${filename}"]"#;
    let unexpanded = allowed(condition, &[("key", "user/betty/${filename}")]);
    assert_eq!(unexpanded.unwrap_err().to_string(), failed(condition));
}

#[test]
fn the_policy_itself_is_not_touched() {
    let form = form(&[("key", "a"), ("Policy", "${filename}")]);
    assert_eq!(form.value("policy"), Some("${filename}"));
}

#[test]
fn equal_names_are_joined() {
    let form = form(&[
        ("key", "a"),
        ("x-amz-meta-tag", "Ninja"),
        ("X-Amz-Meta-Tag", "Stallman"),
    ]);
    assert_eq!(form.value("x-amz-meta-tag"), Some("Ninja,Stallman"));
    assert_eq!(form.iter().count(), 2);
    check(
        r#"{"x-amz-meta-tag": "Ninja,Stallman"}"#,
        &[("x-amz-meta-tag", "Ninja"), ("X-Amz-Meta-Tag", "Stallman")],
        "",
    );
    // A second key does not slip past the condition on the first.
    let second = allowed(r#"{"key": "a"}"#, &[("key", "a"), ("KEY", "b")]);
    assert_eq!(
        second.unwrap_err().to_string(),
        failed(r#"["eq", "$key", "a"]"#)
    );
}

#[test]
fn forms_are_bounded() {
    let full = |value: usize, file_name: &str| {
        let value = format!("${{filename}}{}", "a".repeat(value - 11));
        named(&[("x", &value)], Some(file_name)).map(drop)
    };
    let room = POST_FORM_BYTES_MAX - 1;
    assert!(full(room, "").is_ok());
    assert!(full(room - 8, "12345678").is_ok());
    for error in [
        full(room + 1, ""),
        full(room - 7, "12345678"),
        full(11, &"a".repeat(room)),
    ] {
        let error = error.unwrap_err();
        assert!(matches!(error.kind(), PolicyErrorKind::FormTooLong { .. }));
        assert_eq!(error.code(), Code::MaxPostPreDataLengthExceeded);
    }
    // A short form with a long name would be two million times as long.
    let many = "${filename}".repeat(1800);
    assert!(named(&[("key", &many)], Some(&"a".repeat(10_000))).is_err());

    let fields = vec![("", ""); POST_FORM_FIELDS_MAX + 1];
    assert!(named(&fields[1..], None).is_ok());
    let error = named(&fields, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Your POST request has 129 fields, at most 128 are taken."
    );

    let key = |len: usize| form(&[("key", &"a".repeat(len))]).key();
    assert!(key(KEY_LEN_MAX).is_ok());
    assert_eq!(
        key(KEY_LEN_MAX + 1).unwrap_err().code(),
        Code::KeyTooLongError
    );
}

#[test]
fn values_are_utf8() {
    let fields: [(&str, &[u8]); 2] = [("key", b"a"), ("X-Amz-Meta-A", b"\xff")];
    let error = Form::read(&fields, None).unwrap_err();
    assert_eq!(error.to_string(), "The field 'X-Amz-Meta-A' is not UTF-8.");
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[test]
fn values_do_not_show() {
    let form = form(&[("key", "a"), ("x-amz-security-token", "TOKEN")]);
    assert_eq!(format!("{form:?}"), r#"["key", "x-amz-security-token"]"#);
    let document = r#"{"expiration": "2013-05-24T12:00:00Z", "conditions":
        [{"x-amz-security-token": "OTHER"}]}"#;
    let policy = Policy::parse_json(document).unwrap();
    let error = policy.check(form, &bucket("uploads"), at("20130524T000000Z"));
    assert_eq!(
        error.unwrap_err().to_string(),
        failed(r#"["eq", "$x-amz-security-token", "…"]"#)
    );
}
