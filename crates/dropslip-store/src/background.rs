//! Work beside the serving of requests, on a thread of its own.

use std::future::Future;
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

/// A thread that works until the store closes. Dropped, it stops and is waited for, so
/// that nothing holds the index any more.
#[derive(Debug)]
pub(crate) struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts it. What it waits for is given up in the middle when the store closes.
    pub(crate) fn start<W, F>(name: &'static str, work: W) -> Self
    where
        W: FnOnce() -> F + Send + 'static,
        F: Future<Output = ()>,
    {
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        () = work() => {}
                    }
                }),
                Err(error) => tracing::error!(%error, name, "cannot begin"),
            }
        });
        let thread = thread.inspect_err(|error| tracing::error!(%error, name, "cannot begin"));
        Self {
            stop: Some(stop),
            thread: thread.ok(),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has said so already.
            let _ = thread.join();
        }
    }
}
