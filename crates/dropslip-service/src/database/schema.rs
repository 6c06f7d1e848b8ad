//! Makes the tables, and brings those of older versions up to date.
//!
//! Written by hand instead of with `sqlx::migrate`, whose table of versions has a fixed name: many an application that
//! shares its PostgreSQL with this service uses `sqlx` too, and each would take the other's versions for its own. All
//! tables begin with `dropslip_`. The steps that are missing are one transaction, on PostgreSQL under an advisory lock,
//! so that of several replicas that start at once one makes them and the others wait.

use sqlx::{Executor, Row};

use super::DatabaseError;

/// The steps in SQLite's and in PostgreSQL's words. Add to the end; never change one that was released.
const STEPS: &[Step] = &[
    Step {
        sqlite: include_str!("schema/1.sqlite.sql"),
        postgres: include_str!("schema/1.postgres.sql"),
    },
    Step {
        sqlite: include_str!("schema/2.sqlite.sql"),
        postgres: include_str!("schema/2.postgres.sql"),
    },
];

struct Step {
    sqlite: &'static str,
    postgres: &'static str,
}

const VERSIONS: &str =
    "CREATE TABLE IF NOT EXISTS dropslip_schema (version BIGINT NOT NULL PRIMARY KEY)";
const VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM dropslip_schema";
const REACHED: &str = "INSERT INTO dropslip_schema (version) VALUES ($1)";

/// Any number will do that others do not take: "dropslip" in ASCII.
const LOCK: i64 = 0x6472_6f70_736c_6970;

/// The steps behind a version; an error when a later version of the service made the tables.
fn missing(version: i64) -> Result<impl Iterator<Item = (i64, &'static Step)>, DatabaseError> {
    let latest = STEPS.len();
    let done = usize::try_from(version)
        .ok()
        .filter(|done| *done <= latest)
        .ok_or_else(|| {
            DatabaseError::schema(format!(
                "the tables were made by another version of Dropslip: they have version {version}, and this one knows \
                 1 to {latest}"
            ))
        })?;
    let numbered = (1..).zip(STEPS);
    Ok(numbered.skip(done))
}

macro_rules! migrate {
    ($tx:ident, $sql:ident) => {{
        $tx.execute(VERSIONS).await?;
        let version: i64 = $tx.fetch_one(VERSION).await?.try_get(0)?;
        for (version, step) in missing(version)? {
            $tx.execute(sqlx::raw_sql(step.$sql)).await?;
            $tx.execute(sqlx::query(REACHED).bind(version)).await?;
            tracing::info!(version, "made the tables of the database");
        }
        $tx.commit().await?;
        Ok(())
    }};
}

pub(super) async fn sqlite(pool: &sqlx::SqlitePool) -> Result<(), DatabaseError> {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    migrate!(tx, sqlite)
}

pub(super) async fn postgres(pool: &sqlx::PgPool) -> Result<(), DatabaseError> {
    let mut tx = pool.begin().await?;
    tx.execute(sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK))
        .await?;
    migrate!(tx, postgres)
}
