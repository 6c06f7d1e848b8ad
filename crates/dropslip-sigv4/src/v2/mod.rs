//! Signature Version 2 of S3: HMAC-SHA1, for old signers.
//!
//! `aws-sdk` v2 for JavaScript still makes such links by default, and so do `boto3`
//! with `signature_version='s3'`, `s3cmd signurl` and upload forms of the time
//! before 2014. [`verify`](crate::verify) never takes them: a caller that wants to
//! asks [`verify_v2`] once that has said [`Refusal::SignatureV2`].
//!
//! What it covers: method, path as on the wire, bucket, `content-md5`,
//! `content-type`, time, each `x-amz-*` header (in a link the parameters of such
//! names too) and the parameters that name a sub-resource or override a header of
//! the answer. What it does *not* cover: the host, the other parameters (`prefix`,
//! `marker`, `list-type`, …), the other headers and the body, but for what
//! `content-md5` says of it. It is bound to no region, and a link may be good for years.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>, and for
//! forms <https://docs.aws.amazon.com/AmazonS3/latest/API/HTTPPOSTForms.html> (version 2 as
//! its older editions have it).

mod amz;
mod claim;
mod parameters;
mod post;
mod string_to_sign;

use std::borrow::Borrow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::credentials::Credentials;
use crate::headers::Headers;
use crate::limits;
use crate::refusal::{Mismatch, Refusal};
use crate::request::{ClaimedPayload, Request, is_token};
use crate::time::Timestamp;
use crate::verify::{Verified, Version, check_token};
use amz::AmzHeaders;
use claim::{Claim, Stamp};
use parameters::Parameters;
use string_to_sign::{Slash, string_to_sign};

pub use post::verify_post_v2;

/// What the verifier holds a request of version 2 against.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedV2<'a> {
    /// The bucket that the host names (virtual-host style), which is signed although
    /// the path does not have it. `None` if the path begins with the bucket.
    pub bucket: Option<&'a str>,
    /// The present time.
    pub now: Timestamp,
}

/// Verifies a request that is signed with version 2, in the `Authorization` header
/// or in the query. See the [`Version`] that it is of and what that leaves open:
/// host, region and most parameters are not covered.
///
/// `lookup` gives the credentials of an access key; it is asked once, and only if
/// all else about the request is in order.
///
/// ```
/// use dropslip_sigv4::{Credentials, ExpectedV2, Request, Timestamp, verify_v2};
///
/// let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let request = Request {
///     method: "GET",
///     path: "/photos/puppy.jpg",
///     query: "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620",
///     headers: &[("host", b"johnsmith.s3.amazonaws.com")],
/// };
/// let expected = ExpectedV2 { bucket: Some("johnsmith"), now: Timestamp::from_unix_s(1_175_139_600) };
/// let verified = verify_v2(&request, &expected, |_: &str| Some(&keys))?;
/// assert!(verified.presigned());
/// # Ok::<(), dropslip_sigv4::Refusal>(())
/// ```
///
/// # Errors
/// A [`Refusal`] that names what is wrong, the first of several. A
/// [`Mismatch`](Refusal::Mismatch) has the string to sign and no canonical request:
/// version 2 signs the text itself, not a hash of it.
pub fn verify_v2<C: Borrow<Credentials>>(
    request: &Request<'_>,
    expected: &ExpectedV2<'_>,
    lookup: impl FnOnce(&str) -> Option<C>,
) -> Result<Verified, Refusal> {
    limits::check(request)?;
    if !is_token(request.method) {
        return Err(Refusal::MalformedMethod {
            got: request.method.to_owned(),
        });
    }
    check_repeats(request)?;
    let parameters = Parameters::parse(request.query);
    let claim = Claim::read(request, &parameters)?;
    claim.check_time(expected.now)?;
    if claim.presigned() {
        parameters.check_covered()?;
    }
    let amz = AmzHeaders::collect(request, &parameters, claim.presigned())?;
    let payload = payload(&amz)?;

    let credentials = lookup(&claim.access_key).ok_or_else(|| Refusal::UnknownKey {
        access_key: claim.access_key.clone(),
    })?;
    let credentials: &Credentials = credentials.borrow();
    let token = amz
        .value("x-amz-security-token")
        .map(String::from_utf8_lossy);
    check_token(credentials.session_token(), token.as_deref())?;

    let bucket = expected.bucket;
    let text = |slash| string_to_sign(request, (bucket, slash), &parameters, &amz, &claim);
    let holds = |slash: &Slash| signature_holds(credentials, &text(*slash), &claim.signature);
    let holds = Slash::candidates(request.path, bucket).iter().any(holds);
    let text = text(Slash::AsSent);
    let mut signed_headers = amz.names();
    signed_headers.extend(["content-md5".to_owned(), "content-type".to_owned()]);
    if claim.signs_date_header() {
        signed_headers.push("date".to_owned());
    }
    signed_headers.sort_unstable();
    if !holds {
        return Err(Refusal::Mismatch(Box::new(Mismatch {
            access_key: claim.access_key,
            canonical_request: Vec::new(),
            string_to_sign: String::from_utf8_lossy(&text).into_owned(),
            signature_provided: BASE64.encode(claim.signature),
            absent_headers: absent(request, &parameters),
            signed_headers,
        })));
    }
    Ok(Verified {
        version: Version::V2,
        payload,
        presigned: claim.presigned(),
        signed_headers: signed_headers.join(";"),
        signed_at: match claim.stamp {
            Stamp::Signed { at, .. } => at,
            Stamp::Until { .. } => expected.now,
        },
        access_key: claim.access_key,
        chunks: None,
    })
}

/// What may be said once only: besides what version 4 asks for, the two headers
/// whose values have a line of their own.
fn check_repeats(request: &Request<'_>) -> Result<(), Refusal> {
    let twice = |name: &&str| request.header_values(name).nth(1).is_some();
    let name = ["content-md5", "content-type"].into_iter().find(twice);
    match Headers::of(request).repeated().or(name) {
        Some(name) => Err(Refusal::Repeated {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

/// What the request says of its body. Version 2 has no say in it, so the body is
/// unsigned unless an `x-amz-content-sha256`, covered as each `x-amz-*` header is, has
/// a hash. Signed chunks build on a signature of version 4.
fn payload(amz: &AmzHeaders) -> Result<ClaimedPayload, Refusal> {
    let Some(stated) = amz.value("x-amz-content-sha256") else {
        return Ok(ClaimedPayload::Unsigned);
    };
    let text = String::from_utf8_lossy(stated);
    let takes = |payload: &ClaimedPayload| !matches!(payload, ClaimedPayload::Streaming(form) if form.is_signed());
    ClaimedPayload::parse(&text)
        .filter(takes)
        .ok_or_else(|| Refusal::MalformedPayloadHash {
            got: text.into_owned(),
        })
}

/// Headers that a link was probably signed with and that did not come: SDKs leave
/// a note of them in the query, under their own names.
fn absent(request: &Request<'_>, parameters: &Parameters) -> Vec<String> {
    ["content-md5", "content-type"]
        .into_iter()
        .filter(|name| parameters.has_ignoring_case(name))
        .filter(|name| request.header_values(name).next().is_none())
        .map(str::to_owned)
        .collect()
}

/// Compares in constant time, as bytes.
fn signature_holds(keys: &Credentials, signed: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    let mac = Hmac::<Sha1>::new_from_slice(keys.secret_key().as_bytes())
        .expect("HMAC takes keys of any length");
    let right = mac.chain_update(signed).finalize().into_bytes();
    bool::from(right.as_slice().ct_eq(signature))
}

/// The length of a SHA-1 hash.
const SIGNATURE_BYTES: usize = 20;

/// Reads the base64 of a signature, in its one spelling.
fn parse_signature(text: &str) -> Result<[u8; SIGNATURE_BYTES], Refusal> {
    let bytes = BASE64.decode(text).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Refusal::MalformedSignatureV2 {
            got_bytes: text.len(),
        })
}
