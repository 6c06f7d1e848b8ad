//! READMEs as text: what is found in them, and what is refused.

use super::*;

/// The blocks as short text: `line mark: command => output`.
fn check(markdown: &str, expect: &[&str]) {
    let found = blocks(markdown).expect("the README can be read");
    let mut shown = Vec::new();
    for block in &found {
        let mark = match (&block.not_run, block.check) {
            (Some(reason), _) => format!("not run ({reason})"),
            (None, true) => "check".to_owned(),
            (None, false) => "run".to_owned(),
        };
        for command in &block.commands {
            let output = command.output.join("|");
            shown.push(format!(
                "{} {mark}: {} => {output}",
                command.line, command.text
            ));
        }
    }
    assert_eq!(shown, expect);
}

fn check_refused(markdown: &str, expect: &str) {
    assert_eq!(blocks(markdown).unwrap_err(), expect, "{markdown}");
}

#[test]
fn finds_commands_and_their_output() {
    check("", &[]);
    check("# Title\n\nText with `$ code`.\n", &[]);
    check("```console\n$ one\n```\n", &["2 run: one => "]);
    check(
        "text\n```console\n$ one\nout 1\nout 2\n\n$ two\n```\n",
        &["3 run: one => out 1|out 2|", "7 run: two => "],
    );
    check(
        "```console\n$ one \\\n    -b \\\n    -c\nout\n```",
        &["2 run: one \\\n    -b \\\n    -c => out"],
    );
    check(
        "```console,check\n$ one\nout\n```",
        &["2 check: one => out"],
    );
}

#[test]
fn passes_over_other_blocks() {
    check("```js\n$ one\n```\n", &[]);
    check("```\n$ one\n```\n", &[]);
    check("````md\n```console\n$ one\n```\n````\n", &[]);
    check(
        "- item\n\n  ```console\n$ one\n  ```\n",
        &["4 run: one => "],
    );
}

#[test]
fn a_block_can_be_left_out_with_a_reason() {
    check(
        "<!-- not run: needs a cloud -->\n```console\n$ one\n```\n```console\n$ two\n```",
        &["3 not run (needs a cloud): one => ", "6 run: two => "],
    );
    check("<!-- not run: another shell -->\n```sh\none\n```\n", &[]);
    check(
        "<!-- a comment -->\n```console\n$ one\n```",
        &["3 run: one => "],
    );
}

#[test]
fn refuses_what_it_cannot_run() {
    check_refused("```console\n$ one\n", "line 1: the block has no end");
    check_refused(
        "```console\n```",
        "line 1: a console block without a command",
    );
    check_refused(
        "```console\nout\n$ one\n```",
        "line 2: a console block begins with `$ `",
    );
    check_refused(
        "```console\n$ one \\\n```",
        "line 1: its last command is not finished",
    );
    check_refused(
        "```console,chek\n$ one\n```",
        "line 1: unknown mark `console,chek`",
    );
    check_refused(
        "\n```sh\none\n```",
        "line 2: mark it `console` so that it is run, not `sh`",
    );
    check_refused(
        "```bash\n$ one\n```",
        "line 1: mark it `console` so that it is run, not `bash`",
    );
    check_refused(
        "<!-- not run: -->\n```console\n$ a\n```",
        "line 1: `not run` wants a reason",
    );
    check_refused(
        "<!-- not run: why -->\n\n```console\n$ a\n```",
        "line 1: no console block follows `not run`",
    );
}

#[test]
fn output_fits_with_wildcards() {
    let check = |shown: &str, printed: &str, expect: bool| {
        let shown: Vec<String> = shown.lines().map(str::to_owned).collect();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(fits(&shown, &lines), expect, "{shown:?} and {lines:?}");
    };
    check("", "", true);
    check("a\nb", "a\nb", true);
    check("a  ", "a", true);
    check("...", "", true);
    check("...", "a\nb", true);
    check("a\n...\nd", "a\nb\nc\nd", true);
    check("a\n...\nd", "a\nd", true);
    check("id [..] ok", "id 1234 ok", true);
    check("[..]b[..]c", "abbc", true);
    check("[..]", "", false);
    check("[..]\n", "\n", true);
    check("", "a", false);
    check("a", "", false);
    check("a\nb", "a", false);
    check("a", "a\nb", false);
    check("a\n...\nd", "a\nb", false);
    check("id [..] ok", "id 1234 no", false);
    check("id [..] ok", "xid 1 ok", false);
    check("[..]a[..]b", "ba", false);
}
