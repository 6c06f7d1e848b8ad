//! `dropslip put`

use std::process::ExitCode;

use crate::args::put::Put;
use crate::failure::Failure;

pub(crate) async fn run(args: Put) -> Result<ExitCode, Failure> {
    let _ = args.storage;
    Err(Failure::new("not yet"))
}
