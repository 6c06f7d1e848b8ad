//! What a signed request says of itself, read from the header or the query.
//!
//! Reading is strict: each part is there once and has the one form that signers
//! write, so no two texts mean the same claim. Nothing is believed here yet.

use crate::query::Query;
use crate::refusal::Refusal;
use crate::request::{Request, is_token};
use crate::scope::{ALGORITHM, TERMINATOR, parse_hash};
use crate::time::Timestamp;

/// A claim, well-formed and not yet checked.
pub(crate) struct Claim {
    pub(crate) credential: Credential,
    pub(crate) time: Timestamp,
    /// Seconds, for a presigned request.
    pub(crate) expires_s: Option<u32>,
    /// Lower-case names, sorted, joined by `;`.
    pub(crate) signed_headers: String,
    /// 64 lower-case hexadecimal digits.
    pub(crate) signature: String,
    pub(crate) session_token: Option<String>,
}

/// `ACCESS-KEY/20130524/us-east-1/s3/aws4_request`, taken apart.
pub(crate) struct Credential {
    pub(crate) access_key: String,
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl Claim {
    /// Reads a claim from the place where the request has one.
    pub(crate) fn read(request: &Request<'_>, query: &Query) -> Result<Self, Refusal> {
        let authorization = request.header_values("authorization").next();
        match (authorization, query_mark(query)) {
            (None, None) => Err(Refusal::NotSigned),
            (Some(_), Some(_)) => Err(Refusal::SignedTwice),
            (None, Some(Mark::V2)) => Err(Refusal::SignatureV2 { place: "query" }),
            (None, Some(Mark::V4)) => Self::from_query(request, query),
            (Some(value), None) => {
                let text = str::from_utf8(value)
                    .map_err(|_| malformed("text", "bytes that are not UTF-8"))?;
                Self::from_header(request, text)
            }
        }
    }

    fn from_header(request: &Request<'_>, authorization: &str) -> Result<Self, Refusal> {
        let Authorization {
            credential,
            signed_headers,
            signature,
        } = Authorization::parse(authorization)?;
        let header = |name| {
            request
                .header_values(name)
                .next()
                .map(|value| String::from_utf8_lossy(value.trim_ascii()))
        };
        let time = match (header("x-amz-date"), header("date")) {
            (Some(text), _) => {
                Timestamp::parse_basic(&text).map_err(|_| Refusal::MalformedDate {
                    name: "x-amz-date",
                    got: text.into_owned(),
                })?
            }
            (None, Some(text)) => {
                Timestamp::parse_http(&text).map_err(|_| Refusal::MalformedDate {
                    name: "date",
                    got: text.into_owned(),
                })?
            }
            (None, None) => return Err(Refusal::DateMissing),
        };
        Ok(Self {
            credential: Credential::parse(credential)?,
            time,
            expires_s: None,
            signed_headers: parse_signed_headers(signed_headers)?,
            signature: parse_signature(signature)?,
            session_token: header("x-amz-security-token").map(|token| token.into_owned()),
        })
    }

    fn from_query(request: &Request<'_>, query: &Query) -> Result<Self, Refusal> {
        let value =
            |name: &'static str| query.value(name).ok_or(Refusal::ParameterMissing { name });
        let algorithm = value("X-Amz-Algorithm")?;
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm { got: algorithm });
        }
        let credential = Credential::parse(&value("X-Amz-Credential")?)?;
        let date = value("X-Amz-Date")?;
        let expires = value("X-Amz-Expires")?;
        let token_header = request.header_values("x-amz-security-token").next();
        Ok(Self {
            credential,
            time: Timestamp::parse_basic(&date).map_err(|_| Refusal::MalformedDate {
                name: "X-Amz-Date",
                got: date,
            })?,
            expires_s: Some(parse_expires(&expires).ok_or(Refusal::Expires { got: expires })?),
            signed_headers: parse_signed_headers(&value("X-Amz-SignedHeaders")?)?,
            signature: parse_signature(&value("X-Amz-Signature")?)?,
            session_token: query.value("X-Amz-Security-Token").or_else(|| {
                token_header.map(|token| String::from_utf8_lossy(token.trim_ascii()).into_owned())
            }),
        })
    }
}

/// Which signature a query carries.
pub(crate) enum Mark {
    V2,
    V4,
}

/// Looks for the marks of a signed query. The case of a name does not matter here:
/// a request that tried to be signed must not pass for an anonymous one.
pub(crate) fn query_mark(query: &Query) -> Option<Mark> {
    const V4: [&str; 3] = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
    let has = |mark: &str| {
        query
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(mark.as_bytes()))
    };
    if V4.iter().any(|mark| has(mark)) {
        Some(Mark::V4)
    } else if has("AWSAccessKeyId") {
        Some(Mark::V2)
    } else {
        None
    }
}

/// The three elements of an `Authorization` header.
struct Authorization<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`, in any order,
    /// with or without white space after the commas, as S3's own examples differ in.
    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let (algorithm, rest) = text
            .trim_ascii()
            .split_once(' ')
            .unwrap_or((text.trim_ascii(), ""));
        if algorithm == "AWS" {
            return Err(Refusal::SignatureV2 {
                place: "`Authorization` header",
            });
        }
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm {
                got: algorithm.to_owned(),
            });
        }
        let mut elements = [
            ("`Credential`", None),
            ("`SignedHeaders`", None),
            ("`Signature`", None),
        ];
        for element in rest.split(',') {
            let element = element.trim_ascii();
            let (name, value) = element
                .split_once('=')
                .ok_or_else(|| malformed("`name=value` elements", element))?;
            let known = elements
                .iter_mut()
                .find(|(known, _)| known.trim_matches('`') == name);
            let (_, slot) = known
                .ok_or_else(|| malformed("`Credential`, `SignedHeaders` and `Signature`", name))?;
            if slot.replace(value).is_some() {
                return Err(malformed("each element once", name));
            }
        }
        let [credential, signed_headers, signature] = elements.map(|(name, value)| {
            value.ok_or_else(|| Refusal::MalformedAuthorization {
                expected: name,
                got: "none".to_owned(),
            })
        });
        Ok(Self {
            credential: credential?,
            signed_headers: signed_headers?,
            signature: signature?,
        })
    }
}

impl Credential {
    /// The access key may have slashes in it, so the parts are counted from the end.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parts = text.rsplitn(5, '/');
        let mut next = || {
            parts
                .next()
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
        };
        let parts = (next(), next(), next(), next(), next());
        let (Some(terminator), Some(service), Some(region), Some(date), Some(access_key)) = parts
        else {
            return Err(Refusal::MalformedCredential {
                got: text.to_owned(),
            });
        };
        if terminator != TERMINATOR {
            return Err(Refusal::Terminator { got: terminator });
        }
        Ok(Self {
            access_key,
            date,
            region,
            service,
        })
    }
}

fn malformed(expected: &'static str, got: &str) -> Refusal {
    Refusal::MalformedAuthorization {
        expected,
        got: got.to_owned(),
    }
}

/// Digits only: `parse` alone would take a `+`.
fn parse_expires(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok())??;
    (crate::limits::EXPIRES_S_MIN..=crate::limits::EXPIRES_S_MAX)
        .contains(&seconds)
        .then_some(seconds)
}

pub(crate) fn parse_signature(text: &str) -> Result<String, Refusal> {
    match parse_hash(text.as_bytes()) {
        Some(_) => Ok(text.to_owned()),
        None => Err(Refusal::MalformedSignature {
            got: text.to_owned(),
        }),
    }
}

/// Lower-case names in ascending order, so that no name is there twice.
fn parse_signed_headers(text: &str) -> Result<String, Refusal> {
    let lower_case =
        |name: &str| is_token(name) && !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let names: Vec<&str> = text.split(';').collect();
    if names.iter().all(|name| lower_case(name)) && names.windows(2).all(|pair| pair[0] < pair[1]) {
        Ok(text.to_owned())
    } else {
        Err(Refusal::MalformedSignedHeaders {
            got: text.to_owned(),
        })
    }
}
