//! What exists already: parts, their list, their joining, their end.

use dropslip_s3::ObjectKey;
use dropslip_s3::presign::{Presign, presign_query};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::request::{Call, KnownUpload};
use super::{Answer, Asking};
use crate::auth::caller::{Action, Caller, Wished};
use crate::decide::shown;
use crate::issue;
use crate::key_template::{Captured, safe_part};
use crate::limits::{CLOCK_S_MAX, MULTIPART_S_MAX, UPPY_FINAL_EXPIRES_S};
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};
use crate::routes::uppy::multipart::asked;
use crate::settle;
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Travel, Upload};

pub(super) async fn sign(
    asking: Asking<'_>,
    known: &KnownUpload,
    preset: Option<&str>,
    expires_s: Option<u32>,
) -> Result<Answer, Problem> {
    let state = asking.state;
    let action = match known.call {
        Call::Part(_) => Action::Parts,
        Call::List => Action::Read,
        Call::Complete => Action::Complete,
        Call::Abort => Action::Abort,
    };
    let (found, caller) = Found::authorize(asking, &known.key, preset, action).await?;
    found.check_owner(&caller)?;
    let upload = found.upload(state, &caller, &known.upload_id);
    // What was decided stays so: no part, no joining and no end after it.
    if let Some(record) = settle::recorded(state, &upload).await? {
        return Err(settle::decided(&record));
    }
    let storage = state.storage_of(found.preset);
    let expires_s = expires_s.unwrap_or(u32::MAX).min(found.preset.expires_s);
    match known.call {
        Call::Part(number) => {
            let asked = asked(&upload, number)?;
            let signed = issue::sign_parts(storage, &upload, &[asked], expires_s, state.now())?;
            let url = signed.into_iter().next().map(|part| part.url);
            url.map(Answer::plain)
                .ok_or_else(|| Problem::internal(&"no part was signed"))
        }
        Call::List => signed(state, storage, &upload, ("GET", &[], expires_s)),
        Call::Abort => signed(state, storage, &upload, ("DELETE", &[], expires_s)),
        Call::Complete => complete(state, storage, &upload, expires_s).await,
    }
}

/// The sum of the parts is looked at before their joining is signed. Parts could be replaced until that has happened,
/// so there is little time for it; what is stored nevertheless is found afterwards.
async fn complete(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    expires_s: u32,
) -> Result<Answer, Problem> {
    let parts = settle::parts_arrived(state, storage, upload)
        .await?
        .ok_or_else(gone)?;
    let sum: u64 = parts.iter().map(|part| part.size_bytes).sum();
    let (min, max) = (upload.size_bytes_min, upload.size_bytes_max);
    if sum > max {
        settle::abort(state, storage, upload).await?;
        let (sum, most) = (shown(sum), shown(max));
        let detail = format!(
            "the parts have {sum}; preset `{}` takes at most {most}",
            upload.preset
        );
        return Err(Problem::new(Code::TooLarge, detail).with_limit(max));
    }
    if sum < min {
        let (sum, least) = (shown(sum), shown(min));
        let detail = format!(
            "the parts have {sum}; preset `{}` takes at least {least}",
            upload.preset
        );
        return Err(Problem::new(Code::TooSmall, detail).with_limit(min));
    }
    let headers: &[(&str, &str)] = if upload.single_use {
        &[("if-none-match", "*")]
    } else {
        &[]
    };
    let expires_s = expires_s.min(UPPY_FINAL_EXPIRES_S);
    let mut answer = signed(state, storage, upload, ("POST", headers, expires_s))?;
    if !headers.is_empty() {
        let owned = headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        answer.headers = Some(owned.collect());
    }
    Ok(answer)
}

/// A request on the upload as a whole.
fn signed(
    state: &State,
    storage: &Storage,
    upload: &Upload,
    (method, headers, expires_s): (&str, &[(&str, &str)], u32),
) -> Result<Answer, Problem> {
    let Travel::Multipart { upload_id, .. } = &upload.travel else {
        return Err(issue::not_in_parts(upload));
    };
    let request = Presign {
        method,
        target: &storage.public().object(&upload.bucket, &upload.key),
        headers,
        expires_s,
    };
    let query = format!(
        "uploadId={}",
        utf8_percent_encode(upload_id, NON_ALPHANUMERIC)
    );
    presign_query(storage.signer(), &request, &query, state.now())
        .map(Answer::plain)
        .map_err(|error| Problem::internal(&error))
}

fn gone() -> Problem {
    let detail =
        "the storage has no such upload in parts: it was completed or aborted, or there was none";
    Problem::new(Code::InvalidUploadId, detail).with_hint("Begin a new upload.".to_owned())
}

/// A key, and the preset that makes such keys.
pub(super) struct Found<'a> {
    pub(super) preset: &'a Preset,
    pub(super) key: &'a ObjectKey,
    pub(super) captured: Captured,
}

impl<'a> Found<'a> {
    /// Looks for the preset, and asks whether the caller may.
    ///
    /// # Errors
    /// `unknown_key` when no template makes such keys, or the key's uuid says that it was made in the future or so
    /// long ago that nothing can be on its way to it; those of the authorization.
    pub(super) async fn authorize(
        asking: Asking<'a>,
        key: &'a ObjectKey,
        preset: Option<&str>,
        action: Action,
    ) -> Result<(Self, Caller), Problem> {
        let state = asking.state;
        let found = Self::find(state, key, preset)?;
        found.check_age(state)?;
        let wished = Wished {
            preset: Some(&found.preset.name),
            key: Some(key.as_str()),
            ..Wished::default()
        };
        let entry = asking.entry;
        let caller = entry
            .authorize(state, asking.parts, action, &wished)
            .await?;
        Ok((found, caller))
    }

    fn find(state: &'a State, key: &'a ObjectKey, name: Option<&str>) -> Result<Self, Problem> {
        let settings = state.settings();
        let fits = |preset: &&Preset| {
            settings.uppy.allows(&preset.name) && name.is_none_or(|name| name == preset.name)
        };
        let presets = settings.presets().iter().filter(fits);
        let mut found = presets.filter_map(|preset| {
            let captured = preset.key.matches(key.as_str())?;
            Some(Self {
                preset,
                key,
                captured,
            })
        });
        let mut first = found.next().ok_or_else(|| unknown_key(key))?;
        for other in found {
            let place = |preset: &Preset| (preset.storage, preset.bucket.clone());
            if place(other.preset) != place(first.preset) {
                let detail = "several presets make such keys, in different buckets; send `preset`";
                return Err(Problem::new(Code::InvalidRequest, detail));
            }
            // Which of the two was used is not known; the tighter limit is no guess.
            if other.preset.size_bytes_max < first.preset.size_bytes_max {
                first = other;
            }
        }
        Ok(first)
    }

    fn check_age(&self, state: &State) -> Result<(), Problem> {
        let age_s = state.now().unix_s() - self.captured.issued_s();
        let most_s = i64::from(MULTIPART_S_MAX) + i64::from(self.preset.expires_s);
        if (-i64::from(CLOCK_S_MAX)..=most_s).contains(&age_s) {
            return Ok(());
        }
        Err(unknown_key(self.key))
    }

    /// Who uploads stands in keys with `{subject}`. Other keys say nothing of it, and there it is the storage's id of
    /// the upload that only its client knows.
    pub(super) fn check_owner(&self, caller: &Caller) -> Result<(), Problem> {
        if self.captured.subject.is_none() || self.is_own(caller) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            "the upload was issued for another subject",
        ))
    }

    /// Whether the key says that the object is the caller's, or the caller speaks for all.
    pub(super) fn is_own(&self, caller: &Caller) -> bool {
        let own = caller.subject.as_deref().and_then(safe_part);
        caller.is_back_end() || (own.is_some() && own == self.captured.subject)
    }

    /// The upload as its token would have it. Its type is not known, and nothing here asks for it.
    fn upload(&self, state: &State, caller: &Caller, upload_id: &str) -> Upload {
        let preset = self.preset;
        let issued = dropslip_sigv4::Timestamp::from_unix_s(self.captured.issued_s());
        let max = preset.size_bytes_max;
        Upload {
            id: self.captured.uuid,
            preset: preset.name.clone(),
            storage: state.storage_of(preset).name().to_owned(),
            bucket: preset.bucket.clone(),
            key: self.key.clone(),
            travel: Travel::Multipart {
                upload_id: upload_id.to_owned(),
                part_bytes: 0,
            },
            content_type: String::new(),
            size_bytes_min: preset.size_bytes_min,
            size_bytes_max: caller
                .narrowed
                .size_bytes_max
                .map_or(max, |narrow| narrow.min(max)),
            checksum: None,
            single_use: preset.single_use,
            verify: preset.verify,
            public: preset.is_public(),
            subject: caller.subject.clone(),
            metadata: Vec::new(),
            issued,
            url_expires: issued.plus_s(preset.expires_s),
        }
    }
}

fn unknown_key(key: &ObjectKey) -> Problem {
    let detail = format!(
        "no upload on its way has a key such as {}",
        echo(key.as_str())
    );
    Problem::new(Code::UnknownKey, detail)
        .with_hint("Send the `key` of the answer that began the upload.".to_owned())
}
