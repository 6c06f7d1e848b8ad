//! The binary as its users run it: real processes, real sockets, free ports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bodies;
mod command_line;
mod config;
mod cors;
mod crash;
mod credentials;
mod diagnose;
mod doctor;
mod explain;
mod faults;
mod hostile;
mod http;
mod meddler;
mod modes;
#[path = "../../../dropslip-service/tests/it/postgres.rs"]
mod postgres;
mod presign;
mod process;
mod proxy;
mod put;
mod receiver;
mod replicas;
mod serve;
mod startup;
mod storage;
mod store_tools;
mod sweep;
mod system;
mod upload;
mod uppy;
