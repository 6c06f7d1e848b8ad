//! Objects that were found at the storage without their upload's id: one that an event told of, or a sweep saw.
//!
//! The key leads to the preset that made it, and the preset says what an upload may be. What the id said besides is
//! gone: the exact size, type and checksum were signed, so a storage that checks signatures has held the bytes against
//! them already.

use dropslip_s3::ObjectKey;
use dropslip_s3::client::ObjectHead;
use dropslip_sigv4::Timestamp;

use super::{complete, delete, keep};
use crate::database::Decided;
use crate::key_template::Captured;
use crate::media_type::MediaType;
use crate::preset::Preset;
use crate::problem::{Code, Problem, echo};
use crate::state::State;
use crate::token::{Sum, Travel, Upload};

/// An object whose key a preset made.
#[derive(Clone, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) preset: &'a Preset,
    pub(crate) key: ObjectKey,
    pub(crate) captured: Captured,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was completed now.
    Completed,
    /// It is none of the preset's uploads, and was deleted.
    Refused,
    /// It was completed before.
    CompletedBefore,
    /// It came after its upload was refused or taken back, and was deleted.
    Late,
    /// It is not there.
    Gone,
}

impl Found<'_> {
    /// Asks the storage for the object.
    ///
    /// # Errors
    /// `storage_unreachable`, `storage_refused`.
    pub(crate) async fn head(&self, state: &State) -> Result<Option<ObjectHead>, Problem> {
        let storage = state.storage_of(self.preset);
        let bucket = &self.preset.bucket;
        let client = storage.client();
        let head = client.head_object(bucket, &self.key, state.now()).await;
        head.map_err(|error| storage.problem(bucket, &self.key, &error))
    }

    /// Whether the preset takes such an object.
    pub(crate) fn fits(&self, head: &ObjectHead) -> bool {
        let sizes = self.preset.size_bytes_min..=self.preset.size_bytes_max;
        sizes.contains(&head.size_bytes) && self.accepts(head)
    }

    fn accepts(&self, head: &ObjectHead) -> bool {
        let declared = head.content_type.as_deref().unwrap_or_default();
        MediaType::parse(declared).is_ok_and(|media_type| {
            let mut accept = self.preset.accept.iter();
            accept.any(|pattern| pattern.accepts(&media_type))
        })
    }

    /// The upload that it is of, as far as key, object and preset say.
    fn upload(&self, storage: &str, head: &ObjectHead) -> Upload {
        let preset = self.preset;
        let issued = Timestamp::from_unix_s(self.captured.issued_s());
        let metadata = head.metadata.iter();
        let known = metadata.filter(|(name, _)| preset.metadata.contains(name));
        Upload {
            id: self.captured.uuid,
            preset: preset.name.clone(),
            storage: storage.to_owned(),
            bucket: preset.bucket.clone(),
            key: self.key.clone(),
            travel: Travel::Put,
            content_type: head
                .content_type
                .as_deref()
                .unwrap_or_default()
                .trim()
                .to_owned(),
            size_bytes_min: preset.size_bytes_min,
            size_bytes_max: preset.size_bytes_max,
            checksum: preset.checksum.map(|algorithm| Sum {
                algorithm,
                whole: None,
            }),
            single_use: preset.single_use,
            verify: preset.verify,
            public: preset.is_public(),
            subject: self.captured.subject.clone(),
            metadata: known
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            issued,
            url_expires: issued.plus_s(preset.expires_s),
        }
    }

    /// Completes it as the client would have, unless that was decided before.
    ///
    /// # Errors
    /// Those of the storage and the database; the object stays as it is.
    pub(crate) async fn complete(
        &self,
        state: &State,
        head: &ObjectHead,
    ) -> Result<Outcome, Problem> {
        let storage = state.storage_of(self.preset);
        let upload = self.upload(storage.name(), head);
        if let Some(outcome) = self.before(state, &upload).await? {
            return Ok(outcome);
        }
        if !self.accepts(head) {
            delete(state, storage, &upload).await?;
            let declared = echo(&upload.content_type);
            let detail = format!("preset `{}` does not take {declared}", upload.preset);
            let problem = Problem::new(Code::TypeMismatch, detail);
            keep::refused(state, storage, &upload, Some(head), problem).await?;
            return Ok(Outcome::Refused);
        }
        match complete(state, &upload).await {
            Ok(_) => Ok(Outcome::Completed),
            Err(problem) if problem.code().is_final() => Ok(Outcome::Refused),
            Err(problem) => match problem.code() {
                Code::NotUploaded => Ok(Outcome::Gone),
                Code::ObjectChanged | Code::AlreadyStored => Ok(Outcome::CompletedBefore),
                Code::UploadAborted | Code::UploadRefused => Ok(Outcome::Late),
                _ => Err(problem),
            },
        }
    }

    /// What was decided before. An object that came after its upload was refused or taken back is deleted: the URL
    /// could not be called back.
    async fn before(&self, state: &State, upload: &Upload) -> Result<Option<Outcome>, Problem> {
        let Some(record) = keep::recorded(state, upload).await? else {
            return Ok(None);
        };
        if record.state == Decided::Completed {
            return Ok(Some(Outcome::CompletedBefore));
        }
        delete(state, state.storage_of(self.preset), upload).await?;
        Ok(Some(Outcome::Late))
    }

    /// Notes that it is there, for who asks for the upload's state; nothing is decided by it.
    ///
    /// # Errors
    /// Those of the storage and the database.
    pub(crate) async fn mark(
        &self,
        state: &State,
        head: &ObjectHead,
    ) -> Result<Option<Outcome>, Problem> {
        let storage = state.storage_of(self.preset);
        let upload = self.upload(storage.name(), head);
        if let Some(outcome) = self.before(state, &upload).await? {
            return Ok(Some(outcome));
        }
        let record = keep::record(state, &upload, Decided::Stored, Some(head), None);
        keep::decide(state, storage, record).await?;
        Ok(None)
    }

    /// Deletes it, unless it was completed.
    ///
    /// # Errors
    /// Those of the storage and the database.
    pub(crate) async fn remove(
        &self,
        state: &State,
        head: &ObjectHead,
    ) -> Result<Option<Outcome>, Problem> {
        let storage = state.storage_of(self.preset);
        let upload = self.upload(storage.name(), head);
        if let Some(outcome) = self.before(state, &upload).await? {
            return Ok(Some(outcome));
        }
        // The decision first: of a client that completes at this moment and a sweep only one wins.
        let record = keep::record(state, &upload, Decided::Aborted, Some(head), None);
        match keep::decide(state, storage, record).await? {
            crate::database::Outcome::Lost(record) if record.state == Decided::Completed => {
                Ok(Some(Outcome::CompletedBefore))
            }
            _ => {
                delete(state, storage, &upload).await?;
                Ok(None)
            }
        }
    }
}

/// The presets of a bucket whose template can have made a key, in the order of the configuration.
pub(crate) fn candidates<'a>(
    state: &'a State,
    bucket: &'a str,
    key: &'a str,
) -> impl Iterator<Item = Found<'a>> {
    let presets = state.settings().presets().iter();
    presets
        .filter(move |preset| preset.bucket.as_str() == bucket)
        .filter_map(move |preset| {
            Some(Found {
                preset,
                captured: preset.key.matches(key)?,
                key: ObjectKey::parse(key).ok()?,
            })
        })
}
