//! The database file: the rows up to the last checkpoint.
//!
//! Only the checkpoint writes here, with one durable commit each. In between, everybody
//! reads one and the same snapshot, so that no request opens a transaction or a table.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use redb::{
    Builder, Database, ReadOnlyTable, ReadableDatabase as _, ReadableTable as _, StorageBackend,
    StorageError, TableDefinition, TableError,
};

use super::data::{DataRecord, Place};
use super::memory::Memory;
use super::table::Table;
use super::tx::Span;
use super::{FORMAT, IndexError};
use crate::disk::files::{FileAt, Files};
use crate::journal::{Mark, Position};
use crate::limits::INDEX_CACHE_BYTES;

type Bytes = &'static [u8];

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Segment of the journal → how many of its bytes belong to objects.
const SEGMENTS: TableDefinition<'_, u64, u64> = TableDefinition::new("segments");

/// The database as it is since the last checkpoint.
pub(super) struct Base {
    /// By the number of the table, less one.
    tables: Vec<ReadOnlyTable<Bytes, Bytes>>,
    /// The same rows, from the database as it was opened anew after a failure.
    pub(super) successor: OnceLock<Arc<Self>>,
}

impl Base {
    fn table(&self, table: Table) -> &ReadOnlyTable<Bytes, Bytes> {
        &self.tables[table as usize - 1]
    }

    pub(super) fn value(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        match self.table(table).get(key) {
            Ok(value) => Ok(value.map(|value| value.value().to_vec())),
            Err(error) => self.after(error)?.value(table, key),
        }
    }

    pub(super) fn range(
        &self,
        table: Table,
        span: Span<'_>,
    ) -> Result<redb::Range<'_, Bytes, Bytes>, IndexError> {
        if let Some(successor) = self.successor.get() {
            return successor.range(table, span);
        }
        match self.table(table).range::<&[u8]>(span) {
            Ok(rows) => Ok(rows),
            Err(error) => self.after(error)?.range(table, span),
        }
    }

    /// Where to read on: a failed checkpoint makes a database unreadable too, until it was
    /// opened anew, which is a matter of milliseconds.
    fn after(&self, error: StorageError) -> Result<&Self, IndexError> {
        if !matches!(
            error,
            StorageError::PreviousIo | StorageError::DatabaseClosed
        ) {
            return Err(error.into());
        }
        for _ in 0..REOPENING_MS {
            if let Some(successor) = self.successor.get() {
                return Ok(successor);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(error.into())
    }
}

/// How long a reader waits for a database that is being opened anew.
const REOPENING_MS: u32 = 100;

/// Up to where the rows of the database go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Applied {
    pub(super) journal: Mark,
    /// The number of the last change.
    pub(super) sequence: u64,
}

/// The database, to write to.
pub(super) struct Store {
    path: PathBuf,
    files: Files,
    /// Absent after a failure, until it could be opened again.
    database: Option<Database>,
}

impl Store {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path, files: Files) -> Result<Self, IndexError> {
        let mut store = Self {
            path: path.to_owned(),
            files,
            database: None,
        };
        store.database()?;
        Ok(store)
    }

    /// The database, opened anew after a failure: redb answers everything else with that
    /// failure until it is.
    fn database(&mut self) -> Result<&Database, IndexError> {
        if self.database.is_none() {
            self.database = Some(open(&self.path, &self.files)?);
        }
        self.database
            .as_ref()
            .ok_or_else(|| IndexError::Broken("the index is closed".to_owned()))
    }

    /// Closes the database in order.
    pub(super) fn close(&mut self) {
        self.database = None;
    }

    /// What is in it now.
    pub(super) fn base(&mut self) -> Result<Base, IndexError> {
        let transaction = self.database()?.begin_read()?;
        let tables = Table::ALL
            .iter()
            .map(|table| transaction.open_table(table.definition()));
        Ok(Base {
            tables: tables.collect::<Result<_, _>>()?,
            successor: OnceLock::new(),
        })
    }

    /// Up to where it goes.
    pub(super) fn applied(&mut self) -> Result<Applied, IndexError> {
        let meta = self.database()?.begin_read()?.open_table(META)?;
        let number = |name| Ok::<_, IndexError>(meta.get(name)?.map_or(0, |value| value.value()));
        Ok(Applied {
            journal: Mark {
                at: Position {
                    segment: number("segment")?,
                    offset: number("offset")?,
                },
                next: number("batch")?,
            },
            sequence: number("sequence")?,
        })
    }

    /// Takes rows over, durably.
    pub(super) fn checkpoint(
        &mut self,
        rows: &Memory,
        applied: Applied,
    ) -> Result<Base, IndexError> {
        let made = self.apply(rows, applied);
        if made.is_err() {
            // What it has in memory may not be what is on disk.
            self.database = None;
        }
        made?;
        self.base()
    }

    fn apply(&mut self, rows: &Memory, applied: Applied) -> Result<(), IndexError> {
        let mut transaction = self.database()?.begin_write()?;
        // Else the start after a crash would read the whole file.
        transaction.set_quick_repair(true);
        let mut live = BTreeMap::new();
        for table in Table::ALL {
            let mut rows = rows.of(table).peekable();
            if rows.peek().is_none() {
                continue;
            }
            let mut opened = transaction.open_table(table.definition())?;
            for (key, value) in rows {
                let before = match value {
                    Some(value) => opened.insert(key, value)?,
                    None => opened.remove(key)?,
                };
                if table == Table::Data {
                    let before = before.map(|before| before.value().to_vec());
                    count(&mut live, before.as_deref(), -1);
                    count(&mut live, value, 1);
                }
            }
        }
        let mut segments = transaction.open_table(SEGMENTS)?;
        for (segment, change) in live {
            let before = segments.get(segment)?.map_or(0, |bytes| bytes.value());
            match before.saturating_add_signed(change) {
                0 => segments.remove(segment)?,
                after => segments.insert(segment, after)?,
            };
        }
        drop(segments);
        let mut meta = transaction.open_table(META)?;
        for (name, value) in [
            ("segment", applied.journal.at.segment),
            ("offset", applied.journal.at.offset),
            ("batch", applied.journal.next),
            ("sequence", applied.sequence),
        ] {
            meta.insert(name, value)?;
        }
        drop(meta);
        Ok(transaction.commit()?)
    }

    /// How many bytes of each segment belong to objects; those with none are left out.
    pub(super) fn live(&mut self) -> Result<BTreeMap<u64, u64>, IndexError> {
        let table = self.database()?.begin_read()?.open_table(SEGMENTS)?;
        let mut live = BTreeMap::new();
        for row in table.iter()? {
            let (segment, bytes) = row?;
            live.insert(segment.value(), bytes.value());
        }
        Ok(live)
    }
}

/// Counts the bytes of a record of bytes to its segment.
fn count(live: &mut BTreeMap<u64, i64>, record: Option<&[u8]>, sign: i64) {
    // What cannot be read is reported where somebody wants the bytes.
    if let Some(Ok(record)) = record.map(DataRecord::read)
        && let Place::Journal(kept) = record.place
    {
        *live.entry(kept.at.segment).or_default() += sign * i64::from(kept.len);
    }
}

/// Opens or makes the file and its tables. A damaged file may make redb panic.
fn open(path: &Path, files: &Files) -> Result<Database, IndexError> {
    catch_unwind(AssertUnwindSafe(|| {
        let file = match path.exists() {
            true => files.open(path.to_owned()),
            false => files.create(path.to_owned()),
        };
        let file = file.map_err(StorageError::Io)?;
        if crate::disk::is_absent(path) {
            // The process ended while it was made.
            file.set_len(0)?;
        }
        let mut builder = Builder::new();
        builder.set_cache_size(INDEX_CACHE_BYTES);
        let database = builder.create_with_backend(Backend(file))?;
        match format(&database)? {
            Some(FORMAT) => {}
            None => make_tables(&database)?,
            Some(format) => {
                return Err(IndexError::Broken(format!(
                    "the data is of format {format}, this version reads format {FORMAT}"
                )));
            }
        }
        Ok(database)
    }))
    .unwrap_or_else(|_| Err(IndexError::Broken("the index is damaged".to_owned())))
}

/// The format of what is in the database; none when it is new.
fn format(database: &Database) -> Result<Option<u64>, IndexError> {
    match database.begin_read()?.open_table(META) {
        Ok(meta) => Ok(meta.get("format")?.map(|format| format.value())),
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn make_tables(database: &Database) -> Result<(), IndexError> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.open_table(META)?.insert("format", FORMAT)?;
    transaction.open_table(SEGMENTS)?;
    for table in Table::ALL {
        transaction.open_table(table.definition())?;
    }
    Ok(transaction.commit()?)
}

/// The database's file, by way of the one place for files.
#[derive(Debug)]
struct Backend(FileAt);

impl StorageBackend for Backend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
}
