//! Forms that upload a file.

mod answers;
pub(crate) mod form;
mod malformed;
mod policies;
mod signatures;
