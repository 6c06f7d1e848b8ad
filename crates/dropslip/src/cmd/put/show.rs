//! How far it is: bars on a terminal, now and then a line elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dropslip_put::{Active, Ledger};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::{clean, shown};
use crate::terminal;

/// How often bars are looked after; they are drawn at most 20 times a second.
const BARS: Duration = Duration::from_millis(100);
/// How often there is a line where no bars are.
const LINES: Duration = Duration::from_secs(5);
/// Most bars of files at a time.
const FILES_MAX: usize = 8;

/// How progress is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Quiet,
    Lines,
    Bars,
}

impl Manner {
    /// Bars where somebody looks on.
    pub(super) fn by_terminal() -> Self {
        match io::stderr().is_terminal() {
            true => Self::Bars,
            false => Self::Lines,
        }
    }
}

/// What is shown.
pub(super) struct Show {
    ledger: Arc<Ledger>,
    manner: Manner,
    bars: MultiProgress,
    total: ProgressBar,
    files: Vec<(Arc<Active>, ProgressBar)>,
    next: tokio::time::Interval,
    said: Option<Instant>,
    skipped: u64,
}

impl Show {
    pub(super) fn new(ledger: Arc<Ledger>, manner: Manner) -> Self {
        let target = match manner {
            Manner::Bars => ProgressDrawTarget::stderr(),
            _ => ProgressDrawTarget::hidden(),
        };
        let bars = MultiProgress::with_draw_target(target);
        let total = bars.add(ProgressBar::new(0).with_style(total_style()));
        let period = if manner == Manner::Bars { BARS } else { LINES };
        let mut next = tokio::time::interval(period);
        next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self {
            ledger,
            manner,
            bars,
            total,
            files: Vec::new(),
            next,
            said: None,
            skipped: 0,
        }
    }

    /// Waits until it is time to show something, and shows it.
    pub(super) async fn tick(&mut self) {
        self.next.tick().await;
        match self.manner {
            Manner::Quiet => {}
            Manner::Bars => self.draw(),
            Manner::Lines => {
                // The first tick comes at once, when there is nothing to say yet.
                if self.said.replace(Instant::now()).is_some() {
                    terminal::talk(&self.line());
                }
            }
        }
    }

    fn line(&self) -> String {
        let (files, bytes) = self.ledger.total();
        let (done, _) = self.ledger.files();
        let there = self.ledger.bytes_sent() + self.ledger.bytes_skipped();
        let of = if bytes > 0 {
            format!(" of {}", shown(bytes))
        } else {
            String::new()
        };
        let trouble = self
            .ledger
            .trouble()
            .map(|trouble| format!("; trying again: {trouble}"));
        format!(
            "{done} of {files} files, {}{of}{}",
            shown(there),
            trouble.unwrap_or_default()
        )
    }

    fn draw(&mut self) {
        let (files, bytes) = self.ledger.total();
        let (done, failed) = self.ledger.files();
        let skipped = self.ledger.bytes_skipped();
        if skipped != self.skipped {
            // What was there before says nothing about the pace.
            self.skipped = skipped;
            self.total.set_position(skipped + self.ledger.bytes_sent());
            self.total.reset_eta();
        }
        let there = skipped + self.ledger.bytes_sent();
        self.total.set_length(bytes.max(there));
        self.total.set_position(there);
        let mut count = format!("{done}/{files} files");
        if failed > 0 {
            count += &format!(", {failed} failed");
        }
        let trouble = self.ledger.trouble();
        let text = trouble.map(|trouble| format!("trying again: {}", clean(&trouble)));
        self.total.set_prefix(count);
        self.total.set_message(text.unwrap_or_default());
        self.draw_files();
    }

    fn draw_files(&mut self) {
        let active = self.ledger.active();
        let bars = &self.bars;
        self.files.retain(|(file, bar)| {
            let goes_on = active.iter().any(|one| Arc::ptr_eq(one, file));
            if !goes_on {
                bars.remove(bar);
            }
            goes_on
        });
        for file in active {
            let known = self.files.iter().any(|(one, _)| Arc::ptr_eq(one, &file));
            if !known && self.files.len() < FILES_MAX {
                let bar = ProgressBar::new(file.size_bytes.unwrap_or(0));
                let style = if file.size_bytes.is_some() {
                    file_style()
                } else {
                    stream_style()
                };
                let bar = bars.insert_before(&self.total, bar.with_style(style));
                bar.set_message(short(&file.name));
                bar.set_position(file.bytes());
                bar.reset_eta();
                self.files.push((file, bar));
            }
        }
        for (file, bar) in &self.files {
            bar.set_position(file.bytes());
        }
    }

    /// Prints something between, without the bars being in the way.
    pub(super) fn around(&self, print: impl FnOnce()) {
        match self.manner {
            Manner::Bars => self.bars.suspend(print),
            _ => print(),
        }
    }

    /// Takes all away.
    pub(super) fn end(&mut self) {
        for (_, bar) in self.files.drain(..) {
            self.bars.remove(&bar);
        }
        self.total.finish_and_clear();
    }
}

/// The end of a long name says more than its beginning.
fn short(name: &str) -> String {
    const CHARS: usize = 24;
    let name = clean(name);
    let count = name.chars().count();
    if count <= CHARS {
        return name;
    }
    let end = name.chars().skip(count - CHARS + 1);
    std::iter::once('…').chain(end).collect()
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .expect("the template is right")
        .progress_chars("━╸─")
}

fn file_style() -> ProgressStyle {
    style("{msg:24!} {bar:12} {percent:>3}% {binary_bytes:>10} {binary_bytes_per_sec:>12}")
}

fn stream_style() -> ProgressStyle {
    style("{msg:24!} {binary_bytes:>10} {binary_bytes_per_sec:>12}")
}

/// It fits into 80 columns; what is being tried again stands behind it where there is room.
fn total_style() -> ProgressStyle {
    style(
        "{prefix} {bar:10} {percent:>3}% {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} \
         {eta} left {wide_msg}",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_harmless() {
        assert_eq!(short("a/b.txt"), "a/b.txt");
        assert_eq!(short("a\x1b[2Jb\n"), "a?[2Jb?");
        let long = short(&"ä".repeat(100));
        assert_eq!(long.chars().count(), 24);
        assert!(long.starts_with('…'));
    }

    #[test]
    fn styles_are_right() {
        for make in [file_style, stream_style, total_style] {
            let _ = make();
        }
    }
}
