//! Storages that are not ours, and what stands in front of them.

use super::{PAGE, Shell, rule};
use crate::meddler::{self, Answers, Message, Requests};

#[test]
fn storages_that_answer_otherwise() {
    let shell = Shell::new();
    shell.put(&[rule(&[PAGE], &["PUT"], &["content-type"])]);
    let behind = shell.store.s3();
    let check = |address| {
        shell.run_at(
            address,
            &["check", "s3://uploads", "--origin", PAGE, "--method", "PUT"],
        )
    };
    let preflights = |status: &'static str| {
        meddler::start(
            behind,
            Requests(move |request: &mut Message| {
                let headers = [("location", "https://elsewhere.test/")];
                (request.method() == "OPTIONS").then(|| Message::answer(status, &headers, ""))
            }),
        )
    };
    check(preflights("503 Busy"))
        .is(2)
        .shows("the storage fails")
        .lacks("fix:");
    check(preflights("307 Elsewhere"))
        .is(1)
        .shows("browsers follow no redirect")
        .lacks("fix:");
    let done = check(preflights("403 Forbidden")).is(1);
    done.shows("rule 1 allows it: the storage may need a minute")
        .lacks("fix:");
    let without_cors = |is_removed: fn(&Message) -> bool| {
        meddler::start(
            behind,
            Answers(move |request: &Message, answer: &mut Message| {
                if is_removed(request) {
                    answer
                        .headers
                        .retain(|(name, _)| !name.starts_with("access-control"));
                }
            }),
        )
    };
    let errors = check(without_cors(|request| request.method() == "PUT")).is(0);
    errors.shows("note: an error of the storage came without CORS headers");
    let all = check(without_cors(|_| true)).is(1);
    all.shows("it does not name this origin")
        .shows("rule 1 allows it");
    let open = meddler::start(
        behind,
        Requests(|request: &mut Message| {
            let headers = [
                ("access-control-allow-origin", "*"),
                ("access-control-allow-methods", "*"),
            ];
            let no_cors = request.path().contains("?cors");
            (request.method() == "OPTIONS")
                .then(|| Message::answer("200 OK", &headers, ""))
                .or(no_cors.then(|| Message::error("501 No", "NotImplemented", "")))
        }),
    );
    check(open)
        .is(1)
        .shows("leaves out content-type")
        .shows("501 `NotImplemented`");
    let show = shell.run_at(open, &["show", "s3://uploads"]).is(2);
    show.says("this storage has no CORS rules that S3's calls could read");
}

#[test]
fn what_others_have_in_their_rules_is_not_lost() {
    let shell = Shell::new();
    shell.put(&[rule(&["https://other.test"], &["GET"], &[])]);
    let before = shell.rules();
    let odd = meddler::start(
        shell.store.s3(),
        Answers(|request: &Message, answer: &mut Message| {
            if request.method() == "GET" && request.path().contains("?cors") {
                let text = String::from_utf8(answer.body.clone()).unwrap();
                let more = "<AllowPrivateNetwork>true</AllowPrivateNetwork></CORSRule>";
                answer.body = text.replace("</CORSRule>", more).into_bytes();
                answer.remove("content-length");
            }
        }),
    );
    let show = shell.run_at(odd, &["show", "s3://uploads"]).is(0);
    show.says("left out: rule 1 has an element `AllowPrivateNetwork`");
    let apply = ["apply", "s3://uploads", "--origin", PAGE, "--yes"];
    let refused = shell.run_at(odd, &apply).is(2);
    refused.says("would be lost").says("--file rules.json");
    assert_eq!(shell.rules(), before);
}

#[test]
fn what_a_storage_makes_of_rules_is_said() {
    let shell = Shell::new();
    let forgetful = meddler::start(
        shell.store.s3(),
        Requests(|request: &mut Message| {
            let is_put = request.method() == "PUT" && request.path().contains("?cors");
            is_put.then(|| Message::answer("200 OK", &[], ""))
        }),
    );
    let apply = [
        "apply",
        "s3://uploads",
        "--origin",
        PAGE,
        "--method",
        "PUT",
        "--yes",
    ];
    let done = shell.run_at(forgetful, &apply).is(1);
    done.says("written, but the storage keeps something else")
        .says("-   AllowedOrigin  https://app.example")
        .says("no   PUT from https://app.example: the preflight was answered 403");
    let denied = meddler::start(
        shell.store.s3(),
        Requests(|request: &mut Message| {
            let is_put = request.method() == "PUT" && request.path().contains("?cors");
            is_put.then(|| Message::error("403 No", "AccessDenied", ""))
        }),
    );
    shell.run_at(denied, &apply).is(2).says("s3:PutBucketCORS");
}
