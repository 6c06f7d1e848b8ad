//! What the walk writes: everything below one prefix, so that nothing remains and nobody else's object is touched.

use std::sync::{Mutex, PoisonError};

use dropslip_s3::client::{Client, Multipart};
use dropslip_s3::{BucketName, ObjectKey};
use dropslip_sigv4::Timestamp;

use crate::limits::STALE_S;

/// The folder of all walks.
const FOLDER: &str = "dropslip-doctor/";

/// Where one walk writes, and what it has begun.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// `dropslip-doctor/20260101T000000Z-1f3a…/`
    prefix: String,
    begun: Mutex<Begun>,
}

#[derive(Debug, Default)]
struct Begun {
    keys: Vec<ObjectKey>,
    uploads: Vec<(ObjectKey, String)>,
}

impl Scratch {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            prefix: format!("{FOLDER}{now}-{:016x}/", fastrand::u64(..)),
            begun: Mutex::default(),
        }
    }

    /// The prefix, with a slash at its end.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A key to write under, which is removed at the end whether it was written or not.
    pub(crate) fn key(&self, name: &str) -> ObjectKey {
        let key = ObjectKey::parse(&format!("{}{name}", self.prefix));
        let key = key.expect("the scratch prefix and the names of steps make keys");
        self.with(|begun| begun.keys.push(key.clone()));
        key
    }

    /// An upload in parts, which is aborted at the end whether it was completed or not.
    pub(crate) fn upload(&self, key: &ObjectKey, id: &str) {
        self.with(|begun| begun.uploads.push((key.clone(), id.to_owned())));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Begun) -> T) -> T {
        change(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Removes everything, and what walks that were killed left more than an hour ago. Gives what could not be removed.
    pub(crate) async fn remove(
        &self,
        client: &Client,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Vec<String> {
        let Begun { keys, uploads } = self.with(std::mem::take);
        let mut left = Vec::new();
        for (key, id) in &uploads {
            let upload = Multipart {
                bucket,
                key,
                upload_id: id,
            };
            if let Err(error) = client.abort_multipart(&upload, now).await {
                left.push(format!("an upload in parts of `{key}`: {error}"));
            }
        }
        for key in &keys {
            if let Err(error) = client.delete_object(bucket, key, now).await {
                left.push(format!("`{key}`: {error}"));
            }
        }
        if !keys.is_empty() {
            remove_stale(client, bucket, now).await;
        }
        left
    }
}

/// Whatever fails here is tried again by the next walk.
async fn remove_stale(client: &Client, bucket: &BucketName, now: Timestamp) {
    let limit = Timestamp::from_unix_s(now.unix_s() - STALE_S).to_string();
    let is_stale = |key: &str| {
        let rest = key.strip_prefix(FOLDER);
        let time = rest
            .and_then(|rest| rest.split_once('-'))
            .map(|(time, _)| time);
        time.is_some_and(|time| Timestamp::parse_basic(time).is_ok() && *time < *limit)
    };
    if let Ok(page) = client.list_objects(bucket, FOLDER, None, now).await {
        for object in page.objects.iter().filter(|object| is_stale(&object.key)) {
            if let Ok(key) = ObjectKey::parse(&object.key) {
                let _ = client.delete_object(bucket, &key, now).await;
            }
        }
    }
    if let Ok(page) = client.list_uploads(bucket, FOLDER, None, now).await {
        for upload in page.uploads.iter().filter(|upload| is_stale(&upload.key)) {
            if let Ok(key) = ObjectKey::parse(&upload.key) {
                let upload = Multipart {
                    bucket,
                    key: &key,
                    upload_id: &upload.upload_id,
                };
                let _ = client.abort_multipart(&upload, now).await;
            }
        }
    }
}
