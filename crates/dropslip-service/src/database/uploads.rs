//! What was decided about each upload: written once, with the events that tell of it.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::{Database, DatabaseError, NewEvent, in_transaction, limited, on_reader, outbox};

/// What an upload has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It lies at the storage, as an event of S3's or a sweep found out; nobody has completed it.
    Stored,
    /// It was verified and is the application's now.
    Completed,
    /// What was stored is not what was announced; it was deleted.
    Refused,
    /// It was taken back.
    Aborted,
}

impl Decided {
    /// The word for it in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Completed => "completed",
            Self::Refused => "refused",
            Self::Aborted => "aborted",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Stored, Self::Completed, Self::Refused, Self::Aborted]
            .into_iter()
            .find(|state| state.as_str() == text)
    }

    /// Whether a later decision takes the place of this one: what is merely stored is not decided yet, and a completed
    /// upload may be taken back. Nothing else changes, however often it is asked.
    fn yields_to(self, next: Self) -> bool {
        match self {
            Self::Stored => next != Self::Stored,
            Self::Completed => next == Self::Aborted,
            Self::Refused | Self::Aborted => false,
        }
    }
}

/// A decided upload. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The upload, by the uuid in its key.
    pub id: Uuid,
    /// What it has come to.
    pub state: Decided,
    /// The preset's name.
    pub preset: String,
    /// The storage's name.
    pub storage: String,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Its size, if it is known.
    pub size_bytes: Option<u64>,
    /// Its type, if it is known.
    pub content_type: Option<String>,
    /// The storage's ETag.
    pub etag: Option<String>,
    /// Such as `sha256:BASE64`.
    pub checksum: Option<String>,
    /// Whose it is.
    pub subject: Option<String>,
    /// What the application or the client set.
    pub metadata: BTreeMap<String, String>,
    /// Why it was refused: code and detail.
    pub problem: Option<(String, String)>,
    /// When it was issued.
    pub issued_ms: i64,
    /// When it was decided.
    pub decided_ms: i64,
}

/// What a decision came to, when several were made at once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one comes of each decision, and it is looked at at once"
)]
pub enum Outcome {
    /// This one holds, and its events will be told.
    Won,
    /// Another one was there before: this is it.
    Lost(Record),
}

#[derive(FromRow)]
struct Row {
    id: String,
    state: String,
    preset: String,
    storage: String,
    bucket: String,
    object_key: String,
    size_bytes: Option<i64>,
    content_type: Option<String>,
    etag: Option<String>,
    checksum: Option<String>,
    subject: Option<String>,
    metadata: String,
    problem_code: Option<String>,
    problem_detail: Option<String>,
    issued_ms: i64,
    decided_ms: i64,
}

impl TryFrom<Row> for Record {
    type Error = DatabaseError;

    fn try_from(row: Row) -> Result<Self, DatabaseError> {
        let wrong = |column: &str| DatabaseError::row(&format!("`{column}` of an upload"));
        let size_bytes = row.size_bytes.map(u64::try_from).transpose();
        Ok(Self {
            id: row.id.parse().map_err(|_| wrong("id"))?,
            state: Decided::parse(&row.state).ok_or_else(|| wrong("state"))?,
            preset: row.preset,
            storage: row.storage,
            bucket: row.bucket,
            key: row.object_key,
            size_bytes: size_bytes.map_err(|_| wrong("size_bytes"))?,
            content_type: row.content_type,
            etag: row.etag,
            checksum: row.checksum,
            subject: row.subject,
            metadata: serde_json::from_str(&row.metadata).map_err(|_| wrong("metadata"))?,
            problem: row.problem_code.zip(row.problem_detail),
            issued_ms: row.issued_ms,
            decided_ms: row.decided_ms,
        })
    }
}

const FIND: &str = "SELECT * FROM dropslip_uploads WHERE id = $1";

/// PostgreSQL: the row stays as it is until this transaction ends. SQLite has one writer, which this is.
const FIND_LOCKED: [&str; 2] = [
    FIND,
    "SELECT * FROM dropslip_uploads WHERE id = $1 FOR UPDATE",
];

const INSERT: &str = "INSERT INTO dropslip_uploads (id, state, preset, storage, bucket, object_key, size_bytes, \
    content_type, etag, checksum, subject, metadata, problem_code, problem_detail, issued_ms, decided_ms) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING";

const REPLACE: &str = "UPDATE dropslip_uploads SET state = $2, preset = $3, storage = $4, bucket = $5, \
    object_key = $6, size_bytes = $7, content_type = $8, etag = $9, checksum = $10, subject = $11, metadata = $12, \
    problem_code = $13, problem_detail = $14, issued_ms = $15, decided_ms = $16 WHERE id = $1";

/// The statement with a record as its values. A macro, for it is another type with each database.
macro_rules! with_values {
    ($sql:expr, $record:ident, $metadata:ident) => {
        sqlx::query($sql)
            .bind($record.id.to_string())
            .bind($record.state.as_str())
            .bind(&$record.preset)
            .bind(&$record.storage)
            .bind(&$record.bucket)
            .bind(&$record.key)
            .bind($record.size_bytes.map(|size| size as i64))
            .bind(&$record.content_type)
            .bind(&$record.etag)
            .bind(&$record.checksum)
            .bind(&$record.subject)
            .bind(&$metadata)
            .bind($record.problem.as_ref().map(|(code, _)| code))
            .bind($record.problem.as_ref().map(|(_, detail)| detail))
            .bind($record.issued_ms)
            .bind($record.decided_ms)
    };
}

impl Database {
    /// What was decided about an upload; none as long as nothing was.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn find(&self, id: Uuid) -> Result<Option<Record>, DatabaseError> {
        let id = id.to_string();
        let row: Option<Row> = limited(async {
            on_reader!(self, pool, _dialect => sqlx::query_as(FIND).bind(&id).fetch_optional(pool).await)
                .map_err(DatabaseError::from)
        })
        .await?;
        row.map(Record::try_from).transpose()
    }

    /// Decides about an upload and notes the events that tell of it: both or neither, and once only.
    ///
    /// Whoever comes second is told what the first one decided, and none of its events are noted. It is durable when
    /// this returns. An error leaves open whether it was: ask again with the same record.
    ///
    /// # Errors
    /// When the database does not answer in time, or as it should.
    pub async fn decide(
        &self,
        record: &Record,
        events: &[NewEvent],
    ) -> Result<Outcome, DatabaseError> {
        if record
            .size_bytes
            .is_some_and(|size| i64::try_from(size).is_err())
        {
            return Err(DatabaseError::row("a size of more than 2^63 bytes"));
        }
        let metadata =
            serde_json::to_string(&record.metadata).expect("a map of strings always serializes");
        let lost = limited(self.decide_in_transaction(record, &metadata, events)).await?;
        Ok(match lost {
            Some(row) => Outcome::Lost(row.try_into()?),
            None => {
                if !events.is_empty() {
                    self.tell_news();
                }
                Outcome::Won
            }
        })
    }

    /// The row that was there before, if it keeps its place.
    async fn decide_in_transaction(
        &self,
        record: &Record,
        metadata: &str,
        events: &[NewEvent],
    ) -> Result<Option<Row>, DatabaseError> {
        in_transaction!(self, tx, dialect => {
            let insert = with_values!(INSERT, record, metadata);
            let is_new = insert.execute(&mut *tx).await?.rows_affected() == 1;
            if !is_new {
                let find = FIND_LOCKED[dialect as usize];
                let before = sqlx::query_as(find).bind(record.id.to_string());
                let before: Row = before.fetch_one(&mut *tx).await?;
                let state = Decided::parse(&before.state);
                if !state.is_some_and(|state| state.yields_to(record.state)) {
                    return Ok(Some(before));
                }
                with_values!(REPLACE, record, metadata).execute(&mut *tx).await?;
            }
            // Behind the row of the upload, so that events of one upload have their numbers in order.
            for event in events {
                outbox::insert!(event, dialect).execute(&mut *tx).await?;
            }
            None
        })
    }
}
