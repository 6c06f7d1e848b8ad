//! POST policies: the documents that say which forms may upload.
//!
//! A form that a browser sends is allowed by a policy that somebody signed before.
//! Here policies are written ([`NewForm`] makes a whole form with its policy), read
//! ([`Policy::parse_base64`]) and held against a form ([`Policy::check`]). Who signed is the
//! matter of `dropslip_sigv4::verify_post`, which comes first: S3 says so of a policy
//! that was changed before it says anything of what is in it.
//!
//! ```
//! use dropslip_s3::BucketName;
//! use dropslip_s3::policy::{Form, NewForm, Policy};
//! use dropslip_sigv4::{Credentials, Expected, Signer, Timestamp, verify_post};
//!
//! let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let signer = Signer::new(keys.clone(), "us-east-1", "s3");
//! let now = Timestamp::parse_basic("20130524T000000Z")?;
//! let bucket = BucketName::parse("uploads")?;
//!
//! // The application: one picture of at most 10 MB, within five minutes.
//! let form = NewForm::new(&bucket, "photos/${filename}")
//!     .field("Content-Type", "image/jpeg")
//!     .size(1, 10_000_000)
//!     .sign(&signer, 300, now)?;
//!
//! // The storage: who signed, and whether the form is as it was allowed.
//! let sent: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
//! let expected = Expected { region: "us-east-1", service: "s3", now };
//! let verified = verify_post(&sent, &expected, |_: &str| Some(&keys))?;
//! let form = Form::read(&sent, Some(r"C:\Pictures\beach.jpg"))?;
//! let permit = Policy::parse_base64(verified.policy())?.check(form, &bucket, now)?;
//! assert_eq!(permit.key().as_str(), "photos/beach.jpg");
//! assert!(permit.check_size(20_000_000).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: [POST Policy](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html);
//! what that page leaves open follows the answers of S3 that others have recorded.

mod check;
mod condition;
mod error;
mod form;
mod hint;
mod new_form;
mod parse;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::Timestamp;

pub use check::Permit;
pub use condition::Condition;
pub use error::{PolicyError, PolicyErrorKind};
pub use form::Form;
pub use new_form::NewForm;

/// A policy: when it ends, and what must hold of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The last second at which it holds.
    pub expiration: Timestamp,
    /// All of them must hold, and each field of the form must be named by one.
    pub conditions: Vec<Condition>,
}

impl Policy {
    /// The document as JSON, in one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let conditions: Vec<String> = self.conditions.iter().map(Condition::to_json).collect();
        format!(
            r#"{{"expiration":"{}","conditions":[{}]}}"#,
            expiration_text(self.expiration),
            conditions.join(",")
        )
    }

    /// The document as it is signed and sent: base64 in one line.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64.encode(self.to_json())
    }
}

/// `2013-05-24T00:00:00.000Z`, the form in all of S3's examples.
fn expiration_text(time: Timestamp) -> String {
    let basic = time.to_string();
    let digits = |from: usize, to: usize| basic.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}.000Z",
        digits(0, 4),
        digits(4, 6),
        digits(6, 8),
        digits(9, 11),
        digits(11, 13),
        digits(13, 15)
    )
}
