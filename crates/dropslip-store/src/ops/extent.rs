//! How much of an object is asked for: all of it, a range, or one of its parts.

use std::collections::BTreeMap;

use dropslip_s3::Code;
use dropslip_s3::limits::PARTS_MAX;
use dropslip_s3::range::{self, ByteRange, RangeAsked};

use crate::error::{Error, Result};
use crate::index::{Content, ObjectRecord, Read, manifest};
use crate::request::Request;

/// What of an object is sent.
#[derive(Debug)]
pub(super) struct Extent {
    pub(super) range: ByteRange,
    /// Whether it is answered 206, even where it is all of the object.
    pub(super) is_partial: bool,
    /// How many parts the object has, where one was asked for.
    pub(super) parts_count: Option<usize>,
    /// The checksums of exactly these bytes, by header; none for a range.
    pub(super) checksums: BTreeMap<String, String>,
}

/// Reads `Range` and `partNumber`.
pub(super) fn asked(read: &impl Read, request: &Request, record: &ObjectRecord) -> Result<Extent> {
    let range = request.head.header("range");
    match (request.head.query.find("partNumber"), range) {
        (Some(_), Some(_)) => Err(Error::new(
            Code::InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter",
        )),
        (Some(number), None) => part(read, number, record),
        (None, Some(value)) if is_for(request, record) => of_range(value, record),
        (None, _) => Ok(whole(record)),
    }
}

/// Whether a range is of this state of the object: where `If-Range` names another one, the
/// rest of that is of no use, and the whole object is sent.
fn is_for(request: &Request, record: &ObjectRecord) -> bool {
    let state = request.head.header("if-range");
    state.is_none_or(|state| {
        state == record.etag || state == crate::present::http_date(record.modified_ms)
    })
}

fn whole(record: &ObjectRecord) -> Extent {
    let range = ByteRange {
        start: 0,
        end: record.size_bytes,
    };
    Extent {
        range,
        is_partial: false,
        parts_count: None,
        checksums: record.checksums.clone(),
    }
}

fn of_range(value: &str, record: &ObjectRecord) -> Result<Extent> {
    match range::parse(value, record.size_bytes) {
        RangeAsked::Whole => Ok(whole(record)),
        RangeAsked::Part(range) => Ok(Extent {
            range,
            is_partial: true,
            parts_count: None,
            checksums: BTreeMap::new(),
        }),
        RangeAsked::Unsatisfiable => Err(Error::from(Code::InvalidRange)
            .with("RangeRequested", value)
            .with("ActualObjectSize", record.size_bytes.to_string())
            .with_header("content-range", format!("bytes */{}", record.size_bytes))),
    }
}

/// One part, by its number; an object that came in one piece has one.
fn part(read: &impl Read, number: &str, record: &ObjectRecord) -> Result<Extent> {
    let wanted = number.parse::<u16>().ok();
    let wanted = wanted.filter(|n| (1..=PARTS_MAX).contains(&usize::from(*n)));
    let wanted = wanted.ok_or_else(|| {
        let why = "Part number must be an integer between 1 and 10000, inclusive";
        Error::invalid_argument("partNumber", number, why)
    })?;
    let unsatisfiable = |count: usize| {
        Error::from(Code::InvalidPartNumber)
            .with("ActualPartCount", count.to_string())
            .with("PartNumberRequested", number)
    };
    let Content::Parts(id) = record.content else {
        if wanted != 1 {
            return Err(unsatisfiable(1));
        }
        let whole = whole(record);
        // There is no range of no bytes.
        let is_partial = !whole.range.is_empty();
        return Ok(Extent {
            is_partial,
            ..whole
        });
    };
    let count = usize::from(manifest::count(read, id)?);
    let found = manifest::numbered(read, id, wanted, 1)?.pop();
    let Some((start, part)) = found.filter(|(_, part)| part.number == wanted) else {
        return Err(unsatisfiable(count));
    };
    let end = start + part.size_bytes;
    let checksum = part
        .checksum
        .map(|c| (c.algorithm.header().to_owned(), c.to_string()));
    Ok(Extent {
        range: ByteRange { start, end },
        is_partial: end > start,
        parts_count: Some(count),
        checksums: checksum.into_iter().collect(),
    })
}
