//! The log's way to standard error: lines gather in memory, and a thread writes them.
//!
//! Each request is one line. To write each by itself costs a system call under a lock
//! that all requests share; under load one call takes many lines along. What gathers is
//! bounded: where nobody reads, whoever logs waits, as they would for the pipe itself.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::limits::{LOG_BYTES_MAX, LOG_FLUSH_S, LOG_PAUSE_MS};

/// Takes lines; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// A line has come where there was none.
    arrived: Condvar,
    /// What had gathered is written.
    written: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<u8>,
    is_writing: bool,
}

impl Log {
    /// Starts the thread that writes into `out`.
    pub(crate) fn start(mut out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let log = Self(Arc::clone(&shared));
        thread::Builder::new()
            .name("dropslip-log".to_owned())
            .spawn(move || shared.write_all(&mut out))?;
        Ok(log)
    }

    /// Waits until all lines are written, or for a moment where nobody takes them.
    pub(crate) fn flush(&self) {
        let state = self.0.state();
        let wait = Duration::from_secs(LOG_FLUSH_S);
        let busy = |state: &mut State| state.is_writing || !state.lines.is_empty();
        drop(self.0.written.wait_timeout_while(state, wait, busy));
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line.
    fn add(&self, line: &[u8]) {
        let full = |state: &mut State| state.lines.len() >= LOG_BYTES_MAX;
        let state = self.written.wait_while(self.state(), full);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        let was_empty = state.lines.is_empty();
        state.lines.extend_from_slice(line);
        drop(state);
        if was_empty {
            self.arrived.notify_one();
        }
    }

    /// The thread's work, as long as the process lives.
    fn write_all(&self, out: &mut impl Write) {
        let mut taken = Vec::new();
        loop {
            let none = |state: &mut State| state.lines.is_empty();
            drop(self.arrived.wait_while(self.state(), none));
            // More lines come along with the first.
            thread::sleep(Duration::from_millis(LOG_PAUSE_MS));
            let mut state = self.state();
            std::mem::swap(&mut state.lines, &mut taken);
            state.is_writing = true;
            drop(state);
            // Where the log cannot be written there is no place to say so.
            let _ = out.write_all(&taken);
            taken.clear();
            self.state().is_writing = false;
            self.written.notify_all();
        }
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Lines<'a>;

    fn make_writer(&'a self) -> Lines<'a> {
        Lines(&self.0)
    }
}

/// Writes whole lines, as the formatter gives them.
#[derive(Debug)]
pub(crate) struct Lines<'a>(&'a Shared);

impl Write for Lines<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_written_whole_and_in_order() {
        const LINES: usize = 5000;
        let kept = Kept::default();
        let log = Log::start(kept.clone()).unwrap();
        thread::scope(|scope| {
            for name in ["a", "b"] {
                let log = &log;
                scope.spawn(move || {
                    for number in 0..LINES {
                        let line = format!("{name} {number} {}\n", "x".repeat(300));
                        log.make_writer().write_all(line.as_bytes()).unwrap();
                    }
                });
            }
        });
        log.flush();
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 2 * LINES);
        for name in ["a ", "b "] {
            let numbers = written.lines().filter_map(|line| line.strip_prefix(name));
            let numbers =
                numbers.map(|rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap());
            assert!(numbers.eq(0..LINES), "{name}");
        }
    }

    #[test]
    fn a_log_without_lines_is_flushed_at_once() {
        Log::start(Kept::default()).unwrap().flush();
    }
}
