//! Sockets: bind, and the signals that a server hears. `serve` has the connections, `app` what
//! answers on them, `tls` the certificate.

mod app;
mod serve;
mod tls;

use std::future::Future;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) use app::App;
pub(crate) use serve::{Site, serve};
pub(crate) use tls::Tls;

use crate::args::ListenAddress;
use crate::failure::Failure;

/// Who may reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whoever the network lets through.
    Anyone,
    /// This machine alone; the text says why and what to do.
    Loopback {
        why: &'static str,
        hint: &'static str,
    },
}

impl Reach {
    /// Whether an address may be listened on.
    pub(crate) fn allows(self, address: SocketAddr) -> Result<(), Failure> {
        match self {
            Self::Loopback { why, hint } if !address.ip().is_loopback() => {
                Err(Failure::new(format!("will not listen on `{address}`: {why}")).hint(hint))
            }
            _ => Ok(()),
        }
    }
}

/// Binds an address. `flag` is the option to name when it cannot be had.
pub(crate) async fn bind(
    address: ListenAddress,
    flag: &str,
    reach: Reach,
) -> Result<TcpListener, Failure> {
    let ListenAddress(address) = address;
    reach.allows(address)?;
    TcpListener::bind(address).await.map_err(|error| {
        let failure = Failure::new(format!("cannot listen on `{address}`: {}", plain(&error)));
        match error.kind() {
            io::ErrorKind::AddrInUse => failure.hint(format!(
                "another program has the port; stop it, or take a free port with `{flag} {}:0`",
                address.ip()
            )),
            io::ErrorKind::PermissionDenied => failure.hint(format!(
                "take a port above 1023: `{flag} {}:7600`",
                address.ip()
            )),
            _ => failure,
        }
    })
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the address is in use".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        _ => error.to_string(),
    }
}

/// The address that was bound, with its real port.
pub(crate) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|e| Failure::new(format!("cannot tell the address: {e}")))
}

/// The signal to stop; clones hear it as well.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Hears `ctrl-c` and, on Unix, the polite request to terminate.
    pub(crate) fn on_signal() -> Result<Self, Failure> {
        let (sender, receiver) = watch::channel(false);
        let signal =
            first_signal().map_err(|e| Failure::new(format!("cannot hear signals: {e}")))?;
        tokio::spawn(async move {
            signal.await;
            let _ = sender.send(true);
        });
        Ok(Self(receiver))
    }

    /// Waits for the signal.
    pub(crate) async fn heard(&mut self) {
        // An error means that the sender is gone, which is reason enough to stop.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

#[cfg(unix)]
fn first_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn first_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// The signal to read the configuration again; where there is none it never comes.
#[derive(Debug)]
pub(crate) struct Again(#[cfg(unix)] tokio::signal::unix::Signal);

impl Again {
    /// Hears SIGHUP from now on, which would end the process otherwise.
    #[cfg(unix)]
    pub(crate) fn on_signal() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup())
            .map(Self)
            .map_err(|e| Failure::new(format!("cannot hear signals: {e}")))
    }

    #[cfg(not(unix))]
    pub(crate) fn on_signal() -> Result<Self, Failure> {
        Ok(Self())
    }

    /// Waits for the next one. Those that come meanwhile count as one.
    #[cfg(unix)]
    pub(crate) async fn heard(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn heard(&mut self) {
        std::future::pending::<()>().await;
    }
}
