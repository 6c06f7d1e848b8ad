//! How a value is written so that a shell, a page or a program takes it as it is.

use dropslip_sigv4::Timestamp;

/// Quotes for a POSIX shell.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Quotes for JSON and JavaScript.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An attribute's value in HTML, with its quotes.
pub(super) fn attribute(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// `2013-05-24T00:00:00Z`
pub(super) fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_second(time.unix_s())
        .unwrap_or_default()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_take_what_is_quoted() {
        assert_eq!(shell("a'b $HOME"), r"'a'\''b $HOME'");
    }

    #[test]
    fn pages_take_what_is_quoted() {
        assert_eq!(
            attribute(r#"<a href="x">&amp; 'é'"#),
            r#""&lt;a href=&quot;x&quot;&gt;&amp;amp; 'é'""#
        );
    }
}
