//! `dropslip dev`: store, service and page in one process. The service reaches
//! the store over HTTP, as it would any other storage.

use std::net::SocketAddr;
use std::path::PathBuf;

use dropslip_s3::BucketName;
use dropslip_service::{Config, Given, Secret, Settings, StorageKeys, router};
use dropslip_sigv4::Credentials;
use dropslip_store::Webhook;
use tempfile::TempDir;

use super::store::{self, DEV_ACCESS_KEY, DEV_SECRET_KEY};
use super::work::Work;
use crate::args;
use crate::cors;
use crate::descriptors::Room;
use crate::failure::Failure;
use crate::listen::{self, Reach, Site, Stop};
use crate::terminal;

const REACH: Reach = Reach::Loopback {
    why: "`dropslip dev` uses keys that are known to everybody",
    hint: "for others to reach it, run `dropslip store` and `dropslip serve` with keys of your own",
};

const BUCKET: &str = "uploads";

/// The service's database, beside the store's files.
const DATABASE: &str = "service.db";

/// Runs everything until it is stopped.
pub(crate) async fn run(args: args::Dev) -> Result<(), Failure> {
    let stop = Stop::on_signal()?;
    let pages = listen::bind(args.listen, "--listen", REACH).await?;
    let s3 = listen::bind(args.s3_listen, "--s3-listen", REACH).await?;
    let (pages_address, s3_address) = (listen::address_of(&pages)?, listen::address_of(&s3)?);
    let data = Data::choose(&args)?;

    let mut config = dropslip_store::Config::new(
        data.path(),
        Credentials::new(DEV_ACCESS_KEY, DEV_SECRET_KEY),
    );
    config.loopback_only = true;
    config.explain = args.explain.into();
    config.hosts = store::names(s3_address);
    config.process = Some(std::process::id());
    config.lifecycle_day = args.lifecycle_day;
    let token = Secret::random();
    config.webhooks = args.webhooks;
    config.webhooks.push(events_webhook(pages_address, &token)?);
    let store = store::open(config)?;
    let bucket = BucketName::parse(BUCKET).expect("the bucket's name is a bucket name");
    let cors = cors::uploads_from(&LOCAL_ORIGINS).expect("the rule keeps to S3's limits");
    store
        .ensure_bucket(&bucket, DEV_ACCESS_KEY, Some(cors))
        .await
        .map_err(|e| Failure::new(e.to_string()))?;
    store::tell_of_events(&store, &bucket).await?;

    let settings = settings(s3_address, &data, token)?;
    let work = Work::open(&settings).await?;
    let service = work.begin(settings, None)?;
    terminal::data(&welcome(pages_address, s3_address, &data));
    tokio::join!(
        listen::serve(
            pages,
            Site::plain(router(service), Room::SERVICE),
            stop.clone()
        ),
        listen::serve(s3, Site::plain(store.router(), Room::STORE), stop.clone()),
        store::end_watching(&store, stop)
    );
    work.end().await;
    Ok(())
}

/// The store tells the service of files that arrived, so that those whose page was closed are completed too.
fn events_webhook(pages: SocketAddr, token: &Secret) -> Result<Webhook, Failure> {
    let url = format!("http://{pages}/v1/events/s3?token={}", token.reveal());
    url.parse().map_err(Failure::new)
}

fn settings(s3: SocketAddr, data: &Data, token: Secret) -> Result<Settings, Failure> {
    let keys = StorageKeys::new(DEV_ACCESS_KEY, DEV_SECRET_KEY);
    let config = Config::dev(&format!("http://{s3}"), &browser_url(s3), keys);
    let file = data.path().join(DATABASE);
    let config = config.with_events_token(token);
    let config = config.with_database(format!("sqlite://{}", file.display()));
    config
        .check(Given::default())
        .map_err(|e| Failure::new(e.to_string()))
}

/// Pages of this machine, on whatever port their development server runs.
const LOCAL_ORIGINS: [&str; 2] = ["http://localhost:*", "http://127.0.0.1:*"];

/// The name by which browsers know this machine; it also has sub-domains for buckets.
fn browser_url(address: SocketAddr) -> String {
    let host = if address.is_ipv4() {
        "localhost".to_owned()
    } else {
        format!("[{}]", address.ip())
    };
    format!("http://{host}:{}", address.port())
}

fn welcome(pages: SocketAddr, s3: SocketAddr, data: &Data) -> String {
    let (pages, s3_url) = (browser_url(pages), browser_url(s3));
    format!(
        "  Open {pages} and drop a file
  S3 at http://{s3} (also {s3_url}), bucket {BUCKET}
  Requests as they happen: {s3_url}/_dropslip/requests
  Data in {}

  For aws, boto3 and the SDKs:
    export AWS_ENDPOINT_URL_S3=http://{s3} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID={DEV_ACCESS_KEY} AWS_SECRET_ACCESS_KEY={DEV_SECRET_KEY}

  Stop with ctrl-c.
",
        data.shown()
    )
}

/// Where the files are.
enum Data {
    Kept(PathBuf),
    Temporary(TempDir),
}

impl Data {
    fn choose(args: &args::Dev) -> Result<Self, Failure> {
        if !args.ephemeral {
            return Ok(Self::Kept(args.data.clone()));
        }
        tempfile::Builder::new()
            .prefix("dropslip-")
            .tempdir()
            .map(Self::Temporary)
            .map_err(|e| Failure::new(format!("cannot make a temporary folder: {e}")))
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(path) => path.clone(),
            Self::Temporary(folder) => folder.path().to_owned(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Kept(path) => {
                let absolute = std::path::absolute(path);
                absolute.as_ref().unwrap_or(path).display().to_string()
            }
            Self::Temporary(folder) => format!("{}, removed at the end", folder.path().display()),
        }
    }
}
