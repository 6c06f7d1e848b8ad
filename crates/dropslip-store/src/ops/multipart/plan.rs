//! What an upload becomes when it is completed: decided from what is asked and what has
//! arrived, with no look at a disk or a clock.

use std::collections::BTreeMap;

use dropslip_s3::Code;
use dropslip_s3::checksum::{Algorithm, Assembly, ChecksumType, WholeChecksum, is_whole_checksum};
use dropslip_s3::xml::WantedPart;
use md5::{Digest as _, Md5};

use crate::disk::DataId;
use crate::error::{Error, Result};
use crate::index::manifest::PartOfObject;
use crate::index::uploads::{PartRecord, UploadId};
use crate::limits::{MULTIPART_BYTES_MAX, PART_BYTES_MIN};
use crate::promise::hex;

/// What a request to complete asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) upload_id: UploadId,
    pub(super) parts: Vec<WantedPart>,
    /// The checksum of the whole object, as it was sent.
    pub(super) whole: Option<(Algorithm, String)>,
    /// `x-amz-checksum-type`.
    pub(super) kind: Option<ChecksumType>,
    /// `x-amz-mp-object-size`.
    pub(super) size_bytes: Option<u64>,
}

/// The object that an upload becomes.
#[derive(Debug)]
pub(super) struct Planned {
    /// In order; they are parts of the object now.
    pub(super) parts: Vec<PartOfObject>,
    /// Bytes of parts that were not asked for.
    pub(super) unused: Vec<DataId>,
    /// The numbers of all parts that had arrived.
    pub(super) numbers: Vec<u16>,
    pub(super) size_bytes: u64,
    /// With quotes.
    pub(super) etag: String,
    pub(super) checksum: Option<WholeChecksum>,
}

/// S3 gives an object that was begun without a checksum this one.
pub(super) const DEFAULT_CHECKSUM: (Algorithm, ChecksumType) =
    (Algorithm::Crc64Nvme, ChecksumType::FullObject);

/// The algorithm whose checksums an upload's parts must have, if it was begun with one.
type UploadChecksum = Option<(Algorithm, ChecksumType)>;

/// Refuses numbers that no list of parts can have. Needs nothing but the list.
pub(super) fn check_order(asked: &Asked) -> Result<()> {
    if let Some(part) = asked.parts.iter().find(|part| part.number < 1) {
        let number = part.number.to_string();
        let why = "PartNumber must be >= 1";
        return Err(Error::invalid_argument("PartNumber", &number, why));
    }
    let mut pairs = asked.parts.iter().zip(asked.parts.iter().skip(1));
    if pairs.all(|(before, after)| before.number < after.number) {
        return Ok(());
    }
    Err(Error::from(Code::InvalidPartOrder).with("UploadId", asked.upload_id.to_string()))
}

/// Plans the object.
pub(super) fn plan(
    asked: &Asked,
    upload: UploadChecksum,
    arrived: Vec<(u16, PartRecord)>,
) -> Result<Planned> {
    check_order(asked)?;
    let numbers = arrived.iter().map(|(number, _)| *number).collect();
    let mut arrived: BTreeMap<u16, PartRecord> = arrived.into_iter().collect();
    let mut used = Vec::with_capacity(asked.parts.len());
    for wanted in &asked.parts {
        used.push(take(asked, upload, wanted, &mut arrived)?);
    }
    check_sizes(&used)?;
    let checksum = whole_checksum(upload, &used);
    check_whole(asked, upload, checksum.as_ref())?;
    let size_bytes: u64 = used.iter().map(|(_, part)| part.size_bytes).sum();
    if size_bytes > MULTIPART_BYTES_MAX {
        return Err(Error::from(Code::EntityTooLarge)
            .with("ProposedSize", size_bytes.to_string())
            .with("MaxSizeAllowed", MULTIPART_BYTES_MAX.to_string()));
    }
    if let Some(told) = asked.size_bytes.filter(|told| *told != size_bytes) {
        let message = format!(
            "The provided 'x-amz-mp-object-size' header value {told} does not match what was \
             computed: {size_bytes}"
        );
        return Err(Error::new(Code::InvalidRequest, message));
    }
    Ok(Planned {
        etag: etag(&used),
        parts: (0..).zip(used).map(part_of_object(upload)).collect(),
        unused: arrived.into_values().map(|part| part.data).collect(),
        numbers,
        size_bytes,
        checksum,
    })
}

/// Finds a wanted part among those that have arrived.
fn take(
    asked: &Asked,
    upload: UploadChecksum,
    wanted: &WantedPart,
    arrived: &mut BTreeMap<u16, PartRecord>,
) -> Result<(u16, PartRecord)> {
    let number = u16::try_from(wanted.number).ok();
    let found = number.and_then(|number| Some((number, arrived.remove(&number)?)));
    let found = found.filter(|(_, part)| part.md5.eq_ignore_ascii_case(&wanted.etag));
    let found = found.ok_or_else(|| invalid_part(asked, wanted))?;
    if let Some((algorithm, ChecksumType::Composite)) = upload
        && !wanted.checksums.iter().any(|(a, _)| *a == algorithm)
    {
        let name = algorithm.as_str().to_ascii_lowercase();
        let message = format!(
            "The upload was created using a {name} checksum. The complete request must include \
             the checksum for each part. It was missing for part {} in the request.",
            wanted.number
        );
        return Err(Error::new(Code::InvalidRequest, message));
    }
    for (algorithm, value) in &wanted.checksums {
        let checksum = found.1.checksum(*algorithm);
        if checksum.is_none_or(|checksum| checksum.to_string() != *value) {
            return Err(invalid_part(asked, wanted));
        }
    }
    Ok(found)
}

fn invalid_part(asked: &Asked, wanted: &WantedPart) -> Error {
    Error::from(Code::InvalidPart)
        .with("UploadId", asked.upload_id.to_string())
        .with("PartNumber", wanted.number.to_string())
        .with("ETag", wanted.etag.as_str())
}

/// All parts but the last must have a size.
fn check_sizes(used: &[(u16, PartRecord)]) -> Result<()> {
    let all_but_last = used.split_last().map_or(used, |(_, rest)| rest);
    let small = all_but_last
        .iter()
        .find(|(_, part)| part.size_bytes < PART_BYTES_MIN);
    match small {
        None => Ok(()),
        Some((number, part)) => Err(Error::from(Code::EntityTooSmall)
            .with("ProposedSize", part.size_bytes.to_string())
            .with("MinSizeAllowed", PART_BYTES_MIN.to_string())
            .with("PartNumber", number.to_string())
            .with("ETag", part.md5.as_str())),
    }
}

/// The checksum of the object.
fn whole_checksum(upload: UploadChecksum, used: &[(u16, PartRecord)]) -> Option<WholeChecksum> {
    let (algorithm, kind) = upload.unwrap_or(DEFAULT_CHECKSUM);
    let mut assembly = Assembly::new(algorithm, kind)?;
    for (_, part) in used {
        assembly.add(part.checksum(algorithm)?, part.size_bytes);
    }
    Some(assembly.finish())
}

/// Compares the checksum of the object with what the request says of it.
fn check_whole(
    asked: &Asked,
    upload: UploadChecksum,
    computed: Option<&WholeChecksum>,
) -> Result<()> {
    if let (Some(kind), Some((_, begun))) = (asked.kind, upload)
        && kind != begun
    {
        let message = format!(
            "The upload was created using the {begun} checksum mode. The complete request must \
             use the same checksum mode."
        );
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let Some((algorithm, told)) = &asked.whole else {
        return Ok(());
    };
    let name = algorithm.as_str().to_ascii_lowercase();
    if !is_whole_checksum(*algorithm, told) {
        let message = format!("Value for {} header is invalid.", algorithm.header());
        return Err(Error::new(Code::InvalidRequest, message));
    }
    let Some(computed) = computed.filter(|c| c.checksum.algorithm == *algorithm) else {
        let expected = upload.map_or("null".to_owned(), |(algorithm, _)| {
            algorithm.as_str().to_ascii_lowercase()
        });
        return Err(super::type_mismatch(&expected, &name));
    };
    if !computed.is(told) {
        let message = format!("The {name} you specified did not match the calculated checksum.");
        return Err(Error::new(Code::BadDigest, message)
            .with("ExpectedDigest", told.as_str())
            .with("CalculatedDigest", computed.to_string()));
    }
    Ok(())
}

/// S3's ETag of an object of parts: the MD5 of the parts' MD5s, and their number.
fn etag(used: &[(u16, PartRecord)]) -> String {
    let mut md5 = Md5::new();
    for (_, part) in used {
        md5.update(unhex(&part.md5));
    }
    format!("\"{}-{}\"", hex(&md5.finalize()), used.len())
}

/// The ETag that an object has which was made of the parts that are asked for.
pub(super) fn etag_asked(asked: &Asked) -> String {
    let mut md5 = Md5::new();
    for part in &asked.parts {
        md5.update(unhex(&part.etag));
    }
    format!("\"{}-{}\"", hex(&md5.finalize()), asked.parts.len())
}

/// The bytes of hexadecimal digits; what is none counts as zero.
fn unhex(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| pair.iter().fold(0, |value, byte| value << 4 | digit(*byte)))
        .collect()
}

/// Only checksums of the kind that S3 shows of each part are kept with the object.
fn part_of_object(upload: UploadChecksum) -> impl Fn((u16, (u16, PartRecord))) -> PartOfObject {
    move |(before, (number, part))| {
        let checksum = upload.and_then(|(algorithm, _)| part.checksum(algorithm).cloned());
        PartOfObject {
            number,
            before,
            data: part.data,
            size_bytes: part.size_bytes,
            checksum,
        }
    }
}
