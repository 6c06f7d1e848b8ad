//! Rules that are shown and written.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::{PAGE, Shell, rule};
use crate::doctor::put_as;
use crate::meddler::{self, Message, Requests};

#[test]
fn from_no_rules_to_uploads() {
    let shell = Shell::new();
    let show = shell.run(&["show", "s3://uploads"]).is(1);
    show.says("has no CORS rules")
        .says("hint: dropslip cors apply s3://uploads --endpoint");
    let check = ["check", "s3://uploads", "--origin", PAGE];
    shell
        .run(&check)
        .is(1)
        .shows("no PUT from https://app.example with content-type")
        .shows("the bucket has no CORS rules")
        .shows("fix: dropslip cors apply s3://uploads --origin https://app.example --endpoint");
    let apply = ["apply", "s3://uploads", "--origin", PAGE, "--yes"];
    shell
        .run(&apply)
        .is(0)
        .says("which has no CORS rules yet:\n+ CORSRule dropslip\n+   AllowedOrigin  https://app.example\n")
        .says("written, and read back: 1 rule")
        .says("yes  PUT from https://app.example\nyes  POST from https://app.example");
    let rules = shell.rules();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].allowed_methods, ["PUT", "POST"]);
    assert_eq!(rules[0].allowed_headers, ["content-type"]);
    assert_eq!(rules[0].expose_headers, ["ETag"]);
    let checked = shell.run(&check).is(0).shows("by rule 1 `dropslip`");
    checked.lacks("note:").lacks("fix:");
    let again = shell.run(&apply).is(0).says("nothing to change");
    again.says("yes  PUT").lacks("written");
    assert_eq!(shell.rules(), rules);
}

#[test]
fn other_rules_stay() {
    let shell = Shell::new();
    let others = [
        rule(&["https://other.test"], &["GET"], &["x-*"]),
        rule(&["*"], &["GET", "HEAD"], &[]),
    ];
    shell.put(&others);
    let apply = |more: &[&str]| {
        let args = [&["apply", "s3://uploads", "--origin", PAGE], more].concat();
        shell.run(&args)
    };
    // Nobody can be asked, so nothing is written.
    let asked = apply(&[]).is(2).says("+ CORSRule dropslip").says("`--yes`");
    assert!(asked.out.is_empty());
    let dry = apply(&["--dry-run"]).is(0).says("+ CORSRule dropslip");
    let document: Value = serde_json::from_str(&dry.out).unwrap();
    assert_eq!(document["CORSRules"][2]["AllowedOrigins"][0], PAGE);
    assert_eq!(shell.rules(), others);
    let narrow = apply(&["--method", "put", "--header", "Content-Type", "--yes"]);
    narrow.is(0).says("\n  …\n").lacks("POST");
    let rules = shell.rules();
    assert_eq!(rules[..2], others);
    assert_eq!(rules[2].allowed_methods, ["PUT"]);
    let more = apply(&["--header", "x-amz-meta-*", "--header", "x-amz-acl", "--yes"]).is(0);
    more.says("+   AllowedMethod  POST")
        .says("+   AllowedHeader  x-amz-meta-*")
        .lacks("\n-");
    let rules = shell.rules();
    assert_eq!(rules.len(), 3);
    let headers = ["content-type", "x-amz-acl", "x-amz-meta-*"];
    assert_eq!(rules[2].allowed_headers, headers);
}

#[test]
fn stars_are_written_only_when_they_are_given() {
    let shell = Shell::new();
    let apply = |origin: &str| shell.run(&["apply", "s3://uploads", "--yes", "--origin", origin]);
    for (origin, why, meant) in [
        (
            "https://app.example/",
            "ends with a slash",
            "--origin https://app.example\n",
        ),
        (
            "https://app.example/up",
            "has a path",
            "--origin https://app.example\n",
        ),
        (
            "https://App.Example",
            "has capitals",
            "--origin https://app.example\n",
        ),
        ("app.example", "no scheme", "--origin https://app.example\n"),
        (
            "https://*.example/",
            "slash",
            "--origin 'https://*.example'\n",
        ),
        ("https://*.*.example", "one `*`", "https://app.example"),
    ] {
        let wrong = apply(origin).is(2).says(why);
        wrong.says("is no origin: ").says(meant);
    }
    apply("").is(2).says("no origin");
    assert!(shell.rules().is_empty());
    apply("https://*.example").is(0).says("yes  PUT");
    apply("*")
        .is(0)
        .says("+   AllowedOrigin  *")
        .says("yes  PUT");
    let origins: Vec<_> = shell
        .rules()
        .into_iter()
        .map(|rule| rule.allowed_origins)
        .collect();
    assert_eq!(origins, [["https://*.example"], ["*"]]);
    let check = shell.run(&["check", "s3://uploads", "--origin", "*"]).is(2);
    check.says("a page has no `*`");
    shell.run(&["apply", "s3://uploads"]).is(2).says("--origin");
    shell.run(&["check", "s3://uploads"]).is(2).says("--origin");
    let header = [
        "apply",
        "s3://uploads",
        "--origin",
        PAGE,
        "--header",
        "a: b",
    ];
    shell.run(&header).is(2).says("is no header name");
    shell
        .run(&["show", "s3://Uploads"])
        .is(2)
        .says("is no bucket");
}

#[test]
fn all_rules_from_a_file() {
    let shell = Shell::new();
    shell.put(&[rule(&["https://old.test"], &["GET"], &[])]);
    let written = [
        rule(&[PAGE, "https://b.test"], &["PUT"], &["content-type"]),
        rule(&["http://localhost:*"], &["PUT", "GET"], &["X-Amz-*"]),
    ];
    shell.put(&written);
    let json = shell.run(&["show", "s3://uploads"]).is(0).out;
    let xml = shell
        .run(&["show", "s3://uploads", "--format", "xml"])
        .is(0)
        .out;
    assert!(xml.contains("<AllowedOrigin>http://localhost:*</AllowedOrigin>"));
    let table = shell
        .run(&["show", "s3://uploads", "--format", "table"])
        .is(0);
    table.shows("2 CORS rules rule 1 origins https://app.example https://b.test methods PUT");
    for (name, text) in [("rules.json", &json), ("rules.xml", &xml)] {
        shell.put(&[rule(&["https://old.test"], &["GET"], &[])]);
        std::fs::write(shell.folder.path().join(name), text).unwrap();
        let apply = ["apply", "s3://uploads", "--file", name];
        shell
            .run(&apply)
            .is(2)
            .says("-   AllowedOrigin  https://old.test");
        let apply = [&apply[..], &["--yes"]].concat();
        let applied = shell.run(&apply).is(0);
        applied
            .says("yes  PUT from https://app.example")
            .says("yes  GET from http://localhost:8080");
        assert_eq!(shell.rules(), written);
    }
    shell.put(&[rule(&["https://old.test"], &["GET"], &[])]);
    let mut command = shell.command(
        shell.store.s3(),
        &["apply", "s3://uploads", "--file", "-", "--yes"],
    );
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(json.as_bytes()).unwrap();
    drop(input);
    assert!(child.wait().unwrap().success());
    assert_eq!(shell.rules(), written);
}

#[test]
fn files_that_are_no_rules() {
    let shell = Shell::new();
    let before = [rule(&["https://old.test"], &["GET"], &[])];
    shell.put(&before);
    for (text, why) in [
        ("", "EOF"),
        ("{}", "CORSRules"),
        ("[]", "1 to 100 rules"),
        (r#"[{"AllowedOrigin": ["*"]}]"#, "AllowedOrigins"),
        (
            r#"[{"AllowedOrigins": ["*"], "AllowedMethods": ["PATCH"]}]"#,
            "`PATCH`",
        ),
        ("<CORSConfiguration/>", "1 to 100 rules"),
        ("<html/>", "`html`"),
    ] {
        std::fs::write(shell.folder.path().join("rules"), text).unwrap();
        let apply = ["apply", "s3://uploads", "--yes", "--file", "rules"];
        shell
            .run(&apply)
            .is(2)
            .says("has no CORS rules that S3 takes")
            .says(why);
    }
    let apply = ["apply", "s3://uploads", "--yes", "--file", "missing"];
    shell.run(&apply).is(2).says("cannot read `missing`");
    let both = [&apply[..], &["--origin", PAGE]].concat();
    shell.run(&both).is(2).says("cannot be used with");
    assert_eq!(shell.rules(), before);
}

/// Somebody else writes a rule between what is shown and what is written.
#[test]
fn changes_of_others_meanwhile_stay() {
    let shell = Shell::new();
    shell.put(&[rule(&["https://one.test"], &["GET"], &[])]);
    let address = shell.store.s3();
    let reads = AtomicUsize::new(0);
    let meddle = Requests(move |request: &mut Message| {
        let is_read = request.method() == "GET" && request.path().contains("cors");
        if is_read && reads.fetch_add(1, Ordering::Relaxed) == 1 {
            let rule = |origin: &str| {
                format!(
                    "<CORSRule><AllowedOrigin>{origin}</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>"
                )
            };
            let rules = rule("https://one.test") + &rule("https://two.test");
            let document = format!("<CORSConfiguration>{rules}</CORSConfiguration>");
            put_as(
                address,
                ("dropslip", "dropslip-dev-secret"),
                "cors=",
                &document,
            );
        }
        None
    });
    let proxy = meddler::start(address, meddle);
    let apply = ["apply", "s3://uploads", "--origin", PAGE, "--yes"];
    shell
        .run_at(proxy, &apply)
        .is(0)
        .says("were changed meanwhile");
    let origins: Vec<String> = shell
        .rules()
        .into_iter()
        .flat_map(|rule| rule.allowed_origins)
        .collect();
    assert_eq!(origins, ["https://one.test", "https://two.test", PAGE]);
}

#[test]
fn an_origin_that_anybody_has() {
    let shell = Shell::new();
    let apply = ["apply", "s3://uploads", "--origin", "null", "--yes"];
    shell.run(&apply).says("note: `null`");
}

#[test]
fn one_rule_too_many() {
    let shell = Shell::new();
    let origins: Vec<String> = (0..100)
        .map(|index| format!("https://p{index}.test"))
        .collect();
    let rules: Vec<_> = origins
        .iter()
        .map(|origin| rule(&[origin], &["GET"], &[]))
        .collect();
    shell.put(&rules);
    let apply = ["apply", "s3://uploads", "--origin", PAGE, "--yes"];
    shell
        .run(&apply)
        .is(2)
        .says("101 rules")
        .says("at most 100");
    assert_eq!(shell.rules(), rules);
}

#[test]
fn a_file_of_a_windows_editor() {
    let shell = Shell::new();
    let path = shell.folder.path().join("rules.json");
    let text =
        r#"{"CORSRules":[{"AllowedOrigins":["https://app.example"],"AllowedMethods":["PUT"]}]}"#;
    std::fs::write(&path, format!("\u{feff}{text}")).unwrap();
    shell
        .run(&["apply", "s3://uploads", "--file", "rules.json", "--yes"])
        .is(0);
    assert_eq!(shell.rules().len(), 1);
}
