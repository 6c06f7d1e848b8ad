//! `dropslip put`
//!
//! `plan` makes of the arguments what is to be done, `dropslip_put` does it, `show` draws how far it is and `report`
//! says what became of it.

mod journal;
mod plan;
mod report;
mod show;
mod stdin;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_put::{Finished, Job, Ledger, Stop, Stopper, Summary};
use tokio::sync::mpsc;

use crate::args::put::Put;
use crate::failure::Failure;
use crate::terminal;
use plan::{Plan, To};
use report::Report;
use show::Show;

/// Signals within this time are one.
const ONE_WISH: Duration = Duration::from_millis(500);

/// Uploads what was named.
pub(crate) async fn run(args: Put) -> Result<ExitCode, Failure> {
    let to = To::of(&args)?;
    if plan::is_stdin(&args) {
        return stdin::run(&args, to).await;
    }
    let plan = Plan::of(&args, &to)?;
    if args.dry_run {
        return Ok(dry_run(&plan, &to, args.json));
    }
    if !args.quiet {
        for note in &plan.notes {
            terminal::talk(note);
        }
    }
    let mut report = Report::new(&args, &to);
    for problem in &plan.problems {
        report.problem(problem);
    }
    if plan.items.is_empty() {
        return Ok(report.nothing());
    }
    let target = to.target(&args)?;
    let journal = journal::open(&args, &to, &target).await?;
    report.began(journal.as_ref(), plan.items.len());
    let job = Job {
        items: plan.items.clone(),
        target,
        journal,
        parallel: args.parallel,
    };
    carry(job, &plan, report).await
}

/// Carries the files and shows it, until that ends or is ended.
async fn carry(job: Job, plan: &Plan, mut report: Report) -> Result<ExitCode, Failure> {
    let ledger = Arc::new(Ledger::default());
    let (stopper, stop) = Stopper::new();
    let (sender, mut receiver) = mpsc::unbounded_channel::<Finished>();
    let mut show = Show::new(Arc::clone(&ledger), report.manner());
    let mut running = std::pin::pin!(dropslip_put::run(job, &ledger, stop, sender));
    let mut signals = Signals::new()?;
    let mut stopping: Option<Instant> = None;
    let summary: Summary = loop {
        tokio::select! {
            biased;
            () = signals.next() => {
                // Some programs signal a process and its group: both are one wish.
                if stopping.is_some_and(|since| since.elapsed() > ONE_WISH) {
                    show.end();
                    return Ok(ExitCode::FAILURE);
                }
                stopping.get_or_insert_with(Instant::now);
                stopper.stop();
            }
            Some(finished) = receiver.recv() => {
                let item = &plan.items[finished.index];
                show.around(|| report.finished(item, &finished.outcome));
            }
            () = show.tick() => {}
            summary = &mut running => break summary,
        }
    };
    while let Ok(finished) = receiver.try_recv() {
        let item = &plan.items[finished.index];
        show.around(|| report.finished(item, &finished.outcome));
    }
    show.end();
    report.end(summary, &ledger, stopping.is_some())
}

/// Says what would go where.
fn dry_run(plan: &Plan, to: &To, is_json: bool) -> ExitCode {
    for problem in &plan.problems {
        report::tell_problem(problem, is_json);
    }
    for item in &plan.items {
        terminal::data(&report::planned(item, to, is_json));
    }
    for note in &plan.notes {
        terminal::talk(note);
    }
    ExitCode::from(u8::from(!plan.problems.is_empty()))
}

/// The wishes of whoever runs the command to end it. Between two looks none is lost.
struct Signals {
    #[cfg(unix)]
    all: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let deaf = |e| Failure::new(format!("cannot listen to signals: {e}"));
            let interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
            let terminate = signal(SignalKind::terminate()).map_err(deaf)?;
            Ok(Self {
                all: [interrupt, terminate],
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.all;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Stops a stream at the first signal; a second one is left to the system.
async fn stop_at_signal(stopper: Stopper, mut signals: Signals) {
    signals.next().await;
    stopper.stop();
    signals.next().await;
}

/// A wish to stop that the first signal says.
fn stoppable() -> Result<(Stop, impl Future<Output = ()>), Failure> {
    let (stopper, stop) = Stopper::new();
    Ok((stop, stop_at_signal(stopper, Signals::new()?)))
}
