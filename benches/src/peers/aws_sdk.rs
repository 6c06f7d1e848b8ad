//! `aws-sdk-s3`, AWS's own, <https://docs.rs/aws-sdk-s3>.

use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ObjectCannedAcl;
use tokio::runtime::{Builder, Runtime};

use crate::contender::Contender;
use crate::input::{ACCESS_KEY, BUCKET, ENDPOINT, EXPIRES_S, HEADERS, KEY, REGION, SECRET_KEY};

pub fn presign() -> Contender {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(ENDPOINT)
        .credentials_provider(Credentials::new(
            ACCESS_KEY, SECRET_KEY, None, None, "bench",
        ))
        .build();
    let client = Client::from_conf(config);
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime: Rc<Runtime> = Rc::new(runtime.expect("a runtime"));
    let (other, again) = (client.clone(), runtime.clone());
    Contender::of_loop("aws-sdk-s3 1", move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                black_box(url(&client).await);
            }
        });
    })
    .makes(move || again.block_on(url(&other)))
}

async fn url(client: &Client) -> String {
    let expires = Duration::from_secs(EXPIRES_S.into());
    let [(_, content_type), (_, acl)] = HEADERS;
    let presigned = client
        .put_object()
        .bucket(BUCKET)
        .key(black_box(KEY))
        .content_type(content_type)
        .acl(ObjectCannedAcl::from(acl))
        .presigned(PresigningConfig::expires_in(expires).expect("an expiry"))
        .await
        .expect("it signs");
    presigned.uri().to_owned()
}
