//! SIGHUP: reads the configuration again, and goes on with it if it is right.
//!
//! A wrong one changes nothing, and the log says why. Certificate and configuration are two things: a renewed
//! certificate serves although somebody is in the middle of editing the other file, and the other way round.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use dropslip_service::{State, router};

use super::serve;
use super::work::Work;
use crate::args;
use crate::failure::Failure;
use crate::listen::{Again, App, Tls};
use crate::traces::Traces;

/// What is read again, and where it goes.
#[derive(Debug)]
pub(super) struct Reload {
    pub(super) args: args::Serve,
    /// The address that was bound, which stays.
    pub(super) address: SocketAddr,
    pub(super) app: App,
    pub(super) work: Arc<Work>,
    pub(super) tls: Option<Tls>,
    pub(super) traces: Traces,
    /// What runs: the next one goes on with its counts, its database and what it has fetched.
    pub(super) state: State,
}

impl Reload {
    /// Reads at each signal, for as long as the service runs.
    pub(super) async fn at_each(mut self, mut again: Again) -> Infallible {
        loop {
            again.heard().await;
            // Files may be on disks that hang; other requests have other threads.
            tokio::task::block_in_place(|| self.at_once());
        }
    }

    fn at_once(&mut self) {
        if let Some(tls) = &self.tls {
            match tls.read_again() {
                Ok(()) => tracing::info!("read the certificate again"),
                Err(failure) => complain(&failure, "the certificate stays as it was"),
            }
        }
        match self.read() {
            Ok(()) => tracing::info!(
                file = %self.args.config.display(),
                "read the configuration again; flags are as at the start"
            ),
            Err(failure) => complain(&failure, "the configuration stays as it was"),
        }
    }

    fn read(&mut self) -> Result<(), Failure> {
        let settings = serve::settings(&self.args)?;
        serve::reach(&settings).allows(self.address)?;
        self.state = self.work.begin(settings, Some(&self.state))?;
        let router = self.traces.around(router(self.state.clone()));
        self.app.replace(router);
        Ok(())
    }
}

fn complain(failure: &Failure, what_now: &str) {
    let (reason, hint) = (failure.message(), failure.advice());
    tracing::error!(reason, hint, "{what_now}");
}
