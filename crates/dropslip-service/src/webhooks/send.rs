//! Sends one event: the only file of this folder that touches the network.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, redirect};
use tokio::time::timeout;

use super::Webhook;
use super::retry::{Answer, retry_after_s};
use super::sign::signature;
use crate::database::Claimed;
use crate::limits::{WEBHOOK_ANSWER_BYTES_MAX, WEBHOOK_ANSWER_S_MAX, WEBHOOK_CONNECT_S_MAX};

/// A client for webhooks. Redirects are not followed: what is signed is for one receiver.
pub(super) fn client(webhooks: &[Webhook]) -> reqwest::Result<Client> {
    // Fails only when a provider is installed already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(WEBHOOK_CONNECT_S_MAX))
        .user_agent(concat!("Dropslip/", env!("CARGO_PKG_VERSION")));
    if webhooks
        .iter()
        .all(|webhook| webhook.url.scheme() == "http")
    {
        // Without TLS no roots are needed, and a small machine may have none.
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

/// Sends an event and tells what came back. `unix_s` is the time of this attempt, which is signed too.
pub(super) async fn send(http: &Client, webhook: &Webhook, event: &Claimed, unix_s: i64) -> Answer {
    let limit = Duration::from_secs(WEBHOOK_ANSWER_S_MAX);
    let request = http
        .post(webhook.url.clone())
        .header("content-type", "application/json")
        .header("webhook-id", &event.id)
        .header("webhook-timestamp", unix_s)
        .header(
            "webhook-signature",
            signature(&webhook.keys, &event.id, unix_s, &event.payload),
        )
        .body(event.payload.clone());
    match timeout(limit, request.send()).await {
        Err(_) => Answer::None(format!(
            "it gave no answer within {WEBHOOK_ANSWER_S_MAX} seconds"
        )),
        Ok(Err(error)) => Answer::None(why(&error)),
        Ok(Ok(response)) => {
            let status = response.status().as_u16();
            let retry_after = response.headers().get(RETRY_AFTER);
            let retry_after = retry_after.and_then(|value| value.to_str().ok());
            let retry_after_s = retry_after.and_then(|value| retry_after_s(value, unix_s));
            // The status has said it all; whether the rest arrives matters to the connection alone.
            let _ = timeout(limit, read_to_end(response)).await;
            Answer::Status {
                status,
                retry_after_s,
            }
        }
    }
}

/// Reads what is left of a short answer, so that the connection can be used again.
async fn read_to_end(mut response: Response) {
    let mut left = WEBHOOK_ANSWER_BYTES_MAX;
    while let Ok(Some(chunk)) = response.chunk().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Why there was no answer, by the innermost cause. The URL is not in it.
fn why(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(|cause| cause.source()) {
        cause = Some(inner);
    }
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    match error.is_connect() {
        true => format!("no connection could be made{cause}"),
        false => format!("the connection broke{cause}"),
    }
}
