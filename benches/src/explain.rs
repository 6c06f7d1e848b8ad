//! Every broken request of the corpus, explained: what the slowest of them takes.
//!
//! The corpus is the one that the tests hold explanations to, see `tests/corpus`. An
//! explanation stops at the first change that reproduces the signature, so its time
//! is that of the case; the slowest are those that nothing reproduces.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use dropslip_sigv4::{Credentials, Expected, Known, Request, Timestamp, explain};
use serde_json::Value;

use crate::measure::{Times, least, stay_on_one_core};

/// How many of the slowest are shown.
const SHOWN: usize = 5;

/// A request of the corpus, owned.
struct Case {
    name: String,
    region: String,
    service: String,
    now: Timestamp,
    credentials: Vec<Credentials>,
    hosts: Vec<String>,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
}

/// Measures all cases and prints the table.
pub fn run() {
    stay_on_one_core();
    let mut measured: Vec<(String, usize, Times)> = cases()
        .iter()
        .map(|case| (case.name.clone(), case.explain(), least(|| case.explain())))
        .collect();
    measured.sort_by(|(.., a), (.., b)| b.best.total_cmp(&a.best));
    let middle = measured[measured.len() / 2].2.best;
    println!(
        "\nThe explanation of one broken request, {} of the corpus\n",
        measured.len()
    );
    println!("| | changes tried | us best | us median |");
    println!("|---|--:|--:|--:|");
    for (name, tried, times) in measured.iter().take(SHOWN) {
        let (best, median) = (times.best / 1e3, times.median / 1e3);
        println!("| {name} | {tried} | {best:.0} | {median:.0} |");
    }
    println!("| the middle of all | | {:.0} | |", middle / 1e3);
}

impl Case {
    fn read(value: &Value) -> Self {
        let request = &value["request"];
        let texts = |value: &Value| list(value).iter().map(text).collect();
        let keys = |value: &Value| {
            let keys = Credentials::new(text(&value["access_key"]), text(&value["secret_key"]));
            match value["session_token"].as_str() {
                Some(token) => keys.with_session_token(token),
                None => keys,
            }
        };
        let header = |pair: &Value| {
            let value = match &pair[1] {
                Value::String(value) => value.clone().into_bytes(),
                other => BASE64.decode(text(&other["base64"])).expect("base64"),
            };
            (text(&pair[0]), value)
        };
        Self {
            name: text(&value["name"]),
            region: text(&value["region"]),
            service: text(&value["service"]),
            now: Timestamp::parse_basic(&text(&value["now"])).expect("a time"),
            credentials: list(&value["credentials"]).iter().map(keys).collect(),
            hosts: texts(&value["hosts"]),
            method: text(&request["method"]),
            path: text(&request["path"]),
            query: text(&request["query"]),
            headers: list(&request["headers"]).iter().map(header).collect(),
        }
    }

    /// Explains it; gives the number of changes tried.
    fn explain(&self) -> usize {
        let headers: Vec<(&str, &[u8])> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
        let request = Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &headers,
        };
        let known = Known {
            expected: Expected {
                region: &self.region,
                service: &self.service,
                now: self.now,
            },
            credentials: &self.credentials,
            key_has_verified: false,
            hosts: &hosts,
            canonical_request: None,
        };
        explain(&request, &known)
            .expect("the request is broken")
            .tried
    }
}

/// The broken requests of all families.
fn cases() -> Vec<Case> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/dropslip-sigv4/tests/corpus");
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let files = entries.map(|entry| entry.expect("the corpus can be read").path());
    let json = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    json.flat_map(|path| {
        let bytes = fs::read(path).expect("the corpus can be read");
        let cases: Vec<Value> = serde_json::from_slice(&bytes).expect("the corpus is JSON");
        let broken = cases.into_iter().filter(|case| !case["expect"].is_null());
        broken.map(|case| Case::read(&case)).collect::<Vec<_>>()
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
