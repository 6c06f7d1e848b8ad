//! Browser's forms (POST) of version 2: as in version 4 the base64 text of the policy
//! is what is signed, so a form is only as good as its policy.

use std::borrow::Borrow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::credentials::Credentials;
use crate::limits;
use crate::post::{V4_MARKS, VerifiedPost, one, values};
use crate::refusal::{Mismatch, Refusal};
use crate::time::Timestamp;
use crate::v2::{parse_signature, signature_holds};
use crate::verify::{Version, check_token};

/// Verifies the policy of a form that is signed with version 2, by the fields
/// `AWSAccessKeyId`, `policy` and `signature`. As in [`verify_post`](crate::verify_post),
/// `fields` are those before the file, names in any case and values as sent.
///
/// Such a form says neither when nor for which region it was signed: all that ends
/// its life is the expiration in its policy.
///
/// # Errors
/// A [`Refusal`] that names what is wrong, the first of several. In a
/// [`Refusal::Mismatch`] the string to sign is the policy, and there is no canonical request.
pub fn verify_post_v2<C: Borrow<Credentials>>(
    fields: &[(&str, &[u8])],
    now: Timestamp,
    lookup: impl FnOnce(&str) -> Option<C>,
) -> Result<VerifiedPost, Refusal> {
    limits::check_post(fields.iter().copied())?;
    let is_there = |name: &&str| values(fields, name).next().is_some();
    let v2 = ["AWSAccessKeyId", "signature"].iter().any(is_there);
    if !v2 {
        return Err(Refusal::NotSigned);
    }
    if V4_MARKS.iter().any(is_there) {
        return Err(Refusal::Repeated {
            name: "signature".to_owned(),
        });
    }
    let needed = |name| one(fields, name)?.ok_or(Refusal::FieldMissing { name });
    let access_key = needed("AWSAccessKeyId")?;
    let policy = needed("policy")?;
    let signature = parse_signature(&needed("signature")?)?;
    let token = one(fields, "x-amz-security-token")?;

    let credentials = lookup(&access_key).ok_or_else(|| Refusal::UnknownKey {
        access_key: access_key.clone(),
    })?;
    let credentials: &Credentials = credentials.borrow();
    check_token(credentials.session_token(), token.as_deref())?;
    if signature_holds(credentials, policy.as_bytes(), &signature) {
        return Ok(VerifiedPost {
            version: Version::V2,
            access_key,
            policy,
            signed_at: now,
        });
    }
    Err(Refusal::Mismatch(Box::new(Mismatch {
        access_key,
        canonical_request: Vec::new(),
        string_to_sign: policy,
        signature_provided: BASE64.encode(signature),
        signed_headers: Vec::new(),
        absent_headers: Vec::new(),
    })))
}
