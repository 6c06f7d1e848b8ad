//! `dropslip cors apply`: the smallest change, shown before it is made and looked at after.

use std::fs::File;
use std::io::{self, Read as _};
use std::process::ExitCode;
use std::time::Duration;

use dropslip_s3::ObjectKey;
use dropslip_s3::client::Page;
use dropslip_s3::cors::preflight::{Judged, judge};
use dropslip_s3::cors::{
    Asked, Change, CorsConfiguration, CorsRule, FoundCors, Line, difference, explain, json, merge,
    needed, rule_origin,
};
use dropslip_s3::limits::CORS_RULES_MAX;
use dropslip_s3::xml::read_cors_configuration;

use super::ask::Ask;
use super::{Bucket, checked, failed, paste, picture, requests};
use crate::args::cors::{Apply, Pages};
use crate::cmd::storage::{Chosen, bucket_of, now};
use crate::failure::Failure;
use crate::ink::Ink;
use crate::limits::{
    CORS_FILE_BYTES_MAX, CORS_FILE_PREFLIGHTS_MAX, CORS_SETTLE_PAUSE_S, CORS_SETTLE_PAUSES_MAX,
};
use crate::terminal::{self, Look};

/// Lines of a difference that are shown around each change.
const CONTEXT: usize = 3;

/// Changes the rules; 1 if the storage still says no, or the person did.
pub(super) async fn run(args: &Apply) -> Result<ExitCode, Failure> {
    let pages = checked(&args.pages, rule_origin)?;
    let wanted = wanted(args, &pages)?;
    if pages.origins.iter().any(|origin| origin == "null") {
        terminal::talk(
            "note: `null` is the origin of every sandboxed frame and local file, whosever it is",
        );
    }
    let name = bucket_of(&args.bucket)?;
    let bucket = Bucket::new(name.clone(), Chosen::from(&args.storage, &name)?)?;
    let mut before = present(&bucket).await?;
    let (after, is_changed) = loop {
        let after = wanted.beside(&before)?;
        let lines = difference(&before.rules, &after);
        let is_same = lines.iter().all(|line| line.change == Change::Same);
        match is_same {
            true => terminal::talk(&format!("{}: nothing to change", bucket.shown())),
            false => show(&bucket, &lines, &before),
        }
        if args.dry_run {
            terminal::data(&json::write(&after));
            return Ok(ExitCode::SUCCESS);
        }
        if is_same {
            break (after, false);
        }
        lost(&before, &wanted, &bucket, args)?;
        if !is_agreed(args, &bucket)? {
            terminal::talk("nothing was written");
            return Ok(ExitCode::from(1));
        }
        // Somebody else may have written while a person thought.
        let meanwhile = present(&bucket).await?;
        if meanwhile == before {
            write(&bucket, &after).await?;
            break (after, true);
        }
        terminal::talk("the rules were changed meanwhile; this is what it would be now");
        before = meanwhile;
    };
    let asked = match args.file {
        Some(_) => of_rules(&after),
        None => owned(&requests(&pages)),
    };
    look(&bucket, &asked, is_changed).await
}

/// The rules as they are.
async fn present(bucket: &Bucket) -> Result<FoundCors, Failure> {
    let found = bucket.rules().await;
    let found = found.map_err(|error| failed("read the CORS rules", &error))?;
    Ok(found.unwrap_or_default())
}

/// What is to be there afterwards.
enum Wanted {
    All(Vec<CorsRule>),
    /// This, beside the rules that are there.
    Also(CorsRule),
}

impl Wanted {
    /// All rules as they are to be, by those that are there.
    fn beside(&self, present: &FoundCors) -> Result<Vec<CorsRule>, Failure> {
        let rules = match self {
            Self::All(rules) => rules.clone(),
            Self::Also(rule) => merge(&present.rules, rule),
        };
        match rules.len() > CORS_RULES_MAX {
            false => Ok(rules),
            true => Err(Failure::new(format!(
                "there would be {} rules, and a bucket has at most {CORS_RULES_MAX}",
                rules.len()
            ))
            .hint("remove some: write the rules by `dropslip cors show`, change them, and give them to `--file`")),
        }
    }
}

fn wanted(args: &Apply, pages: &Pages) -> Result<Wanted, Failure> {
    if let Some(file) = &args.file {
        return Ok(Wanted::All(read(file)?));
    }
    let asked = requests(pages);
    if asked.is_empty() {
        return Err(Failure::new("it is not said which pages will upload")
            .hint("--origin https://app.example   (or `--file rules.json` for all rules)"));
    }
    let rule = needed(&asked);
    let checked = CorsConfiguration::new(vec![rule.clone()]);
    checked.map_err(|error| Failure::new(error.to_string()))?;
    Ok(Wanted::Also(rule))
}

/// Rules of a file, as S3 takes them.
fn read(file: &str) -> Result<Vec<CorsRule>, Failure> {
    let failed = |error: io::Error| Failure::new(format!("cannot read `{file}`: {error}"));
    let mut bytes = Vec::new();
    match file {
        "-" => io::stdin()
            .lock()
            .take(CORS_FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes),
        path => File::open(path)
            .map_err(failed)?
            .take(CORS_FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes),
    }
    .map_err(failed)?;
    if bytes.len() as u64 > CORS_FILE_BYTES_MAX {
        return Err(Failure::new(format!(
            "`{file}` is larger than {CORS_FILE_BYTES_MAX} bytes, which no CORS rules are"
        )));
    }
    let wrong = |error: String| {
        Failure::new(format!("`{file}` has no CORS rules that S3 takes: {error}"))
            .hint("write them as `dropslip cors show` prints them, in JSON or XML")
    };
    // Editors of Windows begin a file with the mark of UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let rules = match bytes.trim_ascii_start().starts_with(b"<") {
        true => read_cors_configuration(bytes).map_err(|error| wrong(error.to_string()))?,
        false => json::read(bytes)
            .and_then(CorsConfiguration::new)
            .map_err(|error| wrong(error.to_string()))?,
    };
    Ok(rules.into())
}

/// Shows the difference as a unified one, with some lines around each change.
fn show(bucket: &Bucket, lines: &[Line], before: &FoundCors) {
    let look = terminal::talk_look();
    let mut text = format!("{}, CORS rules:", bucket.shown());
    if before.rules.is_empty() {
        text = format!("{}, which has no CORS rules yet:", bucket.shown());
    }
    let is_near = |index: usize| {
        let near = index.saturating_sub(CONTEXT)..(index + CONTEXT + 1).min(lines.len());
        lines[near].iter().any(|line| line.change != Change::Same)
    };
    let mut is_left_out = false;
    for (index, line) in lines.iter().enumerate() {
        if !is_near(index) {
            is_left_out = true;
            continue;
        }
        if std::mem::take(&mut is_left_out) {
            text.push_str("\n  …");
        }
        text.push('\n');
        text.push_str(&marked(line, look));
    }
    if is_left_out {
        text.push_str("\n  …");
    }
    terminal::talk(&text);
}

fn marked(line: &Line, look: Look) -> String {
    let text = format!("{} {}", line.change.mark(), line.text);
    match line.change {
        Change::Same => text,
        Change::Added => look.inked(Ink::Green, &text),
        Change::Removed => look.inked(Ink::Red, &text),
    }
}

/// Refuses to write rules again of which something would be lost; who replaces them all wants that.
fn lost(before: &FoundCors, wanted: &Wanted, bucket: &Bucket, args: &Apply) -> Result<(), Failure> {
    let [first, ..] = &before.not_kept[..] else {
        return Ok(());
    };
    match wanted {
        Wanted::All(_) => {
            for lost in &before.not_kept {
                terminal::talk(&format!("will be lost: {lost}, which S3 does not have"));
            }
            Ok(())
        }
        Wanted::Also(_) => {
            let show = paste::show("show", &bucket.name, &args.storage);
            let apply = paste::show("apply", &bucket.name, &args.storage);
            Err(Failure::new(format!(
                "{first}, which S3 does not have, and which would be lost by writing the rules again"
            ))
            .hint(format!(
                "write them where the storage keeps them; or do without it:\n      {show} > rules.json\n      \
                 {apply} --file rules.json"
            )))
        }
    }
}

fn is_agreed(args: &Apply, bucket: &Bucket) -> Result<bool, Failure> {
    if args.yes {
        return Ok(true);
    }
    let is_used = args.file.as_deref() == Some("-");
    let answer = match is_used {
        true => None,
        false => terminal::ask(&format!("write these rules to s3://{}?", bucket.name)),
    };
    answer.ok_or_else(|| {
        Failure::new("nobody can be asked whether to write these rules")
            .hint("add `--yes` to write them, or `--dry-run` to see them only")
    })
}

/// Writes, and reads back what the storage made of it.
async fn write(bucket: &Bucket, rules: &[CorsRule]) -> Result<(), Failure> {
    let written = bucket
        .client
        .put_bucket_cors(&bucket.name, rules, now())
        .await;
    written.map_err(|error| failed("write the CORS rules", &error))?;
    let found = bucket.rules().await;
    let found = found.map_err(|error| failed("read the CORS rules back", &error))?;
    let found = found.unwrap_or_default().rules;
    // IDs are for people, and some storages give their own.
    let without_ids = |rules: &[CorsRule]| {
        let rules = rules.iter().cloned();
        let rules = rules.map(|rule| CorsRule { id: None, ..rule });
        rules.collect::<Vec<_>>()
    };
    if without_ids(&found) == without_ids(rules) {
        terminal::talk(&format!("written, and read back: {}", count(rules.len())));
        return Ok(());
    }
    terminal::talk("written, but the storage keeps something else:");
    let look = terminal::talk_look();
    let lines = difference(rules, &found);
    let changed = lines.iter().filter(|line| line.change != Change::Same);
    changed.for_each(|line| terminal::talk(&marked(line, look)));
    Ok(())
}

fn count(rules: usize) -> String {
    match rules {
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    }
}

/// A request of a page, with words of its own.
struct Wish {
    origin: String,
    method: String,
    headers: Vec<String>,
}

impl Wish {
    fn asked(&self) -> Asked<'_> {
        Asked {
            origin: &self.origin,
            method: &self.method,
            headers: self.headers.iter().map(String::as_str).collect(),
        }
    }
}

/// The same requests with something in place of each `*`.
fn owned(asked: &[Asked<'_>]) -> Vec<Wish> {
    let wish = |asked: &Asked<'_>| Wish {
        origin: example(asked.origin),
        method: asked.method.to_owned(),
        headers: asked
            .headers
            .iter()
            .map(|name| name.replace('*', "x"))
            .collect(),
    };
    asked.iter().map(wish).collect()
}

/// An origin that a pattern covers.
fn example(pattern: &str) -> String {
    match pattern {
        "*" => "https://dropslip.example".to_owned(),
        _ if pattern.ends_with(":*") => pattern.replace('*', "8080"),
        _ => pattern.replace('*', "dropslip"),
    }
}

/// What the rules of a file should let pass.
fn of_rules(rules: &[CorsRule]) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for rule in rules {
        for origin in &rule.allowed_origins {
            for method in &rule.allowed_methods {
                let names = rule.allowed_headers.iter();
                let mut headers: Vec<_> = names
                    .map(|name| name.to_ascii_lowercase().replace('*', "x"))
                    .collect();
                headers.sort_unstable();
                headers.dedup();
                wishes.push(Wish {
                    origin: example(origin),
                    method: method.clone(),
                    headers,
                });
            }
        }
    }
    // An origin with a mistake fits nothing that browsers send; that is `check`'s to say.
    wishes.retain(|wish| explain(rules, &wish.asked()).matched.is_some());
    wishes.truncate(CORS_FILE_PREFLIGHTS_MAX);
    wishes
}

/// Makes the preflights, some more than once, since a storage may need a moment to go by new rules. What it does not
/// let pass after that, it says at once of the others.
async fn look(bucket: &Bucket, wishes: &[Wish], is_new: bool) -> Result<ExitCode, Failure> {
    let trouble = |error| failed("make the preflight", &error);
    let ask = Ask {
        page: Page::new(&bucket.endpoint).map_err(trouble)?,
        endpoint: &bucket.endpoint,
        bucket: &bucket.name,
        key: ObjectKey::parse("dropslip-check").expect("a plain word is a key"),
    };
    let mut is_well = true;
    let mut pauses = if is_new { CORS_SETTLE_PAUSES_MAX } else { 0 };
    for wish in wishes {
        let asked = wish.asked();
        let what = format!("{} from {}", asked.method, asked.origin);
        let mut answered = ask.preflight(&asked).await.map_err(trouble)?;
        while pauses > 0 && judge(&asked, &answered) != Judged::Allowed {
            pauses -= 1;
            terminal::progress(&format!("{what}: not yet"));
            tokio::time::sleep(Duration::from_secs(CORS_SETTLE_PAUSE_S)).await;
            answered = ask.preflight(&asked).await.map_err(trouble)?;
        }
        let judged = judge(&asked, &answered);
        let is_allowed = judged == Judged::Allowed;
        is_well &= is_allowed;
        terminal::talk(&match is_allowed {
            true => format!("yes  {what}"),
            false => format!(
                "no   {what}: the preflight was answered {}{}",
                answered.shown(),
                picture::judged(&judged)
            ),
        });
    }
    Ok(match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_for_each_star() {
        for (pattern, origin) in [
            ("*", "https://dropslip.example"),
            ("https://*.app.example", "https://dropslip.app.example"),
            ("http://localhost:*", "http://localhost:8080"),
            ("https://app.example", "https://app.example"),
        ] {
            assert_eq!(example(pattern), origin);
            assert!(dropslip_s3::cors::fits(pattern, origin));
        }
    }
}
