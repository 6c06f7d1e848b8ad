//! The upload service: decides who may upload what, signs it, and checks what has arrived.
//!
//! A library: [`router`] gives the whole service as an axum router, which tests call without a socket. It reads no
//! environment and no file, keeps no state and touches the network only to ask the storage about an upload or to
//! delete one. The way of a configuration: [`Config::parse`] reads it, [`Config::check`] judges it together with the
//! secrets that the caller has, [`State::new`] makes it ready.
//!
//! ```
//! use dropslip_service::{Config, Given, State, StorageKeys, router};
//!
//! let text = r#"
//!     [storage]
//!     endpoint = "https://s3.eu-central-1.amazonaws.com"
//!     region = "eu-central-1"
//!
//!     [presets.photo]
//!     bucket = "my-photos"
//!     key = "photos/{date}/{uuid}.{ext}"
//!     accept = ["image/*"]
//!     maxSize = "20 MiB"
//! "#;
//! let keys = StorageKeys::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let settings = Config::parse(text)?.check(Given { storage_keys: Some(keys), ..Given::default() })?;
//! let app = router(State::new(settings)?);
//! # let _: axum::Router = app;
//! # Ok::<(), dropslip_service::ConfigError>(())
//! ```

mod address;
mod auth;
mod background;
mod body;
pub mod config;
mod cors;
pub mod database;
pub mod decide;
mod diagnose;
mod events;
pub mod file_name;
mod issue;
pub mod key_template;
pub mod limits;
mod look;
pub mod media_type;
pub mod metrics;
mod outgoing;
pub mod preset;
pub mod problem;
pub mod profile;
mod proxy;
mod quota;
mod rates;
mod ready;
mod request_id;
mod routes;
pub mod secret;
pub mod settings;
mod settle;
mod state;
mod storage;
pub mod sweep;
pub mod token;
mod token_path;
mod uppy;
mod verify;
mod wants;
mod webhooks;

pub use auth::Subject;
pub(crate) use auth::caller;
pub use background::Background;
pub use config::{Config, ConfigError, ConfigErrorKind, DEV_TOML, Elsewhere};
pub use problem::{Code, Problem};
pub use routes::router;
pub use secret::{Secret, StorageKeys};
pub use settings::{Given, Settings};
pub use state::State;
pub use wants::{Feature, PageRequest, Wants};
