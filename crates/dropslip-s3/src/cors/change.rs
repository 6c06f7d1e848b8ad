//! Rules made to allow more, with everything else left as it is.

use super::preflight::Asked;
use super::{CorsRequest, CorsRule, decide, fits};

/// How long browsers may keep a preflight's answer by a rule that is made here, in seconds: an hour.
pub const MAX_AGE_S: u32 = 3600;

/// The ID of a rule that is made here.
pub const RULE_ID: &str = "dropslip";

/// The smallest rule that allows all these requests, and lets scripts read the `ETag`.
///
/// Origins, methods and headers are those that are asked for, in their order; there is no `*` unless one is asked for.
#[must_use]
pub fn needed<'a>(asked: impl IntoIterator<Item = &'a Asked<'a>>) -> CorsRule {
    let mut rule = CorsRule {
        id: Some(RULE_ID.to_owned()),
        expose_headers: vec!["ETag".to_owned()],
        max_age_s: Some(MAX_AGE_S),
        ..CorsRule::default()
    };
    for asked in asked {
        add(&mut rule.allowed_origins, [asked.origin]);
        add(&mut rule.allowed_methods, [asked.method]);
        add(&mut rule.allowed_headers, asked.headers.iter().copied());
    }
    rule
}

/// The rules with all that a needed rule allows, and otherwise as they were.
///
/// Where they allow it already, they stay. A rule for the same origins is extended; otherwise the needed one comes at
/// the end, or before the first rule that would answer in its place and hide what it exposes. Made twice it is the
/// same as once. Nothing that was allowed is lost, and no header that was exposed for these origins is hidden.
#[must_use]
pub fn merge(rules: &[CorsRule], needed: &CorsRule) -> Vec<CorsRule> {
    let mut changed = rules.to_vec();
    if allows(&changed, needed) {
        return changed;
    }
    let mut own = changed.iter_mut();
    if let Some(rule) = own.find(|rule| has_same_origins(rule, needed)) {
        add(&mut rule.allowed_methods, &needed.allowed_methods);
        add_headers(&mut rule.allowed_headers, &needed.allowed_headers);
        expose(rule, needed);
        if allows(&changed, needed) {
            return changed;
        }
        changed = rules.to_vec();
    }
    let mut rule = needed.clone();
    rule.id = rule.id.map(|id| unused(&changed, &id));
    changed.push(rule.clone());
    if allows(&changed, needed) {
        return changed;
    }
    changed.pop();
    let at = changed.iter().position(|own| meets(own, needed));
    for own in changed.iter().filter(|own| meets(own, needed)) {
        expose(&mut rule, own);
    }
    changed.insert(at.unwrap_or(0), rule);
    changed
}

/// Whether both rules are about some request.
fn meets(own: &CorsRule, needed: &CorsRule) -> bool {
    let mut methods = own.allowed_methods.iter();
    let mut origins = own.allowed_origins.iter();
    let has_origin = |origin: &String| {
        let mut wanted = needed.allowed_origins.iter();
        wanted.any(|wanted| fits(origin, wanted) || fits(wanted, origin))
    };
    methods.any(|method| needed.allowed_methods.contains(method)) && origins.any(has_origin)
}

/// Whether rules allow all that one rule does, and expose what it exposes.
///
/// The answer to a real request comes from the first rule with its origin and method, since only preflights ask for
/// headers: there, too, must stand what is to be exposed. A `*` in the one rule counts as a letter.
fn allows(rules: &[CorsRule], needed: &CorsRule) -> bool {
    let headers: Vec<&str> = needed.allowed_headers.iter().map(String::as_str).collect();
    let exposes = |headers: &[&str], origin: &str, method: &str| {
        let request = CorsRequest {
            origin,
            method,
            headers,
        };
        let Ok(index) = decide(rules, &request) else {
            return false;
        };
        let mut wanted = needed.expose_headers.iter();
        wanted.all(|wanted| rules[index].exposes(wanted))
    };
    needed.allowed_origins.iter().all(|origin| {
        let mut methods = needed.allowed_methods.iter();
        methods.all(|method| exposes(&headers, origin, method) && exposes(&[], origin, method))
    })
}

fn has_same_origins(one: &CorsRule, other: &CorsRule) -> bool {
    let is_within = |one: &[String], other: &[String]| one.iter().all(|o| other.contains(o));
    is_within(&one.allowed_origins, &other.allowed_origins)
        && is_within(&other.allowed_origins, &one.allowed_origins)
}

/// Adds the names and patterns that those there do not cover.
fn add_headers(list: &mut Vec<String>, more: &[String]) {
    for wanted in more {
        let covers = |own: &String| fits(&own.to_ascii_lowercase(), &wanted.to_ascii_lowercase());
        if !list.iter().any(covers) {
            list.push(wanted.clone());
        }
    }
}

fn expose(rule: &mut CorsRule, like: &CorsRule) {
    for header in &like.expose_headers {
        if !rule.exposes(header) {
            rule.expose_headers.push(header.clone());
        }
    }
}

fn add<T: AsRef<str>>(list: &mut Vec<String>, more: impl IntoIterator<Item = T>) {
    for text in more {
        if !list.iter().any(|own| own == text.as_ref()) {
            list.push(text.as_ref().to_owned());
        }
    }
}

/// An ID that no rule has.
fn unused(rules: &[CorsRule], id: &str) -> String {
    let is_used = |id: &str| rules.iter().any(|rule| rule.id.as_deref() == Some(id));
    let mut numbered = (2..).map(|number| format!("{id}-{number}"));
    match is_used(id) {
        false => id.to_owned(),
        true => numbered.find(|id| !is_used(id)).unwrap_or_default(),
    }
}
