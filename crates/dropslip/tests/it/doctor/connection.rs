//! The way there.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;

use crate::doctor::{Patient, Report};
use crate::meddler::{self, Answers, Message, Requests};

/// Examines an address where no storage is; exactly this is blamed.
#[track_caller]
fn check(endpoint: &str, expected: &str) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let report = Report::of(folder.path(), &["s3://uploads", "--endpoint", endpoint]);
    report.blames(&[expected]);
    assert_eq!(report.exit_code, Some(1));
    report
}

/// The same behind a proxy that answers everything itself.
#[track_caller]
fn check_answer(answer: Message, expected: &str) -> Report {
    let nowhere = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let address = meddler::start(
        nowhere,
        Requests(move |_: &mut Message| Some(answer.clone())),
    );
    check(&format!("http://{address}"), expected)
}

#[test]
fn names_and_addresses() {
    // A name that no resolver has to be asked for: its first label is too long.
    check(
        &format!("http://{}.test", "x".repeat(64)),
        "address name_unknown",
    );
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    check(&format!("http://{address}"), "address nothing_listens");
}

#[test]
fn what_answers_is_no_storage() {
    let html = [("content-type", "text/html")];
    check_answer(
        Message::answer("200 OK", &html, "<html>console</html>"),
        "address not_s3",
    );
    check_answer(
        Message::answer("404 Not Found", &html, "<html>nothing here</html>"),
        "address not_s3",
    );
    check_answer(
        Message::answer("502 Bad Gateway", &html, "<html>nginx</html>"),
        "address bad_gateway",
    );
    let to = [("location", "https://s3.example/uploads")];
    let report = check_answer(
        Message::answer("301 Moved Permanently", &to, ""),
        "address redirects",
    );
    assert_eq!(
        report.check("address")["fix"],
        "write the endpoint as `https://s3.example`"
    );
    let tls = "<html>The plain HTTP request was sent to HTTPS port</html>";
    check_answer(
        Message::answer("400 Bad Request", &html, tls),
        "address not_http",
    );
}

#[test]
fn tls_where_there_is_none() {
    let patient = Patient::new();
    check(&format!("https://{}", patient.store.s3()), "tls no_tls");
}

#[test]
fn a_page_of_https_and_a_storage_of_http() {
    let patient = Patient::with(&[
        "--access-key",
        "own",
        "--secret-key",
        "own-secret-of-the-test",
    ]);
    // All addresses of this machine, which is not the name of this machine.
    let endpoint = format!("http://0.0.0.0:{}", patient.store.s3().port());
    let keys = ("own", "own-secret-of-the-test");
    let args = [
        "s3://uploads",
        "--endpoint",
        &endpoint,
        "--origin",
        "https://app.example",
    ];
    Report::with_keys(patient.folder.path(), &args, keys).blames(&["tls mixed_content"]);
}

#[test]
fn clocks() {
    let patient = Patient::new();
    let late = |s: i64| {
        Answers(move |_: &Message, answer: &mut Message| {
            let now = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
            let time = if s > 0 {
                now
            } else {
                now - std::time::Duration::from_secs(7200)
            };
            answer.set("date", &httpdate::fmt_http_date(time));
        })
    };
    for skew_s in [3600, -3600] {
        let body = format!("{{\"faults\":[{{\"clockSkewS\":{skew_s}}}]}}");
        crate::http::send(
            patient.store.s3(),
            "PUT /_dropslip/faults",
            &[],
            body.as_bytes(),
        )
        .is(200);
        let report = patient.examine_at(meddler::start(patient.store.s3(), late(skew_s)), &[]);
        report.blames(&["clock clock_skewed"]);
        let word = if skew_s > 0 { "behind" } else { "ahead of" };
        let detail = report.check("clock")["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{detail}");
    }
}

/// A server that does one thing with each connection; its address.
fn raw(serve: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(serve));
    address.to_string()
}

#[test]
fn servers_that_do_not_talk() {
    let closing = raw(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
    });
    check(&format!("http://{closing}"), "address connection_cut");
    // A fatal alert: handshake_failure (RFC 8446 section 6).
    let refusing = raw(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]);
    });
    check(&format!("https://{refusing}"), "tls tls_failed");
    let held = Mutex::new(Vec::new());
    let silent = raw(move |stream| held.lock().unwrap().push(stream));
    check(&format!("http://{silent}"), "address no_answer");
}
