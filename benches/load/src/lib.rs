//! Servers as child processes, load on them, and the figures that come of it.
//!
//! What the benchmarks of the store and of the service have in common. It knows neither: what is
//! sent is the caller's, by [`load::Requests`], and so is what a good answer is.

pub mod figures;
pub mod load;
pub mod process;
pub mod wire;
