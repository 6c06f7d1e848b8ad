//! What a service has beside its router: the database, and the work in the background.
//!
//! The database is opened once and stays; the work is started anew with each configuration.

use std::sync::{Mutex, PoisonError};

use dropslip_service::database::{Database, DatabaseErrorKind};
use dropslip_service::{Background, Settings, State};

use crate::failure::Failure;

/// Both, of a service that runs.
#[derive(Debug)]
pub(super) struct Work {
    database: Option<Database>,
    /// The URL that was opened, to see whether a new configuration has another one.
    url: Option<String>,
    background: Mutex<Option<Background>>,
}

impl Work {
    /// Opens the database and makes its tables; waits a little for a server that starts too.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let url = settings.database_url().map(|url| url.reveal().to_owned());
        let database = match &url {
            Some(url) => Some(open(url).await?),
            None => None,
        };
        Ok(Self {
            database,
            url,
            background: Mutex::new(None),
        })
    }

    /// Makes the service of these settings, which goes on with what the one before has, and lets its work take the
    /// place of what was under way.
    ///
    /// Call it on the runtime.
    pub(super) fn begin(
        &self,
        settings: Settings,
        before: Option<&State>,
    ) -> Result<State, Failure> {
        if settings.database_url().map(|url| url.reveal()) != self.url.as_deref() {
            let message = "`database.url` is another one, and a running service keeps its database";
            return Err(Failure::new(message).hint("stop the service and start it again"));
        }
        let wrong = |error: dropslip_service::ConfigError| Failure::new(error.to_string());
        let mut state = State::new(settings).map_err(wrong)?;
        if let Some(database) = &self.database {
            state = state.with_database(database.clone());
        }
        if let Some(before) = before {
            state = state.continuing(before);
        }
        let next = Background::start(&state).map_err(wrong)?;
        if let Some(before) = self.replace(Some(next)) {
            tokio::spawn(before.stop());
        }
        Ok(state)
    }

    /// The service of these settings for a command that serves nothing: with its database, without its work.
    pub(super) fn idle(&self, settings: Settings) -> Result<State, Failure> {
        let state = State::new(settings).map_err(|error| Failure::new(error.to_string()))?;
        Ok(match &self.database {
            Some(database) => state.with_database(database.clone()),
            None => state,
        })
    }

    /// Ends the work, and closes the database.
    pub(super) async fn end(&self) {
        if let Some(background) = self.replace(None) {
            background.stop().await;
        }
        if let Some(database) = &self.database {
            database.close().await;
        }
    }

    fn replace(&self, next: Option<Background>) -> Option<Background> {
        let mut background = self
            .background
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *background, next)
    }
}

async fn open(url: &str) -> Result<Database, Failure> {
    Database::open(url).await.map_err(|error| {
        let failure = Failure::new(format!("cannot open the database: {error}"));
        match error.kind() {
            DatabaseErrorKind::Unreachable if url.starts_with("sqlite") => failure.hint(
                "name a file in a folder that the service may write to: `[database]` with \
                 `url = \"sqlite:///var/lib/dropslip/dropslip.db\"`",
            ),
            DatabaseErrorKind::Unreachable => {
                failure.hint("check that it runs and that `database.url` is right as seen from here")
            }
            DatabaseErrorKind::Refused => {
                failure.hint("check user, password and name of the database in `database.url`")
            }
            DatabaseErrorKind::Schema => {
                failure.hint("start the version that made the tables, or a later one")
            }
            DatabaseErrorKind::Corrupt => failure.hint(
                "if the file is another program's, name a new one in `database.url`; if it is damaged, bring \
                 back a copy",
            ),
            _ => failure,
        }
    })
}
