//! Characters that steer whoever shows them: names of files and words of storages come from strangers, and are shown on
//! terminals and in logs.

/// Whether a terminal would obey the character instead of showing it: it moves the cursor, or turns the direction of
/// writing ([Unicode Standard Annex 9](https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters)).
#[must_use]
pub fn steers(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers() {
        assert!(
            "\0\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{200e}\u{202e}\u{2069}"
                .chars()
                .all(steers)
        );
        assert!(
            !"a \u{e9}\u{a0}\u{200d}\u{2028}\u{206a}\u{1f600}"
                .chars()
                .any(steers)
        );
    }
}
