//! Forms that we make: they pass their own policy, and another form does not.

use dropslip_s3::policy::{Form, NewForm, Permit, Policy};
use dropslip_sigv4::{Credentials, Expected, Signer, verify_post};

use super::{at, bucket};

const NOW: &str = "20130524T120000Z";

fn keys() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI").with_session_token("TOKEN")
}

fn sign(form: NewForm) -> Vec<(String, String)> {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    form.sign(&signer, 300, at(NOW)).unwrap()
}

/// Verifies a form and holds it against its policy.
fn send(fields: &[(String, String)], file_name: &str, later_s: u32) -> Result<Permit, String> {
    let fields: Vec<(&str, &[u8])> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let now = at(NOW).plus_s(later_s);
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let keys = keys();
    let verified = verify_post(&fields, &expected, |_: &str| Some(&keys));
    let verified = verified.map_err(|refusal| refusal.to_string())?;
    let form = Form::read(&fields, Some(file_name)).map_err(|error| error.to_string())?;
    let policy = Policy::parse_base64(verified.policy()).map_err(|error| error.to_string())?;
    let permit = policy.check(form, &bucket("uploads"), now);
    permit.map_err(|error| error.to_string())
}

fn picture() -> NewForm {
    NewForm::new(&bucket("uploads"), "user/${filename}")
        .field("acl", "public-read")
        .open_field("Content-Type", "image/", "image/jpeg")
        .field("x-amz-meta-name", "é \"${filename}\"")
        .field("success_action_status", "201")
        .size(1, 1000)
}

#[test]
fn a_form_passes_its_own_policy() {
    let fields = sign(picture());
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "key",
            "acl",
            "Content-Type",
            "x-amz-meta-name",
            "success_action_status",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-security-token",
            "policy",
            "x-amz-signature",
        ]
    );
    let permit = send(&fields, r"C:\beach.jpg", 300).unwrap();
    assert_eq!(permit.key().as_str(), "user/beach.jpg");
    assert_eq!(
        permit.form().value("x-amz-meta-name"),
        Some("é \"beach.jpg\"")
    );
    assert!(permit.check_size(1000).is_ok());
    assert!(permit.check_size(1001).is_err() && permit.check_size(0).is_err());
    assert_eq!(
        send(&fields, "beach.jpg", 301).unwrap_err(),
        "Invalid according to Policy: Policy expired."
    );
}

#[test]
fn no_field_can_be_changed_dropped_or_added() {
    let fields = sign(picture());
    for at in 0..fields.len() {
        let mut dropped = fields.clone();
        let (name, value) = dropped.remove(at);
        assert!(send(&dropped, "b", 0).is_err(), "without {name}");

        let mut changed = fields.clone();
        changed[at].1 = format!("x{value}");
        assert!(send(&changed, "b", 0).is_err(), "with another {name}");

        let mut twice = fields.clone();
        twice.push((name.to_uppercase(), value.clone()));
        let twice = send(&twice, "b", 0);
        match name.as_str() {
            // What begins as allowed may go on as it likes, a list of types if each fits.
            "key" | "Content-Type" | "x-amz-meta-name" => assert!(twice.is_ok(), "{name}"),
            _ => assert!(twice.is_err(), "{name} twice"),
        }
    }
    let mut more = fields.clone();
    more.push(("x-amz-meta-other".to_owned(), String::new()));
    assert_eq!(
        send(&more, "b", 0).unwrap_err(),
        "Invalid according to Policy: Extra input fields: x-amz-meta-other"
    );
    let mut open = fields;
    open[2].1 = "image/png".to_owned();
    assert!(send(&open, "b", 0).is_ok());
}

#[test]
fn a_form_is_not_made_larger_than_it_may_be() {
    let signer = Signer::new(keys(), "us-east-1", "s3");
    let large = "a".repeat(8000);
    let form = || NewForm::new(&bucket("uploads"), "a");
    assert!(
        form()
            .field("x-amz-meta-a", &large[..6000])
            .sign(&signer, 60, at(NOW))
            .is_ok()
    );
    // The field alone would do, but its condition is in the policy once more.
    let error = form()
        .field("x-amz-meta-a", &large)
        .field("x-amz-meta-b", &large);
    let error = error.sign(&signer, 60, at(NOW)).unwrap_err().to_string();
    assert!(error.contains("form field bytes"), "{error}");
}

#[test]
fn conditions_show_without_the_token() {
    let shown = format!("{:?}", picture().field("x-amz-security-token", "TOKEN"));
    assert!(
        shown.contains(r#"["eq", "$acl", "public-read"]"#),
        "{shown}"
    );
    assert!(!shown.contains("TOKEN"), "{shown}");
}
