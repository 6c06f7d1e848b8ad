//! Walks a browser's way to a storage, and says of each step whether it holds, and if not, why and what to change.
//!
//! [`Case`] is what is examined, [`Doctor::examine`] the walk, [`Report`] what was found. The first steps stand on each
//! other: without an address there is nothing to ask, without credentials nothing to upload. What was found on the way
//! (the storage's clock, its region) is used for the rest, so that one wrong value does not hide the others. Everything
//! is written below one scratch prefix, and [`Doctor::clean_up`] removes it, however the walk ended.
//!
//! The requests are those of a browser: presigned, to the address that browsers use, judged as browsers judge. Nothing
//! here prints, or reads arguments or environment.

mod ask;
mod case;
mod checks;
mod doctor;
mod finding;
mod fix;
mod ground;
mod limits;
mod report;
mod scratch;

pub use case::{Case, Need, Way};
pub use doctor::{Doctor, DoctorError};
pub use finding::{Answer, Cause, Check, Finding, Group};
pub use fix::Change;
pub use report::{Can, Report, Summary};
