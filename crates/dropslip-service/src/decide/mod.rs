//! The decision: may this file be uploaded, and as what. Pure; time and randomness are arguments.

mod metadata;

use std::collections::BTreeMap;

use bytesize::ByteSize;
use dropslip_s3::ObjectKey;
use dropslip_s3::checksum::{Algorithm, Checksum};
use dropslip_sigv4::Timestamp;
use uuid::Uuid;

use crate::file_name::FileName;
use crate::key_template::Values;
use crate::media_type::{MediaType, TypePattern};
use crate::preset::{Mode, Preset};
use crate::problem::{Code, Problem, echo};
use crate::profile::checksum_name;

/// What a caller wishes to upload.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The file's name, as its owner sees it.
    pub file_name: &'a str,
    /// Its type; browsers send an empty one for what they do not know.
    pub content_type: &'a str,
    /// Its size; `None` where a client does not tell it, and only the preset's limits hold.
    pub size_bytes: Option<u64>,
    /// Its checksum.
    pub checksum: Option<&'a Checksum>,
    /// What to keep with it.
    pub metadata: &'a BTreeMap<String, String>,
}

/// What the authorization says of the caller beyond yes: it may narrow what the preset allows, never widen it.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Who uploads.
    pub subject: Option<&'a str>,
    /// Largest size.
    pub size_bytes_max: Option<u64>,
    /// Types, of which one must accept besides one of the preset's.
    pub accept: Option<&'a [TypePattern]>,
    /// Metadata that the application sets, in place of the caller's.
    pub metadata: &'a [(String, String)],
    /// Further variables of key templates.
    pub said: &'a BTreeMap<String, String>,
}

static NOTHING_SAID: BTreeMap<String, String> = BTreeMap::new();

impl Default for Terms<'_> {
    fn default() -> Self {
        Self {
            subject: None,
            size_bytes_max: None,
            accept: None,
            metadata: &[],
            said: &NOTHING_SAID,
        }
    }
}

/// What will be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The object's key.
    pub key: ObjectKey,
    /// How the bytes travel.
    pub mode: Mode,
    /// Its content type, to the letter.
    pub content_type: String,
    /// Its smallest size; the same as the largest where the caller has told it.
    pub size_bytes_min: u64,
    /// Its largest size.
    pub size_bytes_max: u64,
    /// Its user metadata: names without `x-amz-meta-`, values as they stand in headers.
    pub metadata: Vec<(String, String)>,
}

/// Decides.
///
/// # Errors
/// `invalid_file_name`, `invalid_request` for a malformed type, `type_not_accepted`, `too_large`, `too_small`,
/// `checksum_required`, `metadata_not_allowed`, `subject_required`.
pub fn decide(
    wish: &Wish<'_>,
    terms: &Terms<'_>,
    preset: &Preset,
    uuid: Uuid,
    now: Timestamp,
) -> Result<Decision, Problem> {
    let name = FileName::parse(wish.file_name)
        .map_err(|reason| Problem::new(Code::InvalidFileName, format!("`fileName` {reason}")))?;
    let media_type = media_type(wish.content_type, &name)?;
    check_type(&media_type, preset, terms)?;
    let (size_bytes_min, size_bytes_max) = check_size(wish.size_bytes, preset, terms)?;
    let mode = preset.mode(size_bytes_max);
    check_checksum(wish.checksum, mode, preset)?;
    let metadata = metadata::check(wish.metadata, terms.metadata, preset)?;
    // Most templates do without, and it is looked at letter by letter.
    let safe_name = preset.key.has_name().then(|| name.safe());
    let values = Values {
        uuid,
        date_stamp: &now.date_stamp(),
        ext: media_type.extension(),
        name: safe_name.as_deref().unwrap_or_default(),
        subject: terms.subject,
        said: terms.said,
    };
    let key = preset
        .key
        .fill(&values)
        .map_err(|variable| nobody(variable, preset))?;
    Ok(Decision {
        key: ObjectKey::parse(&key).expect("a template's longest key was checked at start"),
        mode,
        content_type: media_type.into(),
        size_bytes_min,
        size_bytes_max,
        metadata,
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

fn check_type(media_type: &MediaType, preset: &Preset, terms: &Terms<'_>) -> Result<(), Problem> {
    let among = |patterns: &[TypePattern]| patterns.iter().any(|p| p.accepts(media_type));
    let refuse = |who: String, patterns: &[TypePattern]| {
        let accept: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        let list = accept.join(", ");
        let detail = format!("{who} takes {list}, not {}", echo(media_type.as_str()));
        Err(Problem::new(Code::TypeNotAccepted, detail).with_accept(accept))
    };
    if !among(&preset.accept) {
        return refuse(format!("preset `{}`", preset.name), &preset.accept);
    }
    match terms.accept {
        Some(patterns) if !among(patterns) => refuse("this caller's right".to_owned(), patterns),
        _ => Ok(()),
    }
}

/// The smallest and the largest size that hold for this upload.
fn check_size(
    size_bytes: Option<u64>,
    preset: &Preset,
    terms: &Terms<'_>,
) -> Result<(u64, u64), Problem> {
    let name = &preset.name;
    let (min, max) = (preset.size_bytes_min, preset.size_bytes_max);
    let max = terms.size_bytes_max.map_or(max, |narrow| narrow.min(max));
    let Some(size_bytes) = size_bytes else {
        // A right to less than the preset's least is a right to nothing.
        return Ok((min.min(max), max));
    };
    if size_bytes > max {
        let detail = format!(
            "the file has {}; preset `{name}` takes at most {}{}",
            shown(size_bytes),
            shown(max),
            if max < preset.size_bytes_max {
                " from this caller"
            } else {
                ""
            }
        );
        return Err(Problem::new(Code::TooLarge, detail).with_limit(max));
    }
    if size_bytes < min {
        let detail = format!(
            "the file has {}; preset `{name}` takes at least {}",
            shown(size_bytes),
            shown(min)
        );
        return Err(Problem::new(Code::TooSmall, detail).with_limit(min));
    }
    Ok((size_bytes, size_bytes))
}

/// A PUT is signed with the checksum of the file. A form cannot be, since its policy would have to name it, and the
/// parts of an upload are signed with their own, one by one.
fn check_checksum(checksum: Option<&Checksum>, mode: Mode, preset: &Preset) -> Result<(), Problem> {
    let Some(checksum) = checksum else {
        return match (preset.checksum, mode) {
            (Some(algorithm), Mode::Put | Mode::Post) => {
                let name = checksum_name(algorithm);
                let detail = format!("preset `{}` asks for the file's checksum", preset.name);
                let hint = format!(
                    "Send `checksum`: {{\"algorithm\": \"{name}\", \"value\": …}} with the {name} of the whole file in base64."
                );
                Err(required(algorithm, detail).with_hint(hint))
            }
            _ => Ok(()),
        };
    };
    match preset.checksum {
        Some(asked) if asked == checksum.algorithm => Ok(()),
        Some(asked) => {
            let detail = format!(
                "preset `{}` takes `{}`, not `{}`",
                preset.name,
                checksum_name(asked),
                checksum_name(checksum.algorithm)
            );
            Err(required(asked, detail))
        }
        None => {
            let detail = format!("preset `{}` has no `checksum`", preset.name);
            let hint = "Leave `checksum` out, or name an algorithm in the preset.".to_owned();
            Err(Problem::new(Code::InvalidRequest, detail).with_hint(hint))
        }
    }
}

fn required(algorithm: Algorithm, detail: String) -> Problem {
    Problem::new(Code::ChecksumRequired, detail).with_algorithm(algorithm)
}

fn nobody(variable: &str, preset: &Preset) -> Problem {
    let detail = format!(
        "keys of preset `{}` contain `{{{variable}}}`, and this caller has none, or one too long for a key",
        preset.name
    );
    Problem::new(Code::SubjectRequired, detail)
}

/// A size for people, and to the byte.
pub(crate) fn shown(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} ({bytes} bytes)", ByteSize(bytes).display().iec()),
    }
}
