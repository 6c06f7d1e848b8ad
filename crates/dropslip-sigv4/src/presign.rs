//! Signing in the query: presigned URLs.
//!
//! The query of the result is the canonical query itself, with the signature
//! behind it, so what is sent is what was signed.
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::fmt;

use crate::canonical::{Covered, signed_headers};
use crate::dialect::TokenRule;
use crate::encode;
use crate::error::{Error, ErrorKind};
use crate::hoist;
use crate::limits::{self, EXPIRES_S_MAX, EXPIRES_S_MIN};
use crate::query::Query;
use crate::request::Request;
use crate::scope::ALGORITHM;
use crate::sign::{Signer, Stages, is_one_of};
use crate::time::Timestamp;

/// A request signed in the query.
#[derive(Clone)]
pub struct Presigned {
    /// The whole query of the URL, percent-encoded, without the `?`: the parameters
    /// given, sorted, with those that presigning adds.
    pub query: String,
    /// What was hashed.
    pub canonical_request: Vec<u8>,
    /// What was signed.
    pub string_to_sign: String,
    /// 64 lower-case hexadecimal digits.
    pub signature: String,
}

impl Signer {
    /// Presigns a request for `expires_s` seconds from now (1 to 604800). All headers
    /// given are signed and have to be sent exactly so; `host` must be among them.
    ///
    /// # Errors
    /// [`ErrorKind`] names what the request lacks or must not have; see there.
    pub fn presign(
        &self,
        request: &Request<'_>,
        expires_s: u32,
        now: Timestamp,
    ) -> Result<Presigned, Error> {
        self.check(
            request,
            &["authorization", "x-amz-date", "x-amz-security-token"],
        )?;
        if !(EXPIRES_S_MIN..=EXPIRES_S_MAX).contains(&expires_s) {
            return Err(ErrorKind::Expires { got: expires_s }.into());
        }
        let mut query = Query::parse(request.query);
        if let Some((name, _)) = query
            .amz_values()
            .find(|(name, _)| is_one_of(name, &PARAMETERS))
        {
            return Err(ErrorKind::Reserved { name }.into());
        }
        let payload = payload(self, request, &query)?;

        let names = signed_headers(request.headers.iter().map(|(name, _)| *name));
        let credential = format!("{}/{}", self.credentials().access_key(), self.scope(now));
        query.add("X-Amz-Algorithm", ALGORITHM.as_bytes());
        query.add("X-Amz-Credential", credential.as_bytes());
        query.add("X-Amz-Date", &now.basic());
        query.add("X-Amz-Expires", expires_s.to_string().as_bytes());
        let token = self.credentials().session_token();
        let appended = token.filter(|_| self.dialect().session_token == TokenRule::Appended);
        if let (Some(token), None) = (token, appended) {
            query.add("X-Amz-Security-Token", token.as_bytes());
        }
        query.add("X-Amz-SignedHeaders", names.as_bytes());
        query.sort();

        let covered = Covered {
            query: &query,
            query_without: &[],
            signed_headers: &names,
            payload: &payload,
        };
        let Stages {
            canonical_request,
            string_to_sign,
            signature,
        } = self.stages(request, &covered, now);
        let query = finish(&query, appended, &signature)?;
        Ok(Presigned {
            query,
            canonical_request,
            string_to_sign,
            signature,
        })
    }
}

/// The parameters that presigning adds.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// The text for the payload. Asks of the request what verifying will ask of it.
fn payload(signer: &Signer, request: &Request<'_>, query: &Query) -> Result<String, Error> {
    let amz: Vec<(String, Vec<u8>)> = query.amz_values().collect();
    if let Some(name) = hoist::repeated(&amz) {
        return Err(ErrorKind::Repeated {
            name: name.to_owned(),
        }
        .into());
    }
    if let Some(conflict) = hoist::conflict(request, &amz, |_| true) {
        return Err(ErrorKind::Repeated {
            name: conflict.name,
        }
        .into());
    }
    match hoist::payload(request, &amz, signer.dialect()) {
        Ok(payload) => Ok(payload.to_string()),
        Err(got) => Err(ErrorKind::PayloadHash { got }.into()),
    }
}

/// The whole query, held to the limits that verifying has.
fn finish(query: &Query, appended_token: Option<&str>, signature: &str) -> Result<String, Error> {
    let mut out = Vec::with_capacity(1024);
    query.write(&mut out, &[]);
    if let Some(token) = appended_token {
        out.extend_from_slice(b"&X-Amz-Security-Token=");
        encode::write_query(&mut out, token.as_bytes());
    }
    out.extend_from_slice(b"&X-Amz-Signature=");
    out.extend_from_slice(signature.as_bytes());
    let parameters = query.len() + 1 + usize::from(appended_token.is_some());
    limits::at_most("query bytes", limits::QUERY_BYTES_MAX, out.len())?;
    limits::at_most("query parameters", limits::QUERY_PARAMETERS_MAX, parameters)?;
    Ok(encode::ascii(out))
}

/// A presigned URL is a secret while it holds, so query and signature do not show.
impl fmt::Debug for Presigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presigned")
            .field("string_to_sign", &self.string_to_sign)
            .finish_non_exhaustive()
    }
}
