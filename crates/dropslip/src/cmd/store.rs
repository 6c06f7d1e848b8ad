//! `dropslip store`

use std::net::SocketAddr;
use std::path::Path;

use dropslip_s3::BucketName;
use dropslip_sigv4::Credentials;
use dropslip_store::{Config, OpenErrorKind, OwnedKey, Store};

use crate::args;
use crate::cors;
use crate::descriptors::Room;
use crate::failure::Failure;
use crate::keys_file;
use crate::listen::{self, Reach, Site, Stop};
use crate::terminal;

/// The keys of development. Whoever has them may do everything, so nothing
/// listens beyond this machine with them.
pub(crate) const DEV_ACCESS_KEY: &str = "dropslip";
/// See [`DEV_ACCESS_KEY`].
pub(crate) const DEV_SECRET_KEY: &str = "dropslip-dev-secret";

const DEV_KEYS_REACH: Reach = Reach::Loopback {
    why: "the development keys are known to everybody",
    hint: "set keys of your own: `DROPSLIP_ACCESS_KEY=… DROPSLIP_SECRET_KEY=… dropslip store --listen …`",
};

/// Runs the store until it is stopped.
pub(crate) async fn run(args: args::Store) -> Result<(), Failure> {
    let pair = args.access_key.zip(args.secret_key);
    let keys = all_keys(pair, args.keys.as_deref())?;
    let buckets = args.buckets.iter().map(|name| {
        BucketName::parse(name)
            .map_err(|e| Failure::new(format!("`{name}` cannot be a bucket: {e}")))
    });
    let buckets = buckets.collect::<Result<Vec<_>, _>>()?;

    let domains = domains(&args.domains)?;
    let cors = match args.cors_origins.as_slice() {
        [] => None,
        origins => Some(
            cors::uploads_from(origins)
                .map_err(|e| Failure::new(format!("`--cors-origin`: {e}")))?,
        ),
    };

    let stop = Stop::on_signal()?;
    let is_dev = keys
        .iter()
        .any(|key| key.credentials.is_secret(DEV_SECRET_KEY));
    let reach = if is_dev {
        DEV_KEYS_REACH
    } else {
        Reach::Anyone
    };
    let listener = listen::bind(args.listen, "--listen", reach).await?;
    let address = listen::address_of(&listener)?;
    let owner = keys[0].owner.clone();
    let mut config = Config::new(args.data, keys[0].credentials.clone());
    config.keys = keys;
    config.region = args.region;
    config.domains = domains;
    config.loopback_only = is_dev;
    config.explain = args.explain.into();
    config.hosts = names(address);
    config.process = Some(std::process::id());
    config.allow_sigv2 = args.allow_sigv2;
    config.lifecycle_day = args.lifecycle_day;
    config.webhooks = args.webhooks;
    config.serve_active_content = args.serve_active_content;
    let data = config.data.clone();
    let store = open(config)?;
    for bucket in &buckets {
        store
            .ensure_bucket(bucket, &owner, cors.clone())
            .await
            .map_err(|e| Failure::new(e.to_string()))?;
        tell_of_events(&store, bucket).await?;
    }
    terminal::data(&format!(
        "S3 at http://{address}, data in {}",
        data.display()
    ));
    tokio::join!(
        listen::serve(
            listener,
            Site::plain(store.router(), Room::STORE),
            stop.clone()
        ),
        end_watching(&store, stop)
    );
    Ok(())
}

/// Lets a bucket of the command line tell of its events, if they go anywhere.
pub(crate) async fn tell_of_events(store: &Store, bucket: &BucketName) -> Result<(), Failure> {
    store
        .ensure_notifications(bucket)
        .await
        .map_err(|e| Failure::new(e.to_string()))
}

/// Ends, at the signal to stop, what would have no end: the pages that look on.
pub(crate) async fn end_watching(store: &Store, mut stop: Stop) {
    stop.heard().await;
    store.end_watching();
}

/// The names under which this machine's programs reach an address, with its port.
pub(crate) fn names(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let mut names = vec![address.to_string()];
    for name in ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"] {
        names.push(format!("{name}:{port}"));
    }
    names.dedup();
    names
}

/// Opens a store, and says what to do when that fails.
pub(crate) fn open(config: Config) -> Result<Store, Failure> {
    Store::open(config).map_err(|error| {
        let hint = match error.kind() {
            OpenErrorKind::InUse => "stop the process that uses it, or take another folder with `--data FOLDER`",
            OpenErrorKind::IndexMissing => {
                "put the index back from a copy, or take another folder with `--data FOLDER`; nothing was changed"
            }
            OpenErrorKind::Index => {
                "put the folder back from a copy, or take another one with `--data FOLDER`; nothing was changed"
            }
            _ => "take a folder that can be written with `--data FOLDER`",
        };
        Failure::new(error.to_string()).hint(hint)
    })
}

/// The names below which buckets are hosts.
fn domains(names: &[String]) -> Result<Vec<String>, Failure> {
    let is_name = |name: &str| {
        let letters = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        letters && !name.is_empty() && !name.starts_with('.') && !name.ends_with('.')
    };
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(Failure::new(format!("`{name}` is no domain"))
            .hint("give the name alone, such as `--domain s3.example.com`")),
        None => Ok(names.iter().map(|name| name.to_ascii_lowercase()).collect()),
    }
}

/// The keys of the command line and of the file, at least one. Without any they are those
/// of development.
fn all_keys(pair: Option<(String, String)>, file: Option<&Path>) -> Result<Vec<OwnedKey>, Failure> {
    let dev = || (DEV_ACCESS_KEY.to_owned(), DEV_SECRET_KEY.to_owned());
    let pair = if file.is_none() {
        pair.or_else(|| Some(dev()))
    } else {
        pair
    };
    let mut keys = Vec::new();
    if let Some((access_key, secret_key)) = pair {
        check_key("access key", &access_key)?;
        check_key("secret key", &secret_key)?;
        keys.push(OwnedKey::from(Credentials::new(access_key, secret_key)));
    }
    for key in file.map(keys_file::read).transpose()?.unwrap_or_default() {
        let access_key = key.credentials.access_key();
        let is_there = |known: &OwnedKey| known.credentials.access_key() == access_key;
        if keys.iter().any(is_there) {
            return Err(Failure::new(format!(
                "the access key `{access_key}` is in the file and on the command line"
            ))
            .hint("leave one of the two out"));
        }
        keys.push(key);
    }
    Ok(keys)
}

/// White space comes along when keys are pasted.
pub(crate) fn check_key(what: &str, key: &str) -> Result<(), Failure> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::new(format!(
            "the {what} is empty or holds white space or other than ASCII"
        )));
    }
    Ok(())
}
