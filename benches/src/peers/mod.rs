//! Other signers in Rust, each as its documentation shows, with what can be made
//! before (clients, credentials, settings) made before.

mod aws_sdk;
mod aws_sigv4;
mod object_store;
mod reqsign;
mod rusty_s3;

use crate::contender::Contender;

/// All of them.
pub fn all() -> Vec<Contender> {
    vec![
        rusty_s3::presign(),
        aws_sigv4::presign(),
        reqsign::presign(),
        object_store::presign(),
        aws_sdk::presign(),
    ]
}
