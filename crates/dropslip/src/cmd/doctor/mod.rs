//! `dropslip doctor`

use std::process::ExitCode;

use crate::args::doctor::Doctor;
use crate::failure::Failure;

pub(crate) async fn run(args: Doctor) -> Result<ExitCode, Failure> {
    let _ = args.storage;
    Err(Failure::new("not yet"))
}
