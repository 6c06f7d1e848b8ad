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

    /// A key under which nothing is written.
    pub(crate) fn unwritten(&self) -> ObjectKey {
        let key = ObjectKey::parse(&format!("{}unwritten", self.prefix));
        key.expect("the scratch prefix makes a key")
    }

    /// An upload in parts, which is aborted at the end whether it was completed or not.
    pub(crate) fn upload(&self, key: &ObjectKey, id: &str) {
        self.with(|begun| begun.uploads.push((key.clone(), id.to_owned())));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Begun) -> T) -> T {
        change(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Removes everything, and what walks that were killed left more than an hour ago. Says if that failed.
    pub(crate) async fn remove(
        &self,
        client: &Client,
        bucket: &BucketName,
        now: Timestamp,
    ) -> Option<String> {
        let Begun { keys, uploads } = self.with(std::mem::take);
        let mut left = Vec::new();
        for (key, id) in &uploads {
            let upload = Multipart {
                bucket,
                key,
                upload_id: id,
            };
            left.extend(client.abort_multipart(&upload, now).await.err());
        }
        for key in &keys {
            left.extend(client.delete_object(bucket, key, now).await.err());
        }
        if !keys.is_empty() {
            self.remove_listed(client, bucket, now).await;
        }
        let first = left.first()?;
        Some(format!("below `{}`: {first}", self.prefix))
    }

    /// What the lists still show: what an interrupted request has begun, whose answer nobody read, and what walks that were
    /// killed left. Whatever fails here is tried again by the next walk.
    async fn remove_listed(&self, client: &Client, bucket: &BucketName, now: Timestamp) {
        let is_ours = |key: &str| key.starts_with(&self.prefix) || is_stale(key, now);
        if let Ok(page) = client.list_objects(bucket, FOLDER, None, now).await {
            for object in page.objects.iter().filter(|object| is_ours(&object.key)) {
                if let Ok(key) = ObjectKey::parse(&object.key) {
                    let _ = client.delete_object(bucket, &key, now).await;
                }
            }
        }
        if let Ok(page) = client.list_uploads(bucket, FOLDER, None, now).await {
            for upload in page.uploads.iter().filter(|upload| is_ours(&upload.key)) {
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
}

/// Whether a key is of a walk that began more than an hour ago.
fn is_stale(key: &str, now: Timestamp) -> bool {
    let limit = Timestamp::from_unix_s(now.unix_s() - STALE_S).to_string();
    let rest = key.strip_prefix(FOLDER);
    let time = rest
        .and_then(|rest| rest.split_once('-'))
        .map(|(time, _)| time);
    time.is_some_and(|time| Timestamp::parse_basic(time).is_ok() && *time < *limit)
}
