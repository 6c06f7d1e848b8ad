//! Explains why a signed request is refused.
//!
//! A mismatch says only that two texts differ. The explainer changes what arrived in
//! the ways in which requests really get changed, and sees which change *reproduces
//! the signature that was sent*: that is proof, not a guess. Whoever sends a request
//! learns nothing that way that its signer did not know: a change is named only once
//! the whole signature fits.

mod advice;
mod changes;
mod compare;
mod explanation;
mod mending;
mod mismatch;
mod notice;
mod pieces;
mod refused;
mod repair;
mod search;
mod suspects;
mod text;
mod unchecked;

pub use explanation::{Cause, Certainty, Difference, Explanation, Finding};
pub use notice::{Notice, notices};

use crate::credentials::Credentials;
use crate::limits::EXPLAIN_BYTES_MAX;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::verify::{Expected, verify};

use mending::mended;
use mismatch::mismatched;
use search::Effort;
use unchecked::{between, unchecked};

/// What is known beside the request.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The region, the service and the time here.
    pub expected: Expected<'a>,
    /// The keys known here. Without any, the signature cannot be checked, and only
    /// what the request itself shows is explained.
    pub credentials: &'a [Credentials],
    /// Whether the key that the request names has signed requests before that
    /// verified here: its secret is then not suspected.
    pub key_has_verified: bool,
    /// Other names of this place, with ports: the public name before a proxy, the
    /// internal one behind it.
    pub hosts: &'a [&'a str],
    /// The canonical request that the other side has printed: the storage's error.
    pub canonical_request: Option<&'a [u8]>,
}

impl<'a> Known<'a> {
    /// The credentials of an access key.
    fn credentials_of(&self, access_key: &str) -> Option<&'a Credentials> {
        let mut keys = self.credentials.iter();
        keys.find(|credentials| credentials.access_key() == access_key)
    }
}

/// What all the steps of one explanation share.
struct Case<'a> {
    known: &'a Known<'a>,
    effort: Effort,
}

/// Says what is wrong with a request; `None` if nothing is, as far as can be seen.
///
/// Bounded: [`EXPLAIN_TRIALS_MAX`](crate::limits::EXPLAIN_TRIALS_MAX) changes are tried at the most and the numbers of bytes
/// around a signed `content-length`, and as many again for each way to mend the URL; for
/// all of them together no more than [`EXPLAIN_BYTES_MAX`] are hashed.
///
/// ```
/// use dropslip_sigv4::{Cause, Certainty, Credentials, Expected, Known, Request, Signer, Timestamp, explain};
///
/// let keys = [Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")];
/// let now = Timestamp::parse_basic("20130524T000000Z")?;
/// let headers: [(&str, &[u8]); 2] = [("host", b"storage.example"), ("content-type", b"image/png")];
/// let request = Request { method: "PUT", path: "/uploads/beach.jpg", query: "", headers: &headers };
/// let presigned = Signer::new(keys[0].clone(), "us-east-1", "s3").presign(&request, 300, now)?;
///
/// // The browser sends the type that it sees.
/// let headers: [(&str, &[u8]); 2] = [("host", b"storage.example"), ("content-type", b"image/jpeg")];
/// let arrived = Request { query: &presigned.query, headers: &headers, ..request };
/// let known = Known {
///     expected: Expected { region: "us-east-1", service: "s3", now },
///     credentials: &keys,
///     key_has_verified: false,
///     hosts: &[],
///     canonical_request: None,
/// };
/// let explanation = explain(&arrived, &known).expect("it does not match");
/// assert_eq!(explanation.certainty, Certainty::Certain);
/// assert_eq!(explanation.cause(), Some(Cause::ContentType));
/// assert_eq!(explanation.findings[0].fix_for_sender, "send the header `content-type: image/png`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn explain(request: &Request<'_>, known: &Known<'_>) -> Option<Explanation> {
    let case = Case {
        known,
        effort: Effort::new(EXPLAIN_BYTES_MAX),
    };
    let mut explanation = explain_case(request, &case)?;
    explanation.tried = case.effort.tried();
    Some(explanation)
}

fn explain_case(request: &Request<'_>, case: &Case<'_>) -> Option<Explanation> {
    let known = case.known;
    let refusal = match refusal(request, known) {
        Ok(()) => return between(request, known),
        Err(refusal) => refusal,
    };
    if let Refusal::UnknownKey { .. } = &refusal
        && known.credentials.is_empty()
    {
        return unchecked(request, case, &refusal).or_else(|| between(request, known));
    }
    if let Refusal::Mismatch(mismatch) = &refusal {
        return Some(mismatched(request, mismatch, case, &refusal));
    }
    // What is larger than a limit is not looked at any closer.
    let mended = match &refusal {
        Refusal::Exceeded(_) => None,
        refusal => mended(request, case, refusal),
    };
    Some(mended.unwrap_or_else(|| {
        let (certainty, finding) = refused::finding_of(&refusal, request);
        Explanation::new(certainty, vec![finding])
    }))
}

fn refusal(request: &Request<'_>, known: &Known<'_>) -> Result<(), Refusal> {
    let lookup = |access_key: &str| known.credentials_of(access_key);
    verify(request, &known.expected, lookup).map(|_| ())
}
