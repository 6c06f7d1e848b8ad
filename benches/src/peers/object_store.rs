//! `object_store`, <https://docs.rs/object_store>.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};

use crate::contender::Contender;
use crate::input::{ACCESS_KEY, BUCKET, EXPIRES_S, HEADERS, HOST, KEY, REGION, SECRET_KEY};

pub fn presign() -> Contender {
    let store: AmazonS3 = AmazonS3Builder::new()
        .with_region(REGION)
        .with_bucket_name(BUCKET)
        .with_endpoint(format!("https://{HOST}"))
        .with_virtual_hosted_style_request(true)
        .with_access_key_id(ACCESS_KEY)
        .with_secret_access_key(SECRET_KEY)
        .build()
        .expect("a store");
    let [content_type, acl] = HEADERS.map(|(_, value)| HeaderValue::from_static(value));
    let options = SignedUrlOptions::default()
        .with_signed_header(CONTENT_TYPE, content_type)
        .with_signed_header(HeaderName::from_static("x-amz-acl"), acl);
    let once = move || {
        let path = Path::from(black_box(KEY));
        let expires = Duration::from_secs(EXPIRES_S.into());
        at_once(store.signed_url_opts(http::Method::PUT, &path, expires, &options))
            .expect("it signs")
    };
    let again = once.clone();
    Contender::new("object_store 0.14", once).makes(move || again().into())
}

/// Runs a future that never waits, without a runtime.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("signing waits for nothing"),
    }
}
