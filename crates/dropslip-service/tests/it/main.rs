//! The service from outside: pure parts by their functions, the rest through the router without a socket.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets the unexpected fails, helpers of tests too"
)]

mod app;
mod application;
mod assets;
mod auth;
mod complete;
mod config;
mod cors;
mod create;
mod database;
mod decide;
mod diagnose;
mod elsewhere;
mod events;
mod fake_storage;
mod file_name;
mod forward;
mod forward_origin;
mod guide;
mod http;
mod jwks;
mod jwt;
mod jwt_config;
mod jwt_rights;
mod key_template;
mod leases;
mod media_type;
mod openapi;
mod operations;
mod outbox;
mod postgres;
mod profiles;
mod properties;
mod quotas;
mod rates;
mod schema;
mod secrets;
mod settle;
mod subject;
mod token;
mod token_path;
mod tokens;
mod uppy;
mod webhooks;
