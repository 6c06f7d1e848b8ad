//! Issuing an upload: what was decided becomes something signed, and an id.
//!
//! For one PUT or one form this touches no disk and no network. Only an upload in parts has to be begun at the storage.

mod parts;

use std::collections::BTreeMap;

use dropslip_s3::checksum::Checksum;
use dropslip_s3::policy::NewForm;
use dropslip_sigv4::{Path, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::decide::{Decision, Terms, Wish, decide};
use crate::preset::{Mode, Preset};
use crate::problem::{Code, Problem};
use crate::quota;
use crate::state::State;
use crate::storage::Storage;
use crate::token::{Sum, Travel, Upload};

pub(crate) use parts::{
    Division, PartAnswer, PartAsked, begin as begin_parts, not_in_parts, sign_parts,
};

/// What a client needs to send the bytes; one of the three is there.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(crate) struct Slip {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) put: Option<Put>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) post: Option<Post>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) multipart: Option<Multipart>,
}

/// One PUT: the URL, and the headers to send with it, to the letter.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PutSlip)]
pub(crate) struct Put {
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
}

/// One form: where it goes, and its fields, the file after them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = PostSlip)]
pub(crate) struct Post {
    pub(crate) url: String,
    pub(crate) fields: BTreeMap<String, String>,
}

/// An upload in parts, with the first of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = MultipartSlip)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Multipart {
    pub(crate) upload_id: String,
    pub(crate) part_size: u64,
    /// The kind of checksum that each part is signed with, such as `sha256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) checksum: Option<&'static str>,
    pub(crate) parts: Vec<PartAnswer>,
}

/// Decides and makes the upload, without anything signed yet. In mode `multipart` it has no id of S3's yet.
pub(crate) fn plan(
    state: &State,
    preset: &Preset,
    wish: &Wish<'_>,
    terms: &Terms<'_>,
    now: Timestamp,
) -> Result<Upload, Problem> {
    let id = Uuid::now_v7();
    let decision = decide(wish, terms, preset, id, now)?;
    let Decision {
        key,
        mode,
        content_type,
        size_bytes_min,
        size_bytes_max,
        metadata,
    } = decision;
    Ok(Upload {
        id,
        preset: preset.name.clone(),
        storage: state.storage_of(preset).name().to_owned(),
        bucket: preset.bucket.clone(),
        key,
        travel: match mode {
            Mode::Put => Travel::Put,
            Mode::Post => Travel::Post,
            Mode::Multipart { part_bytes } => Travel::Multipart {
                upload_id: String::new(),
                part_bytes,
            },
        },
        content_type,
        size_bytes_min,
        size_bytes_max,
        checksum: preset.checksum.map(|algorithm| Sum {
            algorithm,
            whole: wish.checksum.cloned(),
        }),
        single_use: preset.single_use,
        verify: preset.verify,
        public: preset.is_public(),
        subject: terms.subject.map(str::to_owned),
        metadata,
        issued: now,
        url_expires: now.plus_s(preset.expires_s),
    })
}

/// Signs what the upload needs first, beginning it at the storage if it has parts.
pub(crate) async fn issue(
    state: &State,
    preset: &Preset,
    upload: &mut Upload,
) -> Result<Slip, Problem> {
    quota::reserve(state, upload).await?;
    let begun = begin(state, preset, upload).await;
    if begun.is_err() {
        quota::release(state, upload).await;
    }
    begun
}

async fn begin(state: &State, preset: &Preset, upload: &mut Upload) -> Result<Slip, Problem> {
    let storage = state.storage_of(preset);
    if let Travel::Multipart { part_bytes, .. } = upload.travel {
        upload.travel = Travel::Multipart {
            upload_id: Box::pin(parts::begin(storage, preset, upload)).await?,
            part_bytes,
        };
    }
    let slip = sign(storage, preset, upload, upload.issued)?;
    // A size that was not announced counts for nothing.
    let is_exact = upload.size_bytes_min == upload.size_bytes_max;
    let size_bytes = if is_exact { upload.size_bytes_max } else { 0 };
    let mode = upload.travel.as_str();
    state.metrics().issued(&upload.preset, mode, size_bytes);
    Ok(slip)
}

/// Signs, at first or again after what was signed has expired.
pub(crate) fn sign(
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
    now: Timestamp,
) -> Result<Slip, Problem> {
    let mut slip = Slip::default();
    match &upload.travel {
        Travel::Put => slip.put = Some(sign_put(storage, preset, upload, now)?),
        Travel::Post => slip.post = Some(sign_post(storage, preset, upload, now)?),
        Travel::Multipart {
            upload_id,
            part_bytes,
        } => {
            slip.multipart = Some(Multipart {
                upload_id: upload_id.clone(),
                part_size: *part_bytes,
                checksum: upload.checksum_name(),
                parts: sign_parts(
                    storage,
                    upload,
                    &parts::first(upload),
                    preset.expires_s,
                    now,
                )?,
            });
        }
    }
    Ok(slip)
}

/// Signs against the public endpoint: the host that a browser will name is part of the signature.
fn sign_put(
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
    now: Timestamp,
) -> Result<Put, Problem> {
    let headers = headers(preset, upload);
    let length = upload.size_bytes_max.to_string();
    let mut signed: Vec<(&str, &str)> = Vec::with_capacity(headers.len() + 1);
    // Without a told size there is no length to sign; `complete` looks at what arrived.
    if upload.size_bytes_min == upload.size_bytes_max {
        signed.push(("content-length", &length));
    }
    signed.extend(
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let objects = storage.public().objects(&upload.bucket);
    let slip = dropslip_sigv4::Slip {
        method: "PUT",
        scheme: objects.scheme,
        host: &objects.host,
        path: Path::Object {
            prefix: &objects.prefix,
            key: upload.key.as_str(),
        },
        query: "",
        headers: &signed,
        expires_s: preset.expires_s,
    };
    let url = storage.signer().presign_url(&slip, now);
    let url = url.map_err(|error| Problem::internal(&error))?;
    Ok(Put { url, headers })
}

fn sign_post(
    storage: &Storage,
    preset: &Preset,
    upload: &Upload,
    now: Timestamp,
) -> Result<Post, Problem> {
    let mut form = NewForm::new(&upload.bucket, upload.key.as_str())
        .field("success_action_status", "201")
        .size(upload.size_bytes_min, upload.size_bytes_max);
    for (name, value) in headers(preset, upload) {
        form = form.field(&name, &value);
    }
    let fields = form
        .sign(storage.signer(), preset.expires_s, now)
        .map_err(|error| Problem::internal(&error))?;
    Ok(Post {
        url: storage.public().bucket(&upload.bucket).url(),
        fields: fields.into_iter().collect(),
    })
}

/// The preset as it is now: a limit that was tightened meanwhile does not hold for uploads on their way, but how long
/// something is signed for does.
pub(crate) fn preset_of<'a>(state: &'a State, upload: &Upload) -> Result<&'a Preset, Problem> {
    state
        .settings()
        .presets()
        .find(&upload.preset)
        .ok_or_else(|| {
            let detail = format!("the preset `{}` is not configured any more", upload.preset);
            Problem::new(Code::UnknownPreset, detail)
        })
}

/// What the object is to be stored with, as headers of a PUT, fields of a form, or headers of `CreateMultipartUpload`.
pub(crate) fn headers(preset: &Preset, upload: &Upload) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    let mut add = |name: &str, value: &str| headers.insert(name.to_owned(), value.to_owned());
    add("content-type", &upload.content_type);
    if let Some(acl) = preset.acl {
        add("x-amz-acl", acl.as_str());
    }
    if let Some(value) = &preset.cache_control {
        add("cache-control", value);
    }
    if let Some(value) = &preset.content_disposition {
        add("content-disposition", value);
    }
    for (name, value) in &upload.metadata {
        add(&format!("x-amz-meta-{name}"), value);
    }
    if matches!(upload.travel, Travel::Multipart { .. }) {
        return headers;
    }
    if let Some(checksum) = whole(upload) {
        add(checksum.algorithm.header(), &checksum.to_string());
    }
    if upload.single_use && upload.travel == Travel::Put {
        add("if-none-match", "*");
    }
    headers
}

fn whole(upload: &Upload) -> Option<&Checksum> {
    upload.checksum.as_ref()?.whole.as_ref()
}
