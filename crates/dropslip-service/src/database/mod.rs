//! The database: what was decided about uploads, the events that tell of it, and what subjects have used.
//!
//! SQLite in a file by default, PostgreSQL when several replicas share the work; the URL alone decides. Each has a pool
//! of its own behind one enum instead of `sqlx::Any`, which takes all settings from the URL: here SQLite gets a log that
//! is synced with each commit, a time to wait for locks and a single connection that writes (so that writers of one
//! process queue instead of failing), and errors keep the codes from which their kinds are made. The statements are the
//! same text for both, but for a few words that stand in pairs beside each other.
//!
//! Nothing is read or written when an upload is issued: the first row comes with the first decision.

mod error;
mod leases;
mod outbox;
mod prune;
mod schema;
mod uploads;
mod url;
mod usage;

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, SqlitePool};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

pub use error::{DatabaseError, DatabaseErrorKind};
pub use outbox::{Claimed, Counts, NewEvent, Settled, Verdict};
pub use uploads::{Decided, Outcome, Record};
pub use usage::{Amount, Quota, Reserved};

use crate::config::ConfigError;
use crate::limits::{
    DATABASE_ACQUIRE_S_MAX, DATABASE_CALL_S_MAX, DATABASE_CONNECTIONS_MAX, DATABASE_IDLE_S_MAX,
    DATABASE_READERS_MAX, DATABASE_START_S_MAX, SQLITE_BUSY_S_MAX,
};
use crate::secret::Secret;
use url::Target;

/// The database of a configuration that says nothing: a file in the current folder.
const DEFAULT_URL: &str = "sqlite://dropslip.db";

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Database {
    pools: Pools,
    shown: Arc<str>,
    /// Changes with each event that this process has noted.
    news: Arc<watch::Sender<u64>>,
}

#[derive(Clone)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// Whose words a statement has, as an index into a pair of them.
#[derive(Clone, Copy)]
enum Dialect {
    Sqlite = 0,
    Postgres = 1,
}

/// Runs an expression on the pool for reading. A macro, for the expression has another type with each database.
macro_rules! on_reader {
    ($database:expr, $pool:ident, $dialect:ident => $body:expr) => {
        match &$database.pools {
            $crate::database::Pools::Sqlite { read: $pool, .. } => {
                let $dialect = $crate::database::Dialect::Sqlite;
                $body
            }
            $crate::database::Pools::Postgres($pool) => {
                let $dialect = $crate::database::Dialect::Postgres;
                $body
            }
        }
    };
}

/// Runs an expression in a transaction that writes, and commits it. `?` and `return` roll it back.
macro_rules! in_transaction {
    ($database:expr, $tx:ident, $dialect:ident => $body:expr) => {
        match &$database.pools {
            $crate::database::Pools::Sqlite { write, .. } => {
                let mut $tx = write.begin_with("BEGIN IMMEDIATE").await?;
                let $dialect = $crate::database::Dialect::Sqlite;
                let done = $body;
                $tx.commit().await?;
                Ok(done)
            }
            $crate::database::Pools::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let $dialect = $crate::database::Dialect::Postgres;
                let done = $body;
                $tx.commit().await?;
                Ok(done)
            }
        }
    };
}

use {in_transaction, on_reader};

/// No call waits longer than [`DATABASE_CALL_S_MAX`], whatever the network does.
async fn limited<T>(
    call: impl Future<Output = Result<T, DatabaseError>>,
) -> Result<T, DatabaseError> {
    let limit = Duration::from_secs(DATABASE_CALL_S_MAX);
    timeout(limit, call).await.unwrap_or_else(|_| {
        Err(DatabaseError::new(
            DatabaseErrorKind::Unreachable,
            format!("no answer from the database within {DATABASE_CALL_S_MAX} seconds"),
        ))
    })
}

impl Database {
    /// Opens the database of a URL and makes its tables.
    ///
    /// `sqlite://FILE` (relative, or absolute with a third slash) is made if it is not there; its folder must be.
    /// `postgres://USER:PASSWORD@HOST/NAME` is waited for up to [`DATABASE_START_S_MAX`], since it may be starting too.
    ///
    /// # Errors
    /// When the URL means no database, it cannot be reached or used, or another version has made its tables.
    pub async fn open(url: &str) -> Result<Self, DatabaseError> {
        let target = Target::parse(url)?;
        let shown: Arc<str> = target.shown().into();
        let pools = match target {
            Target::Sqlite(path) => open_sqlite(&path).await?,
            Target::Postgres(options) => open_postgres(*options, &shown).await?,
        };
        Ok(Self {
            pools,
            shown,
            news: Arc::new(watch::Sender::new(0)),
        })
    }

    /// Where it is, without user name and password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Asks it for a sign of life.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        limited(async {
            on_reader!(self, pool, _dialect => sqlx::query("SELECT 1").execute(pool).await.map(drop))
                .map_err(DatabaseError::from)
        })
        .await
    }

    /// Ends all connections; what still asks gets an error.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                // The one that writes comes last: it takes the log over into the file.
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Hears of events that this process notes: changes with each.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn tell_news(&self) {
        self.news
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// What `database.url` says: a database by default, or none.
pub(crate) fn check(url: Option<Secret>) -> Result<Option<Secret>, ConfigError> {
    let url = url.unwrap_or_else(|| Secret::new(DEFAULT_URL));
    if url.reveal() == "none" {
        return Ok(None);
    }
    let wrong =
        |error: DatabaseError| ConfigError::service("database.url", format!("is wrong: {error}"));
    Target::parse(url.reveal()).map_err(wrong)?;
    Ok(Some(url))
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.shown).finish()
    }
}

async fn open_sqlite(path: &Path) -> Result<Pools, DatabaseError> {
    let about = |error: DatabaseError| {
        DatabaseError::new(error.kind(), format!("`{}`: {error}", path.display()))
    };
    make_private(path).map_err(|error| {
        about(DatabaseError::new(
            DatabaseErrorKind::Unreachable,
            format!("cannot be made: {error}"),
        ))
    })?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With WAL the default would sync at checkpoints only, and a 200 could be lost with the power.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(SQLITE_BUSY_S_MAX))
        .disable_statement_logging();
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(Duration::from_secs(DATABASE_ACQUIRE_S_MAX))
            // A file does not go away; connections are only worth something while they are kept.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
    };
    let write = pool()
        .max_connections(1)
        .connect_with(options.clone())
        .await;
    let write = write.map_err(|error| about(error.into()))?;
    schema::sqlite(&write).await.map_err(about)?;
    let read = pool()
        .max_connections(DATABASE_READERS_MAX)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { write, read })
}

/// Makes the file readable for its owner alone: it holds the subjects and metadata of uploads. The log beside it gets
/// the same rights from SQLite.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn open_postgres(options: PgConnectOptions, shown: &str) -> Result<Pools, DatabaseError> {
    let pool = PgPoolOptions::new()
        .max_connections(DATABASE_CONNECTIONS_MAX)
        .acquire_timeout(Duration::from_secs(DATABASE_ACQUIRE_S_MAX))
        .idle_timeout(Duration::from_secs(DATABASE_IDLE_S_MAX))
        .connect_lazy_with(options.disable_statement_logging());
    let until = Instant::now() + Duration::from_secs(DATABASE_START_S_MAX);
    loop {
        let made = limited(schema::postgres(&pool)).await;
        match made {
            Ok(()) => return Ok(Pools::Postgres(pool)),
            Err(error) if error.is_passing() && Instant::now() < until => {
                tracing::warn!(%error, database = shown, "waiting for the database");
                sleep(Duration::from_secs(1)).await;
            }
            Err(error) => {
                return Err(DatabaseError::new(
                    error.kind(),
                    format!("`{shown}`: {error}"),
                ));
            }
        }
    }
}
