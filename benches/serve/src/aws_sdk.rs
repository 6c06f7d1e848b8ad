//! A peer: axum with AWS's own SDK, as a back end in Rust would be written.

use std::io;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ObjectCannedAcl;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::wish;

const SIZE_BYTES_MAX: i64 = 20 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    file_name: String,
    content_type: String,
    size: i64,
}

#[derive(Serialize)]
struct Answer {
    key: String,
    url: String,
    headers: Vec<(String, String)>,
}

/// Serves until it is killed.
pub fn serve(port: u16) -> io::Result<()> {
    let keys = Credentials::new(wish::ACCESS_KEY, wish::SECRET_KEY, None, None, "bench");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(wish::REGION))
        .endpoint_url(wish::ENDPOINT)
        .credentials_provider(keys)
        .build();
    let app = Router::new()
        .route("/v1/uploads", post(create))
        .with_state(Client::from_conf(config));
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        axum::serve(listener, app).await
    })
}

async fn create(
    State(client): State<Client>,
    Json(wish): Json<Wish>,
) -> Result<(StatusCode, Json<Answer>), (StatusCode, &'static str)> {
    if wish.file_name.is_empty() || !wish.content_type.starts_with("image/") {
        return Err((StatusCode::BAD_REQUEST, "only images"));
    }
    if !(1..=SIZE_BYTES_MAX).contains(&wish.size) {
        return Err((StatusCode::PAYLOAD_TOO_LARGE, "too large"));
    }
    let key = format!("photos/{}.jpeg", Uuid::new_v4());
    let expires = PresigningConfig::expires_in(Duration::from_secs(wish::EXPIRES_S.into()));
    let signed = client
        .put_object()
        .bucket(wish::BUCKET)
        .key(&key)
        .content_type(wish.content_type)
        .content_length(wish.size)
        .acl(ObjectCannedAcl::from(wish::ACL))
        .presigned(expires.expect("an expiry"))
        .await
        .map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "not signed"))?;
    let headers = signed
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let url = signed.uri().to_owned();
    Ok((StatusCode::CREATED, Json(Answer { key, url, headers })))
}
