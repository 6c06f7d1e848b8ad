//! `dropslip store`

use std::path::PathBuf;

use dropslip_s3::BucketName;
use dropslip_sigv4::Credentials;
use dropslip_store::{Config, Store};

use crate::args;
use crate::failure::Failure;
use crate::listen::{self, Reach, Stop};
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
    let (access_key, secret_key) = match (args.access_key, args.secret_key) {
        (Some(access_key), Some(secret_key)) => (access_key, secret_key),
        _ => (DEV_ACCESS_KEY.to_owned(), DEV_SECRET_KEY.to_owned()),
    };
    check_key("access key", &access_key)?;
    check_key("secret key", &secret_key)?;
    let buckets = args.buckets.iter().map(|name| {
        BucketName::parse(name)
            .map_err(|e| Failure::new(format!("`{name}` cannot be a bucket: {e}")))
    });
    let buckets = buckets.collect::<Result<Vec<_>, _>>()?;

    let stop = Stop::on_signal()?;
    let reach = if secret_key == DEV_SECRET_KEY {
        DEV_KEYS_REACH
    } else {
        Reach::Anyone
    };
    let listener = listen::bind(args.listen, "--listen", reach).await?;
    let address = listen::address_of(&listener)?;
    let mut config = Config::new(args.data, Credentials::new(access_key.clone(), secret_key));
    config.region = args.region;
    config.domains = args
        .domains
        .iter()
        .map(|domain| domain.to_ascii_lowercase())
        .collect();
    let data = config.data.clone();
    let store = open(config)?;
    for bucket in &buckets {
        store
            .ensure_bucket(bucket, &access_key, None)
            .await
            .map_err(|e| Failure::new(e.to_string()))?;
    }
    terminal::data(&format!(
        "S3 at http://{address}, data in {}",
        data.display()
    ));
    listen::serve(listener, store.router(), stop).await;
    Ok(())
}

/// Opens a store, and says what to do when that fails.
pub(crate) fn open(config: Config) -> Result<Store, Failure> {
    Store::open(config).map_err(|error| {
        Failure::new(error.to_string()).hint(
            "choose another folder with `--data FOLDER`, or stop the process that uses this one",
        )
    })
}

/// White space comes along when keys are pasted.
fn check_key(what: &str, key: &str) -> Result<(), Failure> {
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Failure::new(format!(
            "the {what} is empty or holds white space or other than ASCII"
        )));
    }
    Ok(())
}

/// The data folder's path, for people.
pub(crate) fn shown(data: &std::path::Path) -> PathBuf {
    std::path::absolute(data).unwrap_or_else(|_| data.to_owned())
}
