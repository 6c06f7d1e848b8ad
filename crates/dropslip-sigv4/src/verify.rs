//! Verification of a signed request, in the header or in the query.
//!
//! The cheap and public questions come first (form, scope, signed headers, time),
//! then the key, then the signature over exactly what arrived. [`Verified`] can be
//! made here alone: a handler that takes one cannot be reached by a request that
//! was not verified.

use std::borrow::Borrow;

use subtle::ConstantTimeEq;

use crate::canonical::{Covered, canonical_request};
use crate::chunked::ChunkSeed;
use crate::claim::{Claim, Credential, query_mark};
use crate::credentials::Credentials;
use crate::dialect::{Dialect, PayloadRule, TokenRule};
use crate::hoist;
use crate::limits::{self, SKEW_S_MAX};
use crate::query::Query;
use crate::refusal::{Mismatch, Refusal};
use crate::request::{ClaimedPayload, Request, is_token};
use crate::scope::{Scope, SigningKey};
use crate::time::Timestamp;

/// What the verifier holds a request against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The region here.
    pub region: &'a str,
    /// The service here, `s3`.
    pub service: &'a str,
    /// The present time.
    pub now: Timestamp,
}

/// Which signature a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// Signature Version 2 of S3: HMAC-SHA1.
    V2,
    /// Signature Version 4.
    V4,
}

/// A request whose signature holds.
#[derive(Clone, Debug)]
pub struct Verified {
    pub(crate) version: Version,
    pub(crate) access_key: String,
    pub(crate) payload: ClaimedPayload,
    pub(crate) presigned: bool,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signed_at: Timestamp,
    /// What the signatures of the body's chunks build on, if they are signed.
    pub(crate) chunks: Option<Box<ChunkSeed>>,
}

impl Verified {
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

    /// What the request says of its body; the body itself has not been seen.
    #[must_use]
    pub fn payload(&self) -> &ClaimedPayload {
        &self.payload
    }

    /// Whether the signature was in the query.
    #[must_use]
    pub fn presigned(&self) -> bool {
        self.presigned
    }

    /// The headers that the signature covers, lower case, sorted.
    #[must_use]
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// The time of signing. A link of version 2 does not say it; for one, this is
    /// the time at which it was verified.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// What the signatures of the body's chunks build on, if they are signed.
    pub(crate) fn chunk_seed(&self) -> Option<&ChunkSeed> {
        self.chunks.as_deref()
    }
}

/// Whether a request carries a signature, of whatever form and version. One that
/// does not is anonymous; one that does must pass [`verify`].
#[must_use]
pub fn is_signed(request: &Request<'_>) -> bool {
    request.header_values("authorization").next().is_some()
        || query_mark(&Query::parse(request.query)).is_some()
}

/// Verifies a request by the rules of the expected service.
///
/// `lookup` gives the credentials of an access key; it is asked once, and only if
/// all else about the request is in order.
///
/// # Errors
/// A [`Refusal`] that names what is wrong, the first of several.
pub fn verify<C: Borrow<Credentials>>(
    request: &Request<'_>,
    expected: &Expected<'_>,
    lookup: impl FnOnce(&str) -> Option<C>,
) -> Result<Verified, Refusal> {
    verify_as(
        &Dialect::of_service(expected.service),
        request,
        expected,
        lookup,
    )
}

/// Verifies a request by the rules given.
///
/// # Errors
/// As [`verify`].
pub fn verify_as<C: Borrow<Credentials>>(
    dialect: &Dialect,
    request: &Request<'_>,
    expected: &Expected<'_>,
    lookup: impl FnOnce(&str) -> Option<C>,
) -> Result<Verified, Refusal> {
    limits::check(request)?;
    if !is_token(request.method) {
        return Err(Refusal::MalformedMethod {
            got: request.method.to_owned(),
        });
    }
    let mut query = Query::parse(request.query);
    query.sort();
    let amz: Vec<(String, Vec<u8>)> = query.amz_values().collect();
    check_repeats(request, &amz)?;
    let claim = Claim::read(request, &query)?;
    check_scope(&claim.credential, claim.time, expected)?;
    check_headers(request, &claim, &amz, dialect)?;
    check_time(&claim, expected.now)?;
    let payload = payload(request, &claim, &amz, dialect)?;

    let credentials = lookup(&claim.credential.access_key).ok_or_else(|| Refusal::UnknownKey {
        access_key: claim.credential.access_key.clone(),
    })?;
    let credentials: &Credentials = credentials.borrow();
    check_token(credentials.session_token(), claim.session_token.as_deref())?;

    let payload_text = payload.to_string();
    let covered = covered(&claim, &query, dialect, &payload_text);
    let canonical_request = canonical_request(request, dialect.path, &covered);
    let scope = Scope {
        time: claim.time,
        region: expected.region,
        service: expected.service,
    };
    let string_to_sign = scope.string_to_sign(&canonical_request);
    let key = SigningKey::derive(credentials.secret_key(), &scope);
    let signature = key.signature(&string_to_sign);

    let signed_headers = claim.signed_headers.split(';').map(str::to_owned).collect();
    if bool::from(signature.as_bytes().ct_eq(claim.signature.as_bytes())) {
        let hoisted = if claim.expires_s.is_some() {
            amz.as_slice()
        } else {
            &[]
        };
        check_agreement(request, hoisted, |_| true)?;
        let signed_chunks = matches!(&payload, ClaimedPayload::Streaming(form) if form.is_signed());
        let chunks = signed_chunks.then(|| Box::new(ChunkSeed::new(key, &scope, &signature)));
        Ok(Verified {
            version: Version::V4,
            access_key: claim.credential.access_key,
            payload,
            presigned: claim.expires_s.is_some(),
            signed_headers,
            signed_at: claim.time,
            chunks,
        })
    } else {
        let absent = |name: &&str| request.header_values(name).next().is_none();
        Err(Refusal::Mismatch(Box::new(Mismatch {
            access_key: claim.credential.access_key,
            canonical_request,
            string_to_sign,
            signature_provided: claim.signature,
            absent_headers: claim
                .signed_headers
                .split(';')
                .filter(absent)
                .map(str::to_owned)
                .collect(),
            signed_headers,
        })))
    }
}

/// What may be said once only.
fn check_repeats(request: &Request<'_>, amz: &[(String, Vec<u8>)]) -> Result<(), Refusal> {
    match hoist::repeated_header(request).or_else(|| hoist::repeated(amz)) {
        Some(name) => Err(Refusal::Repeated {
            name: name.to_owned(),
        }),
        None => Ok(()),
    }
}

/// What the signature covers, by the claim's own list.
fn covered<'a>(
    claim: &'a Claim,
    query: &'a Query,
    dialect: &Dialect,
    payload: &'a str,
) -> Covered<'a> {
    Covered {
        query,
        query_without: match (claim.expires_s, dialect.session_token) {
            (None, _) => &[],
            (Some(_), TokenRule::Signed) => &["X-Amz-Signature"],
            (Some(_), TokenRule::Appended) => &["X-Amz-Signature", "X-Amz-Security-Token"],
        },
        signed_headers: &claim.signed_headers,
        payload,
    }
}

/// Date, region and service. The secret is not needed to see that they are others.
pub(crate) fn check_scope(
    credential: &Credential,
    time: Timestamp,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    let date = time.date_stamp();
    if credential.date != date {
        return Err(Refusal::ScopeDate {
            expected: date,
            got: credential.date.clone(),
        });
    }
    if credential.region != expected.region {
        return Err(Refusal::Region {
            expected: expected.region.to_owned(),
            got: credential.region.clone(),
        });
    }
    if credential.service != expected.service {
        return Err(Refusal::Service {
            expected: expected.service.to_owned(),
            got: credential.service.clone(),
        });
    }
    Ok(())
}

/// `host` and each `x-amz-*` header must be signed: an `x-amz-copy-source` added by
/// someone else would turn an upload into a copy. A presigned query that says the
/// same under the same name has it signed there.
fn check_headers(
    request: &Request<'_>,
    claim: &Claim,
    amz: &[(String, Vec<u8>)],
    dialect: &Dialect,
) -> Result<(), Refusal> {
    let presigned = claim.expires_s.is_some();
    let hoisted = if presigned { amz } else { &[] };
    let is_signed = |name: &str| claim.signed_headers.split(';').any(|signed| signed == name);
    // A header that is signed and says other than the query is a mismatch first.
    check_agreement(request, hoisted, |name| !is_signed(name))?;
    if !is_signed("host") {
        return Err(Refusal::HeaderNotSigned {
            name: "host".to_owned(),
        });
    }
    let appended =
        |name: &str| dialect.session_token == TokenRule::Appended && name == "x-amz-security-token";
    for (name, _) in request.headers {
        let name = name.to_ascii_lowercase();
        let in_query = || hoisted.iter().any(|(hoisted, _)| *hoisted == name);
        if name.starts_with("x-amz-") && !is_signed(&name) && !appended(&name) && !in_query() {
            return Err(Refusal::HeaderNotSigned { name });
        }
    }
    Ok(())
}

/// A header that comes beside a parameter of its name must say the same.
fn check_agreement(
    request: &Request<'_>,
    hoisted: &[(String, Vec<u8>)],
    concerns: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let Some(hoist::Conflict {
        name,
        header,
        query,
    }) = hoist::conflict(request, hoisted, concerns)
    else {
        return Ok(());
    };
    // A refusal may be logged, and a session token may not.
    Err(match name.as_str() {
        "x-amz-security-token" => Refusal::Repeated { name },
        _ => Refusal::Conflict {
            name,
            header,
            query,
        },
    })
}

fn check_time(claim: &Claim, now: Timestamp) -> Result<(), Refusal> {
    let signed = claim.time;
    let Some(expires_s) = claim.expires_s else {
        return if signed.apart_s(now) > u64::from(SKEW_S_MAX) {
            Err(Refusal::Skewed { signed, now })
        } else {
            Ok(())
        };
    };
    let until = signed.plus_s(expires_s);
    if signed > now.plus_s(SKEW_S_MAX) {
        Err(Refusal::NotYetValid { signed, now })
    } else if now > until {
        Err(Refusal::Expired { until, now })
    } else {
        Ok(())
    }
}

fn payload(
    request: &Request<'_>,
    claim: &Claim,
    amz: &[(String, Vec<u8>)],
    dialect: &Dialect,
) -> Result<ClaimedPayload, Refusal> {
    let presigned = claim.expires_s.is_some();
    let stated = request
        .header_values("x-amz-content-sha256")
        .next()
        .is_some();
    if !presigned && !stated && dialect.payload == PayloadRule::Stated {
        return Err(Refusal::PayloadHashMissing);
    }
    let hoisted = if presigned { amz } else { &[] };
    hoist::payload(request, hoisted, dialect).map_err(|got| Refusal::MalformedPayloadHash { got })
}

pub(crate) fn check_token(expected: Option<&str>, got: Option<&str>) -> Result<(), Refusal> {
    match (expected, got) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(Refusal::TokenMissing),
        (None, Some(_)) => Err(Refusal::TokenUnexpected),
        (Some(expected), Some(got)) if bool::from(expected.as_bytes().ct_eq(got.as_bytes())) => {
            Ok(())
        }
        (Some(_), Some(_)) => Err(Refusal::TokenDifferent),
    }
}
