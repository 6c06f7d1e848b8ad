//! The arguments of `dropslip cors`. The doc comments are the help.

use clap::Parser;

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "";

/// `dropslip cors`
#[derive(Debug, Parser)]
pub(crate) struct Cors {
    #[command(flatten)]
    pub(crate) storage: Storage,
}
