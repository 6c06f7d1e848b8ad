//! How two sets of rules differ, line by line, for people.

use super::CorsRule;

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What becomes of it.
    pub change: Change,
    /// The line: the head of a rule, or one value of it.
    pub text: String,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays.
    Same,
    /// It comes.
    Added,
    /// It goes.
    Removed,
}

impl Change {
    /// How a unified difference marks it.
    #[must_use]
    pub fn mark(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}

/// All lines of both, in order; no line has changed when the rules are the same.
///
/// Rules are told apart first, then the lines of those that belong together: otherwise a line of one rule would pair
/// with the same line of the next.
#[must_use]
pub fn difference(before: &[CorsRule], after: &[CorsRule]) -> Vec<Line> {
    let of = |rule: Option<&CorsRule>| rule.map(|rule| lines(std::slice::from_ref(rule)));
    let mut all = Vec::new();
    for (old, new) in aligned(before, after, alike) {
        let (old, new) = (of(old).unwrap_or_default(), of(new).unwrap_or_default());
        for (old, new) in aligned(&old, &new, |old, new| (old == new).into()) {
            let (change, text) = match (old, new) {
                (Some(text), Some(_)) => (Change::Same, text),
                (Some(text), None) => (Change::Removed, text),
                (None, Some(text)) => (Change::Added, text),
                (None, None) => continue,
            };
            let text = text.clone();
            all.push(Line { change, text });
        }
    }
    all
}

/// How much speaks for it that two rules are one that was changed: most if it was not.
fn alike(old: &CorsRule, new: &CorsRule) -> u32 {
    let has_same_id = old.id.is_some() && old.id == new.id;
    let has_same_origins = old.allowed_origins == new.allowed_origins;
    match old == new {
        true => 4,
        false => 2 * u32::from(has_same_id) + u32::from(has_same_origins),
    }
}

/// Pairs of what belongs together, in order, and what has no counterpart with nothing. What weighs 0 is no pair; of
/// all ways in order, it is one that weighs most.
fn aligned<'a, T: PartialEq>(
    before: &'a [T],
    after: &'a [T],
    weight: impl Fn(&T, &T) -> u32,
) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let both = |(old, new): (&'a T, &'a T)| (Some(old), Some(new));
    let is_same = |(old, new): &(&T, &T)| old == new;
    // Mostly a little changes in much that stays.
    let start = before.iter().zip(after).take_while(is_same).count();
    let (head, before) = before.split_at(start);
    let (_, after) = after.split_at(start);
    let tail = before.iter().rev().zip(after.iter().rev());
    let end = tail.take_while(is_same).count();
    let (before, tail) = before.split_at(before.len() - end);
    let (after, _) = after.split_at(after.len() - end);
    // How much the best way weighs behind each pair of places.
    let mut best = vec![vec![0_u32; after.len() + 1]; before.len() + 1];
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in after.iter().enumerate().rev() {
            let paired = match weight(old, new) {
                0 => 0,
                weight => best[i + 1][j + 1] + weight,
            };
            best[i][j] = paired.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let mut all: Vec<_> = head.iter().zip(head).map(both).collect();
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < after.len() {
        let here = match (before.get(i), after.get(j)) {
            (Some(old), Some(new)) => match weight(old, new) {
                0 => None,
                weight => (best[i][j] == best[i + 1][j + 1] + weight).then_some((old, new)),
            },
            _ => None,
        };
        if let Some(pair) = here {
            all.push(both(pair));
            (i, j) = (i + 1, j + 1);
        } else if i < before.len() && (j == after.len() || best[i][j] == best[i + 1][j]) {
            all.push((before.get(i), None));
            i += 1;
        } else {
            all.push((None, after.get(j)));
            j += 1;
        }
    }
    all.extend(tail.iter().zip(tail).map(both));
    all
}

/// Rules as lines: a head, and one line for each value, by S3's names.
#[must_use]
pub fn lines(rules: &[CorsRule]) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in rules {
        let id = rule.id.as_deref().unwrap_or_default();
        lines.push(
            format!("CORSRule {}", id.escape_debug())
                .trim_end()
                .to_owned(),
        );
        for (name, values) in [
            ("AllowedOrigin", &rule.allowed_origins),
            ("AllowedMethod", &rule.allowed_methods),
            ("AllowedHeader", &rule.allowed_headers),
            ("ExposeHeader", &rule.expose_headers),
        ] {
            let values = values.iter();
            lines.extend(values.map(|value| format!("  {name:<13}  {}", value.escape_debug())));
        }
        lines.extend(rule.max_age_s.map(|s| format!("  MaxAgeSeconds  {s}")));
    }
    lines
}
