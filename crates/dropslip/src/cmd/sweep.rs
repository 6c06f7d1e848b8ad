//! `dropslip sweep`: by hand what a running service does by itself.

use std::fmt::Write as _;
use std::process::ExitCode;

use dropslip_service::State;
use dropslip_service::sweep::{Sweep, Swept};

use super::serve;
use super::work::Work;
use crate::args;
use crate::failure::Failure;
use crate::terminal;

/// Sweeps once. Exit code 1 says that a part failed, and that the next sweep will try it again.
pub(crate) async fn run(args: args::Sweep) -> Result<ExitCode, Failure> {
    let settings = serve::settings_of(&args.config, &[])?;
    let work = Work::open(&settings).await?;
    let state = work.idle(settings)?;
    let sweep = Sweep {
        preset: args.preset,
        dry_run: args.dry_run,
        include_older: args.include_older,
    };
    let mut pages = 0;
    let swept = sweep.run(&state, |swept| {
        pages += 1;
        // The first page says nothing that the table does not.
        if pages > 1 {
            terminal::talk(&progress(swept));
        }
    });
    let swept = swept
        .await
        .map_err(|error| Failure::new(error.to_string()))?;
    drop::<State>(state);
    work.end().await;
    if args.json {
        let json = serde_json::to_string_pretty(&swept).expect("numbers and strings serialize");
        terminal::data(&json);
    } else {
        terminal::data(&table(&swept, args.dry_run));
    }
    let failed = swept.iter().any(|swept| swept.failed > 0);
    Ok(ExitCode::from(u8::from(failed)))
}

fn progress(swept: &Swept) -> String {
    let Swept {
        preset,
        objects,
        uploads,
        ..
    } = swept;
    format!("{preset}: {objects} objects and {uploads} uploads in parts so far")
}

/// One line for each preset, then what was not done.
fn table(all: &[Swept], dry_run: bool) -> String {
    let name_width = all.iter().map(|swept| swept.preset.len()).max();
    let name_width = name_width.unwrap_or(0).max("preset".len());
    let heads = [
        "objects",
        "completed",
        "refused",
        "removed",
        "left",
        "young",
        "aborted",
        "failed",
    ];
    let mut text = format!("{:name_width$}", "preset");
    for head in heads {
        let _ = write!(text, "  {head}");
    }
    for swept in all {
        let numbers = [
            swept.objects,
            swept.completed,
            swept.refused,
            swept.removed,
            swept.left,
            swept.young,
            swept.aborted,
            swept.failed,
        ];
        let _ = write!(text, "\n{:name_width$}", swept.preset);
        for (head, number) in heads.iter().zip(numbers) {
            let width = head.len();
            let _ = write!(text, "  {number:>width$}");
        }
    }
    for swept in all {
        if let Some(failure) = &swept.failure {
            let _ = write!(text, "\n{}: failed: {failure}", swept.preset);
        }
        if let Some(note) = swept.note {
            let _ = write!(text, "\n{}: {note}", swept.preset);
        }
        if swept.too_old > 0 {
            let count = swept.too_old;
            let _ = write!(
                text,
                "\n{}: {count} left alone: of a time of which the database does not know enough",
                swept.preset
            );
        }
    }
    if dry_run {
        text.push_str("\nThis was a dry run: nothing was changed.");
    }
    text
}
