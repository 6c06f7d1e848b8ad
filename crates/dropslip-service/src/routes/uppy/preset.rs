//! The preset of an upload by Uppy, and whether it can be held there.
//!
//! Uppy knows no presets. The application names one as metadata, `new Uppy({ meta: { preset: 'photo' } })`, or the
//! configuration does for all.

use std::collections::BTreeMap;

use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};
use crate::profile::checksum_name;
use crate::state::State;
use crate::token::Travel;

/// The metadata that names the preset.
pub(super) const FIELD: &str = "preset";

/// The preset of that name, else the configured one, else the only one.
///
/// # Errors
/// `unknown_preset`, `preset_not_allowed`, `invalid_request` when there are several and none is named.
pub(super) fn choose<'a>(state: &'a State, name: Option<&str>) -> Result<&'a Preset, Problem> {
    let settings = state.settings();
    let uppy = &settings.uppy;
    let presets = settings.presets();
    let Some(name) = name
        .filter(|name| !name.is_empty())
        .or(uppy.preset.as_deref())
    else {
        let mut allowed = presets.iter().filter(|preset| uppy.allows(&preset.name));
        return match (allowed.next(), allowed.next()) {
            (Some(only), None) => Ok(only),
            _ => Err(unnamed(state)),
        };
    };
    let preset = presets.find(name).ok_or_else(|| unknown(state, name))?;
    if uppy.allows(name) {
        return Ok(preset);
    }
    let detail = format!(
        "the preset {} is not for Uppy; there are {}",
        echo(name),
        names(state)
    );
    Err(Problem::new(Code::PresetNotAllowed, detail))
}

fn unnamed(state: &State) -> Problem {
    let detail = format!("no preset is named; there are {}", names(state));
    let hint = "Name it as metadata, `new Uppy({ meta: { preset: \"…\" } })`, or write `preset` into `[uppy]` of \
                dropslip.toml.";
    Problem::new(Code::InvalidRequest, detail).with_hint(hint.to_owned())
}

fn unknown(state: &State, name: &str) -> Problem {
    let detail = format!(
        "there is no preset {}; there are {}",
        echo(name),
        names(state)
    );
    Problem::new(Code::UnknownPreset, detail)
}

/// Those that Uppy may use.
pub(super) fn names(state: &State) -> String {
    let settings = state.settings();
    let names = settings.presets().iter().map(|preset| preset.name.as_str());
    let names: Vec<_> = names
        .filter(|name| settings.uppy.allows(name))
        .map(|name| format!("`{name}`"))
        .collect();
    names.join(", ")
}

/// What of the metadata the preset allows. Uppy sends all that it knows of a file, its name and its type among them,
/// unless the application says `allowedMetaFields`; the rest is not stored.
pub(super) fn allowed(
    preset: &Preset,
    metadata: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let names = metadata
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value));
    names
        .filter(|(name, _)| preset.metadata.contains(name))
        .map(|(name, value)| (name, value.clone()))
        .collect()
}

/// How a file travels that Uppy sends in one request. A form holds it to the preset's sizes; where the storage takes
/// none, it is a PUT of any size, and what is stored is looked at afterwards.
///
/// # Errors
/// `wrong_mode` where the preset promises what a form cannot hold.
pub(super) fn whole(state: &State, preset: &Preset) -> Result<Travel, Problem> {
    check(preset)?;
    let profile = state.storage_of(preset).profile();
    if !preset.single_use {
        return Ok(if profile.post {
            Travel::Post
        } else {
            Travel::Put
        });
    }
    let detail = format!(
        "preset `{}` has `singleUse`, which cannot be held for a file of unknown size in one request",
        preset.name
    );
    let hint = "Set `shouldUseMultipart: true` in Uppy, or take a preset without `singleUse`.";
    Err(Problem::new(Code::WrongMode, detail).with_hint(hint.to_owned()))
}

/// How a file travels that Uppy sends in parts, whose sizes it chooses and does not tell.
///
/// # Errors
/// `wrong_mode` where the preset promises what the storage cannot hold.
pub(super) fn in_parts(state: &State, preset: &Preset) -> Result<Travel, Problem> {
    check(preset)?;
    let profile = state.storage_of(preset).profile();
    if preset.single_use && !profile.single_use_complete {
        let detail = format!(
            "preset `{}` has `singleUse`, which its storage does not take where parts are joined",
            preset.name
        );
        let hint = "Take a preset without `singleUse` for Uppy.";
        return Err(Problem::new(Code::WrongMode, detail).with_hint(hint.to_owned()));
    }
    Ok(Travel::Multipart {
        upload_id: String::new(),
        part_bytes: 0,
    })
}

/// Uppy computes no checksum, and a preset that asks for one would be left without what it asks.
fn check(preset: &Preset) -> Result<(), Problem> {
    let Some(algorithm) = preset.checksum else {
        return Ok(());
    };
    let name = checksum_name(algorithm);
    let detail = format!(
        "preset `{}` asks for the {name} of each file, which Uppy does not send",
        preset.name
    );
    let hint = "Take a preset without `checksum` for Uppy.";
    Err(Problem::new(Code::ChecksumRequired, detail)
        .with_algorithm(algorithm)
        .with_hint(hint.to_owned()))
}
