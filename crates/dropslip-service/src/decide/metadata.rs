//! User metadata: what a caller may set, and how it stands in a header.

use std::collections::BTreeMap;

use dropslip_s3::mail_words;

use crate::limits::METADATA_BYTES_MAX;
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};

/// The caller's metadata, as far as the preset allows it, and the application's, which wins.
pub(super) fn check(
    wished: &BTreeMap<String, String>,
    set: &[(String, String)],
    preset: &Preset,
) -> Result<Vec<(String, String)>, Problem> {
    let mut all = BTreeMap::new();
    for (name, value) in wished {
        let name = name.to_ascii_lowercase();
        if !preset.metadata.contains(&name) {
            return Err(not_allowed(&name, preset));
        }
        all.insert(name, value.as_str());
    }
    for (name, value) in set {
        all.insert(name.to_ascii_lowercase(), value);
    }
    let mut bytes = 0;
    let mut metadata = Vec::with_capacity(all.len());
    for (name, value) in all {
        let value = header_value(value).ok_or_else(|| {
            let detail = format!(
                "`metadata.{name}` is {}, which holds control characters",
                echo(value)
            );
            Problem::new(Code::InvalidRequest, detail)
        })?;
        bytes += name.len() + value.len();
        metadata.push((name, value));
    }
    if bytes > METADATA_BYTES_MAX {
        let detail =
            format!("`metadata` has {bytes} bytes as it is stored; S3 takes {METADATA_BYTES_MAX}");
        return Err(Problem::new(Code::InvalidRequest, detail));
    }
    Ok(metadata)
}

/// As it is signed and sent: what a header cannot carry to the letter goes as an encoded word (RFC 2047), which S3
/// gives back so. White space at the ends or in runs would be folded by some client on the way.
fn header_value(value: &str) -> Option<String> {
    if value.chars().any(|c| c.is_control()) {
        return None;
    }
    let plain = value.bytes().all(|b| (b' '..=b'~').contains(&b))
        && value.trim() == value
        && !value.contains("  ");
    Some(if plain {
        value.to_owned()
    } else {
        mail_words::encode(value)
    })
}

fn not_allowed(name: &str, preset: &Preset) -> Problem {
    let allowed: Vec<_> = preset
        .metadata
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    let allowed = match &allowed[..] {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let detail = format!(
        "`metadata` has {}; preset `{}` allows {allowed}",
        echo(name),
        preset.name
    );
    Problem::new(Code::MetadataNotAllowed, detail)
}
