//! The one thread that changes the index, and its group commit.

use std::ops::Bound;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use dropslip_s3::cors::CorsConfiguration;
use dropslip_s3::{BucketName, ObjectKey};
use redb::{ReadableTable as _, ReadableTableMetadata as _, Table, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::connection::Connection;
use super::list::Seek as _;
use super::{BLOBS, BUCKETS, BucketKeys, BucketRecord, IndexError, OBJECTS, ObjectRecord};
use crate::disk::{BlobId, Disk, PendingBlob};
use crate::limits::{BUCKETS_MAX, CHANGES_PER_COMMIT_MAX};

/// One change of the index. It is made whole or not at all.
#[derive(Debug)]
pub(crate) enum Change {
    CreateBucket {
        bucket: BucketName,
        record: BucketRecord,
    },
    DeleteBucket {
        bucket: BucketName,
    },
    SetCors {
        bucket: BucketName,
        cors: Option<CorsConfiguration>,
    },
    /// Replaces the object of that key. The writer owns the blob, so that a
    /// client that hangs up cannot take the bytes of a committed object along.
    PutObject {
        bucket: BucketName,
        key: ObjectKey,
        record: ObjectRecord,
        blob: PendingBlob,
    },
    DeleteObject {
        bucket: BucketName,
        key: ObjectKey,
    },
}

pub(super) struct Job {
    pub(super) change: Change,
    pub(super) reply: oneshot::Sender<Result<(), IndexError>>,
}

/// What is to be done with files once the commit holds.
#[derive(Default)]
struct Files {
    keep: Vec<PendingBlob>,
    remove: Vec<BlobId>,
}

pub(super) fn start(
    database: Arc<Connection>,
    disk: Disk,
    mut jobs: mpsc::Receiver<Job>,
) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new()
        .name("dropslip-index".to_owned())
        .spawn(move || {
            let mut batch = Vec::new();
            while jobs.blocking_recv_many(&mut batch, CHANGES_PER_COMMIT_MAX) > 0 {
                commit(&database, &disk, batch.drain(..));
            }
        })
}

/// Makes all changes of a batch in one transaction, or none.
fn commit(database: &Connection, disk: &Disk, mut jobs: impl Iterator<Item = Job>) {
    let mut files = Files::default();
    let mut replies = Vec::new();
    let mut apply_all = || -> Result<(), IndexError> {
        let transaction = database.write()?;
        for job in jobs.by_ref() {
            let outcome = apply(&transaction, job.change, &mut files);
            let failure = outcome
                .as_ref()
                .err()
                .filter(|error| error.is_of_database());
            let failure = failure.map(|error| Err(error.clone()));
            replies.push((job.reply, outcome));
            if let Some(failure) = failure {
                return failure;
            }
        }
        Ok(transaction.commit()?)
    };
    match apply_all() {
        Ok(()) => {
            files.keep.into_iter().for_each(PendingBlob::keep);
            files.remove.into_iter().for_each(|id| disk.remove_soon(id));
            for (reply, outcome) in replies {
                // Nobody waits any more when the client has gone.
                let _ = reply.send(outcome);
            }
        }
        Err(error) => {
            tracing::error!(%error, "the index cannot commit");
            // Whether a commit that failed is on disk is not known, so the files stay;
            // the sweep of the next start removes them if nothing refers to them.
            files.keep.into_iter().for_each(PendingBlob::keep);
            let unreached = jobs.map(|job| job.reply);
            for reply in replies.into_iter().map(|(reply, _)| reply).chain(unreached) {
                let _ = reply.send(Err(error.clone()));
            }
            database.close();
        }
    }
}

/// Applies one change. Every check comes before the first write.
fn apply(
    transaction: &WriteTransaction,
    change: Change,
    files: &mut Files,
) -> Result<(), IndexError> {
    let mut buckets = transaction.open_table(BUCKETS)?;
    match change {
        Change::CreateBucket { bucket, record } => {
            if let Some(existing) = read_bucket(&buckets, &bucket)? {
                return Err(IndexError::BucketExists {
                    owner: existing.owner,
                });
            }
            if buckets.len()? >= BUCKETS_MAX {
                return Err(IndexError::TooManyBuckets);
            }
            write_bucket(&mut buckets, &bucket, &record)
        }
        Change::DeleteBucket { bucket } => {
            read_bucket(&buckets, &bucket)?.ok_or(IndexError::NoSuchBucket)?;
            let objects = transaction.open_table(OBJECTS)?;
            let keys = BucketKeys {
                table: &objects,
                bucket: bucket.as_str(),
            };
            if keys.seek(Bound::Included(&[]))?.is_some() {
                return Err(IndexError::BucketNotEmpty);
            }
            buckets.remove(bucket.as_str())?;
            Ok(())
        }
        Change::SetCors { bucket, cors } => {
            let mut record = read_bucket(&buckets, &bucket)?.ok_or(IndexError::NoSuchBucket)?;
            record.cors = cors;
            write_bucket(&mut buckets, &bucket, &record)
        }
        Change::PutObject {
            bucket,
            key,
            record,
            blob,
        } => {
            read_bucket(&buckets, &bucket)?.ok_or(IndexError::NoSuchBucket)?;
            set_object(transaction, (&bucket, &key), Some(&record), files)?;
            files.keep.push(blob);
            Ok(())
        }
        Change::DeleteObject { bucket, key } => {
            read_bucket(&buckets, &bucket)?.ok_or(IndexError::NoSuchBucket)?;
            set_object(transaction, (&bucket, &key), None, files)
        }
    }
}

type Buckets<'t> = Table<'t, &'static str, &'static [u8]>;

fn read_bucket(
    buckets: &Buckets<'_>,
    bucket: &BucketName,
) -> Result<Option<BucketRecord>, IndexError> {
    let found = buckets.get(bucket.as_str())?;
    found
        .map(|record| Ok(serde_json::from_slice(record.value())?))
        .transpose()
}

fn write_bucket(
    buckets: &mut Buckets<'_>,
    bucket: &BucketName,
    record: &BucketRecord,
) -> Result<(), IndexError> {
    buckets.insert(bucket.as_str(), serde_json::to_vec(record)?.as_slice())?;
    Ok(())
}

/// Sets or removes the object of a key, and notes the file that it leaves behind.
fn set_object(
    transaction: &WriteTransaction,
    (bucket, key): (&BucketName, &ObjectKey),
    record: Option<&ObjectRecord>,
    files: &mut Files,
) -> Result<(), IndexError> {
    let mut objects = transaction.open_table(OBJECTS)?;
    let mut blobs = transaction.open_table(BLOBS)?;
    let place = (bucket.as_str(), key.as_str().as_bytes());
    let replaced = match record {
        Some(record) => {
            blobs.insert(record.blob.0, ())?;
            objects.insert(place, serde_json::to_vec(record)?.as_slice())?
        }
        None => objects.remove(place)?,
    };
    let Some(replaced) = replaced else {
        return Ok(());
    };
    match serde_json::from_slice::<ObjectRecord>(replaced.value()) {
        Ok(replaced) => {
            blobs.remove(replaced.blob.0)?;
            files.remove.push(replaced.blob);
        }
        // It can still be replaced or deleted; only its file is not found any more.
        Err(error) => {
            tracing::warn!(%error, %bucket, %key, "replaced a record that cannot be read")
        }
    }
    Ok(())
}
