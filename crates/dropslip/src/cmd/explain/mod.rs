//! `dropslip explain`: says what is wrong with a signed request.

mod input;
mod json;
mod label;
mod picture;
mod storage;

use std::borrow::Cow;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::capture::{Captured, Claimed};
use dropslip_s3::query::Query;
use dropslip_s3::xml::{ErrorDocument, ToldExplanation};
use dropslip_sigv4::{
    Cause, Certainty, Credentials, Expected, Explanation, Known, Notice, Request, Timestamp,
    explain, notices,
};

use crate::args::explain::Explain;
use crate::cmd::store::DEV_ACCESS_KEY;
use crate::environment::{Environment, FoundKeys};
use crate::failure::Failure;
use crate::shown;
use crate::terminal;

use input::{Given, Input};

/// What was found out, in whatever form it is printed.
struct Report {
    /// What was found out here; where it is absent, the storage's own may stand in `storage`.
    explanation: Option<Explanation>,
    /// Whether to believe the explanation of the storage, which has the secret.
    is_told: bool,
    /// The status of an answer that says that the request was taken.
    taken: Option<u16>,
    /// Whether the request needed no signature.
    is_public: bool,
    /// Whether the secret was at hand.
    checked: bool,
    /// Where the secret was found, or that it was not.
    key: String,
    /// The storage's own words.
    storage: Option<ErrorDocument>,
    /// What follows from the storage's refusal, where the request alone shows nothing wrong.
    verdict: Option<String>,
    notices: Vec<Notice>,
    remarks: Vec<String>,
}

impl Report {
    /// What is wrong, in words: what was found here or what the storage says.
    fn told(&self) -> Option<Cow<'_, ToldExplanation>> {
        match &self.explanation {
            Some(explanation) => Some(Cow::Owned(explanation.into())),
            None => self.explained_by_storage().map(Cow::Borrowed),
        }
    }

    fn explained_by_storage(&self) -> Option<&ToldExplanation> {
        let told = self.storage.as_ref()?.explanation.as_ref();
        told.filter(|_| self.is_told)
    }

    fn canonical_request_arrived(&self) -> Option<Vec<u8>> {
        match &self.explanation {
            Some(explanation) => explanation.canonical_request_arrived.clone(),
            None => self.storage.as_ref()?.canonical_request_exact(),
        }
    }
}

/// Explains, and ends with 1 if something is wrong.
pub(crate) fn run(args: &Explain) -> Result<ExitCode, Failure> {
    let now = args.now.as_deref().map(input::time).transpose()?;
    let report = match input::gather(args)? {
        Given::Request(input) => {
            let keys = Environment::read()?.every_key();
            report(args, *input, now, keys)
        }
        Given::Error(error, reason) => of_error(*error, reason),
    };
    terminal::data(&if args.json {
        json::of(&report)
    } else {
        picture::of(&report, terminal::look())
    });
    let wrong = report.told().is_some() || report.verdict.is_some();
    Ok(ExitCode::from(u8::from(wrong)))
}

fn report(args: &Explain, input: Input, now: Option<Timestamp>, keys: Vec<FoundKeys>) -> Report {
    let Input {
        sent,
        error,
        at,
        taken,
        mut remarks,
    } = input;
    let claimed = Claimed::of(&sent);
    let named = claimed.access_key.as_deref();
    let place = keys
        .iter()
        .find(|found| Some(found.keys.access_key.as_str()) == named)
        .map(|found| found.place.clone());
    let at_hand = place.is_some();
    // Without the named key the others prove nothing.
    let credentials: Vec<Credentials> = keys
        .into_iter()
        .filter(|_| at_hand)
        .map(|found| credentials(found, &sent))
        .collect();
    let region = region(args, error.as_ref(), &claimed);
    let headers = sent.borrowed_headers();
    let request = Request {
        method: &sent.method,
        path: &sent.path,
        query: &sent.query,
        headers: &headers,
    };
    let hosts: Vec<&str> = args.hosts.iter().map(String::as_str).collect();
    let theirs = canonical_apart(args, error.as_ref());
    let known = Known {
        expected: Expected {
            region: &region,
            service: claimed.service.as_deref().unwrap_or("s3"),
            now: now.or(at).unwrap_or_else(present),
        },
        credentials: &credentials,
        key_has_verified: false,
        hosts: &hosts,
        canonical_request: theirs.as_deref(),
    };
    let time_is_told = now.or(at).is_some();
    let mut explanation = explained(&request, known, time_is_told, &mut remarks);
    let is_public = taken.is_some()
        && explanation.as_ref().and_then(Explanation::cause) == Some(Cause::NotSigned);
    explanation = explanation.filter(|_| !is_public);
    let checked = at_hand && explanation.as_ref().is_none_or(was_compared);
    let is_told = !checked && is_told(explanation.as_ref(), error.as_ref());
    explanation = explanation.filter(|_| !is_told);
    let key = match is_told {
        true => TOLD.to_owned(),
        false => key_line(named, place.as_deref(), checked),
    };
    let verdict = match (&explanation, &error) {
        (None, Some(error)) if !is_told => Some(storage::verdict(error, checked)),
        _ => None,
    };
    Report {
        is_told,
        taken,
        is_public,
        notices: notices(&request),
        explanation,
        checked,
        key,
        storage: error,
        verdict,
        remarks,
    }
}

/// What the storage has read. A request that was read from its error agrees with it,
/// which says nothing.
fn canonical_apart(args: &Explain, error: Option<&ErrorDocument>) -> Option<Vec<u8>> {
    let is_apart = args.url.is_some() || args.curl.is_some() || args.har.is_some();
    error
        .filter(|_| is_apart)
        .and_then(ErrorDocument::canonical_request_exact)
}

/// Whether the storage explains what is not proved here.
fn is_told(explanation: Option<&Explanation>, error: Option<&ErrorDocument>) -> bool {
    explanation.is_none_or(|explanation| explanation.certainty != Certainty::Certain)
        && error.is_some_and(storage::explains)
}

/// Keys that were found, with the request's session token where their own is not at hand.
fn credentials(found: FoundKeys, sent: &Captured) -> Credentials {
    let token = carried_token(sent, &found).filter(|_| found.keys.session_token.is_none());
    let credentials = found.keys.credentials();
    match token {
        Some(token) => credentials.with_session_token(token),
        None => credentials,
    }
}

/// The session token of a request, where the keys at hand may be temporary and were
/// found without theirs: only the storage knows it, and the signature covers it anyway.
fn carried_token(sent: &Captured, found: &FoundKeys) -> Option<String> {
    let access_key = found.keys.access_key.as_str();
    if access_key.starts_with("AKIA") || access_key == DEV_ACCESS_KEY {
        return None;
    }
    let query = Query::parse(&sent.query);
    let in_query = query.find_ignoring_case("X-Amz-Security-Token");
    in_query
        .map(str::to_owned)
        .or_else(|| sent.header("x-amz-security-token").map(str::to_owned))
}

/// Whose words they are, where the storage explains.
const TOLD: &str = "the storage says so itself; the signature was not checked here";

/// The storage's own reason, where there is no request beside it.
fn of_error(error: ErrorDocument, reason: Option<String>) -> Report {
    let is_told = reason.is_none();
    let key = match is_told {
        true => TOLD,
        false => "the error does not hold the request, so the signature was not checked",
    };
    Report {
        explanation: None,
        is_told,
        taken: None,
        is_public: false,
        checked: false,
        key: key.to_owned(),
        storage: Some(error),
        verdict: reason,
        notices: Vec::new(),
        remarks: Vec::new(),
    }
}

/// Whether an explanation comes from comparing signatures: a request that has expired or
/// cannot be read is refused before that.
fn was_compared(explanation: &Explanation) -> bool {
    // A URL that was mended may have been refused after that as well.
    let mut findings = explanation.findings.iter();
    if findings.any(|finding| matches!(finding.cause, Cause::Expired | Cause::UnknownKey)) {
        return false;
    }
    let proved = matches!(
        explanation.cause(),
        Some(Cause::Secret | Cause::HtmlEscaped | Cause::UrlWrapped)
    );
    proved || explanation.canonical_request_arrived.is_some()
}

/// Explains. A request that was captured a while ago has expired by now, which says
/// nothing of why it was refused: it is looked at as of its time of signing as well.
fn explained(
    request: &Request<'_>,
    mut known: Known<'_>,
    time_is_told: bool,
    remarks: &mut Vec<String>,
) -> Option<Explanation> {
    let now = explain(request, &known)?;
    let is_late = matches!(now.cause(), Some(Cause::Expired | Cause::Clock));
    if !is_late || time_is_told {
        return Some(now);
    }
    let signed_at = signed_at(request)?;
    known.expected.now = signed_at;
    match explain(request, &known) {
        None => Some(now),
        Some(then) => {
            let said = now.findings.first().map(|finding| finding.message.clone());
            remarks.extend(
                said.map(|said| format!("looked at as of the time of signing; by now: {said}")),
            );
            Some(then)
        }
    }
}

fn signed_at(request: &Request<'_>) -> Option<Timestamp> {
    let query = Query::parse(request.query);
    if let Some(date) = query.find_ignoring_case("X-Amz-Date") {
        return Timestamp::parse_basic(date).ok();
    }
    let header = |wanted: &str| {
        let of_name = |(name, _): &&(&str, &[u8])| name.eq_ignore_ascii_case(wanted);
        let (_, value) = request.headers.iter().find(of_name)?;
        std::str::from_utf8(value).ok()
    };
    header("x-amz-date")
        .and_then(|date| Timestamp::parse_basic(date).ok())
        .or_else(|| Timestamp::parse_http(header("date")?).ok())
}

/// The region that the storage wants: as told, as its error says, else the signer's own.
fn region(args: &Explain, error: Option<&ErrorDocument>, claimed: &Claimed) -> String {
    let told = error.map(|error| error.region.clone());
    args.region
        .clone()
        .or_else(|| told.filter(|region| !region.is_empty()))
        .or_else(|| claimed.region.clone())
        .unwrap_or_else(|| "us-east-1".to_owned())
}

fn key_line(named: Option<&str>, place: Option<&str>, checked: bool) -> String {
    match (named, place) {
        (Some(_), Some(place)) if checked => {
            format!("the signature was checked with the secret from {place}")
        }
        (Some(_), Some(_)) => {
            "the signature itself was not checked: the request is refused before that".to_owned()
        }
        (Some(key), None) => format!(
            "the secret of `{0}` is not at hand, so the signature was not checked: \
             export AWS_ACCESS_KEY_ID={0} AWS_SECRET_ACCESS_KEY=…",
            shown::line(key)
        ),
        (None, _) => "the request names no access key".to_owned(),
    }
}

fn present() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_unix_s(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
