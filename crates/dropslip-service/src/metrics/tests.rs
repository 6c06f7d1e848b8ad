//! Every number that is counted is told, under words that no caller chooses.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use dropslip_s3::client::{Observe as _, Outcome};

use super::*;
use crate::problem::{Code, Problem};

fn request(method: &str) -> Request {
    let request = Request::builder().method(method).uri("/secret-token?a=b");
    request.body(Body::empty()).expect("it is one")
}

#[track_caller]
fn has(metrics: &Metrics, lines: &[&str]) {
    let text = metrics.text();
    for line in lines {
        assert!(text.lines().any(|had| had == *line), "`{line}` in {text}");
    }
}

#[test]
fn requests_and_refusals() {
    let metrics = Metrics::default();
    let measured = metrics.begin(&request("GET"));
    has(&metrics, &["dropslip_requests_in_flight 1"]);
    measured.answered(&().into_response());
    drop(measured);
    let refused = metrics.begin(&request("BREW-secret"));
    refused.answered(&Problem::new(Code::NotFound, "secret").into_response());
    drop(refused);
    drop(metrics.begin(&request("POST")));
    has(
        &metrics,
        &[
            "dropslip_requests_in_flight 0",
            "dropslip_requests_total{route=\"other\",method=\"GET\",status=\"200\"} 1",
            "dropslip_requests_total{route=\"other\",method=\"other\",status=\"404\"} 1",
            "dropslip_refusals_total{code=\"not_found\"} 1",
            "dropslip_request_duration_seconds_count{route=\"other\",method=\"GET\"} 1",
            "dropslip_request_duration_seconds_bucket{route=\"other\",method=\"GET\",le=\"+Inf\"} 1",
        ],
    );
    assert!(!metrics.text().contains("secret"));
}

#[test]
fn statuses_that_nobody_expects() {
    let metrics = Metrics::default();
    let measured = metrics.begin(&request("GET"));
    for status in [418, 599, 999] {
        let mut answer = ().into_response();
        *answer.status_mut() = status.try_into().expect("it is one");
        measured.answered(&answer);
    }
    let line = "dropslip_requests_total{route=\"other\",method=\"GET\",status=\"other\"} 3";
    has(&metrics, &[line]);
}

#[test]
fn uploads_and_bytes() {
    let metrics = Metrics::default();
    metrics.issued("photo", "put", 5);
    metrics.issued("photo", "put", 5);
    metrics.issued("scan", "multipart", 1);
    metrics.issued("scan", "by-pigeon", 1);
    metrics.completed("photo", 5);
    metrics.bytes(Bytes::Proxied, 7);
    metrics.delivery(Delivery::Retried);
    metrics.events(3, 1);
    let version = env!("CARGO_PKG_VERSION");
    has(
        &metrics,
        &[
            "dropslip_issued_total{preset=\"photo\",mode=\"put\"} 2",
            "dropslip_issued_total{preset=\"scan\",mode=\"multipart\"} 1",
            "dropslip_completed_total{preset=\"photo\"} 1",
            "dropslip_bytes_total{kind=\"announced\"} 12",
            "dropslip_bytes_total{kind=\"completed\"} 5",
            "dropslip_bytes_total{kind=\"proxied\"} 7",
            "dropslip_webhook_deliveries_total{outcome=\"retried\"} 1",
            "dropslip_webhook_deliveries_total{outcome=\"failed\"} 0",
            "dropslip_webhooks_pending 3",
            "dropslip_webhooks_failed 1",
            &format!("dropslip_build_info{{version=\"{version}\"}} 1"),
        ],
    );
}

#[test]
fn calls_to_storages() {
    let metrics = Metrics::default();
    let storage = metrics.of_storage("default");
    storage.called("HEAD", Duration::from_millis(3), Outcome::Answered);
    storage.called("HEAD", Duration::from_secs(30), Outcome::Unreachable);
    storage.called("BREW", Duration::ZERO, Outcome::Failed);
    let seconds = "dropslip_storage_call_duration_seconds";
    let of = "storage=\"default\",method=\"HEAD\"";
    has(
        &metrics,
        &[
            &format!("dropslip_storage_calls_total{{{of},outcome=\"answered\"}} 1"),
            &format!("dropslip_storage_calls_total{{{of},outcome=\"unreachable\"}} 1"),
            &format!("{seconds}_bucket{{{of},le=\"0.0025\"}} 0"),
            &format!("{seconds}_bucket{{{of},le=\"0.005\"}} 1"),
            &format!("{seconds}_bucket{{{of},le=\"10\"}} 1"),
            &format!("{seconds}_count{{{of}}} 2"),
        ],
    );
}

/// Who never asks for them does not make the process grow.
#[test]
fn times_do_not_pile_up() {
    let metrics = Metrics::default();
    let measured = metrics.begin(&request("GET"));
    let answer = ().into_response();
    for _ in 0..3 * GATHERED_MAX {
        measured.answered(&answer);
    }
    let of = "route=\"other\",method=\"GET\"";
    let count = 3 * GATHERED_MAX;
    has(
        &metrics,
        &[&format!(
            "dropslip_request_duration_seconds_count{{{of}}} {count}"
        )],
    );
}

#[test]
fn presets_that_change_their_names_for_ever() {
    let metrics = Metrics::default();
    for number in 0..1100 {
        metrics.issued(&format!("p{number}"), "put", 0);
    }
    has(
        &metrics,
        &["dropslip_issued_total{preset=\"other\",mode=\"put\"} 100"],
    );
}

#[test]
fn routes() {
    let check = |path: &str, route: &str| {
        let metrics = Metrics::default();
        let request = Request::builder().uri(path).body(Body::empty());
        let measured = metrics.begin(&request.expect("it is one"));
        measured.answered(&().into_response());
        let line =
            format!("dropslip_requests_total{{route=\"{route}\",method=\"GET\",status=\"200\"}} 1");
        has(&metrics, &[&line]);
    };
    check("/v1/uploads", "/v1/uploads");
    check("/v1/uploads?a=b", "/v1/uploads");
    check("/v1/uploads/x", "/v1/uploads/{id}");
    check("/v1/uploads/complete", "/v1/uploads/{id}");
    check("/v1/uploads/x/complete", "/v1/uploads/{id}/complete");
    check("/v1/uploads/x/events", "/v1/uploads/{id}/events");
    check("/v1/events/s3", "/v1/events/s3");
    check("/s3/multipart/x/batch", "/s3/multipart/{uploadId}/batch");
    check("/s3/multipart/x/3", "/s3/multipart/{uploadId}/{partNumber}");
    check("/t/secret/s3/params", "/s3/params");
    check("/t/secret/", "/");
    check("/t/secret", "other");
    check("/", "/");
    for path in [
        "/v1",
        "/v1/uploads/",
        "/v1/uploads/x/y",
        "/v1/uploads/x/complete/",
        "//",
        "/%2f",
        "/other",
    ] {
        check(path, "other");
    }
}
