//! Requests of real signers, broken as people break them: `explain` must name each
//! cause, and must not name one where nobody could know it.
//!
//! The data is in `tests/corpus/`, one file for each family; the repository's
//! `tests/corpus/README.md` says how it is made.

use std::fmt::Write as _;
use std::path::Path;

use dropslip_sigv4::{
    Certainty, Credentials, Expected, Explanation, Known, Request, Timestamp, explain, notices,
    verify,
};
use serde_json::Value;

/// Fewer than these, and the corpus has lost something.
const BROKEN_MIN: usize = 240;
const UNKNOWN_MIN: usize = 15;
const RIGHT_MIN: usize = 15;
const PAIRS_MIN: usize = 8;

/// A case, read.
struct Case {
    name: String,
    region: String,
    service: String,
    now: Timestamp,
    credentials: Vec<Credentials>,
    /// What must never be shown: secrets and session tokens.
    private: Vec<String>,
    hosts: Vec<String>,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    expect: Value,
    notices: Option<Vec<String>>,
}

impl Case {
    fn read(value: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().unwrap().clone();
        let request = &value["request"];
        let credentials = list(&value["credentials"]);
        let private = credentials
            .iter()
            .flat_map(|keys| [&keys["secret_key"], &keys["session_token"]])
            .filter_map(Value::as_str);
        Self {
            name: text(&value["name"]),
            region: text(&value["region"]),
            service: text(&value["service"]),
            now: Timestamp::parse_basic(value["now"].as_str().unwrap()).unwrap(),
            private: private.map(str::to_owned).collect(),
            credentials: credentials.iter().map(keys).collect(),
            hosts: list(&value["hosts"]).iter().map(text).collect(),
            method: text(&request["method"]),
            path: text(&request["path"]),
            query: text(&request["query"]),
            headers: list(&request["headers"])
                .iter()
                .map(|pair| (text(&pair[0]), bytes(&pair[1])))
                .collect(),
            expect: value["expect"].clone(),
            notices: value
                .get("notices")
                .map(|codes| list(codes).iter().map(text).collect()),
        }
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            region: &self.region,
            service: &self.service,
            now: self.now,
        }
    }

    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect()
    }

    fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> Request<'a> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers,
        }
    }

    fn explain(&self, request: &Request<'_>) -> Option<Explanation> {
        let hosts: Vec<&str> = self.hosts.iter().map(String::as_str).collect();
        let known = Known {
            expected: self.expected(),
            credentials: &self.credentials,
            key_has_verified: false,
            hosts: &hosts,
            canonical_request: None,
        };
        explain(request, &known)
    }

    /// Everything that a case asks of `explain`, and what does not hold of it.
    fn complaints(&self) -> Vec<String> {
        let headers = self.headers();
        let request = self.request(&headers);
        let explanation = self.explain(&request);
        let mut found = Vec::new();
        let right = self.expect.is_null();
        if verify(&request, &self.expected(), |key| self.keys(key)).is_ok() != right {
            found.push(format!("verify should say {right}"));
        }
        match (&explanation, right) {
            (None, true) => {}
            (Some(explanation), true) => found.push(format!("is right, and: {explanation}")),
            (None, false) => found.push("is broken, and nothing was said".to_owned()),
            (Some(explanation), false) => found.extend(differences(&self.expect, explanation)),
        }
        if let Some(explanation) = &explanation {
            found.extend(self.leaks(explanation));
        }
        if let Some(codes) = &self.notices {
            let got: Vec<&str> = notices(&request)
                .iter()
                .map(|notice| notice.cause.code())
                .collect();
            if got != *codes {
                found.push(format!("notices {got:?}, not {codes:?}"));
            }
        }
        found
    }

    fn keys(&self, access_key: &str) -> Option<&Credentials> {
        self.credentials
            .iter()
            .find(|keys| keys.access_key() == access_key)
    }

    /// Secrets, tokens, and signatures that the sender does not have already.
    fn leaks(&self, explanation: &Explanation) -> Vec<String> {
        let sent: Vec<u8> = self
            .headers
            .iter()
            .flat_map(|(_, value)| value.iter().copied())
            .collect();
        let sent = format!("{} {}", self.query, String::from_utf8_lossy(&sent)).to_lowercase();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let mut found = Vec::new();
        for shown in [
            explanation.to_string(),
            format!("{explanation:?}"),
            format!("{explanation:#?}"),
        ] {
            for private in &self.private {
                if shown.contains(private.as_str()) {
                    found.push(format!("shows a secret or a token: {shown}"));
                }
            }
            for hash in hashes(&shown) {
                if hash != empty && !sent.contains(hash) {
                    found.push(format!("shows a hash that was not sent: {hash}"));
                }
            }
        }
        found.truncate(1);
        found
    }
}

fn keys(value: &Value) -> Credentials {
    let text = |name: &str| value[name].as_str();
    let keys = Credentials::new(text("access_key").unwrap(), text("secret_key").unwrap());
    match text("session_token") {
        Some(token) => keys.with_session_token(token),
        None => keys,
    }
}

/// A header's value: a text, or bytes that are not ASCII.
fn bytes(value: &Value) -> Vec<u8> {
    match value.as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => base64(value["base64"].as_str().unwrap()),
    }
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0u32, 0u32, Vec::new());
    for digit in text.trim_end_matches('=').chars() {
        bits = bits << 6 | DIGITS.find(digit).unwrap() as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 255) as u8);
        }
    }
    out
}

/// Runs of exactly 64 lower-case hexadecimal digits.
fn hashes(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !matches!(c, '0'..='9' | 'a'..='f'))
        .filter(|run| run.len() == 64)
}

/// One of several, or the one.
fn allows(expect: &Value, got: &str) -> bool {
    match expect {
        Value::Array(several) => several.iter().any(|one| one == got),
        one => one == got,
    }
}

/// What an explanation says otherwise than expected. A field that is not there is
/// not compared; a list means that any of them will do.
fn differences(expect: &Value, got: &Explanation) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, expect: &Value, got: Option<&str>| {
        let same = match got {
            Some(got) => allows(expect, got),
            None => expect.is_null(),
        };
        if !same {
            found.push(format!("{what} {got:?}, not {expect}"));
        }
    };
    compare(
        "certainty",
        &expect["certainty"],
        Some(got.certainty.code()),
    );
    let first = got.findings.first();
    if let Some(cause) = expect.get("cause") {
        compare("cause", cause, first.map(|finding| finding.cause.code()));
        for finding in got.findings.iter().skip(1) {
            if got.certainty == Certainty::Certain {
                compare("cause besides", cause, Some(finding.cause.code()));
            }
        }
    }
    if let Some(finding) = first {
        let texts = [
            ("part", Some(finding.part.as_str())),
            ("signed", finding.signed.as_deref()),
            ("arrived", finding.arrived.as_deref()),
        ];
        for (what, got) in texts {
            if let Some(expect) = expect.get(what) {
                compare(what, expect, got);
            }
        }
    }
    if let Some(causes) = expect.get("causes").and_then(Value::as_array) {
        let mut expect: Vec<&str> = causes.iter().filter_map(Value::as_str).collect();
        let mut causes: Vec<&str> = got.findings.iter().map(|f| f.cause.code()).collect();
        expect.sort_unstable();
        causes.sort_unstable();
        if causes != expect {
            found.push(format!("causes {causes:?}, not {expect:?}"));
        }
    }
    for suspect in expect["suspects"].as_array().into_iter().flatten() {
        if !got.findings.iter().any(|f| suspect == f.cause.code()) {
            found.push(format!("does not suspect {suspect}"));
        }
    }
    if got.certainty == Certainty::Unknown && got.canonical_request_arrived.is_none() {
        found.push("unknown, and without the canonical request".to_owned());
    }
    if !found.is_empty() {
        found.push(format!("says: {got}"));
    }
    found
}

fn corpus() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let cases: Vec<Value> =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            cases.iter().map(Case::read).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn each_cause_is_named_and_none_wrongly() {
    let cases = corpus();
    let count = |of: fn(&Case) -> bool| cases.iter().filter(|case| of(case)).count();
    let broken = count(|case| !case.expect.is_null());
    assert!(broken >= BROKEN_MIN, "{broken} broken requests");
    let unknown = count(|case| case.expect["certainty"] == "unknown");
    assert!(unknown >= UNKNOWN_MIN, "{unknown} that nobody can know");
    let right = count(|case| case.expect.is_null());
    assert!(right >= RIGHT_MIN, "{right} right requests");
    let pairs = count(|case| case.expect.get("causes").is_some());
    assert!(pairs >= PAIRS_MIN, "{pairs} pairs");

    let mut report = String::new();
    let mut failed = 0;
    for case in &cases {
        let complaints = case.complaints();
        failed += usize::from(!complaints.is_empty());
        for (at, complaint) in complaints.iter().enumerate() {
            let name = if at == 0 { case.name.as_str() } else { "" };
            writeln!(report, "{name:48} {complaint}").unwrap();
        }
    }
    assert!(failed == 0, "{failed} of {}:\n{report}", cases.len());
}

/// A change to a right request: what it is called, and which part may be named for
/// it with certainty. An empty list means none: nobody could know it.
struct Mutation {
    name: &'static str,
    parts: &'static [&'static str],
    apply: fn(&mut Case) -> bool,
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "another digit in the signature",
        parts: &[],
        apply: |case| {
            let other = |digit: u8| if digit == b'7' { b'3' } else { b'7' };
            let mark = "X-Amz-Signature=";
            if let Some(at) = case.query.find(mark) {
                let mut query = case.query.clone().into_bytes();
                query[at + mark.len() + 5] = other(query[at + mark.len() + 5]);
                case.query = String::from_utf8(query).unwrap();
                return true;
            }
            case.header("authorization", |value| {
                let at = value.len() - 5;
                value[at] = other(value[at]);
            })
        },
    },
    Mutation {
        name: "another letter in the path",
        parts: &["path"],
        apply: |case| {
            let letter = case.path.rfind(|c: char| c.is_ascii_lowercase());
            letter.is_some_and(|at| {
                let other = if &case.path[at..=at] == "q" { "w" } else { "q" };
                case.path.replace_range(at..=at, other);
                true
            })
        },
    },
    Mutation {
        name: "a moved date",
        parts: &["X-Amz-Date", "x-amz-date"],
        apply: |case| {
            let signed_at = ["T120000Z", "T121000Z"];
            let Some(at) = signed_at.iter().find_map(|time| case.query.find(time)) else {
                return case.header("x-amz-date", |value| value[12] = b'3');
            };
            case.query.replace_range(at + 4..=at + 4, "3");
            case.now = Timestamp::parse_basic("20260115T120040Z").unwrap();
            true
        },
    },
    Mutation {
        name: "a host of nowhere",
        parts: &["host"],
        apply: |case| case.header("host", |value| *value = b"elsewhere.invalid:81".to_vec()),
    },
    Mutation {
        name: "a method of its own",
        parts: &["method"],
        apply: |case| {
            case.method = "PROPPATCH".to_owned();
            true
        },
    },
    Mutation {
        name: "a parameter more",
        parts: &["zz"],
        apply: |case| {
            let join = if case.query.is_empty() { "" } else { "&" };
            case.query = format!("{}{join}zz=1", case.query);
            true
        },
    },
    Mutation {
        name: "a letter more in a parameter",
        parts: &["response-content-disposition", "x-id", "X-Amz-Expires"],
        apply: |case| {
            let names = ["response-content-disposition=", "x-id=", "X-Amz-Expires="];
            let at = names
                .iter()
                .find_map(|name| Some(case.query.find(name)? + name.len()));
            at.is_some_and(|at| {
                case.query.insert(at, '1');
                true
            })
        },
    },
    Mutation {
        name: "a letter more in a signed header",
        parts: &["x-amz-meta-name", "x-amz-user-agent", "content-type"],
        apply: |case| {
            ["x-amz-meta-name", "x-amz-user-agent", "content-type"]
                .iter()
                .any(|name| case.signs(name) && case.header(name, |value| value.push(b'z')))
        },
    },
];

impl Case {
    /// Changes a header's value; false if there is none of the name.
    fn header(&mut self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut of_name = self
            .headers
            .iter_mut()
            .filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        of_name.next().is_some_and(|(_, value)| {
            change(value);
            true
        })
    }

    /// Whether the claim lists a header, in the query or in `Authorization`.
    fn signs(&self, name: &str) -> bool {
        let authorization = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case("authorization"))
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let text = authorization.unwrap_or_else(|| self.query.replace("%3B", ";"));
        text.split("SignedHeaders=")
            .nth(1)
            .and_then(|rest| rest.split(['&', ',']).next())
            .is_some_and(|names| names.split(';').any(|signed| signed == name))
    }
}

#[test]
fn a_change_is_never_explained_as_another() {
    let mut report = String::new();
    let mut tried = 0;
    for mutation in MUTATIONS {
        for mut case in corpus() {
            if !case.expect.is_null() || !(mutation.apply)(&mut case) {
                continue;
            }
            tried += 1;
            let headers = case.headers();
            let explanation = case.explain(&case.request(&headers));
            let complaint = match &explanation {
                None => Some("nothing was said".to_owned()),
                Some(explanation) if explanation.certainty == Certainty::Certain => explanation
                    .findings
                    .iter()
                    .find(|finding| !mutation.parts.contains(&finding.part.as_str()))
                    .map(|finding| format!("certain of `{}`: {explanation}", finding.part)),
                Some(_) => None,
            };
            if let Some(complaint) = complaint {
                writeln!(report, "{}, {}: {complaint}", case.name, mutation.name).unwrap();
            }
        }
    }
    assert!(tried >= 150, "{tried} changes");
    assert!(report.is_empty(), "\n{report}");
}
