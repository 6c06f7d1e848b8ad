//! The arguments of `dropslip explain`. The doc comments are the help.

use clap::{ArgGroup, Parser};

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "\
Examples:
  A URL, with the method and the headers that were sent:
    dropslip explain 'https://…?X-Amz-Signature=…' -X PUT -H 'content-type: image/png'
  The browser's request: in the network panel, Copy, Copy as cURL, then paste and press ctrl-d:
    dropslip explain --curl -
  A HAR file, where the refused request is found by itself:
    dropslip explain --har page.har
  The error that the storage answered, alone or with the request:
    curl … | dropslip explain --error -
    dropslip explain --curl request.txt --error answer.xml

The secret is looked for under the access key that the request names: in DROPSLIP_ACCESS_KEY and
DROPSLIP_SECRET_KEY, in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and in all profiles of AWS's
shared files. With it the cause is proved; without it what can be seen is told.

Exit codes: 0 nothing is wrong, 1 something is, 2 the input cannot be read.";

/// `dropslip explain`
#[derive(Debug, Parser)]
#[command(group(ArgGroup::new("sent").args(["url", "curl", "har"])))]
#[command(group(ArgGroup::new("input").args(["url", "curl", "har", "error"]).required(true).multiple(true)))]
pub(crate) struct Explain {
    /// The URL that was asked, in quotes
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Method that was sent with the URL
    #[arg(
        short = 'X',
        long,
        visible_alias = "request",
        value_name = "METHOD",
        requires = "url"
    )]
    pub(crate) method: Option<String>,
    /// Header that was sent with the URL; may be given several times
    #[arg(
        short = 'H',
        long = "header",
        value_name = "NAME:VALUE",
        requires = "url"
    )]
    pub(crate) headers: Vec<String>,
    /// A curl command: the text itself, a file, or `-` to paste it
    #[arg(long, value_name = "COMMAND")]
    pub(crate) curl: Option<String>,
    /// A HAR file, or one entry of it; `-` to paste it
    #[arg(long, value_name = "FILE")]
    pub(crate) har: Option<String>,
    /// Which entry of the HAR file, counted from 1; by default the one that was refused
    #[arg(long, value_name = "N", requires = "har")]
    pub(crate) entry: Option<usize>,
    /// The storage's error (XML): a file, or `-` to paste it
    #[arg(long, value_name = "FILE")]
    pub(crate) error: Option<String>,
    /// Region of the storage; by default the one that the request is signed for
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Another name of the storage, with its port: the internal one behind a proxy; may be given
    /// several times
    #[arg(long = "host", value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
    /// When the request was sent, such as 2026-01-31T10:00:00Z; by default what HAR file or error
    /// say, or now
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
    /// Print JSON: checked, cause, certainty, message, findings, difference, the canonical requests
    #[arg(long)]
    pub(crate) json: bool,
}
