//! S3's answer to each way in which the signature of a form can be wrong.
//!
//! The messages are those that S3 was seen to answer, its spelling included; where it was not
//! seen, they say what was expected.

use dropslip_s3::Code;
use dropslip_s3::query::Query;
use dropslip_sigv4::{Mismatch, Refusal};

use super::too_long;
use crate::error::Error;
use crate::refusal;

/// Turns a refusal into the error that S3 would answer. `fields` are those of the form.
pub(crate) fn refused(refusal: Refusal, fields: &[(&str, &[u8])]) -> Error {
    let said = refusal.to_string();
    match refusal {
        Refusal::FieldMissing { name } => {
            let name = as_documented(name);
            let message = format!(
                "Bucket POST must contain a field named '{name}'.  \
                 If it is specified, please check the order of the fields."
            );
            argument(name, "", message)
        }
        Refusal::Algorithm { .. } => argument(
            "X-Amz-Algorithm",
            value(fields, "x-amz-algorithm"),
            "Only AWS4-HMAC-SHA256 is supported",
        ),
        Refusal::MalformedDate { got, .. } => argument(
            "X-Amz-Date",
            got,
            "X-Amz-Date must be formated via ISO8601 Long format",
        ),
        // It may be a secret alone, where the access key belongs, so it is not said again.
        Refusal::MalformedCredential { .. } => Error::new(
            Code::InvalidArgument,
            "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        )
        .with("ArgumentName", "X-Amz-Credential"),
        Refusal::Region { expected, got } => {
            let message = format!("the region '{got}' is wrong; expecting '{expected}'");
            of_credential(fields, message).with("Region", expected)
        }
        Refusal::Service { got, .. } => of_credential(
            fields,
            format!("incorrect service \"{got}\". This endpoint belongs to \"s3\"."),
        ),
        Refusal::Terminator { got } => of_credential(
            fields,
            format!("incorrect terminal \"{got}\". This endpoint uses \"aws4_request\"."),
        ),
        Refusal::ScopeDate { .. } => of_credential(fields, format!("{said}.")),
        // S3 compares texts, so one that cannot be a signature is a wrong one.
        Refusal::MalformedSignature { .. } => {
            let credential = value(fields, "x-amz-credential");
            let access_key = credential.split('/').next().unwrap_or_default();
            mismatched(access_key, "x-amz-signature", fields)
        }
        Refusal::MalformedSignatureV2 { .. } => {
            mismatched(&value(fields, "awsaccesskeyid"), "signature", fields)
        }
        Refusal::Expired { .. } => Error::new(
            Code::AccessDenied,
            "Invalid according to Policy: Policy expired.",
        ),
        Refusal::Exceeded(_) => {
            let code = Code::MaxPostPreDataLengthExceeded;
            too_long(Error::new(code, format!("{} {said}.", code.message())))
        }
        Refusal::Repeated { .. } => Error::new(Code::InvalidArgument, format!("{said}.")),
        other => refusal::error(other, &Query::default()),
    }
}

fn argument(name: &str, value: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(Code::InvalidArgument, message.into())
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

fn of_credential(fields: &[(&str, &[u8])], message: String) -> Error {
    argument(
        "X-Amz-Credential",
        value(fields, "x-amz-credential"),
        message,
    )
}

fn mismatched(access_key: &str, name: &str, fields: &[(&str, &[u8])]) -> Error {
    let mismatch = Mismatch {
        access_key: access_key.to_owned(),
        canonical_request: Vec::new(),
        string_to_sign: value(fields, "policy"),
        signature_provided: value(fields, name),
        signed_headers: Vec::new(),
        absent_headers: Vec::new(),
    };
    refusal::error(Refusal::Mismatch(Box::new(mismatch)), &Query::default())
}

/// The value of a field, whose name is given in lower case.
fn value(fields: &[(&str, &[u8])], name: &str) -> String {
    let field = fields
        .iter()
        .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
    field.map_or_else(String::new, |(_, value)| {
        String::from_utf8_lossy(value).into_owned()
    })
}

/// The name of a field as S3 writes it in errors.
fn as_documented(name: &'static str) -> &'static str {
    match name {
        "x-amz-algorithm" => "X-Amz-Algorithm",
        "x-amz-credential" => "X-Amz-Credential",
        "x-amz-date" => "X-Amz-Date",
        "x-amz-signature" => "X-Amz-Signature",
        "signature" => "Signature",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(refusal: Refusal, code: Code, message: &str, details: &[(&str, &str)]) {
        let fields: [(&str, &[u8]); 4] = [
            ("Policy", b"cG9saWN5"),
            (
                "X-Amz-Credential",
                b"AKID/20260101/eu-west-1/s3/aws4_request",
            ),
            ("X-Amz-Signature", b"abc"),
            ("x-amz-algorithm", b"AWS4"),
        ];
        let error = refused(refusal, &fields);
        assert_eq!(error.code, code);
        assert!(error.message.contains(message), "{}", error.message);
        for detail in details {
            let got = error
                .details
                .iter()
                .map(|(name, value)| (*name, value.as_str()));
            assert!(
                got.clone().any(|got| got == *detail),
                "{detail:?} in {:?}",
                error.details
            );
        }
    }

    #[test]
    fn as_s3_was_seen_to_answer() {
        let argument = Code::InvalidArgument;
        check(
            Refusal::FieldMissing {
                name: "x-amz-signature",
            },
            argument,
            "Bucket POST must contain a field named 'X-Amz-Signature'.  If it is specified",
            &[("ArgumentName", "X-Amz-Signature"), ("ArgumentValue", "")],
        );
        let (expected, got) = ("us-east-1".to_owned(), "eu-west-1".to_owned());
        check(
            Refusal::Region { expected, got },
            argument,
            "the region 'eu-west-1' is wrong; expecting 'us-east-1'",
            &[
                ("ArgumentName", "X-Amz-Credential"),
                ("ArgumentValue", "AKID/20260101/eu-west-1/s3/aws4_request"),
                ("Region", "us-east-1"),
            ],
        );
        check(
            Refusal::Algorithm {
                got: "AWS4".to_owned(),
            },
            argument,
            "Only AWS4-HMAC-SHA256",
            &[("ArgumentValue", "AWS4")],
        );
        check(
            Refusal::MalformedSignature { got_bytes: 3 },
            Code::SignatureDoesNotMatch,
            "does not match the signature you provided",
            &[
                ("AWSAccessKeyId", "AKID"),
                ("StringToSign", "cG9saWN5"),
                ("SignatureProvided", "abc"),
                ("StringToSignBytes", "63 47 39 73 61 57 4e 35"),
            ],
        );
        check(
            Refusal::SignatureV2 { place: "form" },
            Code::InvalidRequest,
            "--allow-sigv2",
            &[],
        );
    }
}
