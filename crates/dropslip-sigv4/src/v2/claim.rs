//! What a request signed with version 2 says of itself.

use crate::date;
use crate::limits::SKEW_S_MAX;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::time::Timestamp;
use crate::v2::amz::unfolded;
use crate::v2::parameters::Parameters;
use crate::v2::{SIGNATURE_BYTES, parse_signature};

/// A claim, well-formed and not yet checked.
pub(super) struct Claim {
    pub(super) access_key: String,
    pub(super) signature: [u8; SIGNATURE_BYTES],
    pub(super) stamp: Stamp,
}

/// The time that is signed.
pub(super) enum Stamp {
    /// Of a request signed in the header: when that was.
    Signed {
        at: Timestamp,
        /// The `Date` header; empty if `x-amz-date` takes its place.
        line: Vec<u8>,
    },
    /// Of a link: the last second at which it holds.
    Until {
        at: Timestamp,
        /// `Expires` as it was sent.
        line: String,
    },
}

impl Claim {
    /// Reads a claim from the place where the request has one.
    pub(super) fn read(
        request: &Request<'_>,
        parameters: &Parameters<'_>,
    ) -> Result<Self, Refusal> {
        const V4: [&str; 3] = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
        let v2 = parameters.has_ignoring_case("AWSAccessKeyId");
        let v4 = V4.iter().any(|mark| parameters.has_ignoring_case(mark));
        match (request.header_values("authorization").next(), v2, v4) {
            (Some(authorization), false, false) => Self::from_header(request, authorization),
            (None, true, false) => Self::from_query(parameters),
            (None, false, false) => Err(Refusal::NotSigned),
            (None, false, true) => Err(Refusal::ParameterMissing {
                name: "AWSAccessKeyId",
            }),
            (Some(_), _, _) | (None, true, true) => Err(Refusal::SignedTwice),
        }
    }

    /// `AWS ACCESS-KEY:SIGNATURE`. The access key may have colons in it.
    fn from_header(request: &Request<'_>, authorization: &[u8]) -> Result<Self, Refusal> {
        let malformed = |got: &str| Refusal::MalformedAuthorization {
            expected: "`AWS ACCESS-KEY:SIGNATURE`",
            got: got.to_owned(),
        };
        let text = str::from_utf8(authorization)
            .map_err(|_| malformed("bytes that are not UTF-8"))?
            .trim_ascii();
        let (access_key, signature) = text
            .strip_prefix("AWS ")
            .and_then(|rest| rest.trim_ascii().rsplit_once(':'))
            .filter(|(access_key, _)| !access_key.is_empty())
            .ok_or_else(|| malformed(text))?;
        Ok(Self {
            access_key: access_key.to_owned(),
            signature: parse_signature(signature)?,
            stamp: Stamp::from_headers(request)?,
        })
    }

    fn from_query(parameters: &Parameters<'_>) -> Result<Self, Refusal> {
        let access_key = parameters.value("AWSAccessKeyId")?;
        let line = parameters.value("Expires")?;
        let signature = parse_signature(&parameters.value("Signature")?)?;
        let Some(at) = parse_expires(&line) else {
            return Err(Refusal::MalformedDate {
                name: "Expires",
                got: line,
            });
        };
        Ok(Self {
            access_key,
            signature,
            stamp: Stamp::Until { at, line },
        })
    }

    /// Whether the signature was in the query.
    pub(super) fn presigned(&self) -> bool {
        matches!(self.stamp, Stamp::Until { .. })
    }

    /// Whether the `Date` header is what has the time.
    pub(super) fn signs_date_header(&self) -> bool {
        matches!(&self.stamp, Stamp::Signed { line, .. } if !line.is_empty())
    }

    /// What stands in the string to sign where the date belongs.
    pub(super) fn date_line(&self) -> &[u8] {
        match &self.stamp {
            Stamp::Signed { line, .. } => line,
            Stamp::Until { line, .. } => line.as_bytes(),
        }
    }

    /// Holds the time against the present one. How long a link may hold is up to
    /// its signer: version 2 has no longest life.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), Refusal> {
        match self.stamp {
            Stamp::Signed { at: signed, .. } if signed.apart_s(now) > u64::from(SKEW_S_MAX) => {
                Err(Refusal::Skewed { signed, now })
            }
            Stamp::Until { at: until, .. } if now > until => Err(Refusal::Expired { until, now }),
            _ => Ok(()),
        }
    }
}

impl Stamp {
    /// `x-amz-date` counts before `Date`, whose line is then empty.
    fn from_headers(request: &Request<'_>) -> Result<Self, Refusal> {
        let header = |name: &'static str| Some((name, request.header_values(name).next()?));
        let (name, value) = header("x-amz-date")
            .or_else(|| header("date"))
            .ok_or(Refusal::DateMissing)?;
        let value = unfolded(value);
        let at = str::from_utf8(&value).ok().and_then(date::parse);
        let at = at.ok_or_else(|| Refusal::MalformedDate {
            name,
            got: String::from_utf8_lossy(&value).into_owned(),
        })?;
        let line = if name == "date" { value } else { Vec::new() };
        Ok(Self::Signed { at, line })
    }
}

/// Unix seconds; digits only, for `parse` alone would take a sign.
fn parse_expires(text: &str) -> Option<Timestamp> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok())??;
    Some(Timestamp::from_unix_s(seconds))
}
