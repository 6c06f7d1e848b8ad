//! The files of what was found, and the table that the page has of them.

use std::fs;
use std::path::PathBuf;

use super::found::{Found, Step};
use super::{ALL, Storage};
use crate::repo::Repo;

const BEGIN: &str = "<!-- What follows is made by `cargo xtask storages`. -->\n";
const END: &str = "<!-- What was made ends here. -->\n";

/// Writes what was found at one storage.
pub(super) fn keep(repo: &Repo, storage: Storage, found: &Found) -> Result<(), String> {
    let path = path_of(repo, storage);
    fs::write(&path, found.to_json())
        .map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

/// What was found at it when somebody looked last.
pub(super) fn kept(repo: &Repo, storage: Storage) -> Result<Found, String> {
    let path = path_of(repo, storage);
    let text = fs::read_to_string(&path).map_err(|error| error.to_string());
    text.and_then(|text| Found::from_json(&text))
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// Writes the table into the page.
pub(super) fn write(repo: &Repo) -> Result<(), String> {
    match difference(repo)? {
        None => Ok(()),
        Some(text) => fs::write(page(repo), text)
            .map_err(|error| format!("cannot write `{}`: {error}", page(repo).display())),
    }
}

/// The page as it should be, if it is not.
pub(super) fn difference(repo: &Repo) -> Result<Option<String>, String> {
    let all: Result<Vec<_>, String> = ALL
        .iter()
        .map(|one| Ok((*one, kept(repo, *one)?)))
        .collect();
    let path = page(repo);
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let lacks = || format!("`{}` lacks `{}`", path.display(), BEGIN.trim());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(lacks)?;
    let (_, after) = rest.split_once(END).ok_or_else(lacks)?;
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", made(&all?));
    Ok((wanted != text).then_some(wanted))
}

/// The table, and below it what each storage lacks.
fn made(all: &[(Storage, Found)]) -> String {
    let row = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let cells = |first: &'static str, cell: &dyn Fn(&(Storage, Found)) -> String| {
        let cells: Vec<String> = all.iter().map(cell).collect();
        row([first]
            .into_iter()
            .chain(cells.iter().map(String::as_str))
            .collect())
    };
    let mut text = cells("", &|(storage, _)| storage.title.to_owned());
    text += &format!("|{}\n", "---|".repeat(all.len() + 1));
    text += &cells("version", &|(_, found)| found.version.clone());
    for step in rows(all) {
        let of = |(_, found): &(Storage, Found)| found.step(&step.id).map_or("", word).to_owned();
        let each: Vec<String> = all.iter().map(of).collect();
        let title = format!("{} (`{}`)", step.title, step.id);
        text += &row([title.as_str()]
            .into_iter()
            .chain(each.iter().map(String::as_str))
            .collect());
    }
    for (storage, found) in all {
        text += &format!("\n**{}**{}\n", storage.title, lacks(found));
    }
    text
}

/// Each step that was made anywhere, in the doctor's order.
fn rows(all: &[(Storage, Found)]) -> Vec<&Step> {
    let mut rows: Vec<&Step> = Vec::new();
    for (_, found) in all {
        let mut at = 0;
        for step in &found.steps {
            match rows.iter().position(|row| row.id == step.id) {
                Some(found) => at = found + 1,
                None => {
                    rows.insert(at, step);
                    at += 1;
                }
            }
        }
    }
    rows.retain(|row| {
        let tried = |found: &Found| {
            found
                .step(&row.id)
                .is_some_and(|step| step.answer != "skipped")
        };
        all.iter().any(|(_, found)| tried(found))
    });
    rows
}

fn word(step: &Step) -> &'static str {
    match step.answer.as_str() {
        "yes" => "yes",
        "no" => "**no**",
        "not-offered" => "not offered",
        _ => "–",
    }
}

/// In words.
fn lacks(found: &Found) -> String {
    let of = |answer: &str| {
        let steps = found.steps.iter().filter(|step| step.answer == answer);
        let each = steps.map(|step| match &step.cause {
            Some(cause) => format!("{} (`{cause}`)", step.title),
            None => step.title.clone(),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    let mut text = String::new();
    for (answer, words) in [
        ("no", "does not hold"),
        ("not-offered", "does not offer"),
        ("skipped", "was not asked"),
    ] {
        let steps = of(answer);
        if !steps.is_empty() {
            let and = if text.is_empty() { "" } else { ";" };
            text += &format!("{and} {words}: {steps}");
        }
    }
    match text.is_empty() {
        true => " holds all of it.".to_owned(),
        false => text + ".",
    }
}

fn path_of(repo: &Repo, storage: Storage) -> PathBuf {
    repo.root
        .join(format!("tests/storages/{}.json", storage.name))
}

fn page(repo: &Repo) -> PathBuf {
    repo.root.join("docs/reference/storages.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_and_words() {
        let found = |version: &str, checks: &str| {
            let text = format!(r#"{{"version": "{version}", "can": {{}}, "checks": [{checks}]}}"#);
            Found::from_json(&text).unwrap()
        };
        let step = |id: &str, answer: &str, cause: &str| {
            format!(
                r#"{{"id": "{id}", "title": "The {id}", "answer": "{answer}", "cause": {cause}}}"#
            )
        };
        let one = [step("put", "yes", "null"), step("post", "yes", "null")].join(",");
        let two = [
            step("put", "no", "\"put_refused\""),
            step("acl", "not-offered", "null"),
            step("post", "skipped", "null"),
            step("tls", "skipped", "null"),
        ];
        let all = [
            (ALL[0], found("1", &one)),
            (ALL[1], found("2", &two.join(","))),
        ];
        assert_eq!(
            made(&all),
            "|  | Dropslip's store | Ceph |\n|---|---|---|\n| version | 1 | 2 |\n\
             | The put (`put`) | yes | **no** |\n| The acl (`acl`) |  | not offered |\n\
             | The post (`post`) | yes | – |\n\n**Dropslip's store** holds all of it.\n\n\
             **Ceph** does not hold: The put (`put_refused`); does not offer: The acl; was not asked: The post, The tls.\n"
        );
    }
}
