//! The open database, which can be opened anew.
//!
//! After a failure of the disk, such as a full one, redb answers every further
//! transaction with that failure until the database is closed and opened again. So
//! the writer closes it, and whoever needs it next opens it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use redb::{Database, ReadTransaction, ReadableDatabase as _, TableError, WriteTransaction};

use super::table::Table;
use super::{FORMAT, IndexError, META};
use crate::limits::INDEX_CACHE_BYTES;

#[derive(Debug)]
pub(super) struct Connection {
    path: PathBuf,
    /// Absent after a failure, until it could be opened again.
    database: RwLock<Option<Database>>,
}

impl Connection {
    pub(super) fn open(path: &Path) -> Result<Self, IndexError> {
        let database = RwLock::new(Some(open(path)?));
        Ok(Self {
            path: path.to_owned(),
            database,
        })
    }

    /// A snapshot to read from.
    pub(super) fn read(&self) -> Result<ReadTransaction, IndexError> {
        self.with(|database| Ok(database.begin_read()?))
    }

    /// The transaction of the one writer.
    pub(super) fn write(&self) -> Result<WriteTransaction, IndexError> {
        self.with(|database| Ok(database.begin_write()?))
    }

    /// Closes the database, after which the next use opens it again.
    pub(super) fn close(&self) {
        *self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(
        &self,
        use_it: impl Fn(&Database) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        if let Some(database) = &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            return use_it(database);
        }
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if database.is_none() {
            *database = Some(open(&self.path)?);
            tracing::info!("the index is open again");
        }
        database.as_ref().map_or_else(|| Err(closed()), use_it)
    }
}

fn closed() -> IndexError {
    IndexError::Broken("the index is closed after a failure of the disk".to_owned())
}

/// Opens or makes the file and its tables. A damaged file may make redb panic.
fn open(path: &Path) -> Result<Database, IndexError> {
    catch_unwind(AssertUnwindSafe(|| {
        let database = Database::builder()
            .set_cache_size(INDEX_CACHE_BYTES)
            .create(path)?;
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
    let transaction = database.begin_write()?;
    transaction.open_table(META)?.insert("format", FORMAT)?;
    for table in Table::ALL {
        transaction.open_table(table.definition())?;
    }
    Ok(transaction.commit()?)
}
