//! What browsers ask before they send, and what they let a page see.
//!
//! The preflights are real, and judged as browsers judge. Why one is refused is told by the bucket's rules where they can
//! be read; otherwise by asking for less, since S3 refuses a preflight as a whole.

mod answers;
mod preflights;

use dropslip_s3::client::{ClientErrorKind, Refusal};
use dropslip_s3::cors::FoundCors;

use super::access::said;
use crate::case::{Case, Way};
use crate::finding::{Answer, Check, Finding, because};
use crate::ground::Ground;

/// The bucket's rules, as far as they are known.
enum Rules {
    /// As the storage told them.
    Known(FoundCors),
    /// There are none.
    None,
    /// The storage has no such call.
    NotOffered(String),
    /// It does not tell them; why.
    Hidden(String),
}

/// Reads the rules, and asks for each page what it will send.
pub(crate) async fn check(ground: &Ground<'_>, may_enter: bool) -> Vec<Finding> {
    let rules = match may_enter {
        true => read(ground).await,
        false => Rules::Hidden("the keys do not open the bucket".to_owned()),
    };
    let origins = origins(ground, &rules);
    if origins.is_empty() {
        let why = "name the pages that upload: --origin https://app.example";
        let rest = [
            Check::CorsPreflight,
            Check::CorsAnswer,
            Check::CorsEtag,
            Check::CorsErrors,
        ];
        return [
            vec![of_rules(ground, &rules, &origins, false)],
            super::skipped(&rest, why),
        ]
        .concat();
    }
    let preflights = preflights::check(ground, &rules, &origins).await;
    // What could not be asked keeps nobody from going on.
    let is_answer = |answer| move |finding: &Finding| finding.answer == answer;
    let are_allowed = preflights.iter().any(is_answer(Answer::Yes))
        && !preflights.iter().any(is_answer(Answer::No));
    let of_rules = of_rules(ground, &rules, &origins, are_allowed);
    let answers = match (are_allowed, may_enter) {
        (true, true) => answers::check(ground, &origins[0]).await,
        (false, _) => super::skipped(
            &[Check::CorsAnswer, Check::CorsEtag, Check::CorsErrors],
            "no page gets as far as that yet",
        ),
        (true, false) => super::skipped(
            &[Check::CorsAnswer, Check::CorsEtag, Check::CorsErrors],
            "the keys do not open the bucket",
        ),
    };
    let is_missing = of_rules.answer == Answer::No;
    let preflights = match is_missing {
        // One cause is told once.
        true => super::skipped(
            &[Check::CorsPreflight],
            "the bucket has no rules that a page could pass",
        ),
        false => preflights,
    };
    [vec![of_rules], preflights, answers].concat()
}

/// All of them, for one reason.
pub(crate) fn skipped(why: &str) -> Vec<Finding> {
    let all = [
        Check::CorsRules,
        Check::CorsPreflight,
        Check::CorsAnswer,
        Check::CorsEtag,
        Check::CorsErrors,
    ];
    super::skipped(&all, why)
}

async fn read(ground: &Ground<'_>) -> Rules {
    let client = match ground.client() {
        Ok(client) => client,
        Err(error) => return Rules::Hidden(error),
    };
    match client.get_bucket_cors(ground.bucket(), ground.now()).await {
        Ok(Some(found)) => Rules::Known(found),
        Ok(None) => Rules::None,
        Err(error) if error.is(Refusal::AccessDenied) => {
            Rules::Hidden("the key may not read the rules (s3:GetBucketCORS)".to_owned())
        }
        Err(error) => match error.kind() {
            ClientErrorKind::Refused { .. } | ClientErrorKind::Unreadable => {
                Rules::NotOffered(said(&error))
            }
            _ => Rules::Hidden(said(&error)),
        },
    }
}

/// The pages that were named, or else those that the rules name.
fn origins(ground: &Ground<'_>, rules: &Rules) -> Vec<String> {
    let given = &ground.case.origins;
    match rules {
        Rules::Known(found) if given.is_empty() => {
            let named = found.rules.iter().flat_map(|rule| &rule.allowed_origins);
            let mut named: Vec<String> = named
                .map(|origin| origin.trim().to_owned())
                .filter(|origin| !origin.contains('*') && origin.contains("://"))
                .collect();
            named.dedup();
            named.truncate(ORIGINS_MAX);
            named
        }
        _ => given.clone(),
    }
}

/// How many origins of the rules are tried unasked.
const ORIGINS_MAX: usize = 5;

fn of_rules(ground: &Ground<'_>, rules: &Rules, origins: &[String], are_allowed: bool) -> Finding {
    let check = Check::CorsRules;
    match rules {
        Rules::Known(found) => {
            let count = found.rules.len();
            let odd: Vec<String> = found.not_kept.iter().map(ToString::to_string).collect();
            let odd = if odd.is_empty() {
                String::new()
            } else {
                format!("; {}", odd.join(", "))
            };
            Finding::yes(
                check,
                format!("{count} rule{}{odd}", if count == 1 { "" } else { "s" }),
            )
        }
        Rules::None if are_allowed => {
            Finding::not_offered(check, "none, and the storage lets every page in by itself")
        }
        Rules::None => Finding::no(
            check,
            "the bucket has none",
            because(
                "no_rules",
                "without a CORS rule no browser lets a page upload to the bucket",
                apply(
                    ground.case,
                    &origins.iter().map(String::as_str).collect::<Vec<_>>(),
                    &ground.case.ways,
                ),
            ),
        ),
        Rules::NotOffered(why) => {
            Finding::not_offered(check, format!("rules cannot be read: {why}"))
        }
        Rules::Hidden(why) => Finding::skipped(check, why.as_str()),
    }
}

/// The command that adds a rule for these pages and these requests.
fn apply(case: &Case, origins: &[&str], ways: &[Way]) -> String {
    let origins = match origins {
        [] => &["https://YOUR.PAGE"],
        origins => origins,
    };
    let mut options: Vec<String> = origins
        .iter()
        .map(|origin| format!("--origin {origin}"))
        .collect();
    for way in ways {
        let headers = way.headers.iter().map(|name| format!("--header {name}"));
        for option in std::iter::once(format!("--method {}", way.method)).chain(headers) {
            if !options.contains(&option) {
                options.push(option);
            }
        }
    }
    format!(
        "dropslip cors apply s3://{} --endpoint {} {}",
        case.bucket,
        case.endpoint.origin(),
        options.join(" ")
    )
}
