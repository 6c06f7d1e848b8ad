//! Forms: the worked example of S3, botocore's, and all that can be wrong with one.

use dropslip_sigv4::{
    Credentials, Expected, Refusal, Signer, Timestamp, VerifiedPost, is_signed_post, limits,
    verify_post,
};

use crate::support::{at, json, text};

/// A form that owns its fields, so that a test can edit it.
#[derive(Clone)]
struct Form(Vec<(String, Vec<u8>)>);

impl Form {
    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.0.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        let before = self.0.len();
        self.0.retain(|(other, _)| other != name);
        assert!(self.0.len() < before, "{name} is a field");
        self
    }

    fn edit(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).with(name, value)
    }

    fn value(&self, name: &str) -> &str {
        let (_, value) = self.0.iter().find(|(other, _)| other == name).unwrap();
        str::from_utf8(value).unwrap()
    }

    fn borrowed(&self) -> Vec<(&str, &[u8])> {
        let pairs = self.0.iter();
        pairs
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }

    fn verify(&self, keys: &Credentials, expected: &Expected<'_>) -> Result<VerifiedPost, Refusal> {
        let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(keys);
        verify_post(&self.borrowed(), expected, lookup)
    }
}

fn expected(region: &str, now: Timestamp) -> Expected<'_> {
    Expected {
        region,
        service: "s3",
        now,
    }
}

#[test]
fn the_worked_example_of_s3() {
    let data = json("s3-doc-examples.json");
    let keys = Credentials::new(
        text(&data, "access_key_id"),
        text(&data, "secret_access_key"),
    );
    let vectors = data["vectors"].as_array().unwrap();
    let example = vectors
        .iter()
        .find(|vector| vector["kind"] == "post-policy")
        .unwrap();
    let now = at(text(example, "timestamp"));
    let policy = text(example, "string_to_sign");
    let signer = Signer::new(keys.clone(), "us-east-1", "s3");

    let signed = signer.sign_post(policy, now).unwrap();
    assert_eq!(signed.signature, text(example, "signature"));
    let pairs = example["form"].as_array().unwrap().iter();
    let form = Form(
        pairs
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
    );
    // Names are in mixed case there.
    for (name, value) in &signed.fields {
        let same = |(other, given): &&(String, Vec<u8>)| {
            other.eq_ignore_ascii_case(name) && given == value.as_bytes()
        };
        assert!(form.0.iter().any(|field| same(&field)), "{name}");
    }
    let verified = form
        .verify(&keys, &expected("us-east-1", now.plus_s(3600)))
        .unwrap();
    assert_eq!(verified.access_key(), keys.access_key());
    assert_eq!(verified.policy(), policy);
    assert_eq!(verified.signed_at(), now);
}

#[test]
fn the_forms_of_botocore() {
    let data = json("presign-botocore.json");
    let posts = data["presigned_posts"].as_array().unwrap();
    assert_eq!(posts.len(), 4);
    for post in posts {
        let name = text(post, "name");
        let mut keys = Credentials::new(
            text(&data, "access_key_id"),
            text(&data, "secret_access_key"),
        );
        if let Some(token) = post["session_token"].as_str() {
            keys = keys.with_session_token(token);
        }
        let now = at("20260115T120000Z");
        let theirs = post["out"]["fields"].as_object().unwrap();
        let signer = Signer::new(keys.clone(), text(post, "region"), "s3");
        let policy = theirs["policy"].as_str().unwrap();
        let signed = signer.sign_post(policy, now).unwrap();
        for (field, value) in &signed.fields {
            assert_eq!(theirs[*field], value.as_str(), "{name}: {field}");
        }
        let expected = expected(text(post, "region"), now.plus_s(300));
        let fields = theirs.iter();
        let form = Form(
            fields
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().into()))
                .collect(),
        );
        form.verify(&keys, &expected).unwrap();
        let other = policy.replacen('e', "f", 1);
        assert!(
            matches!(
                form.edit("policy", other).verify(&keys, &expected),
                Err(Refusal::Mismatch(_))
            ),
            "{name}"
        );
    }
}

const DATE: &str = "20130524T120000Z";
const POLICY: &str = "eyJleHBpcmF0aW9uIjogIi4uLiJ9";

fn keys() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI")
}

fn form() -> Form {
    of(keys())
}

fn of(keys: Credentials) -> Form {
    let signer = Signer::new(keys, "us-east-1", "s3");
    let signed = signer.sign_post(POLICY, at(DATE)).unwrap();
    let fields = signed.fields.into_iter();
    Form(
        fields
            .map(|(name, value)| (name.to_owned(), value.into_bytes()))
            .collect(),
    )
    .with("key", "a.jpg")
}

/// Verifies a minute after signing; an empty text is for a form that holds.
#[track_caller]
fn check(form: &Form, expect: &str) {
    check_at(form, 60, expect);
}

#[track_caller]
fn check_at(form: &Form, later_s: u32, expect: &str) {
    check_with(&keys(), form, later_s, expect);
}

#[track_caller]
fn check_with(keys: &Credentials, form: &Form, later_s: u32, expect: &str) {
    let got = form.verify(keys, &expected("us-east-1", at(DATE).plus_s(later_s)));
    let got = got.map_or_else(|refusal| refusal.to_string(), |_| String::new());
    assert_eq!(got, expect);
}

const MISMATCH: &str = "the signature does not match the request";

#[test]
fn a_form_holds_for_seven_days() {
    check(&form(), "");
    check_at(&form(), limits::EXPIRES_S_MAX, "");
    check_at(
        &form(),
        limits::EXPIRES_S_MAX + 1,
        "the request expired at `20130531T120000Z`, it is `20130531T120001Z`",
    );
}

#[test]
fn a_form_of_the_future_does_not_hold_yet() {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let signed_ahead = |seconds| {
        let signed = signer.sign_post(POLICY, at(DATE).plus_s(seconds)).unwrap();
        let fields = signed.fields.into_iter();
        Form(
            fields
                .map(|(name, value)| (name.to_owned(), value.into_bytes()))
                .collect(),
        )
    };
    check_at(&signed_ahead(limits::SKEW_S_MAX), 0, "");
    check_at(
        &signed_ahead(limits::SKEW_S_MAX + 1),
        0,
        "the request was signed for `20130524T121501Z`, it is `20130524T120000Z`, so it does not hold yet",
    );
}

#[test]
fn each_field_is_needed_once() {
    for name in [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "policy",
        "x-amz-signature",
    ] {
        check(
            &form().without(name),
            &format!("the form has no field `{name}`"),
        );
        let again = form().value(name).to_owned();
        check(
            &form().with(&name.to_uppercase(), again),
            &format!("`{name}` is there twice"),
        );
    }
    check(&form().with("KEY", "b.jpg"), "");
}

#[test]
fn field_names_are_in_any_case() {
    let upper = form().0.into_iter();
    let upper = Form(
        upper
            .map(|(name, value)| (name.to_uppercase(), value))
            .collect(),
    );
    check(&upper, "");
}

#[test]
fn unsigned_and_version_2() {
    let unsigned = Form(Vec::new()).with("key", "a.jpg").with("policy", POLICY);
    check(&unsigned, "the request is not signed");
    assert!(!is_signed_post(&unsigned.borrowed()));
    let v2 = "the form has a signature of version 2, expected version 4";
    check(&unsigned.clone().with("AWSAccessKeyId", "AKIDEXAMPLE"), v2);
    check(&unsigned.clone().with("Signature", "aGVsbG8="), v2);
    assert!(is_signed_post(&unsigned.with("signature", "").borrowed()));
    assert!(is_signed_post(&form().borrowed()));
}

#[test]
fn malformed_fields() {
    let credential = form().value("x-amz-credential").to_owned();
    check(
        &form().edit("x-amz-algorithm", "AWS4-HMAC-SHA1"),
        "the algorithm must be `AWS4-HMAC-SHA256`, got `AWS4-HMAC-SHA1`",
    );
    check(
        &form().edit("x-amz-credential", "AKIDEXAMPLE"),
        "the credential must be `ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`, got `AKIDEXAMPLE`",
    );
    check(
        &form().edit("x-amz-credential", format!("{credential}/")),
        "the credential must be `ACCESS-KEY/DATE/REGION/SERVICE/aws4_request`, \
         got `AKIDEXAMPLE/20130524/us-east-1/s3/aws4_request/`",
    );
    check(
        &form().edit("x-amz-date", "2013-05-24T12:00:00Z"),
        "`x-amz-date` must be of the form `20130524T000000Z`, got `2013-05-24T12:00:00Z`",
    );
    check(
        &form().edit("x-amz-date", b"\xff"),
        "`x-amz-date` must be of the form `20130524T000000Z`, got `\u{fffd}`",
    );
    check(
        &form().edit("x-amz-signature", "AB"),
        "the signature must be 64 lower-case hexadecimal digits, got 2 bytes that are not",
    );
}

#[test]
fn another_scope() {
    let other = |from: &str, to: &str| {
        let credential = form().value("x-amz-credential").replace(from, to);
        form().edit("x-amz-credential", credential)
    };
    check(
        &other("us-east-1", "nl-ams"),
        "the region must be `us-east-1`, got `nl-ams`",
    );
    check(
        &other("/s3/", "/sts/"),
        "the service must be `s3`, got `sts`",
    );
    check(
        &other("20130524", "20130523"),
        "the date of the credential must be `20130524`, got `20130523`",
    );
    check(
        &form().edit("x-amz-date", "20130523T120000Z"),
        "the date of the credential must be `20130523`, got `20130524`",
    );
    check(
        &other("AKIDEXAMPLE", "AKIDOTHER"),
        "the access key `AKIDOTHER` is not known",
    );
}

#[test]
fn what_is_signed_is_the_policy_as_it_was_sent() {
    check(&form().edit("policy", POLICY.replace('e', "E")), MISMATCH);
    check(&form().edit("policy", format!("{POLICY}\r\n")), MISMATCH);
    check(&form().edit("policy", ""), MISMATCH);
    check(&form().edit("policy", b"\xff\xfe"), MISMATCH);
    let wrong = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMJ");
    check_with(&wrong, &form(), 60, MISMATCH);
    check(&form().edit("x-amz-signature", "0".repeat(64)), MISMATCH);
    // All else is the policy's matter.
    check(&form().edit("key", "b.jpg"), "");
    check(&form().edit("x-amz-date", "20130524T120001Z"), "");
}

#[test]
fn session_tokens() {
    let temporary = keys().with_session_token("TOKEN");
    let check = |form: &Form, expect| check_with(&temporary, form, 60, expect);
    check(&of(temporary.clone()), "");
    check(&form(), "the session token is missing");
    check(
        &of(temporary.clone()).edit("x-amz-security-token", "OTHER"),
        "the session token is not that of the access key",
    );
    check(
        &of(temporary.clone()).with("X-Amz-Security-Token", "TOKEN"),
        "`x-amz-security-token` is there twice",
    );
    check_with(
        &keys(),
        &of(temporary.clone()),
        60,
        "there is a session token and the access key has none",
    );
}

#[test]
fn forms_are_bounded() {
    let fields = form().0.into_iter();
    let rest: usize = fields.map(|(name, value)| name.len() + value.len()).sum();
    let room = limits::POST_FIELD_BYTES_MAX - rest - "x-ignore-a".len();
    check(&form().with("x-ignore-a", vec![b'a'; room]), "");
    check(
        &form().with("x-ignore-a", vec![b'a'; room + 1]),
        "the request has 20481 form field bytes, at most 20480 are taken",
    );
    let mut many = form();
    while many.0.len() < limits::POST_FIELDS_MAX {
        many = many.with("x-ignore-a", "");
    }
    check(&many, "");
    check(
        &many.with("x-ignore-a", ""),
        "the request has 129 form fields, at most 128 are taken",
    );
}

#[test]
fn what_cannot_be_signed() {
    let signer = |keys, region: &str| Signer::new(keys, region, "s3");
    let check = |signer: Signer, policy: &str, expect: &str| {
        let error = signer.sign_post(policy, at(DATE)).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    let not_base64 = "the policy is not base64 text in one line";
    for policy in ["", "{}", "eyJ9\n", "eyJ9 ", "e-_9", "é"] {
        check(signer(keys(), "us-east-1"), policy, not_base64);
    }
    let scope =
        |what| format!("the {what} is empty or has a character that a signed request cannot carry");
    check(signer(keys(), "us/east"), POLICY, &scope("region"));
    check(
        signer(Credentials::new("", "x"), "a"),
        POLICY,
        &scope("access key"),
    );
    check(
        signer(keys().with_session_token("a b"), "a"),
        POLICY,
        &scope("session token"),
    );
    let error = signer(keys(), "us-east-1")
        .sign_post(&"A".repeat(limits::POST_FIELD_BYTES_MAX), at(DATE))
        .unwrap_err();
    assert!(error.to_string().contains("form field bytes"), "{error}");
}

#[test]
fn nothing_that_lets_upload_shows() {
    let temporary = keys().with_session_token("SESSION");
    let signer = Signer::new(temporary.clone(), "us-east-1", "s3");
    let signed = signer.sign_post(POLICY, at(DATE)).unwrap();
    let expected = expected("us-east-1", at(DATE));
    let verified = of(temporary.clone()).verify(&temporary, &expected).unwrap();
    let other = of(temporary.clone()).edit("policy", "c2VjcmV0");
    let refusal = other.verify(&temporary, &expected).unwrap_err();
    for shown in [
        format!("{signed:?}"),
        format!("{verified:?}"),
        format!("{refusal:?} {refusal}"),
    ] {
        for secret in [POLICY, "c2VjcmV0", &signed.signature, "SESSION", "wJalr"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
    }
}
