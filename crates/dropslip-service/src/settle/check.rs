//! What was announced against what arrived. Pure.

use dropslip_s3::checksum::Algorithm;
use dropslip_s3::client::ObjectHead;

use crate::database::Record;
use crate::media_type::MediaType;
use crate::problem::{Code, Problem, echo};
use crate::profile::checksum_name;
use crate::token::{Travel, Upload};
use crate::verify;

/// Size, type and checksum.
pub(super) fn head(upload: &Upload, head: &ObjectHead) -> Result<(), Problem> {
    size(upload, head.size_bytes)?;
    let got = head.content_type.as_deref().unwrap_or_default().trim();
    if got != upload.content_type {
        let detail = format!("expected {}, got {}", echo(&upload.content_type), echo(got));
        return Err(Problem::new(Code::TypeMismatch, detail));
    }
    checksum(upload, head)
}

/// The same of what was completed before, maybe by somebody who did not know what was announced.
pub(super) fn kept(upload: &Upload, record: &Record) -> Result<(), Problem> {
    let kept = ObjectHead {
        size_bytes: record.size_bytes.unwrap_or_default(),
        content_type: record.content_type.clone(),
        checksums: record
            .checksum
            .iter()
            .filter_map(|sum| checksum_of(sum))
            .collect(),
        ..ObjectHead::default()
    };
    head(upload, &kept)
}

/// A checksum as records have it, `sha256:BASE64`.
fn checksum_of(text: &str) -> Option<(Algorithm, String)> {
    let (name, value) = text.split_once(':')?;
    Some((name.parse().ok()?, value.to_owned()))
}

/// A sum of sizes that was not allowed, of an object or of its parts.
pub(super) fn size(upload: &Upload, got: u64) -> Result<(), Problem> {
    let (min, max) = (upload.size_bytes_min, upload.size_bytes_max);
    if (min..=max).contains(&got) {
        return Ok(());
    }
    let expected = if min == max {
        format!("{max} bytes")
    } else {
        format!("{min} to {max} bytes")
    };
    let detail = format!("expected {expected}, got {got}");
    Err(Problem::new(Code::SizeMismatch, detail))
}

/// A storage that tells no checksum has refused a wrong one already, if its profile says the truth.
fn checksum(upload: &Upload, head: &ObjectHead) -> Result<(), Problem> {
    let Some(expected) = upload.checksum.as_ref().and_then(|sum| sum.whole.as_ref()) else {
        return Ok(());
    };
    let got = head
        .checksums
        .iter()
        .find(|(algorithm, _)| *algorithm == expected.algorithm);
    match got {
        // A composite one is made of those of the parts, and says nothing of the whole.
        Some((_, value)) if !value.contains('-') && *value != expected.to_string() => {
            let name = checksum_name(expected.algorithm);
            let detail = format!("expected the {name} `{expected}`, got {}", echo(value));
            Err(Problem::new(Code::ChecksumMismatch, detail))
        }
        _ => Ok(()),
    }
}

/// The first bytes against the type.
pub(crate) fn content(upload: &Upload, bytes: &[u8]) -> Result<(), Problem> {
    let declared =
        MediaType::parse(&upload.content_type).map_err(|reason| Problem::internal(&reason))?;
    verify::check(&declared, bytes).map_err(|found| {
        let detail = format!("{} was announced, and {found}", echo(&upload.content_type));
        Problem::new(Code::ContentMismatch, detail)
    })
}

/// A 404 to a HEAD has no body, so it cannot say whether the key is missing or the whole bucket.
pub(super) fn not_uploaded(upload: &Upload) -> Problem {
    let detail = format!(
        "the storage has nothing at `{}` in the bucket `{}`",
        upload.key, upload.bucket
    );
    let first = match upload.travel {
        Travel::Put => "Send the file to `put.url` first and complete after it answered 200.",
        Travel::Post => "Send the form to `post.url` first and complete after it answered 201.",
        Travel::Multipart { .. } => "Send all parts first.",
    };
    let hint = format!(
        "{first} If it did, check that the bucket `{}` exists and that `storage.endpoint` and \
         `storage.publicEndpoint` are the same storage.",
        upload.bucket
    );
    Problem::new(Code::NotUploaded, detail).with_hint(hint)
}
