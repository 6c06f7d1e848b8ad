//! OpenTelemetry: a span for each request, sent to a collector by OTLP over HTTP.
//!
//! The standard variables configure it: OTEL_EXPORTER_OTLP_ENDPOINT turns it on, OTEL_TRACES_SAMPLER chooses, OTEL_BSP_*
//! gathers. A trace that a caller began (`traceparent`) is continued. A span has method, route, status, the code of a
//! refusal and the request's id, and never a path, a query or a name: those may hold secrets.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::Response;
use dropslip_service::Code;
use dropslip_service::metrics::route_of;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::environment;
use crate::failure::Failure;

/// What sends spans, if anything does.
#[derive(Clone, Debug)]
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Starts it where the environment names a collector. Call it on the runtime.
    pub(crate) fn start() -> Result<Self, Failure> {
        let is_named = [
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        ]
        .into_iter()
        .any(|name| environment::variable(name).is_some());
        let is_off = environment::variable("OTEL_SDK_DISABLED")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if !is_named || is_off {
            return Ok(Self(None));
        }
        // Fails only when one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.map_err(|error| {
            Failure::new(format!("cannot send traces: {error}")).hint(
                "correct OTEL_EXPORTER_OTLP_ENDPOINT, such as http://localhost:4318, or unset it",
            )
        })?;
        let mut resource = Resource::builder();
        if environment::variable("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name("dropslip");
        }
        let provider = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
            .with_resource(resource.build())
            .build();
        Ok(Self(Some(provider)))
    }

    /// Lets each request have its span.
    pub(crate) fn around(&self, router: Router) -> Router {
        match &self.0 {
            Some(provider) => {
                let tracer = provider.tracer("dropslip");
                router.layer(middleware::from_fn_with_state(tracer, trace))
            }
            None => router,
        }
    }

    /// Sends what has gathered.
    pub(crate) async fn end(self) {
        let Some(provider) = self.0 else { return };
        // It waits for the collector, which may hang; the end of the process does not.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last traces were not taken");
        }
    }
}

async fn trace(State(tracer): State<SdkTracer>, request: Request, next: Next) -> Response {
    let parent = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &Headers(request.headers()));
    let (method, route) = (request.method().clone(), route_of(request.uri().path()));
    let mut span = tracer
        .span_builder(format!("{method} {route}"))
        .with_kind(SpanKind::Server)
        .with_attributes([
            KeyValue::new("http.request.method", method.to_string()),
            KeyValue::new("http.route", route),
        ])
        .start_with_context(&tracer, &parent);
    let answer = next.run(request).await;
    let status = answer.status();
    let number = i64::from(status.as_u16());
    span.set_attribute(KeyValue::new("http.response.status_code", number));
    if let Some(code) = answer.extensions().get::<Code>() {
        span.set_attribute(KeyValue::new("dropslip.code", code.as_str()));
    }
    if let Some(Ok(id)) = answer.headers().get("x-request-id").map(|id| id.to_str()) {
        span.set_attribute(KeyValue::new("dropslip.request.id", id.to_owned()));
    }
    if status.is_server_error() {
        span.set_status(Status::error(""));
    }
    span.end();
    answer
}

/// Headers as the propagator reads them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
