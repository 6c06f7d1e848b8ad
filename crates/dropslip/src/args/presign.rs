//! The arguments of `dropslip presign`. The doc comments are the help.

use std::time::Duration;

use bytesize::ByteSize;
use clap::{Parser, ValueEnum};

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  A link to download, valid for an hour:
    dropslip presign get s3://uploads/report.pdf --expires 1h
  A link that takes one JPEG, as a curl command to paste:
    dropslip presign put s3://uploads/photo.jpg --content-type image/jpeg --curl
  A link that takes one certain file and never replaces another:
    dropslip presign put s3://uploads/a.zip --if-none-match --checksum sha256:@a.zip
  A web form for pictures up to 10 MB, each under its own name:
    dropslip presign post 's3://uploads/photos/${filename}' --content-type 'image/*' --max-size 10MB

Credentials come from DROPSLIP_ACCESS_KEY and DROPSLIP_SECRET_KEY, from AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from AWS's shared config files (AWS_PROFILE).
Endpoint and region come from DROPSLIP_ENDPOINT, AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, from
DROPSLIP_REGION or AWS_REGION, or from the shared config file, where no flag says otherwise.";

/// `dropslip presign`
#[derive(Debug, Parser)]
pub(crate) struct Presign {
    /// What the URL allows
    #[arg(value_enum)]
    pub(crate) method: Method,
    /// The object, as s3://BUCKET/KEY. In the key for `post`, `${filename}` becomes the name of the
    /// uploaded file
    #[arg(value_name = "S3-URL")]
    pub(crate) object: String,
    /// How long it may be used, up to 7 days
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub(crate) expires: Duration,
    #[command(flatten)]
    pub(crate) storage: Storage,
    #[command(flatten)]
    pub(crate) terms: Terms,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What the request must be like.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What must be sent")]
pub(crate) struct Terms {
    /// Content type; `post` takes a beginning as well, such as `image/*`
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Number of bytes
    #[arg(long, value_name = "BYTES", value_parser = bytes, conflicts_with_all = ["min_size", "max_size"])]
    pub(crate) content_length: Option<u64>,
    /// Smallest file that `post` takes, such as `1KiB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) min_size: Option<ByteSize>,
    /// Largest file that `post` takes, such as `10MB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_size: Option<ByteSize>,
    /// Canned ACL, such as `public-read`
    #[arg(long, value_name = "ACL")]
    pub(crate) acl: Option<String>,
    /// Let the URL create the object and never replace one
    #[arg(long)]
    pub(crate) if_none_match: bool,
    /// Checksum of the file, as `sha256:BASE64`, or as `sha256:@FILE` to compute it. There are crc32,
    /// crc32c, crc64nvme, sha1 and sha256
    #[arg(long, value_name = "ALGORITHM:VALUE")]
    pub(crate) checksum: Option<String>,
    /// Further header, or field of a form; may be given several times
    #[arg(long = "header", value_name = "NAME:VALUE")]
    pub(crate) headers: Vec<String>,
    /// Status of the answer to a form: 200, 201 with an XML document, or 204, the default
    #[arg(long, value_name = "STATUS", value_parser = ["200", "201", "204"])]
    pub(crate) success_status: Option<String>,
    /// Page that the browser shows after it has sent a form
    #[arg(long, value_name = "URL", conflicts_with = "success_status")]
    pub(crate) success_redirect: Option<String>,
}

/// What is printed in place of a URL or, for `post`, HTML.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What is printed")]
#[group(id = "form", multiple = false)]
pub(crate) struct Output {
    /// A curl command; FILE in it stands for the file to upload, and TYPE for its type if that is open
    #[arg(long)]
    pub(crate) curl: bool,
    /// JSON: method, url, headers or fields, expiresAt
    #[arg(long)]
    pub(crate) json: bool,
    /// JavaScript; `file` in it stands for the file to upload
    #[arg(long)]
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
    /// Upload it by a web form
    Post,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Put => "PUT",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Delete => "DELETE",
            Self::Post => "POST",
        }
    }
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    humantime::parse_duration(text).map_err(|_| "expected a duration such as `15m`, `1h` or `7d`")
}

fn bytes(text: &str) -> Result<u64, &'static str> {
    text.parse()
        .map_err(|_| "expected the exact number of bytes, such as `9250`")
}

fn size(text: &str) -> Result<ByteSize, &'static str> {
    text.parse()
        .map_err(|_| "expected a size such as `500`, `10MB` or `5GiB`")
}
