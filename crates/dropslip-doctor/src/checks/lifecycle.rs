//! The rule that removes uploads in parts that nobody completed. Their parts are stored and billed, and no list of objects
//! shows them.

use dropslip_s3::client::Refusal;
use dropslip_s3::xml::FoundLifecycle;

use super::tried::{Failed, Tried, stranger};
use crate::finding::{Answer, Check, Finding, because};
use crate::ground::{Ground, Order};
use crate::limits::ABORT_DAYS;

/// The name of the rule that is added.
const RULE_ID: &str = "abort-uploads-given-up";

pub(super) async fn check(ground: &Ground<'_>) -> Tried<Finding> {
    let check = Check::Lifecycle;
    if ground.case.is_swept {
        return Ok(Finding::yes(check, "the service removes them"));
    }
    let client = ground.client()?;
    let found = client
        .get_bucket_lifecycle(ground.bucket(), ground.now())
        .await;
    let found = match found {
        Ok(found) => found,
        Err(error) if error.is(Refusal::AccessDenied) => {
            let why = "the key may not do s3:GetLifecycleConfiguration";
            return Ok(Finding::skipped(check, why));
        }
        Err(error) => {
            return match Failed::of(&error) {
                Failed::NotOffered(said) | Failed::Refused(said) => {
                    let detail = format!("no lifecycle rules: {said}");
                    Ok(Finding::not_offered(check, detail))
                }
                Failed::Unknown(why) => Err(why),
            };
        }
    };
    let finding = judge(ground, found.as_ref());
    if finding.answer == Answer::No && is_minio(ground).await {
        let detail = "MinIO removes them by itself, after a day (`api stale_uploads_expiry`)";
        return Ok(Finding::yes(check, detail));
    }
    Ok(finding)
}

/// MinIO takes no rule that aborts uploads, and has a setting for it (<https://github.com/minio/docs/issues/1216>).
async fn is_minio(ground: &Ground<'_>) -> bool {
    let target = ground.endpoint.bucket(ground.bucket());
    let reply = stranger(ground, Order::new("GET", &target)).await;
    let server = reply.ok().and_then(|reply| reply.header("server"));
    server.is_some_and(|server| server.starts_with("MinIO"))
}

fn judge(ground: &Ground<'_>, found: Option<&FoundLifecycle>) -> Finding {
    let check = Check::Lifecycle;
    if let Some(days) = found.and_then(|found| found.aborts_uploads_days("")) {
        let detail = format!("they are removed after {days} days");
        return Finding::yes(check, detail);
    }
    let (bucket, origin) = (ground.bucket(), ground.endpoint.origin());
    let (detail, fix) = match found {
        None => {
            let rule = json();
            let command = format!(
                "dropslip doctor --fix, or: aws s3api put-bucket-lifecycle-configuration --bucket {bucket} --endpoint-url \
                 {origin} --lifecycle-configuration '{{\"Rules\":[{rule}]}}'"
            );
            ("the bucket has no lifecycle rules".to_owned(), command)
        }
        Some(found) => {
            let rules = found.rules();
            let in_part = rules
                .iter()
                .filter(|rule| rule.is_enabled() && rule.abort_uploads_days().is_some());
            let detail = match (rules.len(), in_part.count()) {
                (1, 0) => "one rule, which does not abort uploads".to_owned(),
                (count, 0) => format!("{count} rules, none of which aborts uploads"),
                (_, _) => "rules abort uploads in a part of the bucket alone".to_owned(),
            };
            // Putting one rule would take the others away.
            let fix = format!(
                "dropslip doctor --fix, which keeps the other rules; or add to them: {}",
                json()
            );
            (detail, fix)
        }
    };
    let cause = "no rule removes uploads in parts that nobody completed, and their parts cost";
    Finding::no(check, detail, because("no_abort_rule", cause, fix))
}

/// The rule as the AWS command line reads it.
fn json() -> String {
    format!(
        "{{\"ID\":\"{RULE_ID}\",\"Status\":\"Enabled\",\"Filter\":{{\"Prefix\":\"\"}},\"AbortIncompleteMultipartUpload\":\
         {{\"DaysAfterInitiation\":{ABORT_DAYS}}}}}"
    )
}

/// The rules with one more that removes uploads in parts for all keys, and what that changes, a line each: `+` for what
/// comes, `-` for what goes. `None` when they are removed already.
pub(crate) fn with_abort_rule(
    existing: Option<&FoundLifecycle>,
) -> Option<(FoundLifecycle, Vec<String>)> {
    let none = FoundLifecycle::default();
    let existing = existing.unwrap_or(&none);
    if existing.aborts_uploads_days("").is_some() {
        return None;
    }
    let replaced = existing
        .rules()
        .iter()
        .find(|rule| rule.id() == Some(RULE_ID));
    let mut lines = Vec::new();
    if replaced.is_some() {
        lines.push(format!("- {RULE_ID} (disabled, or not for all keys)"));
    }
    lines.push(format!(
        "+ {RULE_ID}: uploads in parts that nobody completed are removed after {ABORT_DAYS} days"
    ));
    Some((existing.with_abort_rule(RULE_ID, "", ABORT_DAYS), lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rules: &str) -> FoundLifecycle {
        let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        FoundLifecycle::read(text.as_bytes()).expect("the rules of the test can be read")
    }

    #[test]
    fn the_rule_is_added_once() {
        let (rules, lines) = with_abort_rule(None).expect("there is none");
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(rules.aborts_uploads_days("any/key"), Some(ABORT_DAYS));
        assert_eq!(with_abort_rule(Some(&rules)), None);
    }

    #[test]
    fn other_rules_are_kept() {
        const OTHER: &str = "<Rule><ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>\
                             <Transition><Days>9</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>";
        let (rules, lines) = with_abort_rule(Some(&found(OTHER))).expect("it aborts nothing");
        assert!(rules.to_xml().contains(OTHER));
        assert_eq!((rules.rules().len(), lines.len()), (2, 1));
    }

    #[test]
    fn an_own_rule_that_is_disabled_is_replaced() {
        let own = format!(
            "<Rule><ID>{RULE_ID}</ID><Filter/><Status>Disabled</Status><AbortIncompleteMultipartUpload>\
             <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
        );
        let (rules, lines) = with_abort_rule(Some(&found(&own))).expect("it is disabled");
        assert_eq!((rules.rules().len(), lines.len()), (1, 2));
        assert!(lines[0].starts_with("- ") && lines[1].starts_with("+ "));
    }
}
