//! The arguments of `dropslip presign`. The doc comments are the help.

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  A link to download, valid for an hour:
    dropslip presign get s3://uploads/report.pdf --expires 1h
  A link that takes one JPEG, as a curl command to paste:
    dropslip presign put s3://uploads/photo.jpg --content-type image/jpeg --curl

Credentials come from DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, from AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from AWS's shared config files (AWS_PROFILE).
Endpoint and region come from DROPSLIP_ENDPOINT or AWS_ENDPOINT_URL_S3, and from DROPSLIP_REGION
or AWS_REGION, where no flag says otherwise.";

/// `dropslip presign`
#[derive(Debug, Parser)]
pub(crate) struct Presign {
    /// What the URL allows
    #[arg(value_enum)]
    pub(crate) method: Method,
    /// The object, as s3://BUCKET/KEY
    #[arg(value_name = "S3-URL")]
    pub(crate) object: String,
    /// Address of the storage; AWS if nothing says otherwise
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Region of the bucket
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// How the bucket is addressed; by default `virtual-host` at AWS and `path` elsewhere
    #[arg(long, value_enum)]
    pub(crate) addressing: Option<AddressingArg>,
    /// How long the URL may be used, up to 7 days
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub(crate) expires: Duration,
    /// Content type that must be sent
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Number of bytes that must be sent
    #[arg(long, value_name = "BYTES")]
    pub(crate) content_length: Option<u64>,
    /// Canned ACL that must be sent, such as `public-read`
    #[arg(long, value_name = "ACL")]
    pub(crate) acl: Option<String>,
    /// Let the URL create the object and never replace one
    #[arg(long)]
    pub(crate) if_none_match: bool,
    /// Further header that must be sent; may be given several times
    #[arg(long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,
    /// Print a curl command; FILE in it stands for the file to upload
    #[arg(long, group = "form")]
    pub(crate) curl: bool,
    /// Print JSON: method, url, headers, expiresAt
    #[arg(long, group = "form")]
    pub(crate) json: bool,
    /// Print JavaScript; `file` in it stands for the file to upload
    #[arg(long, group = "form")]
    pub(crate) fetch: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Upload the object
    Put,
    /// Download it
    Get,
    /// Ask for its size and type
    Head,
    /// Delete it
    Delete,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AddressingArg {
    /// `https://host/bucket/key`
    Path,
    /// `https://bucket.host/key`
    #[value(alias = "virtualHost")]
    VirtualHost,
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    humantime::parse_duration(text).map_err(|_| "expected a duration such as `15m`, `1h` or `7d`")
}
