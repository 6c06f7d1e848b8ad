//! What a signed request says of itself, read from the header or the query.
//!
//! Reading is strict: each part is there once and has the one form that signers
//! write, so no two texts mean the same claim. Nothing is believed here yet.

use std::borrow::Cow;

use crate::canonical::names;
use crate::date;
use crate::encode::{decode_text, marks};
use crate::headers::{Headers, Once};
use crate::query::{Encoded, Kind, Query};
use crate::refusal::Refusal;
use crate::request::is_list_of_lower_case_tokens;
use crate::scope::{ALGORITHM, TERMINATOR};
use crate::short::compare;
use crate::time::Timestamp;

/// A claim, well-formed and not yet checked. It borrows from the request.
pub(crate) struct Claim<'a> {
    pub(crate) credential: Credential<'a>,
    pub(crate) time: Timestamp,
    /// Seconds, for a presigned request.
    pub(crate) expires_s: Option<u32>,
    /// Lower-case names, sorted, joined by `;`.
    pub(crate) signed_headers: Cow<'a, str>,
    /// 64 lower-case hexadecimal digits.
    pub(crate) signature: Cow<'a, str>,
    pub(crate) session_token: Option<Cow<'a, str>>,
}

/// `ACCESS-KEY/20130524/us-east-1/s3/aws4_request`, taken apart.
pub(crate) struct Credential<'a> {
    pub(crate) access_key: Cow<'a, str>,
    pub(crate) date: Cow<'a, str>,
    pub(crate) region: Cow<'a, str>,
    pub(crate) service: Cow<'a, str>,
}

impl<'a> Claim<'a> {
    /// Reads a claim from the place where the request has one.
    pub(crate) fn read(headers: &Headers<'a>, query: &'a Query<'_>) -> Result<Self, Refusal> {
        let authorization = headers.value(Once::Authorization);
        match (authorization, query_mark(query)) {
            (None, None) => Err(Refusal::NotSigned),
            (Some(_), Some(_)) => Err(Refusal::SignedTwice),
            (None, Some(Mark::V2)) => Err(Refusal::SignatureV2 { place: "query" }),
            (None, Some(Mark::V4)) => Self::from_query(headers, query),
            (Some(value), None) => {
                let text = str::from_utf8(value)
                    .map_err(|_| malformed("text", "bytes that are not UTF-8"))?;
                Self::from_header(headers, text)
            }
        }
    }

    fn from_header(headers: &Headers<'a>, authorization: &'a str) -> Result<Self, Refusal> {
        let Authorization {
            credential,
            signed_headers,
            signature,
        } = Authorization::parse(authorization)?;
        let header = |name| {
            headers
                .value(name)
                .map(|value| String::from_utf8_lossy(value.trim_ascii()))
        };
        let time = match (header(Once::AmzDate), header(Once::Date)) {
            (Some(text), _) => {
                Timestamp::parse_basic(&text).map_err(|_| Refusal::MalformedDate {
                    name: "x-amz-date",
                    got: text.into_owned(),
                })?
            }
            (None, Some(text)) => date::parse(&text).ok_or_else(|| Refusal::MalformedDate {
                name: "date",
                got: text.into_owned(),
            })?,
            (None, None) => return Err(Refusal::DateMissing),
        };
        Ok(Self {
            credential: Credential::parse(credential)?,
            time,
            expires_s: None,
            signed_headers: parse_signed_headers(signed_headers.into())?,
            signature: parse_signature(signature.into())?,
            session_token: header(Once::SecurityToken),
        })
    }

    fn from_query(headers: &Headers<'a>, query: &'a Query<'_>) -> Result<Self, Refusal> {
        let [
            algorithm,
            credential,
            date,
            expires,
            signed_headers,
            signature,
            token,
        ] = query.known();
        // A refusal that is made for nothing has to be dropped, which costs as much as the rest.
        let needed = |value: Option<Encoded<'a>>, name| {
            let Some(value) = value else {
                return Err(Refusal::ParameterMissing { name });
            };
            Ok(value)
        };
        let algorithm = needed(algorithm, "X-Amz-Algorithm")?.decode();
        if algorithm != ALGORITHM {
            return Err(Refusal::Algorithm {
                got: algorithm.into_owned(),
            });
        }
        let credential = Credential::parse_encoded(needed(credential, "X-Amz-Credential")?.text)?;
        let date = needed(date, "X-Amz-Date")?.decode();
        let expires = needed(expires, "X-Amz-Expires")?.decode();
        let token_header = headers.value(Once::SecurityToken);
        Ok(Self {
            credential,
            time: Timestamp::parse_basic(&date).map_err(|_| Refusal::MalformedDate {
                name: "X-Amz-Date",
                got: date.into_owned(),
            })?,
            expires_s: Some(parse_expires(&expires).ok_or_else(|| Refusal::Expires {
                got: expires.into_owned(),
            })?),
            signed_headers: parse_signed_headers(
                needed(signed_headers, "X-Amz-SignedHeaders")?.decode(),
            )?,
            signature: parse_signature(needed(signature, "X-Amz-Signature")?.decode())?,
            session_token: token
                .map(Encoded::decode)
                .or_else(|| token_header.map(|token| String::from_utf8_lossy(token.trim_ascii()))),
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
pub(crate) fn query_mark(query: &Query<'_>) -> Option<Mark> {
    const V4: [&str; 3] = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
    let has = |mark: &str| {
        query
            .iter()
            .any(|(name, _)| name.len() == mark.len() && name.eq_ignore_ascii_case(mark))
    };
    // Signers write it so; the rest is for those who try something else.
    if query.has(Kind::Algorithm) || V4.iter().any(|mark| has(mark)) {
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

impl<'a> Credential<'a> {
    /// The access key may have slashes in it, so the parts are counted from the end.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Refusal> {
        Self::of_parts(text.rsplitn(5, '/'), Cow::Borrowed).ok_or_else(|| {
            Refusal::MalformedCredential {
                got: text.to_owned(),
            }
        })?
    }

    /// Takes the value of a parameter, where slashes are `%2F` and most parts have no
    /// other escape, so that they need not be copied.
    fn parse_encoded(text: &'a str) -> Result<Self, Refusal> {
        let malformed = || Refusal::MalformedCredential {
            got: decode_text(text).into_owned(),
        };
        // The last four slashes. What is encoded has no other marks than `%`.
        let (mut slashes, mut escapes, mut others) = ([0; 4], 0, 0);
        for at in marks(text.as_bytes()) {
            escapes += 1;
            if text.as_bytes()[at..].starts_with(b"%2F") {
                slashes = [slashes[1], slashes[2], slashes[3], at];
            } else {
                others += 1;
            }
        }
        if escapes - others < slashes.len() {
            return Err(malformed());
        }
        let [a, b, c, d] = slashes;
        let from_end = [
            &text[d + 3..],
            &text[c + 3..d],
            &text[b + 3..c],
            &text[a + 3..b],
            &text[..a],
        ];
        let is_plain = escapes == slashes.len() && others == 0;
        let decode = |part| match is_plain {
            true => Cow::Borrowed(part),
            false => decode_text(part),
        };
        Self::of_parts(from_end.into_iter(), decode).ok_or_else(malformed)?
    }

    pub(crate) fn into_owned(self) -> Credential<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Credential {
            access_key: owned(self.access_key),
            date: owned(self.date),
            region: owned(self.region),
            service: owned(self.service),
        }
    }

    /// `None` if a part is missing or empty.
    fn of_parts(
        parts: impl Iterator<Item = &'a str>,
        decode: impl Fn(&'a str) -> Cow<'a, str>,
    ) -> Option<Result<Self, Refusal>> {
        let mut parts = parts.filter(|part| !part.is_empty()).map(decode);
        let [terminator, service, region, date] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let access_key = parts.next()?;
        if terminator != TERMINATOR {
            return Some(Err(Refusal::Terminator {
                got: terminator.into_owned(),
            }));
        }
        Some(Ok(Self {
            access_key,
            date,
            region,
            service,
        }))
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

pub(crate) fn parse_signature(text: Cow<'_, str>) -> Result<Cow<'_, str>, Refusal> {
    let is_digit = |all, byte: u8| all & matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 64 && text.bytes().fold(true, is_digit) {
        Ok(text)
    } else {
        Err(Refusal::MalformedSignature {
            got_bytes: text.len(),
        })
    }
}

/// Lower-case names in ascending order, so that no name is there twice.
fn parse_signed_headers(text: Cow<'_, str>) -> Result<Cow<'_, str>, Refusal> {
    let mut last = "";
    let is_of_names = is_list_of_lower_case_tokens(&text);
    let in_order = is_of_names
        && names(&text).all(|name| {
            let is_next = compare(last, name).is_lt();
            last = name;
            is_next
        });
    if in_order {
        Ok(text)
    } else {
        Err(Refusal::MalformedSignedHeaders {
            got: text.into_owned(),
        })
    }
}
