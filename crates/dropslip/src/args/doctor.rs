//! The arguments of `dropslip doctor`. The doc comments are the help.

use clap::Parser;

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "";

/// `dropslip doctor`
#[derive(Debug, Parser)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) storage: Storage,
}
