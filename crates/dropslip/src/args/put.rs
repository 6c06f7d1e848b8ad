//! The arguments of `dropslip put`. The doc comments are the help.

use std::ffi::OsString;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{Parser, ValueEnum};
use dropslip_put::limits::{PARALLEL, PARALLEL_MAX, PART_BYTES_MAX, PART_BYTES_MIN};
use dropslip_s3::checksum::Algorithm;

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  A folder, under its own name, below a prefix:
    dropslip put photos s3://uploads/2026/
  What is in a folder, without its name:
    dropslip put photos/ s3://uploads/2026/
  One file, under another name:
    dropslip put report.pdf s3://uploads/reports/latest.pdf
  What another program writes:
    pg_dump shop | dropslip put - s3://backups/shop.sql
  To a preset of a service, which makes the keys:
    DROPSLIP_API_KEY=… dropslip put *.jpg --preset photo --service https://uploads.example

Ctrl-C stops; the same command goes on with what was left, also after a crash. Exit code 0: all is
stored; 1: a file failed, or something is left; 2: nothing could begin.

Credentials come from DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, from AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from AWS's shared config files (AWS_PROFILE).
Endpoint and region come from DROPSLIP_ENDPOINT, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, from
DROPSLIP_REGION or AWS_REGION, or from the shared config file, where no flag says otherwise.";

/// `dropslip put`
#[derive(Debug, Parser)]
pub(crate) struct Put {
    /// Files and folders, and behind them s3://BUCKET/PREFIX/ unless there is a `--preset`. `-` is
    /// standard input. A folder keeps its name, and with a slash at its end only what is in it
    #[arg(value_name = "FILE", required = true)]
    pub(crate) paths: Vec<OsString>,
    /// Say what would go where, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Follow symbolic links below folders, as far as they lead to something in the same folder
    #[arg(long)]
    pub(crate) follow_links: bool,
    /// Name of what comes from standard input
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Most requests at a time
    #[arg(long, value_name = "NUMBER", default_value_t = PARALLEL, value_parser = parallel)]
    pub(crate) parallel: usize,
    /// Begin anew, whatever an earlier run has stored
    #[arg(long)]
    pub(crate) no_resume: bool,
    /// Print what became of each file, and a summary, as JSON: an object in each line
    #[arg(long)]
    pub(crate) json: bool,
    /// Say nothing but what failed
    #[arg(long, short)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) object: Object,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
    #[command(flatten)]
    pub(crate) storage: Storage,
}

/// What is stored, and how.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Objects")]
pub(crate) struct Object {
    /// Content type; by default what each file's name says
    #[arg(long, value_name = "TYPE", value_parser = header)]
    pub(crate) content_type: Option<String>,
    /// User metadata; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = metadata)]
    pub(crate) metadata: Vec<(String, String)>,
    /// Cache-Control of the objects, such as `max-age=3600`
    #[arg(long, value_name = "VALUE", conflicts_with = "preset", value_parser = header)]
    pub(crate) cache_control: Option<String>,
    /// Canned ACL, such as `public-read`
    #[arg(long, value_name = "ACL", conflicts_with = "preset")]
    pub(crate) acl: Option<String>,
    /// Replace no object: one that is there stays, and its file counts as failed
    #[arg(long, conflicts_with = "preset")]
    pub(crate) if_none_match: bool,
    /// Checksum that the storage holds the bytes against and keeps
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "ALGORITHM",
        conflicts_with = "preset"
    )]
    pub(crate) checksum: ChecksumArg,
    /// Size of parts, from 5MiB to 1GiB; a file up to it goes in one request. By default 16 MiB, and
    /// 32 MiB of standard input; more where there would be over 10,000
    #[arg(long, value_name = "SIZE", value_parser = part_size, conflicts_with = "preset")]
    pub(crate) part_size: Option<ByteSize>,
}

/// Which service, and who asks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceArgs {
    /// Preset of a service to upload to
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,
    /// Address of the service
    #[arg(
        long,
        value_name = "URL",
        env = "DROPSLIP_SERVICE",
        default_value = "http://localhost:7600"
    )]
    pub(crate) service: String,
    /// File with the API key or token, which else comes from DROPSLIP_API_KEY
    #[arg(long, value_name = "FILE", requires = "preset")]
    pub(crate) api_key_file: Option<PathBuf>,
    /// For whom, with an API key
    #[arg(long, value_name = "USER", requires = "preset")]
    pub(crate) subject: Option<String>,
}

/// A checksum by its name on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChecksumArg {
    /// The fastest, and S3's own default
    #[default]
    Crc64nvme,
    /// For storages that do not know crc64nvme
    Crc32c,
    /// The oldest
    Crc32,
    /// Against those who change bytes on purpose, where the connection is not encrypted
    Sha256,
    /// None, for storages that know none
    None,
}

impl ChecksumArg {
    pub(crate) fn algorithm(self) -> Option<Algorithm> {
        Some(match self {
            Self::Crc64nvme => Algorithm::Crc64Nvme,
            Self::Crc32c => Algorithm::Crc32c,
            Self::Crc32 => Algorithm::Crc32,
            Self::Sha256 => Algorithm::Sha256,
            Self::None => return None,
        })
    }
}

fn parallel(text: &str) -> Result<usize, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=PARALLEL_MAX).contains(number))
        .ok_or_else(|| format!("expected a number from 1 to {PARALLEL_MAX}"))
}

fn part_size(text: &str) -> Result<ByteSize, &'static str> {
    let size: Result<ByteSize, _> = text.parse();
    size.ok()
        .filter(|size| (PART_BYTES_MIN..=PART_BYTES_MAX).contains(&size.as_u64()))
        .ok_or("expected a size from 5MiB to 1GiB, such as `64MiB`")
}

/// The value of a header.
fn header(text: &str) -> Result<String, &'static str> {
    let is_plain = |b: u8| b == b'\t' || (b' '..0x7f).contains(&b);
    match text.bytes().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("a header has printable ASCII characters"),
    }
}

/// Names are parts of headers.
fn metadata(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("a name has letters, digits and hyphens");
    }
    if value.contains(['\r', '\n', '\0']) {
        return Err("a value has no line breaks");
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_sizes() {
        for right in ["5MiB", "16MiB", "1GiB", "100MB"] {
            assert!(part_size(right).is_ok(), "{right}");
        }
        for wrong in ["", "5MB", "0", "2GiB", "-1", "x"] {
            assert!(part_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn metadata_is_a_header() {
        assert_eq!(
            metadata("a-b=c=d ä"),
            Ok(("a-b".to_owned(), "c=d ä".to_owned()))
        );
        assert!(metadata("a=").is_ok());
        for wrong in ["", "a", "=b", "a b=c", "ä=b", "a=b\nc", "a:b=c"] {
            assert!(metadata(wrong).is_err(), "{wrong}");
        }
    }
}
