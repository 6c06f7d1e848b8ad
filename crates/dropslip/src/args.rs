//! The command line. The doc comments are the help.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use dropslip_store::Webhook;

pub(crate) mod cors;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod presign;
pub(crate) mod put;
pub(crate) mod storage;

/// Files go from the browser straight into your bucket; your server only signs the slip
#[derive(Debug, Parser)]
#[command(name = "dropslip", version, max_term_width = 100)]
pub(crate) struct Args {
    /// How the log is written to standard error; DROPSLIP_LOG chooses what
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "DROPSLIP_LOG_FORMAT",
        value_enum,
        default_value_t
    )]
    pub(crate) log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For programs: an object in each line
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run store, service and upload page on this machine, ready to use
    ///
    /// Pages and API are at `http://localhost:7600`, S3 at `http://localhost:7601` with the access
    /// key `dropslip`, the secret `dropslip-dev-secret`, the region `us-east-1` and the bucket
    /// `uploads`. It listens on this machine only.
    Dev(Dev),
    /// Run the upload service, in front of any S3-compatible storage
    ///
    /// Presets and storage come from a configuration file. The storage's credentials may be left
    /// out of it: they then come from DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, from
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from AWS's shared config
    /// files. Without API keys it answers this machine only. At SIGHUP it reads the file again,
    /// and goes on with it if it is right.
    Serve(Serve),
    /// Check the configuration of `dropslip serve`, or print its schema
    Config(Config),
    /// Ask a running service whether it is well
    ///
    /// For containers, whose images hold no other program. Exit code 0 if it is, 1 if it is not.
    Health(Health),
    /// Deal with uploads that nobody completed
    ///
    /// Finds the files whose uploads can no longer be completed and completes, removes or keeps
    /// them by their preset's `unfinished`; aborts uploads in parts that were given up. A running
    /// service does the same by itself (`[sweep] every`). Exit code 1 says that a part failed.
    Sweep(Sweep),
    /// Run the S3-compatible store alone
    ///
    /// A durable S3-compatible server on one folder. Without keys it takes the development keys
    /// (`dropslip`, `dropslip-dev-secret`) and answers this machine only.
    Store(Store),
    /// Print a presigned URL or upload form
    ///
    /// Everything that is given is signed, so the request must be sent exactly so.
    /// By default the URL is printed, and for `post` a form as HTML.
    #[command(after_help = presign::EXAMPLES)]
    Presign(presign::Presign),
    /// Say what is wrong with a signed request
    ///
    /// From a URL and its headers, a pasted curl command, a HAR file, or the storage's error: which
    /// part is not what was signed, and what to change.
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Explain),
    /// Find out whether browsers can upload to a storage, and if not, why
    ///
    /// Walks a browser's way: address, TLS, clock, credentials, CORS, uploads of each kind. Says of each step yes, no or
    /// not offered, and of each no the cause and what to change. What it writes it removes again.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Doctor),
    /// Read, test or write the CORS rules of a bucket
    #[command(after_help = cors::EXAMPLES)]
    Cors(cors::Cors),
    /// Upload files and folders
    ///
    /// To a preset of a service, or with keys of your own to `s3://BUCKET/PREFIX/`. What was interrupted is gone on with
    /// when the same command is given again.
    #[command(after_help = put::EXAMPLES)]
    Put(put::Put),
}

/// `dropslip sweep`
#[derive(Debug, Parser)]
pub(crate) struct Sweep {
    /// Configuration file
    #[arg(long, value_name = "FILE", default_value = "dropslip.toml")]
    pub(crate) config: PathBuf,
    /// Only this preset
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Remove files too that were issued before the database was made
    ///
    /// They may have been completed then, without the database knowing of it.
    #[arg(long)]
    pub(crate) include_older: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// `dropslip dev`
#[derive(Debug, Parser)]
pub(crate) struct Dev {
    /// Folder that keeps the uploaded files
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = ".dropslip",
        conflicts_with = "ephemeral"
    )]
    pub(crate) data: PathBuf,
    /// Keep the files in a temporary folder that is removed at the end
    #[arg(long)]
    pub(crate) ephemeral: bool,
    /// Address of pages and API; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7600")]
    pub(crate) listen: ListenAddress,
    /// Address of the store; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7601")]
    pub(crate) s3_listen: ListenAddress,
    /// Length of a day in lifecycle rules, such as `2s` for tests
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "24h",
        value_parser = lifecycle_day
    )]
    pub(crate) lifecycle_day: Duration,
    /// URL that gets the events of buckets; may be given several times
    ///
    /// It gets those of every ARN that a bucket's notification configuration names; with `ARN=URL`
    /// those of one ARN. The bucket `uploads` tells of objects that are made and removed, unless it
    /// has a configuration of its own.
    #[arg(long = "notify-webhook", value_name = "URL")]
    pub(crate) webhooks: Vec<Webhook>,
    /// Whom the store tells why a signature does not match: `auto` is this machine's own programs
    #[arg(long = "explain", value_name = "WHOM", value_enum, default_value_t)]
    pub(crate) explain: ExplainTo,
}

/// `dropslip serve`
#[derive(Debug, Parser)]
pub(crate) struct Serve {
    /// Configuration file
    #[arg(long, value_name = "FILE", default_value = "dropslip.toml")]
    pub(crate) config: PathBuf,
    /// Address of pages and API; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7600")]
    pub(crate) listen: ListenAddress,
    /// Certificate for TLS, in PEM, with its chain behind it; read again at SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// API keys, separated by commas, beside those of the configuration file
    #[arg(
        long,
        value_name = "KEYS",
        env = "DROPSLIP_API_KEYS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) api_keys: Vec<String>,
}

/// `dropslip health`
#[derive(Debug, Parser)]
pub(crate) struct Health {
    /// Where it listens, without TLS
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7600")]
    pub(crate) address: ListenAddress,
    /// Ask whether database and storages answer as well
    #[arg(long)]
    pub(crate) ready: bool,
}

/// `dropslip config`
#[derive(Debug, Parser)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What is done with a configuration besides serving it.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Say whether a configuration is right
    ///
    /// Makes every check that `dropslip serve` makes before it listens, credentials included. Exit code 0 if it is
    /// right, 1 if it is wrong, 2 if it cannot be read.
    Check {
        /// Configuration file
        #[arg(long, value_name = "FILE", default_value = "dropslip.toml")]
        config: PathBuf,
        /// API keys, separated by commas, beside those of the configuration file
        #[arg(
            long,
            value_name = "KEYS",
            env = "DROPSLIP_API_KEYS",
            hide_env_values = true,
            value_delimiter = ','
        )]
        api_keys: Vec<String>,
        /// Print the verdict as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of the configuration, for editors
    ///
    /// Name it in the first line of the file: `#:schema ./dropslip.schema.json`.
    Schema,
}

/// `dropslip store`
#[derive(Debug, Parser)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Tools"
)]
pub(crate) struct Store {
    /// Something else than running the store
    #[command(subcommand)]
    pub(crate) tool: Option<StoreTool>,
    /// Folder that keeps the objects
    #[arg(long, value_name = "FOLDER", default_value = ".dropslip")]
    pub(crate) data: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7601")]
    pub(crate) listen: ListenAddress,
    /// Access key; the owner of the buckets that are made at start
    #[arg(
        long,
        value_name = "KEY",
        env = "DROPSLIP_ACCESS_KEY",
        requires = "secret_key"
    )]
    pub(crate) access_key: Option<String>,
    /// Its secret
    #[arg(
        long,
        value_name = "SECRET",
        env = "DROPSLIP_SECRET_KEY",
        hide_env_values = true,
        requires = "access_key"
    )]
    pub(crate) secret_key: Option<String>,
    /// File with several access keys and who holds them
    ///
    /// TOML: `[[key]]` with `accessKey`, `secretKey` and, if several keys are of one owner, `owner`.
    /// Buckets belong to who creates them; others get in by ACLs and bucket policies.
    #[arg(long = "keys", value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Bucket to create at start if it is missing; may be given several times
    #[arg(long = "bucket", value_name = "NAME")]
    pub(crate) buckets: Vec<String>,
    /// Origin whose pages may use those buckets, such as `https://app.example`; may be given several
    /// times. Set where a bucket has no CORS rules yet
    #[arg(long = "cors-origin", value_name = "ORIGIN", requires = "buckets")]
    pub(crate) cors_origins: Vec<String>,
    /// Region that signatures must name
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    pub(crate) region: String,
    /// Take requests that are signed with Signature Version 2 as well
    ///
    /// For old signers: links of the AWS SDK for JavaScript v2, boto3 with signature_version 's3',
    /// s3cmd. Version 2 does not cover the host and most of the query, and its links may hold for
    /// years.
    #[arg(long)]
    pub(crate) allow_sigv2: bool,
    /// Length of a day in lifecycle rules, such as `2s` for tests
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "24h",
        value_parser = lifecycle_day
    )]
    pub(crate) lifecycle_day: Duration,
    /// URL that gets the events of buckets; may be given several times
    ///
    /// It gets those of every ARN that a bucket's notification configuration names. With
    /// `ARN=URL` it gets those of one ARN. The buckets of `--bucket` that have no configuration
    /// yet then tell of objects that are made and removed.
    #[arg(long = "notify-webhook", value_name = "URL")]
    pub(crate) webhooks: Vec<Webhook>,
    /// Show HTML, SVG and scripts that users uploaded as they are
    ///
    /// Without it a browser saves them and shows nothing of unknown type with scripts, since they
    /// would run with the rights of the store's address. Only for an address that serves nothing else.
    #[arg(long)]
    pub(crate) serve_active_content: bool,
    /// Name below which buckets are hosts, as in `http://BUCKET.localhost`; may be given several times
    #[arg(long = "domain", value_name = "NAME", default_value = "localhost")]
    pub(crate) domains: Vec<String>,
    /// Whom the store tells why a signature does not match: `auto` is this machine's own programs.
    /// The log has it in any case but `never`
    #[arg(long = "explain", value_name = "WHOM", value_enum, default_value_t)]
    pub(crate) explain: ExplainTo,
}

/// Reads the length of a day.
fn lifecycle_day(text: &str) -> Result<Duration, String> {
    let day = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if day < Duration::from_millis(10) || day > Duration::from_secs(24 * 60 * 60) {
        return Err("a day takes from 10ms to 24h".to_owned());
    }
    Ok(day)
}

/// What is done with a data folder besides serving it.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreTool {
    /// Check every object of a stopped store against its checksum
    ///
    /// Reads all bytes, and prints bucket and key of each object whose bytes are damaged. The exit
    /// code is 1 if there is one. The store need not be stopped for a copy that `backup` made.
    Scrub {
        /// Folder that keeps the objects
        #[arg(long, value_name = "FOLDER", default_value = ".dropslip")]
        data: PathBuf,
    },
    /// Copy all objects into another folder, also while the store runs
    ///
    /// The copy has everything that was answered before the backup began. To restore, start a store
    /// on it: `dropslip store --data TARGET`.
    Backup {
        /// Folder to copy into: an empty one, or one to make
        #[arg(value_name = "TARGET")]
        target: PathBuf,
        /// Folder that keeps the objects
        #[arg(long, value_name = "FOLDER", default_value = ".dropslip")]
        data: PathBuf,
    },
}

/// Whom the store explains refusals to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainTo {
    /// Programs on this machine, and the log
    #[default]
    Auto,
    /// Everybody
    Always,
    /// Nobody
    Never,
}

impl From<ExplainTo> for dropslip_store::Explain {
    fn from(to: ExplainTo) -> Self {
        match to {
            ExplainTo::Auto => Self::Auto,
            ExplainTo::Always => Self::Always,
            ExplainTo::Never => Self::Never,
        }
    }
}

/// An address to listen on: `127.0.0.1:7600`, `[::1]:7600`, `localhost:7600` or a port alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListenAddress(pub(crate) SocketAddr);

impl FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(port) = text.parse::<u16>() {
            return Ok(Self(SocketAddr::from(([127, 0, 0, 1], port))));
        }
        let numeric = match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => text.to_owned(),
        };
        numeric
            .parse()
            .map(Self)
            .map_err(|_| "expected ADDRESS:PORT, such as 127.0.0.1:7600".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }

    #[test]
    fn days() {
        assert_eq!(lifecycle_day("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(lifecycle_day("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(lifecycle_day("10ms"), Ok(Duration::from_millis(10)));
        for wrong in ["", "2", "0s", "9ms", "25h", "-1s", "day"] {
            assert!(lifecycle_day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses() {
        let parse = |text: &str| {
            text.parse::<ListenAddress>()
                .map(|address| address.0.to_string())
        };
        assert_eq!(parse("127.0.0.1:0").as_deref(), Ok("127.0.0.1:0"));
        assert_eq!(parse("localhost:80").as_deref(), Ok("127.0.0.1:80"));
        assert_eq!(parse("[::1]:80").as_deref(), Ok("[::1]:80"));
        assert_eq!(parse("7600").as_deref(), Ok("127.0.0.1:7600"));
        for wrong in [
            "",
            "localhost",
            "127.0.0.1",
            "example.com:80",
            "127.0.0.1:99999",
            ":80",
            "99999",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
