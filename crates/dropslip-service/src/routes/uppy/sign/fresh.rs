//! New uploads: `PutObject`, or the form in its place, and `CreateMultipartUpload`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use dropslip_s3::presign::{Presign, presign_query};

use super::request::NewFile;
use super::{Answer, Asking};
use crate::issue;
use crate::preset::Preset;
use crate::problem::Problem;
use crate::quota;
use crate::routes::uppy::params::File;
use crate::routes::uppy::preset;
use crate::state::State;
use crate::token::Upload;

pub(super) async fn sign(
    asking: Asking<'_>,
    file: &NewFile,
    preset: Option<&str>,
    expires_s: Option<u32>,
) -> Result<Answer, Problem> {
    let Asking {
        state,
        entry,
        parts,
    } = asking;
    let preset = preset::choose(state, preset)?;
    let travel = if file.multipart {
        preset::in_parts(state, preset)?
    } else {
        preset::whole(state, preset)?
    };
    // Version 6 drops metadata here ("todo").
    let wanted = File {
        name: &file.name,
        content_type: &file.content_type,
        metadata: &BTreeMap::new(),
    };
    let mut upload = wanted.plan(state, entry, parts, preset).await?;
    upload.travel = travel;
    let preset = &*shorter(preset, expires_s);
    let answer = if file.multipart {
        quota::reserve(state, &upload).await?;
        let answer = create(state, preset, &upload)?;
        let mode = upload.travel.as_str();
        state.metrics().issued(&upload.preset, mode, 0);
        answer
    } else {
        whole(state, preset, &mut upload).await?
    };
    tracing::debug!(preset = %upload.preset, bucket = %upload.bucket, key = %upload.key, "signed for Uppy");
    Ok(answer)
}

async fn whole(state: &State, preset: &Preset, upload: &mut Upload) -> Result<Answer, Problem> {
    let slip = issue::issue(state, preset, upload).await?;
    let key = Some(upload.key.as_str().to_owned());
    match (slip.post, slip.put) {
        (Some(post), _) => Ok(Answer {
            url: post.url,
            key,
            headers: None,
            fields: Some(post.fields),
        }),
        (None, Some(put)) => Ok(Answer {
            url: put.url,
            key,
            headers: Some(put.headers),
            fields: None,
        }),
        (None, None) => Err(Problem::internal(
            &"an upload in one request was signed in parts",
        )),
    }
}

/// The browser begins the upload itself; what the object is to be stored with is signed into that request.
fn create(state: &State, preset: &Preset, upload: &Upload) -> Result<Answer, Problem> {
    let storage = state.storage_of(preset);
    let headers = issue::headers(preset, upload);
    let signed: Vec<_> = headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let request = Presign {
        method: "POST",
        target: &storage.public().object(&upload.bucket, &upload.key),
        headers: &signed,
        expires_s: preset.expires_s,
    };
    let url = presign_query(storage.signer(), &request, "uploads=", state.now());
    Ok(Answer {
        url: url.map_err(|error| Problem::internal(&error))?,
        key: Some(upload.key.as_str().to_owned()),
        headers: Some(headers),
        fields: None,
    })
}

/// The preset with a shorter expiry, if one was asked for. A longer one is not given.
fn shorter(preset: &Preset, expires_s: Option<u32>) -> Cow<'_, Preset> {
    match expires_s {
        Some(asked) if asked < preset.expires_s => {
            let mut preset = preset.clone();
            preset.expires_s = asked;
            Cow::Owned(preset)
        }
        _ => Cow::Borrowed(preset),
    }
}
