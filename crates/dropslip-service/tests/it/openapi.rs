//! `/openapi.json` held against the router and against what it answers.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use dropslip_service::problem::Code;
use serde_json::{Value, json};

use crate::app::{App, settings};
use crate::fake_storage::FakeStorage;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

async fn document(app: &App) -> Value {
    let answer = app.get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Path and method of each operation.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = METHODS
            .into_iter()
            .filter(|method| !item[*method].is_null());
        methods
            .map(|method| (path.clone(), method.to_owned()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Path and method of each route, as the source of the router has them.
fn routes(source: &str, prefix: impl Fn(&str) -> &'static str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for route in source.split(".route(").skip(1) {
        let path = route.split('"').nth(1).unwrap();
        let rest = &route[..route.find([';']).unwrap_or(route.len())];
        let rest = rest.split(".fallback(").next().unwrap();
        for method in METHODS {
            let calls = [
                format!(" {method}("),
                format!(".{method}("),
                format!("\n{method}("),
            ];
            if calls.iter().any(|call| rest.contains(call)) {
                found.insert((format!("{}{path}", prefix(path)), method.to_owned()));
            }
        }
    }
    found
}

#[tokio::test]
async fn every_route_is_described_and_no_other() {
    let mut routed = routes(include_str!("../../src/routes/mod.rs"), |_| "");
    let uppy = include_str!("../../src/routes/uppy/mod.rs");
    routed.extend(routes(
        uppy,
        |path| if path == "/sign" { "" } else { "/s3" },
    ));
    // Answers that it is not offered.
    assert!(routed.remove(&("/s3/sts".to_owned(), "get".to_owned())));
    assert!(routed.len() > 18, "{routed:?}");
    assert_eq!(operations(&document(&App::offline()).await), routed);
}

#[tokio::test]
async fn what_is_described_answers() {
    let app = App::offline();
    for (path, method) in operations(&document(&app).await) {
        let path = path.replace("{id}", "x").replace("{number}", "1");
        let path = path
            .replace("{preset}", "photo")
            .replace("{fileName}", "x.jpg");
        let verb = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let answer = app.call(verb, &path, "").await;
        assert_ne!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
        if answer.status == StatusCode::NOT_FOUND {
            assert_ne!(answer.json()["code"], "not_found", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn it_is_openapi() {
    let document = document(&App::offline()).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method) in operations(&document) {
        let operation = &document["paths"][&path][&method];
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{path}"
        );
        let refusal = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(
            refusal["schema"]["$ref"], "#/components/schemas/Problem",
            "{path}"
        );
        for name in path.split('{').skip(1) {
            let name = name.split('}').next().unwrap();
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(
                parameters
                    .iter()
                    .any(|one| one["name"] == name && one["in"] == "path"),
                "{path}"
            );
        }
    }
    let table = &document["components"]["schemas"]["Problem"]["properties"]["code"];
    let table = table["description"].as_str().unwrap();
    for code in Code::ALL {
        let line = format!("- `{}` ({})", code.as_str(), code.status().as_u16());
        assert!(table.contains(&line), "{line}");
    }
    for scheme in ["caller", "storage", "operator"] {
        assert_eq!(
            document["components"]["securitySchemes"][scheme]["scheme"],
            "bearer"
        );
    }
    // Every reference leads somewhere.
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
}

/// Says where a value does not fit; what the schema does not name does not fit either.
fn misfit(document: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/components/schemas/");
        return misfit(
            document,
            &document["components"]["schemas"][name],
            value,
            at,
        );
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices
            .iter()
            .any(|one| misfit(document, one, value, at).is_none());
        return (!fits).then(|| format!("{at}: none of {choices:?} fits {value}"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null if schema["allOf"].is_array() => vec![json!("object")],
        Value::Null => return None,
        one => vec![one.clone()],
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.iter().any(|one| one == is) {
        return Some(format!("{at}: {value} is no {types:?}"));
    }
    match value {
        Value::Array(items) => items.iter().enumerate().find_map(|(number, item)| {
            misfit(document, &schema["items"], item, &format!("{at}[{number}]"))
        }),
        Value::Object(fields) => {
            let (known, required, open) = shape(document, schema);
            let missing = required.iter().find(|name| !fields.contains_key(*name));
            if let Some(name) = missing {
                return Some(format!("{at}: `{name}` is missing"));
            }
            fields.iter().find_map(|(name, field)| {
                let at = format!("{at}.{name}");
                match known.get(name).or(open.as_ref()) {
                    Some(schema) => misfit(document, schema, field, &at),
                    None if known.is_empty() => None,
                    None => Some(format!("{at}: is not described")),
                }
            })
        }
        _ => None,
    }
}

type Shape = (BTreeMap<String, Value>, Vec<String>, Option<Value>);

/// The fields of an object, those that must be there, and the schema of others.
fn shape(document: &Value, schema: &Value) -> Shape {
    let mut shape = Shape::default();
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/components/schemas/");
        return self::shape(document, &document["components"]["schemas"][name]);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (known, required, open) = self::shape(document, part);
        shape.0.extend(known);
        shape.1.extend(required);
        shape.2 = shape.2.or(open);
    }
    let known = schema["properties"].as_object().into_iter().flatten();
    shape
        .0
        .extend(known.map(|(name, schema)| (name.clone(), schema.clone())));
    let required = schema["required"].as_array().into_iter().flatten();
    shape
        .1
        .extend(required.map(|name| name.as_str().unwrap().to_owned()));
    let open = &schema["additionalProperties"];
    if open.is_object() {
        shape.2 = Some(open.clone());
    }
    shape
}

/// Holds an answer against what is described of its operation.
#[track_caller]
fn check(document: &Value, operation: &str, answer: &crate::app::Answer) {
    let paths = document["paths"].as_object().unwrap();
    let mut found = paths
        .values()
        .flat_map(|item| METHODS.map(|method| &item[method]));
    let operation = found.find(|one| one["operationId"] == operation).unwrap();
    let responses = &operation["responses"];
    let described = match &responses[answer.status.as_str()] {
        Value::Null => &responses["default"],
        described => described,
    };
    if answer.text.is_empty() {
        assert!(described["content"].is_null(), "{described}");
        return;
    }
    let schema = &described["content"][answer.header("content-type")]["schema"];
    assert!(!schema.is_null(), "{described} {answer:?}");
    let misfit = misfit(document, schema, &answer.json(), "answer");
    assert_eq!(misfit, None, "{}", answer.text);
}

#[tokio::test]
async fn answers_fit() {
    let (storage, origin) = FakeStorage::start().await;
    let app = App::new(&origin);
    let document = document(&app).await;
    let check = |operation: &str, answer: &crate::app::Answer| check(&document, operation, answer);
    let issue = |body: Value| {
        let app = app.clone();
        async move { app.post("/v1/uploads", &body.to_string()).await }
    };
    let file =
        json!({"preset": "photo", "fileName": "a.jpg", "contentType": "image/jpeg", "size": 7});
    let issued = issue(file).await;
    check("issue", &issued);
    for wrong in [
        json!({}),
        json!([]),
        json!({"preset": "none", "fileName": "a", "size": 1}),
        json!({"preset": "photo", "fileName": "a.gif", "contentType": "image/gif", "size": 1}),
        json!({"preset": "photo", "fileName": "a.jpg", "size": 1_u64 << 40}),
    ] {
        let answer = issue(wrong).await;
        assert!(answer.status.is_client_error());
        check("issue", &answer);
    }
    let issued = issued.json();
    let path = format!("/v1/uploads/{}", issued["id"].as_str().unwrap());
    check("read", &app.get(&path).await);
    check("sign_parts", &app.post(&format!("{path}/parts"), "").await);
    check("complete", &app.post(&format!("{path}/complete"), "").await);
    storage.put("uploads", issued["key"].as_str().unwrap(), 7, "image/jpeg");
    check("read", &app.get(&path).await);
    check("complete", &app.post(&format!("{path}/complete"), "").await);
    let download = json!({"key": issued["key"], "preset": "photo"});
    check(
        "download",
        &app.post("/v1/downloads", &download.to_string()).await,
    );
    check("abort", &app.delete(&path).await);
}

#[tokio::test]
async fn answers_of_other_calls_fit() {
    let (_storage, origin) = FakeStorage::start().await;
    let app = App::new(&origin);
    let document = document(&app).await;
    let check = |operation: &str, answer: &crate::app::Answer| check(&document, operation, answer);
    check("presets", &app.get("/v1/presets").await);
    check("health", &app.get("/healthz").await);
    check("ready", &app.get("/readyz").await);
    check("metrics", &app.get("/metrics").await);
    check("openapi", &app.get("/openapi.json").await);
    check(
        "uppy_params",
        &app.get("/s3/params?filename=a.jpg&type=image/jpeg").await,
    );
    check(
        "uppy_sign",
        &app.post("/sign", r#"{"method":"PUT","key":"a.jpg"}"#).await,
    );
    check("uppy_create", &app.post("/s3/multipart", "{}").await);
    check("hear", &app.post("/v1/events/s3", "{}").await);
}

/// It is the same for every configuration, and anybody may have it.
#[tokio::test]
async fn it_asks_nobody_who_they_are() {
    let storage = "endpoint = \"http://127.0.0.1:1\"";
    let closed = App::of(settings(
        storage,
        "apiKeys = [\"correct-horse-battery-staple\"]",
    ));
    assert_eq!(
        closed.get("/v1/presets").await.status,
        StatusCode::UNAUTHORIZED
    );
    let document = document(&closed).await;
    assert_eq!(document, self::document(&App::offline()).await);
    assert!(!document.to_string().contains("photo"));
}
