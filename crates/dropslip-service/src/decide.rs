//! The decision: may this file be uploaded, and as what. Pure; time and randomness are arguments.

use bytesize::ByteSize;
use dropslip_s3::ObjectKey;
use dropslip_sigv4::Timestamp;
use uuid::Uuid;

use crate::file_name::FileName;
use crate::key_template::Values;
use crate::media_type::MediaType;
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};

/// What a caller wishes to upload.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The file's name, as its owner sees it.
    pub file_name: &'a str,
    /// Its type; browsers send an empty one for what they do not know.
    pub content_type: &'a str,
    /// Its size.
    pub size_bytes: u64,
}

/// What will be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The object's key.
    pub key: ObjectKey,
    /// Its content type, to the letter.
    pub content_type: String,
    /// Its size.
    pub size_bytes: u64,
    /// What the client must send, in this order; names in lower case. `content-length` is signed besides.
    pub headers: Vec<(&'static str, String)>,
}

/// Decides.
///
/// # Errors
/// `invalid_file_name`, `invalid_request` for a malformed type, `type_not_accepted`, `too_large`, `too_small`.
pub fn decide(
    wish: &Wish<'_>,
    preset: &Preset,
    uuid: Uuid,
    now: Timestamp,
) -> Result<Decision, Problem> {
    let name = FileName::parse(wish.file_name)
        .map_err(|reason| Problem::new(Code::InvalidFileName, format!("`fileName` {reason}")))?;
    let media_type = media_type(wish.content_type, &name)?;
    if !preset
        .accept
        .iter()
        .any(|pattern| pattern.accepts(&media_type))
    {
        let accept: Vec<String> = preset.accept.iter().map(ToString::to_string).collect();
        let list = accept.join(", ");
        let detail = format!(
            "preset `{}` takes {list}, not {}",
            preset.name,
            echo(media_type.as_str())
        );
        return Err(Problem::new(Code::TypeNotAccepted, detail).with_accept(accept));
    }
    check_size(wish.size_bytes, preset)?;
    let key = preset.key.fill(&Values {
        uuid,
        date_stamp: &now.date_stamp(),
        ext: media_type.extension(),
        name: &name.safe(),
    });
    let mut headers = vec![("content-type", media_type.to_string())];
    headers.extend(preset.acl.map(|acl| ("x-amz-acl", acl.as_str().to_owned())));
    headers.extend(
        preset
            .cache_control
            .clone()
            .map(|value| ("cache-control", value)),
    );
    headers.extend(
        preset
            .content_disposition
            .clone()
            .map(|value| ("content-disposition", value)),
    );
    Ok(Decision {
        key: ObjectKey::parse(&key).expect("a template's longest key was checked at start"),
        content_type: media_type.to_string(),
        size_bytes: wish.size_bytes,
        headers,
    })
}

fn media_type(text: &str, name: &FileName) -> Result<MediaType, Problem> {
    if text.trim().is_empty() {
        return Ok(MediaType::of_file_name(name.as_str()));
    }
    MediaType::parse(text).map_err(|reason| {
        Problem::new(
            Code::InvalidRequest,
            format!("`contentType` is {} and {reason}", echo(text)),
        )
        .with_hint(
            "Send a type such as `image/png`, or none to have it taken from the file name."
                .to_owned(),
        )
    })
}

fn check_size(size_bytes: u64, preset: &Preset) -> Result<(), Problem> {
    let Preset {
        name,
        size_bytes_min,
        size_bytes_max,
        ..
    } = preset;
    if size_bytes > *size_bytes_max {
        let detail = format!(
            "the file has {}; preset `{name}` takes at most {}",
            shown(size_bytes),
            shown(*size_bytes_max)
        );
        return Err(Problem::new(Code::TooLarge, detail).with_limit(*size_bytes_max));
    }
    if size_bytes < *size_bytes_min {
        let detail = format!(
            "the file has {}; preset `{name}` takes at least {}",
            shown(size_bytes),
            shown(*size_bytes_min)
        );
        return Err(Problem::new(Code::TooSmall, detail).with_limit(*size_bytes_min));
    }
    Ok(())
}

/// A size for people, and to the byte.
fn shown(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} ({bytes} bytes)", ByteSize(bytes).display().iec()),
    }
}
