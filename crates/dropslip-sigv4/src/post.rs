//! Signing and verifying a browser's form: POST policies.
//!
//! What is signed is the policy alone, a document that says which forms it allows:
//! the string to sign is its base64 text as it stands in the form, and no canonical
//! request is made. So a form is only as good as its policy. Here the signature is
//! made and checked; what the document says (its expiration among the rest) is read
//! and held against the form by `dropslip_s3::policy`.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>
//! and <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html>.

use std::borrow::Borrow;
use std::fmt;

use subtle::ConstantTimeEq;

use crate::claim::{Credential, parse_signature};
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind};
use crate::limits::{self, EXPIRES_S_MAX, SKEW_S_MAX};
use crate::refusal::{Mismatch, Refusal};
use crate::scope::{ALGORITHM, Scope};
use crate::sign::Signer;
use crate::time::Timestamp;
use crate::verify::{Expected, Version, check_scope, check_token};

/// A policy with its signature, as the fields of a form.
#[derive(Clone)]
pub struct SignedPost {
    /// All fields that signing adds: those of [`Signer::post_fields`], then `policy`
    /// and `x-amz-signature`. The form's own (`key` and the rest) come beside them,
    /// and the file after all of them.
    pub fields: Vec<(&'static str, String)>,
    /// 64 lower-case hexadecimal digits.
    pub signature: String,
}

/// A form whose policy is signed by somebody we know. The form itself has not been
/// held against the policy yet.
#[derive(Clone)]
pub struct VerifiedPost {
    pub(crate) version: Version,
    pub(crate) access_key: String,
    pub(crate) policy: String,
    pub(crate) signed_at: Timestamp,
}

impl VerifiedPost {
    /// The version of the signature: [`Version::V4`], unless the caller has taken
    /// the older one as well.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Who signed.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The policy that was signed: the base64 text of a JSON document.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The time of signing. A form of version 2 does not say it; for one, this is the
    /// time at which it was verified.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }
}

impl Signer {
    /// The fields that a signed form has beside its policy: `x-amz-algorithm`,
    /// `x-amz-credential`, `x-amz-date`, and `x-amz-security-token` for temporary
    /// credentials. The policy must have a condition for each of them with just that value.
    ///
    /// # Errors
    /// [`ErrorKind::Scope`] when access key, token, region or service cannot stand in a form.
    pub fn post_fields(&self, now: Timestamp) -> Result<Vec<(&'static str, String)>, Error> {
        self.check_scope()?;
        let access_key = self.credentials().access_key();
        let mut fields = vec![
            ("x-amz-algorithm", ALGORITHM.to_owned()),
            (
                "x-amz-credential",
                format!("{access_key}/{}", self.scope(now)),
            ),
            ("x-amz-date", now.to_string()),
        ];
        if let Some(token) = self.credentials().session_token() {
            fields.push(("x-amz-security-token", token.to_owned()));
        }
        Ok(fields)
    }

    /// Signs a policy, given as the base64 text of its document. Take the same `now`
    /// as for [`Signer::post_fields`]. The form may be sent from then on, until the
    /// policy's own expiration and for seven days at most.
    ///
    /// # Errors
    /// [`ErrorKind::Policy`] when the text is not base64 in one line,
    /// [`ErrorKind::Exceeded`] when it is longer than a form may be, and the errors of
    /// [`Signer::post_fields`].
    pub fn sign_post(&self, policy: &str, now: Timestamp) -> Result<SignedPost, Error> {
        // Browsers send a line end in a field as CRLF, and then it is another text than the one signed.
        let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        if policy.is_empty() || !policy.bytes().all(base64) {
            return Err(ErrorKind::Policy.into());
        }
        let mut fields = self.post_fields(now)?;
        let signature = self.signature(policy, now);
        fields.push(("policy", policy.to_owned()));
        fields.push(("x-amz-signature", signature.clone()));
        limits::check_post(fields.iter().map(|(name, value)| (*name, value.as_bytes())))?;
        Ok(SignedPost { fields, signature })
    }
}

/// Whether a form carries a signature, of whatever version. One that does not is
/// anonymous, as S3 has it; one that does must pass [`verify_post`].
#[must_use]
pub fn is_signed_post(fields: &[(&str, &[u8])]) -> bool {
    V4_MARKS
        .iter()
        .chain(&V2_MARKS)
        .any(|mark| values(fields, mark).next().is_some())
}

/// Verifies the policy of a form. `fields` are those before the file, names in any
/// case and values as sent; `lookup` gives the credentials of an access key and is
/// asked once, only if all else is in order.
///
/// The region, the service and the day of the credential are checked as for any
/// request. A form has no expiry of its own: its policy has one, and the signature
/// holds for seven days at most ([condition keys], `s3:signatureAge`).
///
/// [condition keys]: https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
///
/// ```
/// use dropslip_sigv4::{Credentials, Expected, Signer, Timestamp, verify_post};
///
/// let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let signer = Signer::new(keys.clone(), "us-east-1", "s3");
/// let now = Timestamp::parse_basic("20151229T000000Z")?;
///
/// // Sign: the base64 text of a policy, which has a condition for each of `signer.post_fields(now)?`.
/// let policy = "eyJleHBpcmF0aW9uIjoiMjAxNS0xMi0zMFQxMjowMDowMFoiLCJjb25kaXRpb25zIjpbXX0=";
/// let signed = signer.sign_post(policy, now)?;
///
/// // Verify: the fields of the form as it arrives, before the file.
/// let mut fields: Vec<(&str, &[u8])> = vec![("key", b"beach.jpg")];
/// fields.extend(signed.fields.iter().map(|(name, value)| (*name, value.as_bytes())));
/// let expected = Expected { region: "us-east-1", service: "s3", now: now.plus_s(60) };
/// let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(&keys);
/// let verified = verify_post(&fields, &expected, lookup)?;
/// assert_eq!(verified.policy(), policy);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`Refusal`] that names what is wrong, the first of several. In a
/// [`Refusal::Mismatch`] the string to sign is the policy, and there is no canonical request.
pub fn verify_post<C: Borrow<Credentials>>(
    fields: &[(&str, &[u8])],
    expected: &Expected<'_>,
    lookup: impl FnOnce(&str) -> Option<C>,
) -> Result<VerifiedPost, Refusal> {
    limits::check_post(fields.iter().copied())?;
    let claim = Claim::read(fields)?;
    check_scope(&claim.credential, claim.time, expected)?;
    check_age(claim.time, expected.now)?;

    let access_key = claim.credential.access_key.into_owned();
    let credentials = lookup(&access_key).ok_or_else(|| Refusal::UnknownKey {
        access_key: access_key.clone(),
    })?;
    let credentials: &Credentials = credentials.borrow();
    check_token(credentials.session_token(), claim.session_token.as_deref())?;

    let scope = Scope {
        time: claim.time,
        region: expected.region,
        service: expected.service,
    };
    let signature = credentials.with_key(&scope, |kept| kept.key().signature(&claim.policy));
    if bool::from(signature.as_bytes().ct_eq(claim.signature.as_bytes())) {
        Ok(VerifiedPost {
            version: Version::V4,
            access_key,
            policy: claim.policy,
            signed_at: claim.time,
        })
    } else {
        Err(Refusal::Mismatch(Box::new(Mismatch {
            access_key,
            canonical_request: Vec::new(),
            string_to_sign: claim.policy,
            signature_provided: claim.signature,
            signed_headers: Vec::new(),
            absent_headers: Vec::new(),
        })))
    }
}

/// What the form says of itself, well-formed and not yet checked.
struct Claim {
    credential: Credential<'static>,
    time: Timestamp,
    session_token: Option<String>,
    policy: String,
    signature: String,
}

pub(crate) const V4_MARKS: [&str; 3] = ["x-amz-algorithm", "x-amz-credential", "x-amz-signature"];
const V2_MARKS: [&str; 2] = ["awsaccesskeyid", "signature"];

impl Claim {
    fn read(fields: &[(&str, &[u8])]) -> Result<Self, Refusal> {
        let is_there = |name: &&str| values(fields, name).next().is_some();
        match (V4_MARKS.iter().any(is_there), V2_MARKS.iter().any(is_there)) {
            (true, _) => {}
            (false, true) => return Err(Refusal::SignatureV2 { place: "form" }),
            (false, false) => return Err(Refusal::NotSigned),
        }
        let needed = |name| one(fields, name)?.ok_or(Refusal::FieldMissing { name });
        let algorithm = needed("x-amz-algorithm")?;
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm { got: algorithm });
        }
        let credential = needed("x-amz-credential")?;
        let date = needed("x-amz-date")?;
        Ok(Self {
            credential: Credential::parse(&credential)?.into_owned(),
            time: Timestamp::parse_basic(&date).map_err(|_| Refusal::MalformedDate {
                name: "x-amz-date",
                got: date,
            })?,
            policy: needed("policy")?,
            signature: parse_signature(needed("x-amz-signature")?.into())?.into_owned(),
            session_token: one(fields, "x-amz-security-token")?,
        })
    }
}

/// The values of a field, whose name may be in any case.
pub(crate) fn values<'a>(
    fields: &'a [(&str, &[u8])],
    name: &'a str,
) -> impl Iterator<Item = &'a [u8]> {
    let of_name = move |(candidate, _): &&(&str, &[u8])| candidate.eq_ignore_ascii_case(name);
    fields.iter().filter(of_name).map(|(_, value)| *value)
}

/// The value of a field that may be there once. What is not UTF-8 is neither base64
/// nor any of the other forms, so it may be replaced here and is refused later.
pub(crate) fn one(fields: &[(&str, &[u8])], name: &'static str) -> Result<Option<String>, Refusal> {
    let mut values = values(fields, name);
    let value = values.next();
    if values.next().is_some() {
        return Err(Refusal::Repeated {
            name: name.to_owned(),
        });
    }
    Ok(value.map(|value| String::from_utf8_lossy(value).into_owned()))
}

/// The signing key is for one day and holds for seven.
fn check_age(signed: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let until = signed.plus_s(EXPIRES_S_MAX);
    if signed > now.plus_s(SKEW_S_MAX) {
        Err(Refusal::NotYetValid { signed, now })
    } else if now > until {
        Err(Refusal::Expired { until, now })
    } else {
        Ok(())
    }
}

/// Whoever has the fields can upload, so their values do not show.
impl fmt::Debug for SignedPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| *name).collect();
        f.debug_struct("SignedPost")
            .field("fields", &names)
            .finish_non_exhaustive()
    }
}

/// A policy names the session token, so it does not show.
impl fmt::Debug for VerifiedPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedPost")
            .field("access_key", &self.access_key)
            .field("signed_at", &self.signed_at)
            .finish_non_exhaustive()
    }
}
