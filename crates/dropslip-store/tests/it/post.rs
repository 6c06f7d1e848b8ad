//! Forms that upload a file.

mod answers;
mod form;
mod malformed;
mod policies;
mod signatures;
