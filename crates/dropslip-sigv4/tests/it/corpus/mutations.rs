//! Right requests, changed in one thing: whatever `explain` is certain of must be that.

use std::fmt::Write as _;

use dropslip_sigv4::{Certainty, Timestamp};

use super::case::{Case, corpus};

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
