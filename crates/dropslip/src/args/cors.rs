//! The arguments of `dropslip cors`. The doc comments are the help.

use clap::{Parser, Subcommand, ValueEnum};

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  May pages of this origin upload, and if not, why?
    dropslip cors check s3://uploads --origin https://app.example
  Let them. Other rules stay; what would change is shown before it is asked:
    dropslip cors apply s3://uploads --origin https://app.example
  Which rules are there?
    dropslip cors show s3://uploads

A browser asks the storage before a page may send bytes there (a preflight), and sends them only if
one rule of the bucket has the origin of the page, the method and every header. It tells the page
nothing of the reason. `check` asks what the browser asks, and reads the rules to say why.

Credentials, region and endpoint come from flags, from DROPSLIP_* and AWS_* variables, or from AWS's
shared config files, as for `dropslip presign`.

Exit codes: 0 yes, 1 no, 2 it could not be found out or done.";

const SHOW_EXAMPLES: &str = "\
Examples:
  A table:
    dropslip cors show s3://uploads --format table
  Keep the rules in a file, and put them back:
    dropslip cors show s3://uploads > rules.json
    dropslip cors apply s3://uploads --file rules.json
  JSON is what AWS's own tool takes, too:
    aws s3api put-bucket-cors --bucket uploads --cors-configuration file://rules.json

Exit codes: 0 there are rules, 1 there are none, 2 they could not be read.";

const CHECK_EXAMPLES: &str = "\
Examples:
  What uploads of Dropslip need: PUT with `content-type`, and POST of a form:
    dropslip cors check s3://uploads --origin https://app.example
  A preset with an ACL and metadata:
    dropslip cors check s3://uploads --origin https://app.example --method PUT \\
      --header content-type --header x-amz-acl --header x-amz-meta-title
  Several pages at once, for a program to read:
    dropslip cors check s3://uploads --json --origin https://app.example --origin http://localhost

Without credentials the preflights are made all the same; only the rules are not read.

Exit codes: 0 all is allowed, 1 something is not, 2 it could not be found out.";

const APPLY_EXAMPLES: &str = "\
Examples:
  Let pages upload; shows what changes and asks:
    dropslip cors apply s3://uploads --origin https://app.example --origin http://localhost:5173
  Only show it. The rules as they would be go to standard output:
    dropslip cors apply s3://uploads --origin https://app.example --dry-run
  A preset with an ACL, metadata and checksums, in a script:
    dropslip cors apply s3://uploads --origin https://app.example --yes --header content-type \\
      --header x-amz-acl --header 'x-amz-meta-*' --header 'x-amz-checksum-*'
  All rules from a file, JSON or XML; `-` is standard input:
    dropslip cors apply s3://uploads --file rules.json --yes

Which headers a preset makes pages send: `content-type` always; `x-amz-acl` with `acl`;
`cache-control` and `content-disposition` with theirs; `x-amz-meta-NAME` with metadata;
`x-amz-checksum-…` with `checksum`; and `if-none-match` with `singleUse`.

Exit codes: 0 pages may upload, 1 the storage still says no, or you did, 2 it could not be done.";

/// `dropslip cors`
#[derive(Debug, Parser)]
pub(crate) struct Cors {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Print the CORS rules of a bucket
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Show),
    /// Ask a storage what a browser would ask, and say which rule allows it, or why none does
    ///
    /// Makes the real preflight for each origin and method, and one request without a signature, to see what real
    /// answers let a page read. Nothing is written.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Let pages of an origin upload, by the smallest change to the rules
    ///
    /// Other rules stay as they are. Shows the change, asks, writes, reads the rules back, and makes the preflights.
    /// The rule exposes `ETag` and lets browsers keep the answer for an hour. It never has a `*` that is not given.
    #[command(after_help = APPLY_EXAMPLES)]
    Apply(Apply),
}

/// `dropslip cors show`
#[derive(Debug, Parser)]
pub(crate) struct Show {
    /// The bucket, as s3://BUCKET
    #[arg(value_name = "S3-URL")]
    pub(crate) bucket: String,
    /// How to print them; by default a table for people, and JSON for programs
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    #[command(flatten)]
    pub(crate) storage: Storage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// What `aws s3api put-bucket-cors` takes
    Json,
    /// What S3 takes
    Xml,
    /// For people
    Table,
}

/// `dropslip cors check`
#[derive(Debug, Parser)]
pub(crate) struct Check {
    /// The bucket, as s3://BUCKET
    #[arg(value_name = "S3-URL")]
    pub(crate) bucket: String,
    #[command(flatten)]
    pub(crate) pages: Pages,
    /// Whether pages may send it with cookies, too. Uploads with presigned URLs need none
    #[arg(long)]
    pub(crate) credentials: bool,
    /// Key of the object to ask about; rules are the same for all
    #[arg(long, value_name = "KEY", default_value = "dropslip-check")]
    pub(crate) key: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) storage: Storage,
}

/// `dropslip cors apply`
#[derive(Debug, Parser)]
pub(crate) struct Apply {
    /// The bucket, as s3://BUCKET
    #[arg(value_name = "S3-URL")]
    pub(crate) bucket: String,
    #[command(flatten)]
    pub(crate) pages: Pages,
    /// Replace all rules by those of a file, JSON or XML; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["origins", "methods", "headers"])]
    pub(crate) file: Option<String>,
    /// Show what would change, print the rules as they would be, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) storage: Storage,
}

/// Which pages send what.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "What pages send")]
pub(crate) struct Pages {
    /// Origin of the pages, such as `https://app.example`; may be given several times
    #[arg(long = "origin", value_name = "ORIGIN")]
    pub(crate) origins: Vec<String>,
    /// Method; may be given several times. By default PUT, for presigned URLs and parts, and POST, for forms
    #[arg(long = "method", value_name = "METHOD", value_parser = ["GET", "HEAD", "PUT", "POST", "DELETE"], ignore_case = true)]
    pub(crate) methods: Vec<String>,
    /// Header that goes with it; may be given several times. By default `content-type` with a PUT, and none with a form
    #[arg(long = "header", value_name = "NAME")]
    pub(crate) headers: Vec<String>,
}
