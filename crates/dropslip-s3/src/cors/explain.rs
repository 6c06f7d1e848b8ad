//! Which rule allows a request, or why none does: the rule that comes closest, and every part of it that does not fit.
//!
//! Rules are read as S3 reads them. What an origin in a rule lacks is found by mending it: the fewest mends that make
//! it fit are its mistakes.

use std::fmt;

use super::preflight::Asked;
use super::{CorsConfiguration, CorsRequest, CorsRule, FoundCors, decide, fits, origin};

/// Most origins of rules that are listed where none fits.
const ORIGINS_SHOWN_MAX: usize = 5;

/// What rules make of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule that allows it: the first that does.
    pub matched: Option<RuleName>,
    /// Where none does, the rule that comes closest; none where no rule is about such an origin.
    pub closest: Option<RuleName>,
    /// Why none does; empty when the request is allowed.
    pub mismatches: Vec<Mismatch>,
    /// What an allowed request still lacks: [`Cause::EtagNotExposed`], [`Cause::CredentialsAnyOrigin`].
    pub notes: Vec<Mismatch>,
}

/// How a rule is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleName {
    /// Its place, from 0.
    pub index: usize,
    /// Its ID.
    pub id: Option<String>,
}

/// A part that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// In which way.
    pub cause: Cause,
    /// The rule, from 0; none where it is not about one rule.
    pub rule: Option<usize>,
    /// What stands in the rule: an origin, or names with commas between.
    pub found: String,
    /// What the request has.
    pub wanted: String,
}

/// In which way a part of a request does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// There are no rules at all.
    NoRules,
    /// No rule has an origin like this one.
    OriginMissing,
    /// White space around the origin in the rule.
    OriginWhiteSpace,
    /// No `https://` before the origin in the rule.
    OriginNoScheme,
    /// `http` for `https`, or the other way.
    OriginScheme,
    /// Capitals in the origin of the rule; browsers send none.
    OriginCase,
    /// A slash at the end, which no origin has.
    OriginTrailingSlash,
    /// A path, which no origin has.
    OriginPath,
    /// Another port, one too many, or none.
    OriginPort,
    /// `www.` too many, or none.
    OriginWww,
    /// The `*` does not stand for this.
    OriginWildcard,
    /// The rule leaves the method out.
    MethodMissing,
    /// The rule has the method in small letters.
    MethodCase,
    /// Only rules for other origins have the method.
    MethodElsewhere,
    /// The rule leaves a header out.
    HeaderMissing,
    /// Each header is in some rule for this origin, but no single rule has all.
    HeaderElsewhere,
    /// Scripts may not read the `ETag`.
    EtagNotExposed,
    /// The rule's origin is `*`, and browsers take that for no request with cookies.
    CredentialsAnyOrigin,
}

impl Cause {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoRules => "no_rules",
            Self::OriginMissing => "origin_missing",
            Self::OriginWhiteSpace => "origin_white_space",
            Self::OriginNoScheme => "origin_no_scheme",
            Self::OriginScheme => "origin_scheme",
            Self::OriginCase => "origin_case",
            Self::OriginTrailingSlash => "origin_trailing_slash",
            Self::OriginPath => "origin_path",
            Self::OriginPort => "origin_port",
            Self::OriginWww => "origin_www",
            Self::OriginWildcard => "origin_wildcard",
            Self::MethodMissing => "method_missing",
            Self::MethodCase => "method_case",
            Self::MethodElsewhere => "method_elsewhere",
            Self::HeaderMissing => "header_missing",
            Self::HeaderElsewhere => "header_elsewhere",
            Self::EtagNotExposed => "etag_not_exposed",
            Self::CredentialsAnyOrigin => "credentials_any_origin",
        }
    }
}

impl CorsConfiguration {
    /// Says which rule allows a request, or why none does.
    #[must_use]
    pub fn explain(&self, asked: &Asked<'_>) -> Explained {
        explain(self.rules(), asked)
    }
}

impl FoundCors {
    /// Says which rule allows a request, or why none does.
    #[must_use]
    pub fn explain(&self, asked: &Asked<'_>) -> Explained {
        explain(&self.rules, asked)
    }
}

/// Says which rule allows a request, or why none does.
#[must_use]
pub fn explain(rules: &[CorsRule], asked: &Asked<'_>) -> Explained {
    let request = CorsRequest {
        origin: asked.origin,
        method: asked.method,
        headers: &asked.headers,
    };
    if let Ok(index) = decide(rules, &request) {
        return Explained {
            matched: Some(name(rules, index)),
            closest: None,
            mismatches: Vec::new(),
            notes: notes(rules, index, asked),
        };
    }
    let nearest = rules.iter().enumerate().map(|(index, rule)| Candidate {
        index,
        origin: origin::distance(rule, asked.origin),
        lacks_method: !rule.allowed_methods.iter().any(|own| own == asked.method),
        lacks_headers: lacking(rule, asked),
    });
    let nearest = nearest
        .filter(|candidate| candidate.origin.is_some())
        .min_by_key(Candidate::distance);
    let mismatches = match &nearest {
        None => vec![without_origin(rules, asked)],
        Some(nearest) => nearest.mismatches(rules, asked),
    };
    Explained {
        matched: None,
        closest: nearest.map(|nearest| name(rules, nearest.index)),
        mismatches,
        notes: Vec::new(),
    }
}

/// A rule that might have been meant.
struct Candidate<'a> {
    index: usize,
    origin: Option<(String, Vec<Cause>)>,
    lacks_method: bool,
    lacks_headers: Vec<&'a str>,
}

impl Candidate<'_> {
    fn distance(&self) -> (usize, bool, usize) {
        let origin = self.origin.as_ref();
        let causes = origin.map_or(usize::MAX, |(_, causes)| causes.len());
        (causes, self.lacks_method, self.lacks_headers.len())
    }

    fn mismatches(&self, rules: &[CorsRule], asked: &Asked<'_>) -> Vec<Mismatch> {
        let rule = &rules[self.index];
        let of = |cause, found: &str, wanted: &str| Mismatch {
            cause,
            rule: Some(self.index),
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        };
        let mut all = Vec::new();
        if let Some((own, causes)) = &self.origin {
            all.extend(causes.iter().map(|cause| of(*cause, own, asked.origin)));
        }
        let is_exact = all.is_empty();
        if self.lacks_method {
            let methods = rule.allowed_methods.join(", ");
            let is_same = |own: &&String| own.eq_ignore_ascii_case(asked.method);
            let cause = match rule.allowed_methods.iter().any(|own| is_same(&own)) {
                true => Cause::MethodCase,
                false if is_exact && is_elsewhere(rules, self.index, asked) => {
                    Cause::MethodElsewhere
                }
                false => Cause::MethodMissing,
            };
            all.push(of(cause, &methods, asked.method));
        }
        let headers = rule.allowed_headers.join(", ");
        let is_split = is_spread(rules, asked);
        for header in &self.lacks_headers {
            let cause = match is_split {
                true => Cause::HeaderElsewhere,
                false => Cause::HeaderMissing,
            };
            all.push(of(cause, &headers, header));
        }
        all
    }
}

fn name(rules: &[CorsRule], index: usize) -> RuleName {
    let id = rules.get(index).and_then(|rule| rule.id.clone());
    RuleName { index, id }
}

fn lacking<'a>(rule: &CorsRule, asked: &Asked<'a>) -> Vec<&'a str> {
    let headers = asked.headers.iter().copied();
    headers.filter(|name| !rule.allows_header(name)).collect()
}

/// Whether a rule for other origins alone has the method.
fn is_elsewhere(rules: &[CorsRule], but: usize, asked: &Asked<'_>) -> bool {
    let others = rules.iter().enumerate().filter(|(index, _)| *index != but);
    let mut others = others.map(|(_, rule)| rule);
    others.any(|rule| rule.allowed_methods.iter().any(|own| own == asked.method))
}

/// Whether each header is in some rule for this origin and method.
fn is_spread(rules: &[CorsRule], asked: &Asked<'_>) -> bool {
    let fitting: Vec<_> = rules
        .iter()
        .filter(|rule| rule.has_origin(asked.origin))
        .filter(|rule| rule.allowed_methods.iter().any(|own| own == asked.method))
        .collect();
    let is_somewhere = |header: &&str| fitting.iter().any(|rule| rule.allows_header(header));
    asked.headers.iter().all(is_somewhere)
}

fn without_origin(rules: &[CorsRule], asked: &Asked<'_>) -> Mismatch {
    let mut origins: Vec<&String> = Vec::new();
    for origin in rules.iter().flat_map(|rule| &rule.allowed_origins) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    let cause = match rules.is_empty() {
        true => Cause::NoRules,
        false => Cause::OriginMissing,
    };
    let shown = origins.iter().take(ORIGINS_SHOWN_MAX);
    let mut found: Vec<String> = shown.map(|origin| (*origin).clone()).collect();
    if origins.len() > ORIGINS_SHOWN_MAX {
        found.push(format!("{} more", origins.len() - ORIGINS_SHOWN_MAX));
    }
    Mismatch {
        cause,
        rule: None,
        found: found.join(", "),
        wanted: asked.origin.to_owned(),
    }
}

/// The headers of a real answer come from the first rule with its origin and method, since a real request asks for no
/// headers. That may be another rule than the preflight's.
fn notes(rules: &[CorsRule], matched: usize, asked: &Asked<'_>) -> Vec<Mismatch> {
    let request = CorsRequest {
        origin: asked.origin,
        method: asked.method,
        headers: &[],
    };
    let index = decide(rules, &request).unwrap_or(matched);
    let of = |cause, rule: usize, found: String, wanted: &str| Mismatch {
        cause,
        rule: Some(rule),
        found,
        wanted: wanted.to_owned(),
    };
    let mut notes = Vec::new();
    if !rules[index].exposes("ETag") {
        let found = rules[index].expose_headers.join(", ");
        notes.push(of(Cause::EtagNotExposed, index, found, "ETag"));
    }
    let any = [index, matched].into_iter().find(|index| {
        let origins = &rules[*index].allowed_origins;
        let own = origins.iter().find(|own| fits(own, asked.origin));
        own.is_some_and(|own| own == "*")
    });
    if let Some(any) = any {
        let found = "*".to_owned();
        notes.push(of(Cause::CredentialsAnyOrigin, any, found, asked.origin));
    }
    notes
}

impl fmt::Display for Mismatch {
    /// What is wrong, in one clause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, wanted) = (self.found.escape_debug(), self.wanted.escape_debug());
        let rule = self.rule.map_or_else(
            || "the rules".to_owned(),
            |index| format!("rule {}", index + 1),
        );
        let has = |list: &str| match self.found.is_empty() {
            true => format!("{rule} has no {list} at all"),
            false => format!("{rule} has the {list} {found}"),
        };
        let differs = |how: &str| format!("{rule} has the AllowedOrigin `{found}`, {how}");
        let text = match self.cause {
            Cause::NoRules => "the bucket has no CORS rules".to_owned(),
            Cause::OriginMissing => match self.found.is_empty() {
                true => "no rule has any AllowedOrigin".to_owned(),
                false => format!("no rule has the AllowedOrigin `{wanted}`, but {found}"),
            },
            Cause::OriginWhiteSpace => differs("with white space around it"),
            Cause::OriginNoScheme => differs("without a scheme such as `https://`"),
            Cause::OriginScheme => differs(&format!("of another scheme than `{wanted}`")),
            Cause::OriginCase => differs("with capitals, which browsers never send"),
            Cause::OriginTrailingSlash => differs("with a slash at its end, which no origin has"),
            Cause::OriginPath => differs("with a path, which no origin has"),
            Cause::OriginPort => differs(&format!("of another port than `{wanted}`")),
            Cause::OriginWww => differs(&format!("which differs from `{wanted}` by `www.`")),
            Cause::OriginWildcard => differs(&format!("whose `*` does not cover `{wanted}`")),
            Cause::MethodMissing => format!("{}, not `{wanted}`", has("AllowedMethods")),
            Cause::MethodCase => {
                format!(
                    "{}; S3 knows `{wanted}` in capitals alone",
                    has("AllowedMethods")
                )
            }
            Cause::MethodElsewhere => format!(
                "{}; `{wanted}` is in a rule for other origins alone",
                has("AllowedMethods")
            ),
            Cause::HeaderMissing => format!("{}, not `{wanted}`", has("AllowedHeaders")),
            Cause::HeaderElsewhere => format!(
                "{}; `{wanted}` is in another rule, but one rule must have all headers",
                has("AllowedHeaders")
            ),
            Cause::EtagNotExposed => format!("{}, not `ETag`", has("ExposeHeaders")),
            Cause::CredentialsAnyOrigin => format!(
                "{rule} has the AllowedOrigin `*`, which browsers take for no request with cookies"
            ),
        };
        f.write_str(&text)
    }
}

impl Mismatch {
    /// What to change, in one sentence.
    #[must_use]
    pub fn change(&self) -> String {
        let wanted = self.wanted.escape_debug();
        match self.cause {
            Cause::NoRules => format!("add a rule with the AllowedOrigin `{wanted}`"),
            Cause::MethodMissing | Cause::MethodCase | Cause::MethodElsewhere => {
                format!("add `{wanted}` to its AllowedMethods")
            }
            Cause::HeaderMissing | Cause::HeaderElsewhere => {
                format!("add `{wanted}` to its AllowedHeaders")
            }
            Cause::EtagNotExposed => "add `ETag` to its ExposeHeaders".to_owned(),
            Cause::OriginMissing => format!("add `{wanted}` to the AllowedOrigins of a rule"),
            Cause::OriginWildcard | Cause::CredentialsAnyOrigin => {
                format!("add a rule for `{wanted}` before it")
            }
            _ => format!("write it as `{wanted}`"),
        }
    }
}
