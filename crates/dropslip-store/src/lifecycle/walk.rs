//! One walk over a bucket.

use std::sync::Arc;

use dropslip_s3::lifecycle::{Action, Calendar, LifecycleConfiguration, Subject, Version as Seen};
use dropslip_s3::notification::EventName;
use dropslip_s3::{BucketName, ObjectKey};

use super::expiration::subject;
use super::steps::{Steps, key_of, key_of_ended};
use crate::clock::now_ms;
use crate::events::{Happened, Origin, Outbox};
use crate::index::objects::{self, Deleted, Place};
use crate::index::uploads::{self, UploadId, UploadRecord};
use crate::index::{Index, IndexError, ObjectRecord, Read, Table, Tx, Version, push_escaped};
use crate::limits::LIFECYCLE_KEYS_PER_CHANGE;

/// The rules of a bucket on their way through it.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    index: Index,
    outbox: Arc<Outbox>,
    bucket: BucketName,
    rules: Arc<LifecycleConfiguration>,
    calendar: Calendar,
}

impl Walk {
    pub(super) fn new(
        index: &Index,
        outbox: Arc<Outbox>,
        (bucket, rules): (&str, LifecycleConfiguration),
        calendar: Calendar,
    ) -> Option<Self> {
        Some(Self {
            index: index.clone(),
            outbox,
            bucket: BucketName::parse(bucket).ok()?,
            rules: Arc::new(rules),
            calendar,
        })
    }

    /// Walks over objects, versions and uploads. A bucket that is gone meanwhile is no
    /// error.
    pub(super) async fn run(&self) -> Result<(), IndexError> {
        let rules = Arc::clone(&self.rules);
        for prefix in rules.prefixes() {
            for result in [
                self.objects(prefix).await,
                self.versions(prefix).await,
                self.uploads(prefix).await,
            ] {
                match result {
                    Err(IndexError::NoSuchBucket) => return Ok(()),
                    result => result?,
                }
            }
        }
        Ok(())
    }

    /// Current versions that expire.
    async fn objects(&self, prefix: &str) -> Result<(), IndexError> {
        let mut steps = Steps::new(Table::Objects, &self.bucket, prefix.as_bytes());
        loop {
            let rows = steps.next(&self.index)?;
            if rows.is_empty() {
                return Ok(());
            }
            let now = now_ms();
            let due = rows.into_iter().filter_map(|(row, record)| {
                let (key, record) = (key_of(&row)?, serde_json::from_slice(&record).ok()?);
                self.is_expired(&key, &record, now).then_some(key)
            });
            self.change(due.collect(), Self::expire).await?;
        }
    }

    /// Versions that are not current, and delete markers.
    async fn versions(&self, prefix: &str) -> Result<(), IndexError> {
        let mut escaped = Vec::new();
        push_escaped(&mut escaped, prefix.as_bytes());
        let mut steps = Steps::new(Table::Versions, &self.bucket, &escaped);
        loop {
            let rows = steps.next(&self.index)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut keys: Vec<_> = rows
                .iter()
                .filter_map(|(row, _)| key_of_ended(row))
                .collect();
            keys.dedup();
            // Its versions are looked at together, however many there are.
            if let Some(last) = keys.last()
                && !steps.is_at_end()
            {
                steps.skip_ended(&self.bucket, last);
            }
            let snapshot = self.index.snapshot()?;
            let mut due = Vec::new();
            for key in keys {
                if !self.removals(&snapshot, &key)?.is_empty() {
                    due.push(key);
                }
            }
            drop(snapshot);
            self.change(due, Self::remove).await?;
        }
    }

    /// Uploads that nobody completes.
    async fn uploads(&self, prefix: &str) -> Result<(), IndexError> {
        let mut escaped = Vec::new();
        push_escaped(&mut escaped, prefix.as_bytes());
        let mut steps = Steps::new(Table::Uploads, &self.bucket, &escaped);
        loop {
            let rows = steps.next(&self.index)?;
            if rows.is_empty() {
                return Ok(());
            }
            let now = now_ms();
            let due = rows.into_iter().filter_map(|(row, record)| {
                let record: UploadRecord = serde_json::from_slice(&record).ok()?;
                let (key, id) = uploads::read_row(&row)?;
                let begun = record.initiated_ms;
                let aborts = self.rules.aborts(self.calendar, key.as_str(), begun, now);
                aborts.then_some((key, id))
            });
            self.change(due.collect(), Self::abort).await?;
        }
    }

    /// Changes what is due, some at a time: others wait for the writer too.
    async fn change<T: Send + 'static>(
        &self,
        due: Vec<T>,
        each: fn(&Self, &mut Tx<'_>, &T) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut due = due.into_iter();
        loop {
            let some: Vec<T> = due.by_ref().take(LIFECYCLE_KEYS_PER_CHANGE).collect();
            if some.is_empty() {
                tokio::task::yield_now().await;
                return Ok(());
            }
            let walk = self.clone();
            let count = some.len();
            let change = move |tx: &mut Tx<'_>| {
                // Whoever took the rules away has been told that they no longer hold.
                if tx.bucket(&walk.bucket)?.lifecycle.as_ref() != Some(walk.rules.as_ref()) {
                    return Ok(());
                }
                some.iter().try_for_each(|one| each(&walk, tx, one))
            };
            self.index.change(change).await?;
            tracing::debug!(bucket = %self.bucket, count, "lifecycle rules were carried out");
        }
    }

    fn is_expired(&self, key: &ObjectKey, record: &ObjectRecord, now: i64) -> bool {
        let subject = subject(key.as_str(), record);
        let expires = self
            .rules
            .expires(self.calendar, &subject, record.modified_ms);
        expires.is_some_and(|(when_ms, _)| when_ms <= now)
    }

    fn expire(&self, tx: &mut Tx<'_>, key: &ObjectKey) -> Result<(), IndexError> {
        let place = (&self.bucket, key);
        let now = now_ms();
        let Some(current) = objects::current(tx, place)? else {
            return Ok(());
        };
        if !self.is_expired(key, &current, now) {
            return Ok(());
        }
        let owner = tx.bucket(&self.bucket)?.owner.clone();
        let deleted = objects::delete(tx, place, (owner, now))?;
        let (name, version) = match deleted {
            Deleted::Gone => (EventName::LifecycleExpirationDelete, None),
            Deleted::Marked(version) => (
                EventName::LifecycleExpirationDeleteMarkerCreated,
                version.map(|version| version.to_string()),
            ),
        };
        self.tell(tx, place, name, version)
    }

    /// The ids of the versions of a key that are due to be removed.
    fn removals(&self, read: &impl Read, key: &ObjectKey) -> Result<Vec<Version>, IndexError> {
        let mut versions = objects::all_versions(read, (&self.bucket, key))?;
        let seen: Vec<_> = versions.iter().map(|v| seen(key, v)).collect();
        let mut indices: Vec<_> = self
            .rules
            .due(self.calendar, &seen, now_ms())
            .into_iter()
            .filter_map(|action| match action {
                Action::Remove(index) => Some(index),
                Action::ExpireCurrent => None,
            })
            .collect();
        drop(seen);
        indices.sort_unstable();
        let due = indices.into_iter().rev();
        Ok(due.map(|index| versions.swap_remove(index)).collect())
    }

    fn remove(&self, tx: &mut Tx<'_>, key: &ObjectKey) -> Result<(), IndexError> {
        let place = (&self.bucket, key);
        for version in self.removals(tx, key)? {
            objects::delete_version(tx, place, version.version())?;
            let id = version.version().map(|id| id.to_string());
            self.tell(tx, place, EventName::LifecycleExpirationDelete, id)?;
        }
        Ok(())
    }

    fn abort(&self, tx: &mut Tx<'_>, (key, id): &(ObjectKey, UploadId)) -> Result<(), IndexError> {
        let place = (&self.bucket, key);
        match uploads::find(tx, place, *id)? {
            Some(_) => uploads::abort(tx, place, *id),
            None => Ok(()),
        }
    }

    fn tell(
        &self,
        tx: &mut Tx<'_>,
        place: Place<'_>,
        name: EventName,
        version_id: Option<String>,
    ) -> Result<(), IndexError> {
        let origin = Origin::lifecycle(&self.outbox);
        origin.tell(tx, place, &Happened::removed(name, version_id))
    }
}

/// A version as rules look at it.
fn seen<'a>(key: &'a ObjectKey, version: &'a Version) -> Seen<'a> {
    match version {
        Version::Object(object) => Seen {
            subject: subject(key.as_str(), object),
            is_delete_marker: false,
            modified_ms: object.modified_ms,
        },
        Version::DeleteMarker(marker) => Seen {
            subject: Subject {
                key: key.as_str(),
                size_bytes: 0,
                tags: Vec::new(),
            },
            is_delete_marker: true,
            modified_ms: marker.modified_ms,
        },
    }
}
