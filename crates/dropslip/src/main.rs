//! The `dropslip` command: the only place that reads arguments and environment,
//! prints, and chooses an exit code.
//!
//! Standard output is data, standard error is talk. Exit codes: 0 yes, 1 no,
//! 2 trouble.

mod args;
mod cmd;
mod cors;
mod descriptors;
mod environment;
mod failure;
mod ink;
mod keys_file;
mod limits;
mod listen;
mod log;
mod modest;
mod secrets;
mod shown;
mod terminal;
mod traces;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use args::{Args, Command};
use failure::Failure;

fn main() -> ExitCode {
    let args = Args::parse();
    let log = terminal::start_log(args.log_format);
    let outcome = run(args.command);
    if let Some(log) = log {
        log.flush();
    }
    let outcome = match terminal::lost() {
        Some(lost) => outcome.and(Err(lost)),
        None => outcome,
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            terminal::complain(&failure);
            ExitCode::from(failure.exit_code)
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(limits::BLOCKING_THREADS_MAX)
        .build()
        .map_err(|e| Failure::new(format!("cannot start: {e}")))?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Dev(args) => cmd::dev::run(args).await,
            Command::Serve(args) => cmd::serve::run(args).await,
            Command::Health(args) => return cmd::health::run(args).await,
            Command::Sweep(args) => return cmd::sweep::run(args).await,
            Command::Config(args) => return cmd::config::run(args),
            Command::Store(args::Store {
                tool: Some(tool), ..
            }) => return cmd::store_tool::run(tool),
            Command::Store(args) => cmd::store::run(args).await,
            Command::Presign(args) => cmd::presign::run(&args),
            Command::Explain(args) => return cmd::explain::run(&args),
            Command::Doctor(args) => return cmd::doctor::run(args).await,
            Command::Cors(args) => return cmd::cors::run(args).await,
            Command::Put(args) => return cmd::put::run(args).await,
        }
        .map(|()| ExitCode::SUCCESS)
    });
    // Work on the disk that nobody waits for any more is given a moment to end.
    runtime.shutdown_timeout(Duration::from_millis(limits::SHUTDOWN_BLOCKING_MS));
    outcome
}
