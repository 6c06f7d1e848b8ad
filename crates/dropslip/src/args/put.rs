//! The arguments of `dropslip put`. The doc comments are the help.

use clap::Parser;

use super::storage::Storage;

/// What `--help` shows at its end.
pub(super) const EXAMPLES: &str = "";

/// `dropslip put`
#[derive(Debug, Parser)]
pub(crate) struct Put {
    #[command(flatten)]
    pub(crate) storage: Storage,
}
