//! `dropslip cors`

use std::process::ExitCode;

use crate::args::cors::Cors;
use crate::failure::Failure;

pub(crate) async fn run(args: Cors) -> Result<ExitCode, Failure> {
    let _ = args.storage;
    Err(Failure::new("not yet"))
}
