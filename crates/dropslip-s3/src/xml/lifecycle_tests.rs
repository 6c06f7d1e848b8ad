//! Lifecycle configurations as clients write them, and what S3 refuses of them.

use super::{lifecycle_configuration, read_lifecycle_configuration};
use crate::error::Code;
use crate::limits::{
    KEY_LEN_MAX, LIFECYCLE_BYTES_MAX, LIFECYCLE_ID_LEN_MAX, LIFECYCLE_NEWER_KEPT_MAX,
    LIFECYCLE_RULES_MAX, LIFECYCLE_SIZE_BYTES_MAX, TAG_KEY_CHARACTERS_MAX,
    TAG_VALUE_CHARACTERS_MAX,
};

fn document(rules: &str) -> String {
    format!(
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{rules}</LifecycleConfiguration>"
    )
}

/// One rule with a status, an ID and a filter.
fn rule(more: &str) -> String {
    format!(
        "<Rule><ID>r</ID><Filter><Prefix>a/</Prefix></Filter><Status>Enabled</Status>{more}</Rule>"
    )
}

#[track_caller]
fn both_ways(rules: &str) {
    let mut ids = 0;
    let read = read_lifecycle_configuration(document(rules).as_bytes(), || {
        ids += 1;
        format!("new-{ids}")
    });
    let written = lifecycle_configuration(&read.unwrap());
    let expected = document(rules);
    assert!(written.ends_with(&expected), "{written}\n{expected}");
}

#[track_caller]
fn check(rules: &str, code: Code, part: &str) {
    let error = read_lifecycle_configuration(document(rules).as_bytes(), String::new);
    let error = error.expect_err(rules);
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(part), "`{part}` in {error}");
}

#[track_caller]
fn accepted(rules: &str) {
    let read = read_lifecycle_configuration(document(rules).as_bytes(), || "new".to_owned());
    assert!(read.is_ok(), "{:?}", read.err());
}

const DAYS: &str = "<Expiration><Days>1</Days></Expiration>";

#[test]
fn what_is_put_comes_back() {
    both_ways(&rule(DAYS));
    both_ways(
        "<Rule><ID>r</ID><Prefix>a/</Prefix><Status>Disabled</Status><Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration></Rule>",
    );
    both_ways(
        "<Rule><ID>r</ID><Prefix></Prefix><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>",
    );
    both_ways(
        "<Rule><ID>r</ID><Filter></Filter><Status>Enabled</Status>\
        <NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>5</NewerNoncurrentVersions></NoncurrentVersionExpiration>\
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>",
    );
    both_ways(
        "<Rule><ID>r</ID><Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value></Value></Tag>\
        <ObjectSizeGreaterThan>0</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter><Status>Enabled</Status>\
        <Expiration><Days>1</Days></Expiration></Rule>",
    );
    // Spaces count: without the last one more would be deleted.
    both_ways(
        "<Rule><ID>r</ID><Filter><Prefix> a </Prefix></Filter><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
    );
    // Ceph takes conditions side by side.
    both_ways(
        "<Rule><ID>r</ID><Filter><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Status>Enabled</Status>\
        <Expiration><Days>1</Days></Expiration></Rule>",
    );
}

#[test]
fn a_rule_without_an_id_gets_one() {
    let text = document(&rule(DAYS).replace("<ID>r</ID>", ""));
    let read = read_lifecycle_configuration(text.as_bytes(), || "new".to_owned()).unwrap();
    assert_eq!(read.rules()[0].id, "new");
}

#[test]
fn dates() {
    let date = |text: &str| rule(&format!("<Expiration><Date>{text}</Date></Expiration>"));
    for good in [
        "2017-09-27T00:00:00Z",
        "2017-09-27",
        "2030-01-01T00:00:00.000Z",
        " 2024-02-29T00:00:00+00:00\n",
    ] {
        accepted(&date(good));
    }
    for odd in ["1970-08-22T19:08:21Z", "2030-01-01T00:00:00.001Z"] {
        check(&date(odd), Code::InvalidArgument, "midnight");
    }
    for wrong in [
        "20200101",
        "2023-02-29",
        "2030-13-01",
        "2030-01-01T00:00:00",
        "2030-01-01T00:00:00+02:00",
        "2030-1-1",
        "2030-01-01T24:00:00Z",
        "tomorrow",
        "",
        "2030-01-01T00:00:00.0000000000Z",
    ] {
        check(&date(wrong), Code::MalformedXML, "`Date`");
    }
}

#[test]
fn documents_of_another_form() {
    let malformed = |rules: &str, part: &str| check(rules, Code::MalformedXML, part);
    malformed("", "at least one rule");
    malformed("<Rule></Rule>", "Status");
    malformed(&rule(DAYS).replace("Enabled", "enabled"), "`Status`");
    malformed(&rule(DAYS).replace("Prefix>", "Prefixes>"), "Prefixes");
    malformed(&rule("<Expire/>"), "Expire");
    malformed(
        &format!("<Rule><Status>Enabled</Status>{DAYS}</Rule>"),
        "no `Filter`",
    );
    malformed(&rule("<Prefix>a</Prefix>"), "both");
    malformed(&rule("<Expiration/>"), "exactly one");
    malformed(&rule(&DAYS.repeat(2)), "more than one `Expiration`");
    malformed(
        &rule("<Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration>"),
        "exactly one",
    );
    malformed(
        &rule(
            "<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
        ),
        "exactly one",
    );
    malformed(
        &rule("<Expiration><Days>one</Days></Expiration>"),
        "`Days` is no integer",
    );
    malformed(
        &rule("<Expiration><Days>2147483648</Days></Expiration>"),
        "too large",
    );
    malformed(
        &rule(
            "<Expiration><ExpiredObjectDeleteMarker>yes</ExpiredObjectDeleteMarker></Expiration>",
        ),
        "neither",
    );
    malformed(
        &rule(
            "<NoncurrentVersionExpiration><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
        ),
        "no `NoncurrentDays`",
    );
    let one = rule(DAYS).replace("<Prefix>a/</Prefix>", "<And><Prefix>a/</Prefix></And>");
    malformed(&one, "fewer than two");
    let other = read_lifecycle_configuration(b"<CORSConfiguration/>", String::new).unwrap_err();
    assert_eq!(other.code(), Code::MalformedXML);
    for text in ["", "{}", "<LifecycleConfiguration>"] {
        assert!(read_lifecycle_configuration(text.as_bytes(), String::new).is_err());
    }
}

#[test]
fn arguments_out_of_bounds() {
    let argument = |rules: &str, part: &str| check(rules, Code::InvalidArgument, part);
    for days in ["0", "-1", "-9223372036854775808"] {
        argument(
            &rule(&format!("<Expiration><Days>{days}</Days></Expiration>")),
            "`Days`",
        );
    }
    argument(
        &rule(
            "<NoncurrentVersionExpiration><NoncurrentDays>0</NoncurrentDays></NoncurrentVersionExpiration>",
        ),
        "`NoncurrentDays`",
    );
    argument(
        &rule(
            "<AbortIncompleteMultipartUpload><DaysAfterInitiation>0</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
        ),
        "`DaysAfterInitiation`",
    );
    let kept = |kept: u32| {
        rule(&format!(
            "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>{kept}</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
        ))
    };
    accepted(&kept(LIFECYCLE_NEWER_KEPT_MAX));
    argument(&kept(LIFECYCLE_NEWER_KEPT_MAX + 1), "NewerNoncurrent");
    argument(&kept(0), "NewerNoncurrent");
    argument(&format!("{}{}", rule(DAYS), rule(DAYS)), "unique");
    let id = |len: usize| rule(DAYS).replace("<ID>r<", &format!("<ID>{}<", "é".repeat(len)));
    accepted(&id(LIFECYCLE_ID_LEN_MAX));
    argument(&id(LIFECYCLE_ID_LEN_MAX + 1), "ID");
}

#[test]
fn requests_that_make_no_sense() {
    let request = |rules: &str, part: &str| check(rules, Code::InvalidRequest, part);
    request(&rule(""), "at least one action");
    let filtered = |filter: &str, action: &str| rule(action).replace("<Prefix>a/</Prefix>", filter);
    let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    let marker =
        "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
    request(&filtered(tag, abort), "Abort");
    request(&filtered(tag, marker), "ExpiredObjectDeleteMarker");
    let size = |bytes: &str| format!("<ObjectSizeGreaterThan>{bytes}</ObjectSizeGreaterThan>");
    request(&filtered(&size("1"), abort), "Abort");
    request(&filtered(&size("-1"), DAYS), "negative");
    accepted(&filtered(
        &size(&LIFECYCLE_SIZE_BYTES_MAX.to_string()),
        DAYS,
    ));
    request(
        &filtered(&size(&(LIFECYCLE_SIZE_BYTES_MAX + 1).to_string()), DAYS),
        "at most",
    );
    let less = "<ObjectSizeLessThan>5</ObjectSizeLessThan>";
    request(
        &filtered(&format!("<And>{}{less}</And>", size("5")), DAYS),
        "greater than",
    );
    request(
        &filtered(&format!("<And>{tag}{tag}</And>"), DAYS),
        "duplicate",
    );
    let prefix = |len: usize| filtered(&format!("<Prefix>{}</Prefix>", "a".repeat(len)), DAYS);
    accepted(&prefix(KEY_LEN_MAX));
    request(&prefix(KEY_LEN_MAX + 1), "prefix");
    let tagged = |key: usize, value: usize| {
        let (key, value) = ("k".repeat(key), "v".repeat(value));
        filtered(
            &format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"),
            DAYS,
        )
    };
    accepted(&tagged(TAG_KEY_CHARACTERS_MAX, TAG_VALUE_CHARACTERS_MAX));
    request(&tagged(TAG_KEY_CHARACTERS_MAX + 1, 0), "tag");
    request(&tagged(1, TAG_VALUE_CHARACTERS_MAX + 1), "tag");
    request(&tagged(0, 1), "tag");
}

#[test]
fn transitions_are_not_implemented() {
    let transition = |name: &str, date: &str| {
        rule(&format!(
            "{DAYS}<{name}><Date>{date}</Date><StorageClass>GLACIER</StorageClass></{name}>"
        ))
    };
    for name in ["Transition", "NoncurrentVersionTransition"] {
        check(&transition(name, "2030-01-01"), Code::NotImplemented, name);
        check(&transition(name, "20220927"), Code::MalformedXML, "`Date`");
        let noon = transition(name, "2030-01-01T12:00:00Z");
        check(&noon, Code::InvalidArgument, "midnight");
    }
}

#[test]
fn configurations_are_bounded() {
    let many = |count: usize| -> String {
        (0..count)
            .map(|n| rule(DAYS).replace("<ID>r<", &format!("<ID>{n}<")))
            .collect()
    };
    accepted(&many(LIFECYCLE_RULES_MAX));
    check(&many(LIFECYCLE_RULES_MAX + 1), Code::InvalidRequest, "1000");
    let long = rule(DAYS) + &" ".repeat(LIFECYCLE_BYTES_MAX);
    check(&long, Code::MalformedXML, "larger than");
}
