//! Forms of version 2.

use dropslip_sigv4::limits::POST_FIELD_BYTES_MAX;
use dropslip_sigv4::verify_post_v2;

use super::{MISMATCH, NOW, keys, signature};

type Fields = Vec<(&'static str, String)>;

#[test]
fn forms() {
    let form = |edit: &dyn Fn(&mut Fields)| {
        let mut fields = vec![
            ("AWSAccessKeyId", "AKID".to_owned()),
            ("policy", "e30=".to_owned()),
            ("signature", signature("e30=")),
        ];
        edit(&mut fields);
        let fields: Vec<(&str, &[u8])> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        let keys = keys();
        let lookup = |access_key: &str| (access_key == "AKID").then_some(&keys);
        verify_post_v2(&fields, NOW, lookup)
            .map_or_else(|refusal| refusal.to_string(), |_| String::new())
    };
    assert_eq!(form(&|_| ()), "");
    assert_eq!(form(&|fields| fields[0].0 = "awsaccesskeyid"), "");
    assert_eq!(form(&|fields| fields.clear()), "the request is not signed");
    assert_eq!(
        form(&|fields| drop(fields.remove(0))),
        "the form has no field `AWSAccessKeyId`"
    );
    assert_eq!(
        form(&|fields| drop(fields.remove(1))),
        "the form has no field `policy`"
    );
    assert_eq!(
        form(&|fields| drop(fields.remove(2))),
        "the form has no field `signature`"
    );
    assert_eq!(
        form(&|fields| fields.push(("Policy", String::new()))),
        "`policy` is there twice"
    );
    let twice = form(&|fields| fields.push(("x-amz-signature", String::new())));
    assert_eq!(twice, "`signature` is there twice");
    assert_eq!(
        form(&|fields| fields[0].1.push('x')),
        "the access key `AKIDx` is not known"
    );
    assert_eq!(form(&|fields| fields[1].1.push('x')), MISMATCH);
    assert_eq!(
        form(&|fields| fields[2].1.push('x')),
        "the signature must be the base64 of 20 bytes, got 29 bytes that are not"
    );
    let token = form(&|fields| fields.push(("x-amz-security-token", "a".to_owned())));
    assert_eq!(
        token,
        "there is a session token and the access key has none"
    );
    let large = form(&|fields| fields[1].1 = "x".repeat(POST_FIELD_BYTES_MAX));
    assert!(large.contains("at most 20480 are taken"), "{large}");
}
