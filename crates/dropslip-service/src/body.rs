//! JSON bodies: bounded in size and time, declared as JSON, and refused with the place of the error.
//!
//! The declaration is required although the body would speak for itself: `application/json` is not among the types
//! that a page may send to another origin unasked, so the browser makes a preflight first, and the service agrees to
//! none.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use dropslip_s3::checksum::Checksum;
use serde::Deserialize;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde_json::error::Category;

use crate::limits::{BODY_BYTES_MAX, BODY_READ_S_MAX};
use crate::media_type::MediaType;
use crate::problem::{Code, Problem, echo};
use crate::profile::{checksum_name, checksum_named};

/// Body of `POST /v1/uploads`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewUpload)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Create {
    #[serde(deserialize_with = "preset")]
    pub(crate) preset: String,
    #[serde(deserialize_with = "file_name")]
    pub(crate) file_name: String,
    #[serde(default, deserialize_with = "content_type")]
    #[schema(value_type = Option<String>)]
    pub(crate) content_type: String,
    #[serde(deserialize_with = "size")]
    pub(crate) size: u64,
    pub(crate) checksum: Option<Checksummed>,
    #[serde(default)]
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) subject: Option<String>,
}

/// The file's checksum, in base64.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = Checksum)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checksummed {
    algorithm: String,
    value: String,
}

impl Create {
    /// The checksum, if there is one.
    pub(crate) fn checksum(&self) -> Result<Option<Checksum>, Problem> {
        let Some(Checksummed { algorithm, value }) = &self.checksum else {
            return Ok(None);
        };
        let wrong = |detail| Problem::new(Code::InvalidRequest, detail);
        let algorithm = checksum_named(algorithm)
            .map_err(|reason| wrong(format!("`checksum.algorithm` {reason}")))?;
        let checksum = Checksum::parse(algorithm, value).ok_or_else(|| {
            let name = checksum_name(algorithm);
            wrong(format!("`checksum.value` is no {name} in base64"))
        });
        checksum.map(Some)
    }
}

/// Body of `POST /v1/uploads/{id}/parts`: numbers, or numbers with their checksums.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = PartsToSign)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parts {
    #[serde(default)]
    pub(crate) numbers: Vec<u64>,
    #[serde(default)]
    pub(crate) parts: Vec<NumberedPart>,
}

/// A part to be signed with its checksum.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = PartToSign)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberedPart {
    pub(crate) number: u64,
    pub(crate) checksum: Option<String>,
}

/// Body of `POST /v1/uploads/{id}/complete`: nothing to say. What the storage has counts, not the client's word.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = Completion)]
#[serde(deny_unknown_fields)]
pub(crate) struct Complete {}

/// Body of `POST /v1/diagnose`: what a client saw of a failure.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = FailureSeen)]
#[serde(deny_unknown_fields)]
pub(crate) struct Diagnose {
    /// The `id` of the answer that issued the upload.
    pub(crate) id: String,
    /// Of the part that failed.
    pub(crate) number: Option<u64>,
    /// The status that the storage answered; 0 where the browser shows none.
    #[serde(default)]
    pub(crate) status: u16,
    /// The storage's answer.
    pub(crate) answer: Option<String>,
}

/// Body of `POST /v1/downloads`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewDownload)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Download {
    pub(crate) key: String,
    pub(crate) preset: Option<String>,
    pub(crate) file_name: Option<String>,
    /// In seconds.
    pub(crate) expires_in: Option<u64>,
}

/// Reads a body that must be there.
pub(crate) async fn required<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Problem> {
    required_up_to(headers, body, BODY_BYTES_MAX).await
}

/// The same of a body that may be longer.
pub(crate) async fn required_up_to<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<T, Problem> {
    let bytes = read(headers, body, bytes_max).await?;
    parse(headers, &bytes)
}

/// Reads a body that may be empty.
pub(crate) async fn optional<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
) -> Result<Option<T>, Problem> {
    let bytes = read(headers, body, BODY_BYTES_MAX).await?;
    if bytes.is_empty() {
        Ok(None)
    } else {
        parse(headers, &bytes).map(Some)
    }
}

async fn read(headers: &HeaderMap, body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is longer than {bytes_max} bytes");
        Problem::new(Code::BodyTooLarge, detail).with_limit(bytes_max as u64)
    };
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > bytes_max as u64) {
        return Err(too_large());
    }
    let reading = tokio::time::timeout(
        Duration::from_secs(BODY_READ_S_MAX),
        to_bytes(body, bytes_max),
    );
    let bytes = reading.await.map_err(|_| {
        Problem::new(
            Code::RequestTimeout,
            format!("the body took longer than {BODY_READ_S_MAX} s"),
        )
    })?;
    match bytes {
        Ok(bytes) => Ok(bytes),
        Err(error) if is_length_limit(&error) => Err(too_large()),
        // The caller has hung up or broken the framing; hardly anybody will read this answer.
        Err(_) => Err(Problem::new(Code::InvalidJson, "the body broke off")),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    std::error::Error::source(error)
        .is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

fn parse<T: DeserializeOwned>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Problem> {
    check_declared(headers)?;
    if bytes
        .trim_ascii_start()
        .first()
        .is_some_and(|first| b"[\"-0123456789tfn".contains(first))
    {
        // Derived readers would take an array for the fields in their order.
        serde_json::from_slice::<de::IgnoredAny>(bytes).map_err(|error| refuse(&error))?;
        return Err(Problem::new(
            Code::InvalidRequest,
            "the body is JSON, but not an object",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| refuse(&error))
}

fn check_declared(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        let detail = "the call has a body without a `content-type`, or with several";
        return Err(Problem::new(Code::UnsupportedMediaType, detail));
    };
    if value == "application/json" {
        return Ok(());
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    match MediaType::parse(&text) {
        Ok(media_type) if media_type.essence() == "application/json" => Ok(()),
        _ => Err(Problem::new(
            Code::UnsupportedMediaType,
            format!("the body is declared as {}", echo(&text)),
        )),
    }
}

/// serde's messages name the field, and end with line and column.
fn refuse(error: &serde_json::Error) -> Problem {
    let code = match error.classify() {
        Category::Data => Code::InvalidRequest,
        Category::Syntax | Category::Eof | Category::Io => Code::InvalidJson,
    };
    Problem::new(code, error.to_string())
}

fn preset<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(Text("`preset` to be a string"))
}

fn file_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(Text("`fileName` to be a string"))
}

/// `null` counts as missing.
fn content_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = deserializer.deserialize_any(OptionalText)?;
    Ok(text.unwrap_or_default())
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    deserializer.deserialize_any(Size)
}

/// Words of an error that names the field; serde's own name only the type.
struct Text(&'static str);

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

struct OptionalText;

impl Visitor<'_> for OptionalText {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`contentType` to be a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Option<String>, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Option<String>, E> {
        Ok(None)
    }
}

struct Size;

impl Visitor<'_> for Size {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`size` to be a whole number of bytes, 0 or more")
    }

    fn visit_u64<E: de::Error>(self, size: u64) -> Result<u64, E> {
        Ok(size)
    }
}
