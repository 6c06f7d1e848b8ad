//! What is written is read as the same, a form passes its own policy, any one character
//! changed makes it fail, and nothing that arrives makes us panic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_s3::policy::{Condition, Form, NewForm, Policy};
use dropslip_sigv4::{Credentials, Expected, Signer, Timestamp, verify_post};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::bucket;

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        (".{0,8}", ".{0,12}").prop_map(|(field, value)| Condition::Exact { field, value }),
        (".{0,8}", ".{0,12}").prop_map(|(field, prefix)| Condition::StartsWith { field, prefix }),
        any::<(u64, u64)>().prop_map(|(min, max)| Condition::ContentLengthRange { min, max }),
    ]
}

fn times() -> impl Strategy<Value = Timestamp> {
    (0..=4_102_444_800_i64).prop_map(Timestamp::from_unix_s)
}

/// A JSON document, or what looks like one.
fn documents() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[\\[\\]{}:, \\\\\"$\\-0-9a-u]{1,3}",
        prop::sample::select(vec![
            "\"expiration\"",
            "\"2030-01-01T00:00:00.000Z\"",
            "\"conditions\"",
            "\"content-length-range\"",
            "[\"eq\",\"$key\",\"a\"]",
            "{\"acl\":\"private\"}",
            "null",
            "1e999",
        ])
        .prop_map(str::to_owned),
    ];
    vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

fn signed(fields: &[(String, String)], now: Timestamp) -> Vec<(String, String)> {
    let keys = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("TOKEN");
    let signer = Signer::new(keys, "eu-west-3", "s3");
    let form = fields.iter().fold(
        NewForm::new(&bucket("uploads"), "a/b.jpg"),
        |form, (name, value)| form.field(name, value),
    );
    form.sign(&signer, 300, now).unwrap()
}

fn holds(fields: &[(String, String)], now: Timestamp) -> bool {
    let fields: Vec<(&str, &[u8])> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let expected = Expected {
        region: "eu-west-3",
        service: "s3",
        now,
    };
    let keys = Credentials::new("AKIDEXAMPLE", "secret").with_session_token("TOKEN");
    let Ok(verified) = verify_post(&fields, &expected, |key: &str| {
        (key == "AKIDEXAMPLE").then_some(&keys)
    }) else {
        return false;
    };
    let form = Form::read(&fields, Some("c.jpg"));
    let policy = Policy::parse_base64(verified.policy());
    let (Ok(form), Ok(policy)) = (form, policy) else {
        return false;
    };
    policy.check(form, &bucket("uploads"), now).is_ok()
}

proptest! {
    #[test]
    fn what_is_written_is_read(expiration in times(), conditions in vec(conditions(), 0..12)) {
        let policy = Policy { expiration, conditions };
        prop_assert_eq!(Policy::parse_json(&policy.to_json()), Ok(policy.clone()));
        prop_assert_eq!(Policy::parse_base64(&policy.to_base64()), Ok(policy));
    }

    #[test]
    fn nothing_that_arrives_panics(json in documents(), text in ".{0,60}") {
        for document in [&json, &text, &format!(r#"{{"expiration":"{text}","conditions":[{json}]}}"#)] {
            let read = Policy::parse_json(document);
            prop_assert_eq!(&Policy::parse_base64(&BASE64.encode(document)), &read);
            if let Err(error) = read {
                prop_assert!(!error.to_string().is_empty());
            }
            let _ = Policy::parse_base64(document);
        }
    }

    #[test]
    fn a_form_holds_and_no_character_of_it_can_be_changed(
        values in vec("[^${}\\x00-\\x1f]{0,10}", 0..4),
        now in times(),
        place in any::<Index>(),
        by in any::<char>(),
    ) {
        let own = values.into_iter().enumerate();
        let own: Vec<_> = own.map(|(at, value)| (format!("X-Amz-Meta-{at}"), value)).collect();
        let fields = signed(&own, now);
        prop_assert!(holds(&fields, now));

        let lengths: Vec<usize> = fields.iter().map(|(name, value)| name.chars().count() + value.chars().count()).collect();
        let mut at = place.index(lengths.iter().sum());
        let field = lengths.iter().position(|length| at < *length || { at -= length; false }).unwrap();
        let mut changed = fields.clone();
        let (name, value) = &mut changed[field];
        let names = name.chars().count();
        let text = if at < names { &mut *name } else { at -= names; value };
        *text = text.chars().enumerate().map(|(place, char)| if place == at { by } else { char }).collect();

        // The case of a name means nothing.
        let same = fields.iter().zip(&changed).all(|((name, value), (other, changed))| {
            name.eq_ignore_ascii_case(other) && value == changed
        });
        prop_assert_eq!(holds(&changed, now), same);
    }
}
