//! `dropslip doctor`: runs the walk, says what it found, and puts right what is safe.

mod case;
mod json;
mod picture;
mod profile;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use dropslip_doctor::{Case, Doctor, Finding, Report};
use dropslip_service::profile::Profile;
use serde_json::json;

use crate::args;
use crate::failure::Failure;
use crate::listen::Stop;
use crate::terminal;
use case::{Named, place};

/// Examines; exit code 1 says that something has to be changed, 2 that it could not be found out.
pub(crate) async fn run(args: args::doctor::Doctor) -> Result<ExitCode, Failure> {
    let cases = case::of(&args)?;
    if args.write_profile.is_some() && cases.len() > 1 {
        return Err(
            Failure::new("there are several buckets, and a profile is of one storage")
                .hint("choose one with `--storage NAME`, or name a bucket"),
        );
    }
    let mut stop = Stop::on_signal()?;
    let mut told = Vec::new();
    let mut worst = 0;
    for named in cases {
        let (case, report) = examine(named.case.clone(), &mut stop).await?;
        worst = worst.max(exit_code(&report));
        match args.json {
            true => told.push(json::of(&case, &report)),
            false => terminal::data(&picture::of(&case, &report, terminal::look())),
        }
        if let Some(path) = &args.write_profile {
            write_profile(path, &named, &report)?;
        }
    }
    if args.json {
        let all = json!({ "reports": told });
        terminal::data(&format!("{all:#}"));
    }
    Ok(ExitCode::from(worst))
}

/// One walk. What it wrote is removed, also when a signal ends it.
async fn examine(case: Case, stop: &mut Stop) -> Result<(Case, Report), Failure> {
    let doctor = Doctor::new(case).map_err(|error| Failure::new(error.to_string()))?;
    let place = place(&doctor.case().bucket, &doctor.case().endpoint);
    terminal::progress(&format!("{place}: asking"));
    let count = AtomicUsize::new(0);
    let tell = |finding: &Finding| {
        let count = count.fetch_add(1, Ordering::Relaxed) + 1;
        terminal::progress(&format!(
            "{place}: {count} steps, {}",
            finding.check.title()
        ));
    };
    let report = tokio::select! {
        report = doctor.examine(tell) => Some(report),
        () = stop.heard() => None,
    };
    terminal::progress(&format!("{place}: cleaning up"));
    for left in doctor.clean_up().await {
        terminal::talk(&format!("could not be removed: {left}"));
    }
    terminal::progress("");
    match report {
        Some(report) => Ok((doctor.case().clone(), report)),
        None => Err(Failure::new(
            "interrupted; what was written has been removed",
        )),
    }
}

fn exit_code(report: &Report) -> u8 {
    match (report.summary.no, report.is_complete()) {
        (0, true) => 0,
        (0, false) => 2,
        _ => 1,
    }
}

fn write_profile(path: &std::path::Path, named: &Named, report: &Report) -> Result<(), Failure> {
    // One that was made by a doctor has no name that another could build on.
    let known = named
        .profile
        .as_deref()
        .filter(|name| Profile::named(name).is_ok());
    let text = profile::of(&named.case, &report.can, known);
    std::fs::write(path, text)
        .map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
    terminal::talk(&format!("wrote `{}`", path.display()));
    Ok(())
}
