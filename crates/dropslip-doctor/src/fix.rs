//! What can be put right without harm: rules that are missing are added, and all others stay as they are.

use dropslip_s3::cors::{Asked, CorsRule, difference, merge, needed};
use dropslip_s3::xml::FoundLifecycle;

use crate::case::Case;
use crate::checks::lifecycle;
use crate::doctor::Doctor;
use crate::finding::{Answer, Check, Finding};
use crate::report::Report;

/// A change of the bucket's rules, not made yet.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is changed: `CORS rules`.
    pub what: &'static str,
    /// The rules before and after, line by line: `+` comes, `-` goes.
    pub difference: Vec<String>,
    /// What would be lost, since it is no rule that S3 knows.
    pub not_kept: Vec<String>,
    rules: Rules,
}

#[derive(Clone, Debug)]
enum Rules {
    Cors(Vec<CorsRule>),
    Lifecycle(FoundLifecycle),
}

impl Doctor {
    /// What would put right what a report blames, as far as rules of the bucket do.
    ///
    /// # Errors
    /// In words, when the present rules cannot be read.
    pub async fn changes(&self, report: &Report) -> Result<Vec<Change>, String> {
        let mut changes = Vec::new();
        if report.checks.iter().any(is_of_cors_rules) {
            changes.extend(self.cors_change().await?);
        }
        let has_no_rule =
            |finding: &Finding| finding.check == Check::Lifecycle && finding.answer == Answer::No;
        if report.checks.iter().any(has_no_rule) {
            changes.extend(self.lifecycle_change().await?);
        }
        Ok(changes)
    }

    /// Makes a change.
    ///
    /// # Errors
    /// In words, when the storage refuses.
    pub async fn apply(&self, change: &Change) -> Result<(), String> {
        let (client, now) = self.service().await;
        let bucket = &self.case().bucket;
        match &change.rules {
            Rules::Cors(rules) => client.put_bucket_cors(bucket, rules, now).await,
            Rules::Lifecycle(rules) => client.put_bucket_lifecycle(bucket, rules, now).await,
        }
        .map_err(|error| error.to_string())
    }

    async fn cors_change(&self) -> Result<Option<Change>, String> {
        let (client, now) = self.service().await;
        let found = client.get_bucket_cors(&self.case().bucket, now).await;
        let found = found
            .map_err(|error| error.to_string())?
            .unwrap_or_default();
        let asked = asked(self.case());
        if asked.is_empty() {
            return Ok(None);
        }
        let rules = merge(&found.rules, &needed(&asked));
        let lines = difference(&found.rules, &rules);
        Ok((rules != found.rules).then(|| Change {
            what: "CORS rules",
            difference: lines
                .iter()
                .map(|line| format!("{} {}", line.change.mark(), line.text))
                .collect(),
            not_kept: found.not_kept.iter().map(ToString::to_string).collect(),
            rules: Rules::Cors(rules),
        }))
    }

    async fn lifecycle_change(&self) -> Result<Option<Change>, String> {
        let (client, now) = self.service().await;
        let found = client.get_bucket_lifecycle(&self.case().bucket, now).await;
        let found = found.map_err(|error| error.to_string())?;
        let changed = lifecycle::with_abort_rule(found.as_ref());
        Ok(changed.map(|(rules, difference)| Change {
            what: "lifecycle rules",
            difference,
            not_kept: Vec::new(),
            rules: Rules::Lifecycle(rules),
        }))
    }
}

/// Everything that pages will ask.
fn asked(case: &Case) -> Vec<Asked<'_>> {
    let pairs = case
        .origins
        .iter()
        .flat_map(|origin| case.ways.iter().map(move |way| (origin, way)));
    let asked = pairs.map(|(origin, way)| Asked {
        origin,
        method: way.method,
        headers: way.headers.iter().map(String::as_str).collect(),
    });
    asked.collect()
}

/// Whether a rule of the bucket is to blame, and not what stands before it.
fn is_of_cors_rules(finding: &Finding) -> bool {
    let cause = finding.cause.as_ref().map_or("", |cause| cause.code);
    let is_of_rules = [
        "no_rules",
        "origin_",
        "method_",
        "header_missing",
        "header_elsewhere",
        "etag_not_exposed",
    ];
    finding.answer == Answer::No
        && matches!(
            finding.check,
            Check::CorsRules | Check::CorsPreflight | Check::CorsEtag
        )
        && is_of_rules.iter().any(|start| cause.starts_with(start))
}
