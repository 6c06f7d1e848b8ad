//! `dropslip put -`: what another program writes.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use dropslip_put::{
    Item, Job, Ledger, PutError, PutErrorKind, Source, Stamp, Stdin, Stored, put_stdin,
};
use dropslip_s3::BucketName;
use serde_json::json;

use super::plan::{self, Plan, To};
use super::report::{Report, clean, shown, stored_json};
use super::show::{Manner, Show};
use crate::args::put::Put;
use crate::failure::Failure;
use crate::terminal;

const STOPPED: &str = "stopped: nothing is stored, since standard input cannot be read again";

/// Uploads standard input.
pub(super) async fn run(args: &Put, to: To) -> Result<ExitCode, Failure> {
    let To::S3(url) = &to else {
        return to_preset(args, to).await;
    };
    let name = match (&args.name, url.is_prefix()) {
        (Some(name), _) => name.clone(),
        (None, false) => url.rest.rsplit('/').next().unwrap_or_default().to_owned(),
        (None, true) => return Err(nameless()),
    };
    let key = url.key(&name)?;
    if args.dry_run {
        terminal::data(&match args.json {
            true => json!({"file": "-", "key": key.as_str()}).to_string(),
            false => clean(&format!("- -> s3://{}/{key}", url.bucket)),
        });
        return Ok(ExitCode::SUCCESS);
    }
    let storage = plan::s3(args, url)?;
    let ledger = Arc::new(Ledger::default());
    let manner = if args.quiet {
        Manner::Quiet
    } else {
        Manner::by_terminal()
    };
    let mut show = Show::new(Arc::clone(&ledger), manner);
    let stdin = Stdin {
        reader: Box::new(io::stdin()),
        name,
        key,
        parallel: args.parallel,
    };
    let (stop, stopping) = super::stoppable()?;
    let mut stopping = std::pin::pin!(stopping);
    let mut putting = std::pin::pin!(put_stdin(&storage, stdin, &ledger, stop));
    let done = loop {
        tokio::select! {
            done = &mut putting => break done,
            // The second signal.
            () = &mut stopping => return Ok(ExitCode::FAILURE),
            () = show.tick() => {}
        }
    };
    show.end();
    told(args, &url.bucket, done)
}

/// Says what became of it.
fn told(
    args: &Put,
    bucket: &BucketName,
    done: Result<Option<(Stored, u64)>, PutError>,
) -> Result<ExitCode, Failure> {
    match done {
        Ok(Some((stored, size_bytes))) => {
            if args.json {
                terminal::data(&stored_json("-", size_bytes, &stored).to_string());
            }
            if !args.quiet {
                let (size, key) = (shown(size_bytes), &stored.key);
                terminal::talk(&clean(&format!("stored {size} as s3://{bucket}/{key}")));
            }
            Ok(ExitCode::SUCCESS)
        }
        Ok(None) => {
            terminal::talk(STOPPED);
            Ok(ExitCode::FAILURE)
        }
        Err(error) => {
            let exit_code = match error.kind() {
                PutErrorKind::Setup | PutErrorKind::Unreachable => 2,
                _ => 1,
            };
            let mut failure = Failure::from(error);
            failure.exit_code = exit_code;
            Err(failure)
        }
    }
}

fn nameless() -> Failure {
    Failure::new("standard input has no name")
        .hint("add `--name NAME`, or write the whole key: `s3://BUCKET/KEY`")
}

/// A service wants to know the size before it lets a file in, so it is kept on the disk until it is known.
async fn to_preset(args: &Put, to: To) -> Result<ExitCode, Failure> {
    let name = args.name.clone().ok_or_else(nameless)?;
    if args.dry_run {
        let preset = args.service.preset.as_deref().unwrap_or_default();
        terminal::data(&match args.json {
            true => json!({"file": name}).to_string(),
            false => clean(&format!("- -> preset {preset}")),
        });
        return Ok(ExitCode::SUCCESS);
    }
    let trouble = |error: io::Error| Failure::new(format!("cannot keep standard input: {error}"));
    let folder = tempfile::tempdir().map_err(trouble)?;
    // The name is a piece of text to the service, and not one of a file here.
    let path = folder.path().join("stdin");
    let copied = path.clone();
    let copy = tokio::task::spawn_blocking(move || -> io::Result<Stamp> {
        let mut file = std::fs::File::create_new(copied)?;
        io::copy(&mut io::stdin().lock(), &mut file)?;
        Ok(Stamp::of(&file.metadata()?))
    });
    let mut signals = super::Signals::new()?;
    let stamp = tokio::select! {
        stamp = copy => stamp.map_err(|e| Failure::new(e.to_string()))?.map_err(trouble)?,
        () = signals.next() => {
            terminal::talk(STOPPED);
            return Ok(ExitCode::FAILURE);
        }
    };
    let item = Item {
        source: Source { path, stamp },
        name,
        key: None,
    };
    let plan = Plan {
        items: vec![item.clone()],
        ..Plan::default()
    };
    let job = Job {
        items: vec![item],
        target: to.target(args)?,
        journal: None,
        parallel: args.parallel,
    };
    super::carry(job, &plan, Report::new(args, &to)).await
}
