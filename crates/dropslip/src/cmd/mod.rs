//! One file per command.

pub(crate) mod config;
pub(crate) mod cors;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod presign;
pub(crate) mod put;
mod reload;
pub(crate) mod serve;
mod storage;
pub(crate) mod store;
pub(crate) mod store_tool;
pub(crate) mod sweep;
mod work;
