//! Why pages are kept out.

use dropslip_s3::cors::CorsRule;
use serde_json::Value;

use super::{PAGE, Shell, done, rule};

#[test]
fn origins_that_are_wrong_are_named() {
    let shell = Shell::new();
    for (origin, why) in [
        ("https://app.example/", "with a slash at its end"),
        ("https://app.example/up", "with a path"),
        ("http://app.example", "of another scheme"),
        ("https://app.example:444", "of another port"),
        ("https://APP.example", "with capitals"),
        ("https://www.app.example", "by `www.`"),
        ("app.example", "without a scheme"),
        ("https://*.app.example", "whose `*` does not cover"),
        ("https://other.test", "no rule has the AllowedOrigin"),
    ] {
        check(&shell, &[rule(&[origin], &["PUT"], &["*"])], &[], why);
    }
}

#[test]
fn rules_that_lack_something_are_named() {
    let shell = Shell::new();
    let get = rule(&[PAGE], &["GET"], &["*"]);
    let amz = rule(&[PAGE], &["PUT"], &["x-amz-*"]);
    let named = "has the AllowedMethods GET, not `PUT`";
    check(&shell, std::slice::from_ref(&get), &[], named);
    let elsewhere = [rule(&["https://other.test"], &["PUT"], &["*"]), get];
    check(&shell, &elsewhere, &[], "in a rule for other origins alone");
    check(
        &shell,
        std::slice::from_ref(&amz),
        &[],
        "not `content-type`",
    );
    let spread = [amz, rule(&["*"], &["PUT"], &["content-type"])];
    let headers = ["content-type", "x-amz-acl"];
    check(&shell, &spread, &headers, "one rule must have all headers");
    shell.put(&[CorsRule {
        expose_headers: Vec::new(),
        ..rule(&[PAGE], &["PUT"], &["*"])
    }]);
    let args = ["check", "s3://uploads", "--origin", PAGE, "--method", "PUT"];
    let hidden = shell.run(&args).is(0);
    hidden
        .shows("scripts cannot read the `ETag`")
        .shows("fix: dropslip cors apply");
}

/// The rules keep a PUT of the page out, and say why; the command that is shown lets it in.
#[track_caller]
fn check(shell: &Shell, rules: &[CorsRule], headers: &[&str], why: &str) {
    shell.put(rules);
    let mut args = vec!["check", "s3://uploads", "--origin", PAGE, "--method", "PUT"];
    headers
        .iter()
        .for_each(|name| args.extend(["--header", name]));
    let told = shell.run(&args).is(1).shows(why);
    let fix = told.out.split_once("fix:\n").unwrap().1.trim().to_owned();
    let words: Vec<_> = fix.split(' ').map(|word| word.trim_matches('\'')).collect();
    let apply = [&words[1..], &["--yes"]].concat();
    done(&mut shell.signed(&apply)).is(0);
    shell.run(&args).is(0);
}

#[test]
fn with_cookies_a_star_is_not_enough() {
    let shell = Shell::new();
    let check = ["check", "s3://uploads", "--origin", PAGE, "--method", "PUT"];
    let with_cookies = [&check[..], &["--credentials"]].concat();
    shell.put(&[rule(&["*"], &["PUT"], &["*"])]);
    shell.run(&check).is(0);
    let done = shell.run(&with_cookies).is(1);
    done.shows("not with cookies: rule 1 has the AllowedOrigin `*`");
    shell.put(&[rule(&[PAGE], &["PUT"], &["*"])]);
    shell.run(&with_cookies).is(0);
}

#[test]
fn without_keys_the_preflights_tell() {
    let shell = Shell::new();
    shell.put(&[rule(&[PAGE], &["PUT"], &["content-type"])]);
    let check = |more: &[&str]| {
        let args = [&["check", "s3://uploads", "--origin", PAGE], more].concat();
        let mut command = shell.command(shell.store.s3(), &args);
        command
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        done(&mut command)
    };
    check(&["--method", "PUT"])
        .is(0)
        .shows("could not be read: there are no credentials");
    check(&[]).is(1).shows("the methods PUT, not POST");
    let headers = [
        "--method",
        "PUT",
        "--header",
        "content-type",
        "--header",
        "x-amz-acl",
    ];
    check(&headers)
        .is(1)
        .shows("no rule allows `x-amz-acl`")
        .lacks("allows `content-type`");
    let other = ["--origin", "https://other.test", "--method", "PUT"];
    check(&other)
        .is(1)
        .shows("no rule allows the origin `https://other.test`");
    let mut wrong = shell.command(
        shell.store.s3(),
        &["check", "s3://uploads", "--origin", PAGE, "--method", "PUT"],
    );
    wrong.env("AWS_SECRET_ACCESS_KEY", "wrong");
    done(&mut wrong)
        .is(0)
        .shows("could not be read: the storage answered 403 `SignatureDoesNotMatch`");
    let mut show = shell.command(shell.store.s3(), &["show", "s3://uploads"]);
    show.env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    done(&mut show).is(2).says("there are no credentials");
    shell
        .run(&["check", "s3://missing", "--origin", PAGE])
        .is(2)
        .says("NoSuchBucket");
}

#[test]
fn the_report_for_programs() {
    let shell = Shell::new();
    shell.put(&[CorsRule {
        id: Some("pages".to_owned()),
        ..rule(&[PAGE], &["PUT"], &["content-type"])
    }]);
    let other = "https://www.app.example";
    let check = [
        "check",
        "s3://uploads",
        "--json",
        "--method",
        "PUT",
        "--origin",
        PAGE,
        "--origin",
        other,
    ];
    let done = shell.run(&check).is(1);
    let report: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        (&report["bucket"], &report["rules"]),
        (&"uploads".into(), &1.into())
    );
    assert_eq!(report["allowed"], false);
    let (yes, no) = (&report["checks"][0], &report["checks"][1]);
    assert_eq!(
        (&yes["allowed"], &yes["status"]),
        (&true.into(), &200.into())
    );
    assert_eq!(
        yes["matchedRule"],
        serde_json::json!({"number": 1, "id": "pages"})
    );
    assert_eq!(
        (&yes["etagExposed"], &yes["errorsReadable"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        (&no["allowed"], &no["verdict"]),
        (&false.into(), &"refused".into())
    );
    assert_eq!(no["mismatches"][0]["cause"], "origin_www");
    assert_eq!(no["closestRule"]["number"], 1);
    let fix = report["fix"].as_str().unwrap();
    assert!(
        fix.contains("--origin https://www.app.example --method PUT"),
        "{fix}"
    );
}
