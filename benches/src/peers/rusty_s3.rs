//! `rusty-s3`, <https://docs.rs/rusty-s3>.

use std::hint::black_box;
use std::time::Duration;

use rusty_s3::actions::PutObject;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::contender::Contender;
use crate::input::{ACCESS_KEY, BUCKET, ENDPOINT, EXPIRES_S, HEADERS, KEY, REGION, SECRET_KEY};

pub fn presign() -> Contender {
    let endpoint: Url = ENDPOINT.parse().expect("a URL");
    let bucket = Bucket::new(endpoint, UrlStyle::VirtualHost, BUCKET, REGION).expect("a bucket");
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY);
    let once = move || {
        let mut action = PutObject::new(&bucket, Some(&credentials), black_box(KEY));
        for (name, value) in HEADERS {
            action.headers_mut().insert(name, value);
        }
        action.sign(Duration::from_secs(EXPIRES_S.into()))
    };
    let again = once.clone();
    Contender::new("rusty-s3 0.11", once).makes(move || again().into())
}
