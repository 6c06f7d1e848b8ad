//! `dropslip doctor`: runs the walk, says what it found, and puts right what is safe.

mod case;
mod json;
mod picture;
mod profile;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use dropslip_doctor::{Doctor, Finding, Report};
use dropslip_service::profile::Profile;
use serde_json::json;

use crate::args;
use crate::failure::Failure;
use crate::listen::Stop;
use crate::shown;
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
        let doctor =
            Doctor::new(named.case.clone()).map_err(|error| Failure::new(error.to_string()))?;
        let mut report = examine(&doctor, &mut stop).await?;
        if args.fix {
            match fix(&doctor, &report).await {
                Ok(false) => {}
                Ok(true) => report = examine(&doctor, &mut stop).await?,
                // What was found is told all the same.
                Err(failure) => terminal::complain(&failure),
            }
        }
        let case = doctor.case();
        worst = worst.max(exit_code(&report));
        match args.json {
            true => told.push(json::of(case, &report)),
            false => terminal::data(&picture::of(case, &report, terminal::look())),
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
async fn examine(doctor: &Doctor, stop: &mut Stop) -> Result<Report, Failure> {
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
    if let Some(left) = doctor.clean_up().await {
        terminal::talk(&format!("could not be removed: {left}"));
    }
    terminal::progress("");
    report.ok_or_else(|| Failure::new("interrupted; what was written has been removed"))
}

/// Adds the rules that are missing, and shows first what is changed. Also whether anything was.
async fn fix(doctor: &Doctor, report: &Report) -> Result<bool, Failure> {
    let cannot = |what: &str, why: String| Failure::new(format!("cannot change the {what}: {why}"));
    let changes = doctor
        .changes(report)
        .await
        .map_err(|why| cannot("rules", why))?;
    for change in &changes {
        let place = place(&doctor.case().bucket, &doctor.case().endpoint);
        terminal::talk(&format!("{} of {place}:", change.what));
        for line in &change.difference {
            terminal::talk(&format!("  {}", shown::line(line)));
        }
        if !change.not_kept.is_empty() {
            let hint = "change them by hand, or write all of them anew: dropslip cors apply --file";
            let lost = change.not_kept.join(", ");
            return Err(cannot(
                change.what,
                format!("this would be lost: {}", shown::line(&lost)),
            )
            .hint(hint));
        }
        doctor
            .apply(change)
            .await
            .map_err(|why| cannot(change.what, why))?;
    }
    Ok(!changes.is_empty())
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
