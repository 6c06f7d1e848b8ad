//! What the service counts: requests, refusals, uploads, bytes, calls to storages, webhooks.
//!
//! Counters live as long as the process: a new configuration goes on with them. Each has its handle at hand, so a
//! request costs a few atomic additions and looks nothing up. Labels are words of ours or of the configuration, never
//! a caller's, a key or a subject: their number is bounded, and they tell nothing about anybody.

mod of_preset;
mod requests;
mod storages;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use of_preset::OfPresets;
pub(crate) use requests::Measured;
use requests::Requests;
pub use requests::route_of;

/// Bounds of the latency histograms, in seconds: from an upload that is issued in microseconds to a completion that
/// waits for a slow storage.
const SECONDS: [f64; 17] = [
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
    2.5, 5.0, 10.0,
];

/// After how many measured times they are sorted into their buckets. Until then each is kept by itself, and nobody may
/// ever ask for them.
const GATHERED_MAX: u32 = 4096;

/// All metrics of a process. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    registry: Registry,
    requests: Requests,
    presets: OfPresets,
    bytes: [Counter; 3],
    deliveries: [Counter; 3],
    pending: Gauge,
    failed: Gauge,
}

/// Whose bytes are counted.
#[derive(Clone, Copy, Debug)]
pub enum Bytes {
    /// Sizes that were announced by issued uploads.
    Announced,
    /// Sizes of completed uploads.
    Completed,
    /// Bytes that went through the service.
    Proxied,
}

/// How an attempt to deliver a webhook ended.
#[derive(Clone, Copy, Debug)]
pub enum Delivery {
    /// The receiver took it.
    Delivered,
    /// It is tried again.
    Retried,
    /// It was given up.
    Failed,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        describe(&registry.recorder);
        let of = |name: &'static str, label: &'static str, value: &'static str| {
            registry.counter(name, vec![Label::from_static_parts(label, value)])
        };
        let bytes = ["announced", "completed", "proxied"]
            .map(|kind| of("dropslip_bytes_total", "kind", kind));
        let deliveries = ["delivered", "retried", "failed"]
            .map(|outcome| of("dropslip_webhook_deliveries_total", "outcome", outcome));
        let version = Label::from_static_parts("version", env!("CARGO_PKG_VERSION"));
        registry
            .gauge("dropslip_build_info", vec![version])
            .set(1.0);
        let pending = registry.gauge("dropslip_webhooks_pending", Vec::new());
        let failed = registry.gauge("dropslip_webhooks_failed", Vec::new());
        let requests = Requests::new(&registry);
        Self(Arc::new(Shared {
            registry,
            requests,
            presets: OfPresets::default(),
            bytes,
            deliveries,
            pending,
            failed,
        }))
    }
}

impl Metrics {
    /// Counts bytes.
    pub fn bytes(&self, kind: Bytes, bytes: u64) {
        self.0.bytes[kind as usize].increment(bytes);
    }

    /// Counts an attempt to deliver a webhook.
    pub fn delivery(&self, outcome: Delivery) {
        self.0.deliveries[outcome as usize].increment(1);
    }

    /// Says how many events wait for their delivery, and how many were given up of late.
    pub fn events(&self, pending: u64, failed: u64) {
        // Exact up to 2^53.
        self.0.pending.set(pending as f64);
        self.0.failed.set(failed as f64);
    }

    /// All of them as Prometheus reads them (text format 0.0.4).
    pub fn text(&self) -> String {
        self.0.registry.handle.render()
    }
}

/// Makes metrics, and keeps the times small in number.
struct Registry {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    gathered: AtomicU32,
}

impl Registry {
    fn new() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("there are buckets")
            .build_recorder();
        Self {
            handle: recorder.handle(),
            recorder,
            gathered: AtomicU32::new(0),
        }
    }

    fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.recorder
            .register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        self.recorder
            .register_gauge(&Key::from_parts(name, labels), &METADATA)
    }

    fn histogram(&self, name: &'static str, labels: Vec<Label>) -> Histogram {
        self.recorder
            .register_histogram(&Key::from_parts(name, labels), &METADATA)
    }

    /// To be called for each time that is measured.
    fn gathered(&self) {
        if self.gathered.fetch_add(1, Ordering::Relaxed) % GATHERED_MAX == GATHERED_MAX - 1 {
            self.handle.run_upkeep();
        }
    }
}

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

fn describe(recorder: &PrometheusRecorder) {
    for (name, text) in [
        (
            "dropslip_requests_total",
            "Requests that were answered, by route, method and status.",
        ),
        (
            "dropslip_refusals_total",
            "Requests that were refused, by the code in the answer.",
        ),
        (
            "dropslip_issued_total",
            "Uploads that were issued, by preset and mode.",
        ),
        (
            "dropslip_completed_total",
            "Uploads that were completed, by preset.",
        ),
        (
            "dropslip_bytes_total",
            "Bytes: announced by issued uploads, of completed ones, and sent through the service.",
        ),
        (
            "dropslip_storage_calls_total",
            "Calls to storages, by storage, method and outcome.",
        ),
        (
            "dropslip_webhook_deliveries_total",
            "Attempts to deliver webhooks, by outcome.",
        ),
    ] {
        recorder.describe_counter(name.into(), None, text.into());
    }
    for (name, text) in [
        (
            "dropslip_requests_in_flight",
            "Requests that are being answered.",
        ),
        (
            "dropslip_webhooks_pending",
            "Events that wait for their delivery.",
        ),
        (
            "dropslip_webhooks_failed",
            "Events that were given up and are still remembered.",
        ),
        ("dropslip_build_info", "Always 1; the version is a label."),
    ] {
        recorder.describe_gauge(name.into(), None, text.into());
    }
    for (name, text) in [
        (
            "dropslip_request_duration_seconds",
            "Time from the head of a request to that of its answer.",
        ),
        (
            "dropslip_storage_call_duration_seconds",
            "Time from the begin of a call to a storage to the head of its answer.",
        ),
    ] {
        recorder.describe_histogram(name.into(), None, text.into());
    }
}

#[cfg(test)]
mod tests;
