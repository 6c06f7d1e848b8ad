//! Why the database did not do as asked.
//!
//! The kinds are what a caller can act on: wait and ask again, mend the configuration, or look after the disk. What the
//! server said goes into the text, which is for the log; no URL and no value of a row is in it.

use std::fmt;

use crate::problem::{Code, Problem};

/// An error of the database.
#[derive(Debug)]
pub struct DatabaseError {
    kind: DatabaseErrorKind,
    message: String,
}

/// What one can do about a [`DatabaseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// The URL means no database that is supported.
    Url,
    /// There is no way to the server, or to the folder of the file.
    Unreachable,
    /// Name, password or rights do not suffice.
    Refused,
    /// It is locked or overloaded for longer than one waits.
    Busy,
    /// The disk is full.
    Full,
    /// The file is no database, or a damaged one.
    Corrupt,
    /// The tables were made by another version of the service.
    Schema,
    /// It failed in another way.
    Failed,
}

impl DatabaseError {
    pub(super) fn new(kind: DatabaseErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(super) fn url(message: impl Into<String>) -> Self {
        Self::new(DatabaseErrorKind::Url, message)
    }

    pub(super) fn schema(message: impl Into<String>) -> Self {
        Self::new(DatabaseErrorKind::Schema, message)
    }

    /// A row that this service did not write, or no longer understands.
    pub(super) fn row(what: &str) -> Self {
        Self::new(
            DatabaseErrorKind::Corrupt,
            format!("a row cannot be read: {what}"),
        )
    }

    /// What one can do about it.
    pub fn kind(&self) -> DatabaseErrorKind {
        self.kind
    }

    /// Whether the same call may succeed soon without anybody's doing.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            DatabaseErrorKind::Unreachable | DatabaseErrorKind::Busy
        )
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        use DatabaseErrorKind as Kind;
        match &error {
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default();
                let kind = match said.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                    Some(_) => postgres_kind(&code),
                    None => sqlite_kind(&code),
                };
                let message = said.message().trim().trim_end_matches('.');
                Self::new(kind, format!("the database answered `{message}` ({code})"))
            }
            sqlx::Error::Io(error) => Self::new(
                Kind::Unreachable,
                format!("no connection to the database: {error}"),
            ),
            sqlx::Error::PoolTimedOut => Self::new(
                Kind::Unreachable,
                "no connection to the database could be had in time",
            ),
            sqlx::Error::Tls(error) => Self::new(
                Kind::Refused,
                format!("no encrypted connection to the database: {error}"),
            ),
            sqlx::Error::PoolClosed => Self::new(Kind::Unreachable, "the database has been closed"),
            // A server that stops in the middle of an answer.
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::new(Kind::Unreachable, "the connection to the database broke")
            }
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::row(&format!("column `{index}` has another type"))
            }
            error => Self::new(Kind::Failed, format!("the database failed: {error}")),
        }
    }
}

/// PostgreSQL, appendix A: the first two characters are the class.
fn postgres_kind(code: &str) -> DatabaseErrorKind {
    use DatabaseErrorKind as Kind;
    match code {
        "53100" => Kind::Full,
        "55P03" | "57014" => Kind::Busy,
        "3D000" | "42501" | "25006" => Kind::Refused,
        "XX001" | "XX002" => Kind::Corrupt,
        "42P01" | "42703" => Kind::Schema,
        _ => match code.get(..2) {
            Some("08") | Some("57") => Kind::Unreachable,
            Some("28") => Kind::Refused,
            Some("40") | Some("53") => Kind::Busy,
            _ => Kind::Failed,
        },
    }
}

/// SQLite's result codes; the low byte is the primary one (<https://sqlite.org/rescode.html>).
fn sqlite_kind(code: &str) -> DatabaseErrorKind {
    use DatabaseErrorKind as Kind;
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Kind::Busy,
        Ok(3 | 8 | 23) => Kind::Refused,
        Ok(10 | 14) => Kind::Unreachable,
        Ok(11 | 26) => Kind::Corrupt,
        Ok(13) => Kind::Full,
        _ => Kind::Failed,
    }
}

impl From<DatabaseError> for Problem {
    /// The log gets what happened; the caller, that nothing is lost and it may ask again.
    fn from(error: DatabaseError) -> Self {
        if !error.is_passing() {
            return Self::internal(&error);
        }
        tracing::warn!(%error, kind = ?error.kind, "the database did not do as asked");
        Self::new(
            Code::DatabaseUnavailable,
            "what was uploaded stays where it is, and nothing was decided",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_of_servers() {
        for (code, kind) in [
            ("57P01", DatabaseErrorKind::Unreachable),
            ("57P03", DatabaseErrorKind::Unreachable),
            ("08006", DatabaseErrorKind::Unreachable),
            ("57014", DatabaseErrorKind::Busy),
            ("40P01", DatabaseErrorKind::Busy),
            ("53300", DatabaseErrorKind::Busy),
            ("53100", DatabaseErrorKind::Full),
            ("28P01", DatabaseErrorKind::Refused),
            ("3D000", DatabaseErrorKind::Refused),
            ("42P01", DatabaseErrorKind::Schema),
            ("22P02", DatabaseErrorKind::Failed),
            ("", DatabaseErrorKind::Failed),
            ("5", DatabaseErrorKind::Failed),
        ] {
            assert_eq!(postgres_kind(code), kind, "{code}");
        }
        for (code, kind) in [
            ("5", DatabaseErrorKind::Busy),
            ("517", DatabaseErrorKind::Busy),
            ("13", DatabaseErrorKind::Full),
            ("14", DatabaseErrorKind::Unreachable),
            ("26", DatabaseErrorKind::Corrupt),
            ("1032", DatabaseErrorKind::Refused),
            ("1", DatabaseErrorKind::Failed),
            ("x", DatabaseErrorKind::Failed),
        ] {
            assert_eq!(sqlite_kind(code), kind, "{code}");
        }
    }
}
