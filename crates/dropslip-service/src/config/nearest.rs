//! The right name beside a wrong one. The readers of TOML say which names they know; the nearest is pointed out.

use strsim::damerau_levenshtein;

/// Adds to a reader's message which name was probably meant.
pub(super) fn with_nearest(message: &str) -> String {
    let message = message.trim().replace('\n', ", ");
    let Some((wrong, expected)) = message.split_once(", expected ") else {
        return message;
    };
    let is_name = wrong.starts_with("unknown field ") || wrong.starts_with("unknown variant ");
    let Some(name) = quoted(wrong).next().filter(|_| is_name) else {
        return message;
    };
    match nearest(name, quoted(expected)) {
        Some(right) => format!("{wrong}, did you mean `{right}`? expected {expected}"),
        None => message,
    }
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let wrong = plain(name);
    let distance = |right: &str| damerau_levenshtein(&wrong, &plain(right));
    // As many slips as a person makes in a word of that length.
    let most = 1 + name.chars().count() / 4;
    known
        .map(|right| (distance(right), right))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, right)| right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let known = ["bucket", "key", "maxSize", "minSize", "multipartAbove"];
        let check = |wrong: &str, right: Option<&str>| {
            assert_eq!(nearest(wrong, known.into_iter()), right, "{wrong}");
        };
        check("maxsize", Some("maxSize"));
        check("max_size", Some("maxSize"));
        check("max-size", Some("maxSize"));
        check("maxSzie", Some("maxSize"));
        check("buket", Some("bucket"));
        check("kye", Some("key"));
        check("multipart-above", Some("multipartAbove"));
        check("accept", None);
        check("x", None);
        check("", None);
    }

    #[test]
    fn messages() {
        assert_eq!(
            with_nearest("unknown field `kye`, expected one of `bucket`, `key`\n"),
            "unknown field `kye`, did you mean `key`? expected one of `bucket`, `key`"
        );
        for same in [
            "unknown field `x`, expected one of `bucket`, `key`",
            "invalid type: integer `5`, expected a string",
            "missing field `key`",
            "",
        ] {
            assert_eq!(with_nearest(same), same);
        }
    }
}
