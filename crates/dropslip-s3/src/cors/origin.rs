//! How an origin in a rule differs from that of a page.

use super::explain::Cause;
use super::{CorsRule, fits};

/// One way to mend an origin of a rule towards that of a page.
type Mend = fn(&str, &str) -> String;

/// Mends in the order in which they are made: each may rely on those before it.
const MENDS: [(Cause, Mend); 8] = [
    (Cause::OriginWhiteSpace, |own, _| own.trim().to_owned()),
    (Cause::OriginCase, |own, _| own.to_ascii_lowercase()),
    (Cause::OriginNoScheme, |own, page| {
        match own.contains("://") {
            true => own.to_owned(),
            false => format!("{}{}", scheme(page), own.trim_start_matches('/')),
        }
    }),
    (Cause::OriginTrailingSlash, |own, _| {
        own.strip_suffix('/').unwrap_or(own).to_owned()
    }),
    (Cause::OriginPath, |own, _| match host(own).find('/') {
        Some(at) if &host(own)[at..] != "/" => own[..scheme(own).len() + at].to_owned(),
        _ => own.to_owned(),
    }),
    (Cause::OriginScheme, |own, page| {
        format!("{}{}", scheme(page), host(own))
    }),
    (Cause::OriginPort, |own, page| {
        let (name, port) = port(host(own));
        match port {
            Some("*") => own.to_owned(),
            _ => {
                let port = self::port(host(page)).1;
                let port = port.map_or_else(String::new, |port| format!(":{port}"));
                format!("{}{name}{port}", scheme(own))
            }
        }
    }),
    (Cause::OriginWww, |own, _| {
        match host(own).strip_prefix("www.") {
            Some(bare) => format!("{}{bare}", scheme(own)),
            None => format!("{}www.{}", scheme(own), host(own)),
        }
    }),
];

/// Most mends at once: an origin that needs more is another one.
const MENDS_MAX: u32 = 3;

/// How far a rule is from having the origin of a page: the origin of the rule that comes closest, and what is wrong
/// with it. No cause if it fits; none if it is another origin altogether.
pub(super) fn distance(rule: &CorsRule, page: &str) -> Option<(String, Vec<Cause>)> {
    let near = rule.allowed_origins.iter().filter_map(|own| {
        let causes = causes(own, page)?;
        Some((own.clone(), causes))
    });
    near.min_by_key(|(_, causes)| causes.len())
}

/// The fewest mends that make a rule's origin fit.
fn causes(own: &str, page: &str) -> Option<Vec<Cause>> {
    let mut sets: Vec<u32> = (0..1 << MENDS.len())
        .filter(|set: &u32| set.count_ones() <= MENDS_MAX)
        .collect();
    sets.sort_by_key(|set| set.count_ones());
    let mended = |set: u32| {
        let chosen = MENDS.iter().enumerate();
        let chosen = chosen.filter(|(index, _)| set & (1 << index) != 0);
        chosen.fold(own.to_owned(), |text, (_, (_, mend))| mend(&text, page))
    };
    if let Some(set) = sets.into_iter().find(|set| fits(&mended(*set), page)) {
        let chosen = MENDS.iter().enumerate();
        let chosen = chosen.filter(|(index, _)| set & (1 << index) != 0);
        return Some(chosen.map(|(_, (cause, _))| *cause).collect());
    }
    is_wildcard_near(own, page).then(|| vec![Cause::OriginWildcard])
}

/// Whether a `*` was meant to cover the page: the host ends in the same two names, or is the same but for the port.
fn is_wildcard_near(own: &str, page: &str) -> bool {
    if !own.contains('*') {
        return false;
    }
    let own = own.trim().to_ascii_lowercase();
    let (own, page) = (port(host(&own)).0.to_owned(), port(host(page)).0);
    if own == page {
        return true;
    }
    let tail = own.rsplit('*').next().unwrap_or_default();
    let tail = tail.split('/').next().unwrap_or_default();
    let tail = tail.trim_start_matches('.');
    let is_site = tail.contains('.') && (page == tail || page.ends_with(&format!(".{tail}")));
    is_site || covers_loosely(&own, page)
}

/// Whether several `*` would cover it, of which S3 allows one.
fn covers_loosely(own: &str, page: &str) -> bool {
    let mut pieces = own.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = page.strip_prefix(first) else {
        return false;
    };
    let is_many = own.matches('*').count() > 1;
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    is_many && (rest.is_empty() || own.ends_with('*'))
}

/// `https://`, or nothing.
fn scheme(text: &str) -> &str {
    text.find("://").map_or("", |at| &text[..at + 3])
}

/// What follows the scheme.
fn host(text: &str) -> &str {
    &text[scheme(text).len()..]
}

/// The host and its port, which may be a `*`. An IPv6 address keeps its colons.
fn port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.is_empty()
                && (port == "*" || port.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            (name, Some(port))
        }
        _ => (host, None),
    }
}
