//! `dropslip serve`

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use dropslip_service::{Config, ConfigErrorKind, Given, Secret, Settings, StorageKeys, router};

use super::reload::Reload;
use super::work::Work;
use crate::args;
use crate::descriptors::Room;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::limits::CONFIG_BYTES_MAX;
use crate::listen::{self, Again, App, Reach, Site, Stop, Tls};
use crate::secrets;
use crate::terminal;
use crate::traces::Traces;

/// Runs the service until it is stopped.
pub(crate) async fn run(args: args::Serve) -> Result<(), Failure> {
    let settings = settings(&args)?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => Some(Tls::read(certificate, key)?),
        _ => None,
    };
    let storage = settings.storage_origins().join(", ");
    let stop = Stop::on_signal()?;
    let again = Again::on_signal()?;
    let listener = listen::bind(args.listen, "--listen", reach(&settings)).await?;
    let address = listen::address_of(&listener)?;
    let traces = Traces::start()?;
    let work = Arc::new(Work::open(&settings).await?);
    let state = work.begin(settings, None)?;
    let app = App::from(traces.around(router(state.clone())));
    let scheme = if tls.is_some() { "https" } else { "http" };
    terminal::data(&format!(
        "Uploads at {scheme}://{address}, storage at {storage}"
    ));
    let reload = Reload {
        args,
        address,
        app: app.clone(),
        work: Arc::clone(&work),
        tls: tls.clone(),
        traces: traces.clone(),
        state,
    };
    let site = Site {
        app,
        tls,
        room: Room::SERVICE,
    };
    tokio::select! {
        () = listen::serve(listener, site, stop) => {}
        never = reload.at_each(again) => match never {},
    }
    work.end().await;
    traces.end().await;
    Ok(())
}

/// Who may reach a service with these settings.
pub(super) fn reach(settings: &Settings) -> Reach {
    if settings.is_open() {
        Reach::Loopback {
            why: "no API key is configured, so everybody could upload",
            hint: "add a key of at least 16 characters: `DROPSLIP_API_KEYS=$(openssl rand -hex 24) dropslip serve …`",
        }
    } else {
        Reach::Anyone
    }
}

/// Reads and checks the configuration.
pub(super) fn settings(args: &args::Serve) -> Result<Settings, Failure> {
    settings_of(&args.config, &args.api_keys)
}

/// The same for a command that serves nothing.
pub(super) fn settings_of(path: &Path, api_keys: &[String]) -> Result<Settings, Failure> {
    let text = read(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let wrong =
        |error: &dyn std::fmt::Display| Failure::new(format!("`{}`: {error}", path.display()));
    let config = Config::parse_with(&text, |elsewhere| secrets::read(folder, elsewhere))
        .map_err(|error| wrong(&error))?;
    let found = if config.leaves_keys_out() {
        Environment::read()?.keys()?
    } else {
        None
    };
    let keys = found.map(|keys| {
        let found = StorageKeys::new(keys.access_key, keys.secret_key);
        match keys.session_token {
            Some(token) => found.with_session_token(token),
            None => found,
        }
    });
    let api_keys = api_keys
        .iter()
        .filter(|key| !key.is_empty())
        .map(|key| Secret::new(key.as_str()));
    let given = Given {
        storage_keys: keys,
        api_keys: api_keys.collect(),
    };
    config.check(given).map_err(|error| match error.kind() {
        ConfigErrorKind::Credentials => wrong(&error).hint(
            "credentials come from the file, DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY, or AWS's shared files",
        ),
        _ => wrong(&error),
    })
}

/// Reads the file, and no device that never ends.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::new(format!("cannot read `{}`: {why}", path.display()))
            .hint("name the file with `--config FILE`; `dropslip dev` needs none")
    };
    let file = File::open(path).map_err(|e| cannot(&e))?;
    let mut text = String::new();
    file.take(CONFIG_BYTES_MAX + 1)
        .read_to_string(&mut text)
        .map_err(|e| cannot(&e))?;
    if text.len() as u64 > CONFIG_BYTES_MAX {
        return Err(cannot(&"it is larger than 1 MiB"));
    }
    Ok(text)
}
