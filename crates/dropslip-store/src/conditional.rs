//! Conditional requests, answered: 304 or 412 for reads, 412 or 404 for writes and deletions.
//!
//! Writes and deletions are decided inside the change, where nobody else can change
//! anything, so there is no conflict to answer 409 for: whoever comes second finds what the
//! first one did.

use dropslip_s3::Code;
use dropslip_s3::conditions::{Condition, Conditions, EtagList};

use crate::error::{Error, Result};
use crate::index::{ObjectRecord, Read, Version, objects};
use crate::request::Request;

/// What holds a write back: `If-Match` and `If-None-Match`.
#[derive(Clone, Debug, Default)]
pub(crate) struct WriteConditions(Conditions);

impl WriteConditions {
    /// Reads the conditions of a request that writes an object.
    pub(crate) fn read(request: &Request) -> Self {
        let etags = |name| request.head.header(name).map(EtagList::parse);
        Self(Conditions {
            if_match: etags("if-match"),
            if_none_match: etags("if-none-match"),
            ..Conditions::default()
        })
    }

    /// Lets a write pass or refuses it, as the present object of its key has it.
    pub(crate) fn check(&self, read: &impl Read, place: objects::Place<'_>) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        match objects::current(read, place)? {
            Some(current) => self
                .0
                .hold(&current.etag, current.modified_ms)
                .map_err(failed),
            // Nothing is there that could match.
            None if self.0.if_match.is_some() => Err(no_such_key(place)),
            None => Ok(()),
        }
    }
}

/// What holds a deletion back: the object's ETag, time and size.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteConditions {
    pub(crate) if_match: Option<EtagList>,
    /// In whole seconds since 1970.
    pub(crate) modified_s: Option<i64>,
    pub(crate) size_bytes: Option<u64>,
}

impl DeleteConditions {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.modified_s.is_none() && self.size_bytes.is_none()
    }

    /// Lets a deletion pass or refuses it. Time and size pass where there is no object.
    pub(crate) fn check(&self, found: Option<&Version>, place: objects::Place<'_>) -> Result<()> {
        let object = match found {
            Some(Version::Object(object)) => object,
            Some(Version::DeleteMarker(_)) if self.if_match.is_some() => {
                return Err(failed(Condition::IfMatch));
            }
            None if self.if_match.is_some() => return Err(no_such_key(place)),
            Some(Version::DeleteMarker(_)) | None => return Ok(()),
        };
        let differs = |name: &str| Error::from(Code::PreconditionFailed).with("Condition", name);
        if self
            .if_match
            .as_ref()
            .is_some_and(|etags| !etags.has(&object.etag))
        {
            return Err(failed(Condition::IfMatch));
        }
        let modified_s = object.modified_ms.div_euclid(1000);
        if self
            .modified_s
            .is_some_and(|wanted_s| wanted_s != modified_s)
        {
            return Err(differs("x-amz-if-match-last-modified-time"));
        }
        if self
            .size_bytes
            .is_some_and(|wanted| wanted != object.size_bytes)
        {
            return Err(differs("x-amz-if-match-size"));
        }
        Ok(())
    }
}

/// What a read is answered for its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadOutcome {
    /// The object.
    Proceed,
    /// 304: the client has it.
    NotModified,
}

/// Decides the conditions of a read.
pub(crate) fn read(request: &Request, record: &ObjectRecord) -> Result<ReadOutcome> {
    let conditions = Conditions::read("", |name| request.head.header(name));
    match conditions.hold(&record.etag, record.modified_ms) {
        Ok(()) => Ok(ReadOutcome::Proceed),
        Err(condition) if condition.is_not_modified() => Ok(ReadOutcome::NotModified),
        Err(condition) => Err(failed(condition)),
    }
}

/// 412, and which condition did not hold.
pub(crate) fn failed(condition: Condition) -> Error {
    Error::from(Code::PreconditionFailed).with("Condition", condition.as_str())
}

fn no_such_key((_, key): objects::Place<'_>) -> Error {
    Error::from(Code::NoSuchKey).with("Key", key.as_str())
}
