//! POST policies: the form's signature, the document, and the form held against it.
//!
//! An input is a form's fields, one a line, an empty line, and a policy as JSON. Where the
//! fields have no policy of their own, the JSON is signed and put among them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::policy::{Condition, Form, NewForm, Permit, Policy, PolicyErrorKind};
use dropslip_s3::{BucketName, limits::POST_FORM_BYTES_MAX};
use dropslip_sigv4::limits::POST_FIELDS_MAX;
use dropslip_sigv4::{
    ExpectedV2, Refusal, Signer, Timestamp, Version, is_signed_post, verify_post, verify_post_v2,
};

use crate::forge;
use crate::keys::{self, ACCESS_KEY, SECRET, hides};
use crate::sent::Sent;
use crate::signed::Place;

/// A form with its policy.
pub(crate) fn policy(input: &[u8]) {
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (form, json) = match end {
        Some(end) => (&input[..end], &input[end + 2..]),
        None => (input, &b""[..]),
    };
    // The first line of a request is not there.
    let mut text = b"\n".to_vec();
    text.extend_from_slice(form);
    let sent = Sent::parse(&text);
    let json = String::from_utf8_lossy(json);
    document(&json, input);

    let place = Place::of(&sent);
    let now = place.expected().now;
    let signer = Signer::new(
        keys::credentials(ACCESS_KEY, SECRET, sent.note("token")),
        place.expected().region,
        place.expected().service,
    );
    let mut fields = sent.headers.clone();
    let mut is_ours = false;
    if !fields
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("policy"))
        && let Ok(signed) = signer.sign_post(&BASE64.encode(json.as_bytes()), now)
    {
        is_ours = !is_signed_post(&borrowed(&fields));
        for (name, value) in signed.fields {
            fields.push((name.to_owned(), value.into_bytes()));
        }
    }
    let Some(policy) = verified(&sent, &fields, &place, input) else {
        let is_clean = is_ours && !sent.headers.iter().any(|(name, _)| is_of_signature(name));
        let bytes: usize = fields
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        let fits = bytes <= POST_FORM_BYTES_MAX && fields.len() <= POST_FIELDS_MAX;
        assert!(
            !(is_clean && fits),
            "a form that was just signed is refused: {sent:?}"
        );
        return;
    };
    let bucket = BucketName::parse(sent.note("bucket").unwrap_or("uploads"));
    if let (Ok(policy), Ok(bucket)) = (Policy::parse_base64(&policy), bucket) {
        held(&policy, &sent, &fields, (&bucket, now));
        made(&signer, &sent, &bucket, now);
    }
}

fn is_of_signature(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with("x-amz-") || ["policy", "signature", "awsaccesskeyid"].contains(&&*name)
}

fn borrowed(fields: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_slice()))
        .collect()
}

/// The policy of a form whose signature holds, or can be made to.
fn verified(
    sent: &Sent,
    fields: &[(String, Vec<u8>)],
    place: &Place,
    input: &[u8],
) -> Option<String> {
    let lookup = |name: &str| Some(keys::credentials(name, SECRET, sent.note("token")));
    let fields = borrowed(fields);
    let refusal = match verify_post(&fields, &place.expected(), lookup) {
        Ok(verified) => {
            assert!(is_signed_post(&fields) && verified.version() == Version::V4);
            let stranger =
                |name: &str| Some(keys::credentials(name, "another", sent.note("token")));
            assert!(verify_post(&fields, &place.expected(), stranger).is_err());
            return Some(verified.policy().to_owned());
        }
        Err(refusal) => refusal,
    };
    hides(&format!("{refusal} {refusal:?}"), SECRET, input);
    match refusal {
        Refusal::Mismatch(mismatch) => {
            // The scope is the credential behind the access key.
            let credential = one(&fields, "x-amz-credential")?;
            let scope: Vec<&str> = credential.rsplitn(5, '/').collect();
            let [_, service, region, date, _] = scope.try_into().ok()?;
            let right = forge::v4(SECRET, date, region, service, &mismatch.string_to_sign);
            let forged = replaced(&fields, "x-amz-signature", right.as_bytes());
            let verified = verify_post(&forged, &place.expected(), lookup);
            let verified = verified.unwrap_or_else(|refusal| panic!("{refusal}: {sent:?}"));
            Some(verified.policy().to_owned())
        }
        Refusal::SignatureV2 { .. } => {
            let expected = ExpectedV2 {
                bucket: None,
                now: place.expected().now,
            };
            match verify_post_v2(&fields, expected.now, lookup) {
                Ok(verified) => Some(verified.policy().to_owned()),
                Err(Refusal::Mismatch(mismatch)) => {
                    let right = forge::v2(SECRET, &mismatch.string_to_sign);
                    let forged = replaced(&fields, "signature", right.as_bytes());
                    let verified = verify_post_v2(&forged, expected.now, lookup);
                    let verified = verified.unwrap_or_else(|refusal| panic!("{refusal}: {sent:?}"));
                    assert_eq!(verified.version(), Version::V2);
                    Some(verified.policy().to_owned())
                }
                Err(_) => None,
            }
        }
        _ => None,
    }
}

fn one<'a>(fields: &[(&str, &'a [u8])], name: &str) -> Option<&'a str> {
    let mut fields = fields.iter();
    let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    str::from_utf8(value).ok()
}

fn replaced<'a>(
    fields: &[(&'a str, &'a [u8])],
    name: &str,
    value: &'a [u8],
) -> Vec<(&'a str, &'a [u8])> {
    let field = |(known, old): &(&'a str, &'a [u8])| {
        let new = if known.eq_ignore_ascii_case(name) {
            value
        } else {
            *old
        };
        (*known, new)
    };
    fields.iter().map(field).collect()
}

/// A document that is read, written and read again is the same one.
fn document(json: &str, input: &[u8]) {
    match Policy::parse_json(json) {
        Ok(policy) => {
            hides(&format!("{policy:?}"), SECRET, input);
            let written = policy.to_json();
            match Policy::parse_json(&written) {
                Ok(again) => assert_eq!(again, policy, "{json}"),
                // Written out, an escape may be longer than it came.
                Err(error) => assert!(
                    matches!(error.kind(), PolicyErrorKind::PolicyTooLong { .. }),
                    "{error}: {written}"
                ),
            }
            let encoded = policy.to_base64();
            if let Ok(again) = Policy::parse_base64(&encoded) {
                assert_eq!(again, policy);
            }
        }
        Err(error) => assert!(error.to_string().len() <= 4 * json.len() + 1024),
    }
}

/// What a permit allows is what each condition says, by other words than the code's.
fn held(
    policy: &Policy,
    sent: &Sent,
    fields: &[(String, Vec<u8>)],
    (bucket, now): (&BucketName, Timestamp),
) {
    let Ok(form) = Form::read(&borrowed(fields), sent.note("file")) else {
        return;
    };
    let total: usize = form
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    assert!(total <= POST_FORM_BYTES_MAX + fields.len());
    let Ok(permit) = policy.check(form.clone(), bucket, now) else {
        return;
    };
    assert!(now <= policy.expiration);
    assert_eq!(Some(permit.key().as_str()), form.value("key"));
    for condition in &policy.conditions {
        check_condition(condition, &permit, bucket);
    }
    let free = [
        "policy",
        "x-amz-signature",
        "file",
        "awsaccesskeyid",
        "signature",
        "bucket",
    ];
    for (name, _) in permit.form().iter() {
        let named = policy.conditions.iter().any(|condition| match condition {
            Condition::Exact { field, .. } | Condition::StartsWith { field, .. } => {
                field.eq_ignore_ascii_case(name)
            }
            _ => false,
        });
        let is_free = free.contains(&name)
            || name.starts_with("x-ignore-")
            || name.starts_with("x-amz-checksum-");
        assert!(named || is_free, "no condition names `{name}`: {policy:?}");
    }
}

fn check_condition(condition: &Condition, permit: &Permit, bucket: &BucketName) {
    let value = |field: &str| match field.to_ascii_lowercase().as_str() {
        "bucket" => Some(bucket.as_str().to_owned()),
        name => permit.form().value(name).map(str::to_owned),
    };
    match condition {
        Condition::Exact {
            field,
            value: wanted,
        } => {
            assert_eq!(value(field).as_ref(), Some(wanted), "{condition}");
        }
        Condition::StartsWith { field, prefix } => {
            let value = value(field).expect("the field is there");
            let value = if field.eq_ignore_ascii_case("content-type") {
                value.trim_start()
            } else {
                &value
            };
            assert!(value.starts_with(prefix.as_str()), "{condition}: {value}");
        }
        Condition::ContentLengthRange { min, max } => {
            if let Some(below) = min.checked_sub(1) {
                assert!(permit.check_size(below).is_err());
            }
            if let Some(above) = max.checked_add(1) {
                assert!(permit.check_size(above).is_err());
                assert!(permit.check_size_so_far(above).is_err());
            }
        }
        other => panic!("a form meets what cannot be met: {other}"),
    }
}

/// A form that is made here is one that is allowed here.
fn made(signer: &Signer, sent: &Sent, bucket: &BucketName, now: Timestamp) {
    let key = sent.headers.iter().find(|(name, _)| name == "key");
    let Some(key) = key.and_then(|(_, value)| str::from_utf8(value).ok()) else {
        return;
    };
    let mut form = NewForm::new(bucket, key).size(1, 1000);
    let mut names = vec!["key".to_owned()];
    for (name, value) in &sent.headers {
        let lower = name.to_ascii_lowercase();
        let Ok(value) = str::from_utf8(value) else {
            return;
        };
        // Fields of one name are joined, and then are no longer what a condition says.
        // A list of types that ends in a variable has no beginning in common.
        let is_list = lower == "content-type" && value.contains([',', '$']);
        let fits =
            !names.contains(&lower) && !is_of_signature(name) && lower != "bucket" && !is_list;
        if fits {
            form = form.field(name, value);
            names.push(lower);
        }
    }
    let Ok(fields) = form.sign(signer, 300, now) else {
        return;
    };
    let fields: Vec<(String, Vec<u8>)> = fields
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    let Ok(read) = Form::read(&borrowed(&fields), sent.note("file")) else {
        return;
    };
    if read.key().is_err() {
        return;
    }
    let policy = read.value("policy").expect("a signed form has a policy");
    let policy = Policy::parse_base64(policy);
    let policy = match policy {
        Ok(policy) => policy,
        Err(error) => panic!("{error} in a policy that was just made: {sent:?}"),
    };
    let permit = policy.check(read, bucket, now);
    let permit = permit.unwrap_or_else(|error| panic!("{error} of a form just made: {sent:?}"));
    assert!(permit.check_size(0).is_err() && permit.check_size(1).is_ok());
}
