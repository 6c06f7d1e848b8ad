//! A form to be made, with the policy that allows just it.
//!
//! Fields and conditions are given together, so that no field is without its condition
//! and no condition without its field: each would make S3 refuse the form.

use std::fmt;

use dropslip_sigv4::limits::Exceeded;
use dropslip_sigv4::{Error, Signer, Timestamp};

use super::Policy;
use super::condition::Condition;
use super::form::VARIABLE;
use crate::limits::POST_FORM_BYTES_MAX;
use crate::name::BucketName;

/// What a form will allow.
#[derive(Clone)]
pub struct NewForm {
    fields: Vec<(String, String)>,
    conditions: Vec<Condition>,
}

impl NewForm {
    /// One file into this bucket under this key. The key may hold `${filename}`, which
    /// the storage replaces by the name of the file; the key is fixed up to there then.
    #[must_use]
    pub fn new(bucket: &BucketName, key: &str) -> Self {
        let form = Self {
            fields: Vec::new(),
            conditions: vec![Condition::Exact {
                field: "bucket".to_owned(),
                value: bucket.as_str().to_owned(),
            }],
        };
        form.field("key", key)
    }

    /// A field that must have just this value; if `${filename}` is in it, it must begin
    /// as the text before that.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        let name = as_documented(name);
        self.conditions.push(match value.split_once(VARIABLE) {
            None => Condition::Exact {
                field: name.to_owned(),
                value: value.to_owned(),
            },
            Some((prefix, _)) => Condition::StartsWith {
                field: name.to_owned(),
                prefix: prefix.to_owned(),
            },
        });
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A field whose value whoever sends the form chooses, beginning with `prefix`, which
    /// may be empty. `value` is what stands in it at first.
    #[must_use]
    pub fn open_field(mut self, name: &str, prefix: &str, value: &str) -> Self {
        let name = as_documented(name);
        self.conditions.push(Condition::StartsWith {
            field: name.to_owned(),
            prefix: prefix.to_owned(),
        });
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The file has `min` to `max` bytes.
    #[must_use]
    pub fn size(mut self, min: u64, max: u64) -> Self {
        self.conditions
            .push(Condition::ContentLengthRange { min, max });
        self
    }

    /// The fields of the form, in the order in which they are to be sent, the file after
    /// them. It may be sent until `expires_s` seconds from now; S3 takes no signature that
    /// is older than seven days.
    ///
    /// # Errors
    /// When the signer's credentials cannot stand in a form, or the form is too large.
    pub fn sign(
        self,
        signer: &Signer,
        expires_s: u32,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, Error> {
        let Self {
            mut fields,
            mut conditions,
        } = self;
        for (name, value) in signer.post_fields(now)? {
            conditions.push(Condition::Exact {
                field: name.to_owned(),
                value,
            });
        }
        let policy = Policy {
            expiration: now.plus_s(expires_s),
            conditions,
        };
        let signed = signer.sign_post(&policy.to_base64(), now)?;
        fields.extend(
            signed
                .fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        let got = fields.iter().map(|(name, value)| name.len() + value.len());
        let (what, max, got) = ("form field bytes", POST_FORM_BYTES_MAX, got.sum());
        if got > max {
            return Err(Exceeded { what, max, got }.into());
        }
        Ok(fields)
    }
}

/// A field's name as S3's documents write it
/// ([POST Object](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html)). S3 reads names in any case;
/// LocalStack knows these alone.
fn as_documented(name: &str) -> &str {
    const NAMES: [&str; 5] = [
        "Cache-Control",
        "Content-Disposition",
        "Content-Encoding",
        "Content-Type",
        "Expires",
    ];
    let mut known = NAMES.into_iter();
    known
        .find(|known| known.eq_ignore_ascii_case(name))
        .unwrap_or(name)
}

impl fmt::Debug for NewForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.conditions).finish()
    }
}
