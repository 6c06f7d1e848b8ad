//! `dropslip cors show`

use std::process::ExitCode;

use dropslip_s3::cors::{CorsRule, FoundCors, json};
use dropslip_s3::xml::cors_rules;

use super::{Bucket, failed, paste};
use crate::args::cors::{Format, Show};
use crate::cmd::storage::{Chosen, bucket_of};
use crate::failure::Failure;
use crate::terminal;

/// Prints the rules; 1 if there are none.
pub(super) async fn run(args: &Show) -> Result<ExitCode, Failure> {
    let name = bucket_of(&args.bucket)?;
    let chosen = Chosen::from(&args.storage, &name)?;
    let bucket = Bucket::new(name, chosen)?;
    let found = bucket.rules().await;
    let found = found.map_err(|error| failed("read the CORS rules", &error))?;
    let Some(found) = found else {
        let command = paste::show("apply", &bucket.name, &args.storage);
        let mut failure = Failure::new(format!(
            "{} has no CORS rules, so no page of another origin may use it",
            bucket.shown()
        ));
        failure.exit_code = 1;
        return Err(failure.hint(format!("{command} --origin https://app.example")));
    };
    let usual = match terminal::is_read_by_a_person() {
        true => Format::Table,
        false => Format::Json,
    };
    terminal::data(&match args.format.unwrap_or(usual) {
        Format::Json => json::write(&found.rules),
        Format::Xml => cors_rules(&found.rules),
        Format::Table => table(&bucket, &found),
    });
    for left_out in &found.not_kept {
        terminal::talk(&format!("left out: {left_out}, which S3 does not have"));
    }
    Ok(ExitCode::SUCCESS)
}

fn table(bucket: &Bucket, found: &FoundCors) -> String {
    let count = match found.rules.len() {
        1 => "1 CORS rule".to_owned(),
        count => format!("{count} CORS rules"),
    };
    let mut text = format!("{}: {count}", bucket.shown());
    for (index, rule) in found.rules.iter().enumerate() {
        text.push_str("\n\n");
        text.push_str(&one(index, rule));
    }
    text
}

/// A rule with its lists, each on lines of its own: origins below each other, names beside each other.
fn one(index: usize, rule: &CorsRule) -> String {
    let mut text = format!("rule {}", index + 1);
    if let Some(id) = &rule.id {
        text.push_str(&format!("  {}", id.escape_debug()));
    }
    let mut line = |name: &str, value: &str| {
        text.push_str(&format!("\n  {name:<8} {}", value.escape_debug()));
    };
    let joined = |list: &[String]| match list.is_empty() {
        true => "none".to_owned(),
        false => list.join(", "),
    };
    for (index, origin) in rule.allowed_origins.iter().enumerate() {
        line(if index == 0 { "origins" } else { "" }, origin);
    }
    line("methods", &joined(&rule.allowed_methods));
    line("headers", &joined(&rule.allowed_headers));
    line("exposes", &joined(&rule.expose_headers));
    if let Some(seconds) = rule.max_age_s {
        line("kept for", &format!("{seconds} s"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_for_people() {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let rule = CorsRule {
            id: Some("up\nloads".to_owned()),
            allowed_origins: owned(&["https://a.example", "https://b.example"]),
            allowed_methods: owned(&["GET", "PUT"]),
            allowed_headers: Vec::new(),
            expose_headers: owned(&["ETag"]),
            max_age_s: Some(60),
        };
        assert_eq!(
            one(1, &rule),
            "rule 2  up\\nloads\n  origins  https://a.example\n           https://b.example\n  methods  GET, PUT\n  \
             headers  none\n  exposes  ETag\n  kept for 60 s"
        );
    }
}
