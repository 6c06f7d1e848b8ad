//! One file per command.

pub(crate) mod config;
pub(crate) mod dev;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod presign;
mod reload;
pub(crate) mod serve;
pub(crate) mod store;
pub(crate) mod store_tool;
pub(crate) mod sweep;
mod work;
