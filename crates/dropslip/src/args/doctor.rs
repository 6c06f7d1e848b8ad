//! The arguments of `dropslip doctor`. The doc comments are the help.

use std::path::PathBuf;

use clap::Parser;

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  A bucket of `dropslip dev`, for pages of one origin:
    dropslip doctor s3://uploads --endpoint http://localhost:7601 --origin http://localhost:5173
  What a service is configured to use, for the pages that may call it:
    dropslip doctor --config dropslip.toml
  The same, and put the rules of the bucket right:
    dropslip doctor --config dropslip.toml --fix
  A storage that no profile describes, to be used by a service:
    dropslip doctor s3://uploads --endpoint https://s3.example --write-profile storage.profile.toml

Credentials, region and endpoint come from flags, from DROPSLIP_* and AWS_* variables, or from AWS's
shared config files, as for `dropslip presign`. What is written goes below the prefix
`dropslip-doctor/` and is removed at the end, also when it is interrupted.

Exit codes: 0 nothing has to be changed, 1 something has, 2 it could not be found out.";

/// `dropslip doctor`
#[derive(Debug, Parser)]
pub(crate) struct Doctor {
    /// The bucket, as s3://BUCKET. Without it the buckets of the configuration file are examined
    #[arg(value_name = "S3-URL", conflicts_with_all = ["config", "storage_name"])]
    pub(crate) bucket: Option<String>,
    /// Configuration of a service: its storages, what its presets send and need, its pages
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["endpoint", "region", "addressing", "profile", "access_key", "session_token", "public_endpoint"]
    )]
    pub(crate) config: Option<PathBuf>,
    /// Only this storage of the configuration; the one in `[storage]` is `default`
    #[arg(long = "storage", value_name = "NAME")]
    pub(crate) storage_name: Option<String>,
    /// Origin of the pages that upload, such as `https://app.example`; may be given several times
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub(crate) origins: Vec<String>,
    /// Header that pages send with the bytes, besides `content-type`; may be given several times
    #[arg(long = "header", value_name = "NAME", conflicts_with = "config")]
    pub(crate) headers: Vec<String>,
    /// Address by which browsers reach the storage, if it is another
    #[arg(long, value_name = "URL")]
    pub(crate) public_endpoint: Option<String>,
    #[command(flatten)]
    pub(crate) storage: Storage,
    /// Write the CORS and lifecycle rules that are missing, and show what is changed
    #[arg(long)]
    pub(crate) fix: bool,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Write what the storage takes into a file, for `profile = { file = "FILE" }` of a service
    #[arg(long, value_name = "FILE")]
    pub(crate) write_profile: Option<PathBuf>,
}
