//! What both sides of the S3 wire say.
//!
//! The store answers and the service asks in the same words: bucket and key
//! names, canned ACLs, CORS and lifecycle rules, event notifications, POST policies, checksums, error codes, addresses,
//! the XML of them all, and requests as people paste them. Those parts are pure. The one
//! module that talks to a network is `client`, behind the feature of the same name.

pub mod acl;
pub mod address;
pub mod bucket_policy;
pub mod capture;
pub mod checksum;
#[cfg(feature = "client")]
pub mod client;
pub mod conditions;
pub mod copy_source;
pub mod cors;
pub mod error;
pub mod form_data;
mod json;
pub mod lifecycle;
pub mod limits;
pub mod mail_words;
pub mod name;
pub mod notification;
pub mod owner;
pub mod ownership;
pub mod policy;
pub mod presign;
pub mod public_access;
pub mod query;
pub mod range;
pub mod steering;
pub mod tags;
pub mod xml;

pub use acl::CannedAcl;
pub use address::{Addressing, Endpoint, EndpointError, Target};
pub use error::Code;
pub use name::{BucketName, NameError, ObjectKey};
