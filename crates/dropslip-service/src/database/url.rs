//! Which database a URL means: pure, and the only place that sees the password in it.
//!
//! SQLite's forms are read here, as `sqlx` takes options behind `?` that would undo what this service promises (`mode=ro`,
//! `immutable`, databases in memory). PostgreSQL's are read by `sqlx`, which knows them as `libpq` does.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::DatabaseError;

/// A database that can be opened.
#[derive(Clone)]
pub(super) enum Target {
    /// The file of an SQLite database.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl Target {
    /// Reads `sqlite:FILE`, `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    pub(super) fn parse(url: &str) -> Result<Self, DatabaseError> {
        let (scheme, rest) = url.split_once(':').ok_or_else(|| no_scheme(url))?;
        match scheme {
            "sqlite" => sqlite(rest).map(Self::Sqlite),
            "postgres" | "postgresql" => postgres(url).map(|o| Self::Postgres(Box::new(o))),
            "mysql" | "mariadb" | "mssql" | "redis" | "mongodb" => Err(DatabaseError::url(
                format!("databases of the kind `{scheme}` are not supported"),
            )),
            _ => Err(no_scheme(url)),
        }
    }

    /// What may be shown of it: never the password, which PostgreSQL's options alone hold.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(options) => {
                let name = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => format!("postgres:///{name} at {}", socket.display()),
                    None => format!(
                        "postgres://{}:{}/{name}",
                        options.get_host(),
                        options.get_port()
                    ),
                }
            }
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// A text without a known scheme may be anything, a password too: it is not repeated.
fn no_scheme(url: &str) -> DatabaseError {
    let hint = if url.contains("://") || url.is_empty() {
        ""
    } else {
        "; a file is written `sqlite://FILE`"
    };
    DatabaseError::url(format!(
        "it begins with none of `sqlite://`, `postgres://` and `postgresql://`, and is not `none`{hint}"
    ))
}

fn sqlite(rest: &str) -> Result<PathBuf, DatabaseError> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        return Err(DatabaseError::url(
            "the file is missing: write `sqlite://dropslip.db`",
        ));
    }
    if path.starts_with(":memory:") {
        return Err(DatabaseError::url(
            "a database in memory forgets what was completed: name a file, or write `none` for no database",
        ));
    }
    if path.contains('?') {
        return Err(DatabaseError::url(
            "an SQLite database takes no options behind `?`: the service sets them itself",
        ));
    }
    if path.contains('\0') || path.ends_with('/') {
        return Err(DatabaseError::url("it does not end in the name of a file"));
    }
    Ok(PathBuf::from(path))
}

fn postgres(url: &str) -> Result<PgConnectOptions, DatabaseError> {
    // The parser's own words may repeat a part of the URL.
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        DatabaseError::url(
            "it is no PostgreSQL URL such as `postgres://USER:PASSWORD@HOST:5432/NAME`; characters such as `@`, `/` \
             and `#` in the password are written percent-encoded",
        )
    })?;
    Ok(match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("dropslip"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_sqlite() {
        for (url, path) in [
            ("sqlite:dropslip.db", "dropslip.db"),
            ("sqlite://dropslip.db", "dropslip.db"),
            ("sqlite://data/dropslip.db", "data/dropslip.db"),
            ("sqlite:///var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:/var/lib/x.db", "/var/lib/x.db"),
            ("sqlite://with space %20.db", "with space %20.db"),
        ] {
            match Target::parse(url).unwrap() {
                Target::Sqlite(found) => assert_eq!(found, PathBuf::from(path), "{url}"),
                Target::Postgres(_) => panic!("{url}"),
            }
        }
    }

    #[test]
    fn the_forms_of_postgresql() {
        for (url, shown) in [
            (
                "postgres://u:p@db.example/uploads",
                "postgres://db.example:5432/uploads",
            ),
            (
                "postgresql://u@db.example:6000/x",
                "postgres://db.example:6000/x",
            ),
            (
                "postgres://u:p@localhost/x?host=/run/pg",
                "postgres:///x at /run/pg",
            ),
            (
                "postgres://u:p%40%23@db.example/x?sslmode=require",
                "postgres://db.example:5432/x",
            ),
        ] {
            assert_eq!(Target::parse(url).unwrap().shown(), shown, "{url}");
        }
    }

    #[test]
    fn what_is_no_database() {
        for (url, words) in [
            ("", "begins with none of"),
            ("dropslip.db", "sqlite://FILE"),
            ("./data/dropslip.db", "sqlite://FILE"),
            ("sqlite:", "the file is missing"),
            ("sqlite://", "the file is missing"),
            ("sqlite::memory:", "in memory"),
            ("sqlite://:memory:", "in memory"),
            ("sqlite://a.db?mode=ro", "takes no options"),
            ("sqlite://folder/", "name of a file"),
            ("mysql://u:hunter2@h/x", "`mysql` are not supported"),
            ("file:///a.db", "begins with none of"),
            ("https://u:hunter2@h/x", "begins with none of"),
            ("postgres://u:hunter2@h:port/x", "no PostgreSQL URL"),
            ("postgres://u:hunter2@[::1/x", "no PostgreSQL URL"),
            ("hunter2", "begins with none of"),
        ] {
            let error = Target::parse(url).unwrap_err();
            assert_eq!(error.kind(), super::super::DatabaseErrorKind::Url);
            let text = error.to_string();
            assert!(text.contains(words), "{url}: {text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let target = Target::parse("postgres://user:hunter2@db.example/x").unwrap();
        let shown = format!("{target:?} {}", target.shown());
        assert!(
            shown.contains("db.example") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
