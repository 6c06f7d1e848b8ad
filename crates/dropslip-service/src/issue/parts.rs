//! Parts: which an upload has, and their URLs.

use std::collections::BTreeMap;

use dropslip_s3::checksum::Checksum;
use dropslip_sigv4::{PartUrls, Path, Slip, Timestamp};
use serde::Serialize;

use crate::limits::{PARTS_AT_ISSUE, PARTS_MAX};
use crate::preset::Preset;
use crate::problem::{Code, Problem};
use crate::profile::checksum_name;
use crate::storage::Storage;
use crate::token::{Travel, Upload};

/// A part to be signed.
#[derive(Clone, Debug)]
pub(crate) struct PartAsked {
    pub(crate) number: u64,
    /// Its checksum, of the preset's kind.
    pub(crate) checksum: Option<Checksum>,
}

/// A part that was signed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = SignedPart)]
pub(crate) struct PartAnswer {
    pub(crate) number: u64,
    pub(crate) url: String,
    headers: BTreeMap<&'static str, String>,
}

/// How many parts there are, and the size of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    size_bytes: u64,
    part_bytes: u64,
}

impl Division {
    /// Of an upload in parts whose size is known.
    pub(crate) fn of(upload: &Upload) -> Option<Self> {
        match upload.travel {
            Travel::Multipart { part_bytes, .. } if part_bytes > 0 => Some(Self {
                size_bytes: upload.size_bytes_max,
                part_bytes,
            }),
            _ => None,
        }
    }

    /// How many.
    pub(crate) fn count(self) -> u64 {
        self.size_bytes.div_ceil(self.part_bytes).max(1)
    }

    /// The size of a part, by its number from 1 on.
    pub(crate) fn bytes(self, number: u64) -> Option<u64> {
        let last = self.count();
        match number {
            0 => None,
            number if number < last => Some(self.part_bytes),
            number if number == last => Some(self.size_bytes - (last - 1) * self.part_bytes),
            _ => None,
        }
    }
}

/// The first parts, signed unasked; none where each needs its checksum, which only the client can tell.
pub(super) fn first(upload: &Upload) -> Vec<PartAsked> {
    let count = match Division::of(upload) {
        Some(division) if upload.checksum.is_none() => division.count().min(PARTS_AT_ISSUE),
        _ => 0,
    };
    (1..=count)
        .map(|number| PartAsked {
            number,
            checksum: None,
        })
        .collect()
}

/// Signs parts. Each is signed with its length, so that the sum cannot pass the size that was allowed.
pub(crate) fn sign_parts(
    storage: &Storage,
    upload: &Upload,
    asked: &[PartAsked],
    expires_s: u32,
    now: Timestamp,
) -> Result<Vec<PartAnswer>, Problem> {
    // Most parts are alike, and such share all but their number.
    let mut alike: BTreeMap<Option<u64>, PartUrls> = BTreeMap::new();
    let mut answers = Vec::with_capacity(asked.len());
    for part in asked {
        let signed = Signed {
            bytes: length(upload, part.number)?,
            checksum: checksum(upload, part)?,
            expires_s,
        };
        let url = match (signed.checksum, alike.get_mut(&signed.bytes)) {
            (None, Some(urls)) => url(urls, part.number)?,
            (None, None) => {
                let mut urls = part_urls(storage, upload, signed, now)?;
                let first = url(&mut urls, part.number)?;
                alike.insert(signed.bytes, urls);
                first
            }
            (Some(_), _) => url(&mut part_urls(storage, upload, signed, now)?, part.number)?,
        };
        let checksum = signed
            .checksum
            .map(|sum| (sum.algorithm.header(), sum.to_string()));
        answers.push(PartAnswer {
            number: part.number,
            url,
            headers: checksum.into_iter().collect(),
        });
    }
    Ok(answers)
}

/// What is signed of a part beside its number.
#[derive(Clone, Copy)]
struct Signed<'a> {
    bytes: Option<u64>,
    checksum: Option<&'a Checksum>,
    expires_s: u32,
}

/// The length to sign; `None` where the client chooses its parts and does not tell.
fn length(upload: &Upload, number: u64) -> Result<Option<u64>, Problem> {
    let Some(division) = Division::of(upload) else {
        return match number {
            1..=PARTS_MAX => Ok(None),
            _ => Err(no_part(number, PARTS_MAX)),
        };
    };
    let bytes = division.bytes(number);
    bytes
        .map(Some)
        .ok_or_else(|| no_part(number, division.count()))
}

fn no_part(number: u64, count: u64) -> Problem {
    let detail = format!("there is no part {number}; this upload has the parts 1 to {count}");
    Problem::new(Code::InvalidPart, detail)
}

fn checksum<'a>(upload: &Upload, part: &'a PartAsked) -> Result<Option<&'a Checksum>, Problem> {
    let asked = upload.checksum.as_ref().map(|sum| sum.algorithm);
    match (asked, &part.checksum) {
        (None, None) => Ok(None),
        (Some(algorithm), Some(checksum)) if checksum.algorithm == algorithm => Ok(Some(checksum)),
        (Some(algorithm), _) => {
            let name = checksum_name(algorithm);
            let detail = format!("part {} comes without its {name}", part.number);
            let hint = format!(
                "Send `parts`: [{{\"number\": {}, \"checksum\": \"…\"}}] with the {name} of the part in base64.",
                part.number
            );
            Err(Problem::new(Code::ChecksumRequired, detail)
                .with_algorithm(algorithm)
                .with_hint(hint))
        }
        (None, Some(_)) => {
            let detail = format!("preset `{}` has no `checksum`", upload.preset);
            Err(Problem::new(Code::InvalidRequest, detail))
        }
    }
}

fn part_urls(
    storage: &Storage,
    upload: &Upload,
    signed: Signed<'_>,
    now: Timestamp,
) -> Result<PartUrls, Problem> {
    let target = storage.public().object(&upload.bucket, &upload.key);
    let length = signed.bytes.map(|bytes| bytes.to_string());
    let checksum = signed
        .checksum
        .map(|sum| (sum.algorithm.header(), sum.to_string()));
    let length = length
        .iter()
        .map(|length| ("content-length", length.as_str()));
    let checksum = checksum.iter().map(|(name, value)| (*name, value.as_str()));
    let headers: Vec<(&str, &str)> = length.chain(checksum).collect();
    let slip = Slip {
        method: "PUT",
        scheme: &target.scheme,
        host: &target.host,
        path: Path::Wire(&target.path),
        query: "",
        headers: &headers,
        expires_s: signed.expires_s,
    };
    let Travel::Multipart { upload_id, .. } = &upload.travel else {
        return Err(not_in_parts(upload));
    };
    storage
        .signer()
        .presign_parts(&slip, upload_id, now)
        .map_err(|error| Problem::internal(&error))
}

/// A call about parts for an upload that has none.
pub(crate) fn not_in_parts(upload: &Upload) -> Problem {
    let mode = match upload.travel {
        Travel::Put => "put",
        Travel::Post => "post",
        Travel::Multipart { .. } => "multipart",
    };
    Problem::new(
        Code::WrongMode,
        format!("the upload's mode is `{mode}`, which has no parts"),
    )
}

fn url(urls: &mut PartUrls, number: u64) -> Result<String, Problem> {
    let number = u32::try_from(number).map_err(|error| Problem::internal(&error))?;
    urls.url(number).map_err(|error| Problem::internal(&error))
}

/// Begins the upload at the storage and tells S3's id of it.
pub(crate) async fn begin(
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
) -> Result<String, Problem> {
    let mut headers = super::headers(preset, upload);
    if let Some(sum) = &upload.checksum {
        let algorithm = sum.algorithm.as_str().to_owned();
        headers.insert("x-amz-checksum-algorithm".to_owned(), algorithm);
    }
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let begun =
        storage
            .client()
            .create_multipart(&upload.bucket, &upload.key, &headers, upload.issued);
    begun
        .await
        .map_err(|error| storage.problem(&upload.bucket, &upload.key, &error))
}
