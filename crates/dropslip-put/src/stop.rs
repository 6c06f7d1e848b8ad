//! The wish to stop: one side says it, all others hear it.

use tokio::sync::watch;

/// Says stop. Dropped without a word, nobody stops.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears it. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// One that nobody has asked yet.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stop(receiver))
    }

    /// Says stop.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Whether it was said.
    #[must_use]
    pub fn is_said(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said.
    pub async fn said(&mut self) {
        if self.0.wait_for(|said| *said).await.is_err() {
            // Nobody is left who could say it.
            std::future::pending::<()>().await;
        }
    }
}
