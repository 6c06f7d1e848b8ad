//! The `dropslip` command.
fn main() {}
