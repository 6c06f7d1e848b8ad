//! AWS Signature Version 4: signs requests, verifies them, and explains what does
//! not match.
//!
//! Pure: no clock, socket, file, environment, async or log. Time is an argument.
//! One canonicalisation serves all sides, so what is signed verifies. Requests
//! are given raw, as on the wire. The service `s3` has S3's rules, all others the
//! general ones, see [`Dialect`].
//!
//! | to | of a request | of a form | of a body in chunks |
//! |---|---|---|---|
//! | sign | [`Signer::presign_url`], [`Signer::presign`], [`Signer::sign`] | [`Signer::sign_post`] | [`Signer::chunk_encoder`] |
//! | verify | [`verify`], which gives [`Verified`] | [`verify_post`] | [`Verified::chunk_decoder`] |
//! | explain | [`explain`], [`notices`] | | |
//!
//! S3's older Signature Version 2 is verified by [`verify_v2`] and [`verify_post_v2`]
//! alone, for whoever decides to take it.
//!
//! ```
//! use dropslip_sigv4::{Credentials, Expected, Request, Signer, Timestamp, verify};
//!
//! let keys = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
//! let signer = Signer::new(keys.clone(), "us-east-1", "s3");
//! let now = Timestamp::parse_basic("20130524T000000Z")?;
//!
//! // Sign: the slip that a browser may put one file with, for five minutes.
//! let headers: [(&str, &[u8]); 2] = [("host", b"uploads.localhost:7601"), ("content-type", b"image/jpeg")];
//! let request = Request { method: "PUT", path: "/beach%20photo.jpg", query: "", headers: &headers };
//! let presigned = signer.presign(&request, 300, now)?;
//! let url = format!("http://uploads.localhost:7601/beach%20photo.jpg?{}", presigned.query);
//! assert!(url.contains("X-Amz-Expires=300"));
//!
//! // Verify: the request as it arrives a minute later.
//! let arrived = Request { query: &presigned.query, ..request };
//! let expected = Expected { region: "us-east-1", service: "s3", now: now.plus_s(60) };
//! let lookup = |access_key: &str| (access_key == keys.access_key()).then_some(&keys);
//! let verified = verify(&arrived, &expected, lookup)?;
//! assert_eq!(verified.access_key(), "AKIAIOSFODNN7EXAMPLE");
//! assert!(verified.signed_headers().eq(["content-type", "host"]));
//!
//! // Another content type than the one signed is refused.
//! let headers: [(&str, &[u8]); 2] = [("host", b"uploads.localhost:7601"), ("content-type", b"image/png")];
//! assert!(verify(&Request { headers: &headers, ..arrived }, &expected, lookup).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod chunked;
mod claim;
mod credentials;
mod date;
mod dialect;
mod encode;
mod error;
mod explain;
mod hash;
mod headers;
mod hoist;
mod keys;
pub mod limits;
mod parts;
mod post;
mod presign;
mod query;
mod refusal;
mod request;
mod scope;
mod scratch;
mod short;
mod sign;
mod slip;
mod time;
mod v2;
mod verify;

pub use chunked::{
    ChunkDecoder, ChunkEncoder, ChunkError, ChunkErrorKind, ChunkHeaders, ChunkPlan, Streaming,
    Trailers,
};
pub use credentials::Credentials;
pub use dialect::{Dialect, PathRule, PayloadRule, TokenRule};
pub use encode::{encode_path, encode_query};
pub use error::{Error, ErrorKind};
pub use explain::{
    Cause, Certainty, Difference, Explanation, Finding, Known, Notice, explain, notices,
};
pub use parts::PartUrls;
pub use post::{SignedPost, VerifiedPost, is_signed_post, verify_post};
pub use presign::Presigned;
pub use refusal::{Mismatch, Refusal};
pub use request::{ClaimedPayload, Payload, Request};
pub use sign::{Signed, Signer};
pub use slip::{Path, Slip};
pub use time::Timestamp;
pub use v2::{ExpectedV2, verify_post_v2, verify_v2};
pub use verify::{Expected, Verified, Version, is_signed, verify, verify_as};
