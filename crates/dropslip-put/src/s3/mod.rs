//! To a bucket, with keys of our own: a small file in one request, a large one in parts.

pub(crate) mod confirm;
mod resume;
mod stdin;
mod upload;

use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::checksum::{Algorithm, ChecksumType};
use dropslip_s3::client::{Client, ClientError, NewObject, Put, Refusal};
use dropslip_s3::{BucketName, ObjectKey, mail_words};
use dropslip_sigv4::Timestamp;
use md5::{Digest as _, Md5};

pub use stdin::{Stdin, put_stdin};

use crate::error::PutError;
use crate::journal::Past;
use crate::ledger::Shown;
use crate::limits::{BATCH_BYTES, PART_BYTES};
use crate::read::{self, Piece};
use crate::retry::persist;
use crate::run::{Item, Shared, Stored, lost_thread};
use crate::source::Source;
use crate::target::content_type;

/// A bucket, and how objects are put into it.
#[derive(Debug)]
pub struct Storage {
    /// The storage.
    pub client: Client,
    /// The bucket.
    pub bucket: BucketName,
    /// What is stored with each object.
    pub description: Description,
    /// The checksum that each object gets.
    pub algorithm: Option<Algorithm>,
    /// The size of parts; files up to it are sent whole.
    pub part_bytes: Option<u64>,
}

/// An object that is sent in one request.
struct Whole<'a> {
    key: &'a ObjectKey,
    /// The content type that its name says.
    by_name: &'a str,
    piece: &'a Piece,
    /// What is shown of it; small ones are not.
    shown: Option<&'a Shown>,
}

/// What is stored with each object.
#[derive(Clone, Debug, Default)]
pub struct Description {
    /// `Content-Type`; by default what the name of the file says.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// A canned ACL.
    pub acl: Option<String>,
    /// User metadata: names as headers, with `x-amz-meta-`, and values as headers carry them.
    metadata: Vec<(String, String)>,
    /// Whether an object that is there stays.
    pub if_none_match: bool,
}

impl Description {
    /// Adds user metadata; a value beyond ASCII is encoded as S3 has it (RFC 2047).
    pub fn add_metadata(&mut self, name: &str, value: &str) {
        let name = format!("x-amz-meta-{}", name.to_ascii_lowercase());
        self.metadata.push((name, mail_words::encode(value)));
    }

    /// The headers of an object.
    fn headers<'a>(&'a self, by_name: &'a str) -> Vec<(&'a str, &'a str)> {
        let content_type = self.content_type.as_deref().unwrap_or(by_name);
        let mut headers = vec![("content-type", content_type)];
        headers.extend(
            self.cache_control
                .as_deref()
                .map(|value| ("cache-control", value)),
        );
        headers.extend(self.acl.as_deref().map(|value| ("x-amz-acl", value)));
        let metadata = self.metadata.iter();
        headers.extend(metadata.map(|(name, value)| (name.as_str(), value.as_str())));
        headers
    }

    fn condition(&self) -> Option<(&'static str, &'static str)> {
        self.if_none_match.then_some(("if-none-match", "*"))
    }
}

impl Storage {
    /// Reads small files, on a thread that may wait.
    pub(crate) async fn read(&self, sources: Vec<Source>) -> Vec<Result<Piece, PutError>> {
        let count = sources.len();
        let algorithm = self.algorithm;
        let read = tokio::task::spawn_blocking(move || -> Vec<_> {
            let pieces = sources.iter().map(|source| read::whole(source, algorithm));
            pieces.collect()
        });
        let lost = || (0..count).map(|_| Err(lost_thread())).collect();
        read.await.unwrap_or_else(|_| lost())
    }

    /// One file, whole or in parts.
    pub(crate) async fn carry(&self, shared: &Shared, item: &Item) -> Result<Stored, PutError> {
        let size_bytes = item.source.stamp.size_bytes;
        if size_bytes > self.part_bytes.unwrap_or(PART_BYTES) {
            return upload::carry(self, shared, item).await;
        }
        let _room = shared.memory(size_bytes).await;
        let shown =
            (size_bytes > BATCH_BYTES).then(|| shared.ledger.begin(&item.name, Some(size_bytes)));
        let mut pieces = self.read(vec![item.source.clone()]).await;
        let piece = pieces.pop().unwrap_or_else(|| Err(lost_thread()))?;
        self.put_whole(shared, item, &piece, shown.as_ref()).await
    }

    /// A file that is in memory.
    pub(crate) async fn put_whole(
        &self,
        shared: &Shared,
        item: &Item,
        piece: &Piece,
        shown: Option<&Shown>,
    ) -> Result<Stored, PutError> {
        let whole = Whole {
            key: key_of(item),
            by_name: content_type(&item.source.path),
            piece,
            shown,
        };
        Ok(self.put(shared, &whole).await?)
    }

    /// Sends an object in one request, until it is stored.
    async fn put(&self, shared: &Shared, whole: &Whole<'_>) -> Result<Stored, ClientError> {
        let Whole {
            key, piece, shown, ..
        } = *whole;
        let value = piece.checksum.as_ref().map(ToString::to_string);
        let header = self.algorithm.zip(value.as_deref());
        let mut headers = self.description.headers(whole.by_name);
        headers.extend(self.description.condition());
        headers.extend(header.map(|(algorithm, value)| (algorithm.header(), value)));
        let (headers, checksum) = (&headers[..], value.as_deref());
        let put = persist(&shared.luck, &shared.ledger, |failures| async move {
            let _slot = shared.slot().await;
            let attempt = shown.map(Shown::attempt);
            let body = match &attempt {
                Some(attempt) => piece.counted(attempt),
                None => piece.body(),
            };
            let object = NewObject { headers, body };
            let answer = self
                .client
                .put_object(&self.bucket, key, object, now())
                .await;
            if let Some(attempt) = &attempt {
                match &answer {
                    Ok(_) => attempt.keep(),
                    Err(_) => attempt.take_back(),
                }
            }
            match answer {
                // An earlier attempt may have stored it and its answer been lost.
                Err(error) if failures > 0 && error.is(Refusal::PreconditionFailed) => {
                    let mine = match checksum {
                        Some(_) => self.is_there(key, checksum, piece.size_bytes).await?,
                        None => self.has_md5_of(key, piece).await?,
                    };
                    mine.ok_or(error)
                }
                answer => answer,
            }
        });
        let put = put.await?;
        if shown.is_none() {
            shared.ledger.sent(piece.size_bytes);
        }
        Ok(self.stored(key, put.etag, value))
    }

    /// The object under a key, if it has this checksum and size.
    async fn is_there(
        &self,
        key: &ObjectKey,
        checksum: Option<&str>,
        size_bytes: u64,
    ) -> Result<Option<Put>, ClientError> {
        let Some((algorithm, checksum)) = self.algorithm.zip(checksum) else {
            return Ok(None);
        };
        let head = self.client.head_object(&self.bucket, key, now()).await?;
        Ok(head.and_then(|head| {
            let same = head
                .checksums
                .iter()
                .any(|(a, value)| *a == algorithm && value == checksum);
            (same && head.size_bytes == size_bytes).then(|| Put {
                etag: head.etag.unwrap_or_default(),
                checksums: head.checksums,
                version_id: head.version_id,
            })
        }))
    }

    /// The object under a key, if its ETag is the MD5 of these bytes, as it is of most objects in one piece.
    async fn has_md5_of(&self, key: &ObjectKey, piece: &Piece) -> Result<Option<Put>, ClientError> {
        let mut md5 = Md5::new();
        piece.chunks.iter().for_each(|chunk| md5.update(chunk));
        let digest: String = md5
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let head = self.client.head_object(&self.bucket, key, now()).await?;
        let etag = head
            .and_then(|head| head.etag)
            .filter(|etag| etag.trim_matches('"') == digest);
        Ok(etag.map(|etag| Put {
            etag,
            checksums: Vec::new(),
            version_id: None,
        }))
    }

    fn stored(&self, key: &ObjectKey, etag: String, checksum: Option<String>) -> Stored {
        Stored {
            key: key.as_str().to_owned(),
            url: None,
            etag,
            checksum: self.named(checksum),
            was_there: false,
        }
    }

    /// A checksum with the name of its algorithm.
    pub(crate) fn named(&self, checksum: Option<String>) -> Option<(&'static str, String)> {
        let algorithm = self.algorithm?;
        Some((algorithm.as_str(), checksum?))
    }

    /// How the checksum of an object in parts is made: of its bytes, where that can be.
    fn whole_type(algorithm: Algorithm) -> ChecksumType {
        match algorithm.allows(ChecksumType::FullObject) {
            true => ChecksumType::FullObject,
            false => ChecksumType::Composite,
        }
    }
}

/// The key of an item that goes to a bucket.
fn key_of(item: &Item) -> &ObjectKey {
    item.key
        .as_ref()
        .expect("who fills a job for a bucket gives each item a key")
}

/// The present time, as this machine has it.
fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Frees uploads that nobody will go on with.
pub(crate) async fn abandon(storage: &Storage, past: &Past) {
    for (key, begun) in &past.begun {
        if let Ok(key) = ObjectKey::parse(key) {
            upload::abort(storage, &key, &begun.upload).await;
        }
    }
}
