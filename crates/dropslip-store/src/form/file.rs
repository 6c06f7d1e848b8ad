//! The bytes of a form's file, as they arrive.

use axum::body::Body;
use bytes::Bytes;
use dropslip_s3::Code;
use dropslip_s3::form_data::{FormReader, Piece};
use dropslip_s3::policy::{Permit, PolicyError};

use super::{ArrivingForm, malformed, not_allowed};
use crate::error::{Error, Result};
use crate::intake::{Source, next_bytes};
use crate::limits::{FORM_SIZE_TOLD_BYTES_MAX, PUT_BYTES_MAX};

/// The file of a form whose fields were checked.
pub(crate) struct FormFile<'a> {
    body: &'a mut Body,
    reader: Option<FormReader>,
    /// What has been read of the body and not yet of the form.
    rest: Bytes,
    /// What the policy says of the size; none in a form that nobody signed.
    permit: Option<&'a Permit>,
    size_bytes: u64,
    has_ended: bool,
}

impl<'a> FormFile<'a> {
    pub(crate) fn new(form: ArrivingForm, body: &'a mut Body, permit: Option<&'a Permit>) -> Self {
        Self {
            body,
            reader: Some(form.reader),
            rest: form.rest,
            permit,
            size_bytes: 0,
            has_ended: false,
        }
    }

    /// The next bytes of the file, whatever their number. What follows the file is read and
    /// passed over.
    async fn next_piece(&mut self) -> Result<Option<Bytes>> {
        loop {
            while let Some(reader) = &mut self.reader {
                let mut rest = &self.rest[..];
                let piece = reader.read(&mut rest).map_err(|error| malformed(&error))?;
                let rest_at = self.rest.len() - rest.len();
                let found = match piece {
                    None => break,
                    Some(Piece::Data(data)) => Some(owned(&self.rest, data)),
                    Some(Piece::FileEnd) => {
                        self.has_ended = true;
                        None
                    }
                    Some(Piece::Field { .. } | Piece::File { .. }) => None,
                };
                self.rest = self.rest.slice(rest_at..);
                if found.is_some() {
                    return Ok(found);
                }
            }
            match next_bytes(self.body).await? {
                Some(bytes) => self.rest = bytes,
                None => {
                    let reader = self.reader.take();
                    return match reader.map_or(Ok(()), FormReader::finish) {
                        Ok(()) => Ok(None),
                        Err(error) => Err(malformed(&error)),
                    };
                }
            }
        }
    }

    fn check_so_far(&self) -> std::result::Result<(), Refused> {
        if let Some(permit) = self.permit {
            permit
                .check_size_so_far(self.size_bytes)
                .map_err(Refused::Policy)?;
        }
        if self.size_bytes > PUT_BYTES_MAX {
            return Err(Refused::Size);
        }
        Ok(())
    }

    /// The answer to a file that is too large. Its size is told if the end is near; a larger one is
    /// stopped here, and what has come so far is told.
    async fn too_large(&mut self) -> Error {
        let told = self.size_bytes.saturating_add(FORM_SIZE_TOLD_BYTES_MAX);
        while !self.has_ended && self.size_bytes <= told {
            match self.next_piece().await {
                Ok(Some(bytes)) => self.size_bytes += bytes.len() as u64,
                _ => break,
            }
        }
        match self.check_so_far() {
            Err(Refused::Policy(error)) => not_allowed(&error),
            _ => Error::from(Code::EntityTooLarge)
                .with("ProposedSize", self.size_bytes.to_string())
                .with("MaxSizeAllowed", PUT_BYTES_MAX.to_string()),
        }
    }
}

/// Why no more of a file is taken.
enum Refused {
    Policy(PolicyError),
    Size,
}

impl Source for FormFile<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(bytes) = self.next_piece().await? else {
            if let Some(permit) = self.permit {
                permit
                    .check_size(self.size_bytes)
                    .map_err(|error| not_allowed(&error))?;
            }
            return Ok(None);
        };
        self.size_bytes += bytes.len() as u64;
        match self.check_so_far() {
            Ok(()) => Ok(Some(bytes)),
            Err(_) => Err(self.too_large().await),
        }
    }
}

/// Bytes that the reader gave: a part of what it read, or the beginning of a boundary that was
/// none.
fn owned(read: &Bytes, data: &[u8]) -> Bytes {
    let within = read.as_ptr_range();
    let is_part = within.contains(&data.as_ptr()) && data.as_ptr_range().end <= within.end;
    if is_part {
        read.slice_ref(data)
    } else {
        Bytes::copy_from_slice(data)
    }
}
