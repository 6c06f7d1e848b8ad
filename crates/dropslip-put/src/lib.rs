//! Carries files and folders into S3-compatible storage or to an upload service: parallel, in parts, resumable.
//!
//! [`walk()`] finds the files, [`run()`] carries them. What happens meanwhile stands in a [`Ledger`],
//! what became of each file comes by a channel, and a [`Journal`] keeps what a later run need not do
//! again. Nothing here prints, reads arguments or the environment, or knows a terminal.

pub mod limits;

mod error;
mod hints;
mod journal;
mod ledger;
mod parts;
mod pool;
mod read;
mod retry;
mod run;
mod s3;
mod service;
mod source;
mod stop;
mod target;
mod walk;

pub use error::{PutError, PutErrorKind};
pub use journal::{Busy, Journal, Past, prune};
pub use ledger::{Active, Ledger};
pub use run::{Finished, Item, Job, Outcome, Stored, Summary, run};
pub use s3::{Description, Stdin, Storage, put_stdin};
pub use service::{Service, caller_of};
pub use source::{Source, Stamp};
pub use stop::{Stop, Stopper};
pub use target::{S3Url, content_type};
pub use walk::{Found, Problem, Walk, walk};

/// Where files go.
#[derive(Debug)]
pub enum Target {
    /// To a bucket, with keys of our own.
    S3(Storage),
    /// To a preset of a service, which signs.
    Service(Service),
}

/// Frees at the storage what earlier runs began and nobody will go on with, as far as it lets that be done soon.
pub async fn abandon(target: &Target, past: &Past) {
    match target {
        Target::S3(storage) => s3::abandon(storage, past).await,
        Target::Service(service) => service::abandon(service, past).await,
    }
}
