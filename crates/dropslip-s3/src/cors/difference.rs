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
#[must_use]
pub fn difference(before: &[CorsRule], after: &[CorsRule]) -> Vec<Line> {
    let (before, after) = (lines(before), lines(after));
    // How long the longest common run of lines is, behind each pair of places.
    let mut common = vec![vec![0_usize; after.len() + 1]; before.len() + 1];
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in after.iter().enumerate().rev() {
            common[i][j] = match old == new {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let mut all = Vec::with_capacity(before.len() + after.len());
    let (mut i, mut j) = (0, 0);
    let mut add = |change, text: &str| {
        let text = text.to_owned();
        all.push(Line { change, text });
    };
    loop {
        match (before.get(i), after.get(j)) {
            (Some(old), Some(new)) if old == new => {
                add(Change::Same, old);
                (i, j) = (i + 1, j + 1);
            }
            (Some(old), new) if new.is_none() || common[i + 1][j] >= common[i][j + 1] => {
                add(Change::Removed, old);
                i += 1;
            }
            (_, Some(new)) => {
                add(Change::Added, new);
                j += 1;
            }
            (_, None) => return all,
        }
    }
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
