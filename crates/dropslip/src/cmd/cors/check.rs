//! `dropslip cors check`

use std::process::ExitCode;

use dropslip_s3::client::{ClientError, Page, Refusal};
use dropslip_s3::cors::{Asked, FoundCors, page_origin};
use dropslip_s3::{BucketName, Endpoint, ObjectKey};

use super::ask::{Ask, Checked};
use super::{Bucket, checked, failed, json, paste, picture, requests};
use crate::args::cors::Check;
use crate::cmd::storage::{Place, bucket_of};
use crate::failure::Failure;
use crate::terminal;

/// What was found out, in whatever form it is printed.
pub(super) struct Report<'a> {
    pub(super) bucket: &'a BucketName,
    pub(super) endpoint: &'a Endpoint,
    pub(super) rules: Rules,
    pub(super) checks: &'a [Checked<'a>],
    /// A command that lets pass what does not.
    pub(super) fix: Option<String>,
}

/// The bucket's rules, or why they are not known.
pub(super) enum Rules {
    Read(FoundCors),
    NotRead(String),
}

/// Makes the preflights; 1 if one of them is not allowed.
pub(super) async fn run(args: &Check) -> Result<ExitCode, Failure> {
    let pages = checked(&args.pages, page_origin)?;
    let asked = requests(&pages);
    if asked.is_empty() {
        return Err(Failure::new("it is not said which pages will upload")
            .hint("--origin https://app.example"));
    }
    let name = bucket_of(&args.bucket)?;
    let key = ObjectKey::parse(&args.key)
        .map_err(|error| Failure::new(format!("`--key` is no key: {error}")))?;
    let place = Place::of(&args.storage, &name)?;
    let endpoint = place.endpoint.clone();
    let rules = rules(place, &name).await?;
    let page = Page::new(&endpoint).map_err(|error| failed("ask the storage", &error))?;
    let ask = Ask {
        page,
        endpoint: &endpoint,
        bucket: &name,
        key,
    };
    let checks = all(&ask, &asked, &rules, args.credentials).await;
    let checks = checks.map_err(|error| failed("make the preflight", &error))?;
    let wrong: Vec<_> = checks
        .iter()
        .filter(|check| check.needs_rules())
        .map(|check| &check.asked)
        .collect();
    let report = Report {
        bucket: &name,
        endpoint: &endpoint,
        rules,
        checks: &checks,
        fix: (!wrong.is_empty()).then(|| paste::apply(&name, &args.storage, &wrong)),
    };
    terminal::data(&match args.json {
        true => json::of(&report),
        false => picture::of(&report, terminal::look()),
    });
    let is_failing = |check: &Checked<'_>| check.is_failing();
    Ok(match () {
        () if checks.iter().any(is_failing) => ExitCode::from(2),
        () if checks.iter().all(Checked::is_allowed) => ExitCode::SUCCESS,
        () => ExitCode::from(1),
    })
}

/// Reads the rules, if there are keys that may; whether or not, the preflights tell most.
async fn rules(place: Place, name: &BucketName) -> Result<Rules, Failure> {
    if place.credentials.is_none() {
        return Ok(Rules::NotRead("there are no credentials".to_owned()));
    }
    let bucket = Bucket::new(name.clone(), place.signed()?)?;
    Ok(match bucket.rules().await {
        Ok(found) => Rules::Read(found.unwrap_or_default()),
        Err(error) if error.is(Refusal::NoSuchBucket) => {
            return Err(failed("read the CORS rules", &error));
        }
        Err(error) => Rules::NotRead(error.to_string()),
    })
}

async fn all<'a>(
    ask: &Ask<'_>,
    asked: &[Asked<'a>],
    rules: &Rules,
    with_cookies: bool,
) -> Result<Vec<Checked<'a>>, ClientError> {
    let rules = match rules {
        Rules::Read(found) => Some(found),
        Rules::NotRead(_) => None,
    };
    let mut checks = Vec::with_capacity(asked.len());
    for asked in asked {
        checks.push(ask.about(asked, rules, with_cookies).await?);
    }
    Ok(checks)
}
