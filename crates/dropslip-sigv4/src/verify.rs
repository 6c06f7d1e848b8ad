//! Verification of a signed request, in the header or in the query.
//!
//! The cheap and public questions come first (form, scope, signed headers, time),
//! then the key, then the signature over exactly what arrived. [`Verified`] can be
//! made here alone: a handler that takes one cannot be reached by a request that
//! was not verified.

use std::borrow::Borrow;

use subtle::ConstantTimeEq;

use crate::canonical::{Covered, names, write_canonical_request};
use crate::chunked::ChunkSeed;
use crate::claim::{Claim, Credential, query_mark};
use crate::credentials::Credentials;
use crate::dialect::{Dialect, PayloadRule, TokenRule};
use crate::hash::sha256_of;
use crate::headers::{Headers, Once, Places, SignedHeaders};
use crate::hoist;
use crate::keys::ToSign;
use crate::limits::{self, SKEW_S_MAX};
use crate::query::{Kind, Query};
use crate::refusal::{Mismatch, Refusal};
use crate::request::{ClaimedPayload, Request, is_secret, is_token};
use crate::scope::{Scope, hex_of_hash};
use crate::scratch::Text;
use crate::short::{is_equal, is_same_name};
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
    /// Lower-case names, sorted, joined by `;`: one text costs less than a list of texts.
    pub(crate) signed_headers: String,
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
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        names(&self.signed_headers)
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
    limits::check_line(request)?;
    let mut query = Query::parse(request.query);
    limits::check_parameters(query.len())?;
    limits::check_headers(request.headers, &[])?;
    if !is_token(request.method) {
        return Err(Refusal::MalformedMethod {
            got: request.method.to_owned(),
        });
    }
    query.sort();
    let headers = Headers::of(request);
    check_repeats(&headers, &query)?;
    let claim = Claim::read(&headers, &query)?;
    limits::check_signed_headers(&claim.signed_headers)?;
    let signed_headers = SignedHeaders::of(request, &claim.signed_headers);
    let hoisted = claim.expires_s.map(|_| &query);
    check_scope(&claim.credential, claim.time, expected)?;
    // What is in both places must agree; nearly no request has any such. A header that
    // is signed and says other than the query is a mismatch first.
    let both = hoisted.filter(|query| hoist::has_both(request, headers.amz, query));
    check_agreement(request, both, |name| !covers(&claim, name))?;
    check_headers(request, &signed_headers, headers.amz, |name| {
        need_not_be_signed(hoisted, dialect, name)
    })?;
    check_time(&claim, expected.now)?;
    let payload = payload(headers.value(Once::ContentSha256), hoisted, dialect)?;

    let access_key = &*claim.credential.access_key;
    let credentials = lookup(access_key).ok_or_else(|| Refusal::UnknownKey {
        access_key: access_key.to_owned(),
    })?;
    let credentials: &Credentials = credentials.borrow();
    check_token(credentials.session_token(), claim.session_token.as_deref())?;

    let (mut canonical_request, mut digits) = (Text::new(), [0; 64]);
    let covered = Covered {
        query: &query,
        query_without: not_covered(&claim, dialect),
        signed_headers: &signed_headers,
        payload: payload.text(&mut digits),
    };
    write_canonical_request(&mut canonical_request, request, dialect.path, &covered);
    let scope = Scope {
        time: claim.time,
        region: expected.region,
        service: expected.service,
    };
    let mut string_to_sign = ToSign::new();
    let hash = sha256_of(&mut canonical_request);
    let signed_chunks = matches!(&payload, ClaimedPayload::Streaming(form) if form.is_signed());
    let (signature, key) = credentials.with_key(&scope, |kept| {
        kept.write_to_sign(&mut string_to_sign, claim.time, &hash);
        let signature = hex_of_hash(&kept.key().sign_in_place(&mut string_to_sign));
        (signature, signed_chunks.then(|| kept.key().clone()))
    });
    if !is_same(&signature, claim.signature.as_bytes()) {
        return Err(Refusal::Mismatch(Box::new(mismatch(
            request,
            claim,
            canonical_request.as_slice(),
            string_to_sign.as_slice(),
        ))));
    }
    check_agreement(request, both, |_| true)?;
    let chunks = key.map(|key| Box::new(ChunkSeed::new(key, &scope, &claim.signature)));
    Ok(Verified {
        version: Version::V4,
        access_key: access_key.to_owned(),
        payload,
        presigned: claim.expires_s.is_some(),
        signed_headers: claim.signed_headers.into_owned(),
        signed_at: claim.time,
        chunks,
    })
}

/// Compares in constant time, eight digits at once.
fn is_same(signature: &[u8; 64], got: &[u8]) -> bool {
    let Ok(got) = <&[u8; 64]>::try_from(got) else {
        return false;
    };
    let eights = |text: &[u8; 64]| -> [u64; 8] {
        let (eights, _) = text.as_chunks();
        std::array::from_fn(|at| u64::from_le_bytes(eights[at]))
    };
    let pairs = eights(signature).into_iter().zip(eights(got));
    let differs = pairs.fold(0, |differs, (a, b)| differs | (a ^ b));
    differs.ct_eq(&0).into()
}

/// What a mismatch can be explained from.
fn mismatch(
    request: &Request<'_>,
    claim: Claim<'_>,
    canonical_request: &[u8],
    string_to_sign: &[u8],
) -> Mismatch {
    let names = claim.signed_headers.split(';');
    let absent = names.filter(|name| request.header_values(name).next().is_none());
    Mismatch {
        access_key: claim.credential.access_key.into_owned(),
        canonical_request: canonical_request.to_vec(),
        string_to_sign: String::from_utf8_lossy(string_to_sign).into_owned(),
        signature_provided: claim.signature.into_owned(),
        absent_headers: absent.map(str::to_owned).collect(),
        signed_headers: owned_names(&claim.signed_headers),
    }
}

fn owned_names(list: &str) -> Vec<String> {
    names(list).map(str::to_owned).collect()
}

/// What may be said once only.
fn check_repeats(headers: &Headers<'_>, query: &Query<'_>) -> Result<(), Refusal> {
    let header = headers.repeated().map(str::to_owned);
    match header.or_else(|| hoist::repeated(query)) {
        Some(name) => Err(Refusal::Repeated { name }),
        None => Ok(()),
    }
}

/// The parameters that the signature does not cover.
fn not_covered(claim: &Claim<'_>, dialect: &Dialect) -> &'static [Kind] {
    match (claim.expires_s, dialect.session_token) {
        (None, _) => &[],
        (Some(_), TokenRule::Signed) => &[Kind::Signature],
        (Some(_), TokenRule::Appended) => &[Kind::Signature, Kind::SecurityToken],
    }
}

/// Date, region and service. The secret is not needed to see that they are others.
pub(crate) fn check_scope(
    credential: &Credential<'_>,
    time: Timestamp,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    if !time.is_of_date(&credential.date) {
        return Err(Refusal::ScopeDate {
            expected: time.date_stamp(),
            got: credential.date.to_string(),
        });
    }
    if !is_equal(&credential.region, expected.region) {
        return Err(Refusal::Region {
            expected: expected.region.to_owned(),
            got: credential.region.to_string(),
        });
    }
    if !is_equal(&credential.service, expected.service) {
        return Err(Refusal::Service {
            expected: expected.service.to_owned(),
            got: credential.service.to_string(),
        });
    }
    Ok(())
}

/// `host` and each `x-amz-*` header must be signed: an `x-amz-copy-source` added by
/// someone else would turn an upload into a copy. A presigned query that says the
/// same under the same name has it signed there.
fn check_headers(
    request: &Request<'_>,
    signed: &SignedHeaders<'_>,
    amz: Places,
    need_not_be: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    if !signed.has_host {
        return Err(Refusal::HeaderNotSigned {
            name: "host".to_owned(),
        });
    }
    for place in amz.without(signed.places) {
        let (name, _) = request.headers[place];
        if !need_not_be(name) {
            let name = name.to_ascii_lowercase();
            return Err(Refusal::HeaderNotSigned { name });
        }
    }
    Ok(())
}

/// Whether an `x-amz-*` header need not be signed: the presigned query has a parameter of
/// its name, or it is a session token that the service wants added after signing.
fn need_not_be_signed(hoisted: Option<&Query<'_>>, dialect: &Dialect, name: &str) -> bool {
    let appended = dialect.session_token == TokenRule::Appended
        && name.eq_ignore_ascii_case("x-amz-security-token");
    appended || hoisted.is_some_and(|query| query.amz_of(name).is_some())
}

/// Whether the signature covers a header.
fn covers(claim: &Claim<'_>, name: &str) -> bool {
    names(&claim.signed_headers).any(|signed| is_same_name(signed, name))
}

/// A header that comes beside a parameter of its name must say the same.
fn check_agreement(
    request: &Request<'_>,
    hoisted: Option<&Query<'_>>,
    concerns: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let Some(hoist::Conflict {
        name,
        header,
        query,
    }) = hoisted.and_then(|query| hoist::conflict(request, query, concerns))
    else {
        return Ok(());
    };
    // A refusal may be logged, and a secret may not.
    Err(match is_secret(&name) {
        true => Refusal::Repeated { name },
        false => Refusal::Conflict {
            name,
            header,
            query,
        },
    })
}

fn check_time(claim: &Claim<'_>, now: Timestamp) -> Result<(), Refusal> {
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
    stated: Option<&[u8]>,
    hoisted: Option<&Query<'_>>,
    dialect: &Dialect,
) -> Result<ClaimedPayload, Refusal> {
    let in_header = hoisted.is_none();
    if in_header && dialect.payload == PayloadRule::Stated && stated.is_none() {
        return Err(Refusal::PayloadHashMissing);
    }
    hoist::payload(stated, hoisted, dialect).map_err(|got| Refusal::MalformedPayloadHash { got })
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
