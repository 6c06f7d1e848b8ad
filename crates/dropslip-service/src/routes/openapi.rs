//! `GET /openapi.json`: the service's calls for programs, made from the handlers and their types (OpenAPI 3.1).
//!
//! Everybody may read it: it is the same for every configuration, and says nothing about this one.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{Modify, OpenApi as _};

use super::{
    abort, complete, create, diagnose, downloads, events, follow, health, metrics, parts, presets,
    proxy, read, ready, uppy,
};
use crate::problem::{self, Code};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Dropslip",
        description = "Direct uploads into S3-compatible storage. Each call may also stand behind `/t/{token}`, which \
                       is the same as the header `authorization: Bearer {token}`, for clients that send none.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        create::create,
        read::read,
        abort::abort,
        parts::parts,
        complete::complete,
        follow::follow,
        diagnose::diagnose,
        downloads::downloads,
        proxy::proxy,
        presets::presets,
        events::events,
        uppy::params::params,
        uppy::multipart::create::create,
        uppy::multipart::parts::list,
        uppy::multipart::abort,
        uppy::multipart::parts::part,
        uppy::multipart::parts::batch,
        uppy::multipart::complete::complete,
        uppy::sign::sign,
        health::health,
        ready::ready,
        metrics::metrics,
        openapi,
    ),
    components(schemas(problem::Body)),
    modifiers(&Refusals, &Security),
    tags(
        (name = "uploads", description = "What clients and back ends call."),
        (name = "storage", description = "What storages call."),
        (name = "uppy", description = "What `@uppy/aws-s3` asks of its server."),
        (name = "operations", description = "What operators and their programs ask."),
    )
)]
struct Document;

/// Every call can be refused, in one form.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, document: &mut OpenApi) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
        let refusal = ResponseBuilder::new()
            .description("Refused; `code` says why")
            .content("application/problem+json", content.build())
            .build();
        for operation in operations(document) {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_owned(), RefOr::T(refusal.clone()));
        }
        if let Some(components) = &mut document.components {
            tell_codes(components);
        }
    }
}

/// Writes the table of codes into the schema of problems.
fn tell_codes(components: &mut Components) {
    let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut("Problem") else {
        return;
    };
    let Some(RefOr::T(Schema::Object(code))) = problem.properties.get_mut("code") else {
        return;
    };
    let mut table = String::from("Stable: a new one may come, none changes its meaning.\n");
    for code in Code::ALL {
        let (status, title) = (code.status().as_u16(), code.title());
        table.push_str(&format!("\n- `{}` ({status}): {title}", code.as_str()));
    }
    code.description = Some(table);
    code.examples = Code::ALL.iter().map(|code| code.as_str().into()).collect();
}

/// Who may call what.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = |text: &str| {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(text.to_owned());
            SecurityScheme::Http(scheme)
        };
        let components = document.components.get_or_insert_default();
        for (name, text) in [
            (
                "caller",
                "An API key, or a JSON Web Token, as the service is configured. Where an application decides \
                        (`auth.forward`), its cookies and headers are sent instead; without any of these only this \
                        machine may call.",
            ),
            ("storage", "The token of `service.eventsToken`."),
            (
                "operator",
                "The token of `metrics.token`; without one this machine may ask.",
            ),
        ] {
            components.add_security_scheme(name, bearer(text));
        }
        for operation in operations(document) {
            let scheme = match operation.tags.as_deref().unwrap_or_default() {
                [tag] if tag == "storage" => "storage",
                [tag] if tag == "operations" => match operation.operation_id.as_deref() {
                    Some("metrics") => "operator",
                    _ => continue,
                },
                _ => "caller",
            };
            let none: [&str; 0] = [];
            let either = [
                SecurityRequirement::default(),
                SecurityRequirement::new(scheme, none),
            ];
            operation.security = Some(either.into());
        }
    }
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    document.paths.paths.values_mut().flat_map(|item| {
        [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
        ]
        .into_iter()
        .flatten()
    })
}

static JSON: LazyLock<Bytes> = LazyLock::new(|| {
    let json = serde_json::to_vec(&Document::openapi());
    json.expect("a document of texts serializes").into()
});

#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "operations",
    summary = "Describes the calls",
    responses((status = 200, description = "This document", body = Object))
)]
pub(super) async fn openapi() -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, JSON.clone()).into_response()
}
