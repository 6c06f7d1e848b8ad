//! The store explains what it refuses: in the answer to programs on this machine, in the
//! log, and `dropslip explain` reads that answer.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_sigv4::{Credentials, Request, Signer, Timestamp};

use crate::http::{Answer, send};
use crate::process::{Server, dropslip};

/// A link to PUT a JPEG, as path and query, for the development keys.
fn slip(s3: SocketAddr, path: &str) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix_s(since.as_secs().try_into().unwrap());
    let signer = Signer::new(
        Credentials::new("dropslip", "dropslip-dev-secret"),
        "us-east-1",
        "s3",
    );
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let host = s3.to_string();
    let request = Request {
        method: "PUT",
        path,
        query,
        headers: &[("host", host.as_bytes()), ("content-type", b"image/jpeg")],
    };
    let presigned = signer.presign(&request, 60, now).unwrap();
    format!("{path}?{}", presigned.query)
}

/// A PUT of a PNG to such a link.
fn changed(s3: SocketAddr, more: &[(&str, &str)]) -> Answer {
    let mut headers = vec![("content-type", "image/png")];
    headers.extend(more);
    let request = format!("PUT {}", slip(s3, "/uploads/a.jpg"));
    send(s3, &request, &headers, b"hello").is(403)
}

fn store(folder: &Path, more: &[&str]) -> Command {
    let data = folder.join("data").display().to_string();
    let args = [
        "store",
        "--data",
        &data,
        "--listen",
        "127.0.0.1:0",
        "--bucket",
        "uploads",
    ];
    dropslip(folder, &[&args, more].concat())
}

#[test]
fn programs_on_this_machine_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    changed(server.s3(), &[])
        .says("<Explanation><Cause>content_type</Cause><Certainty>certain</Certainty>")
        .says("<Signed>image/jpeg</Signed><Arrived>image/png</Arrived>");
    let proxied = changed(server.s3(), &[("x-forwarded-for", "192.0.2.7")]);
    assert!(
        !proxied.text().contains("Explanation"),
        "{}",
        proxied.text()
    );
}

#[test]
fn as_the_flag_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut store(folder.path(), &["--explain", "never"]), "S3 at");
    let answer = changed(server.s3(), &[]);
    assert!(!answer.text().contains("Explanation"), "{}", answer.text());
    assert!(server.stop("-TERM").success());
    let server = Server::start(&mut store(folder.path(), &["--explain=always"]), "S3 at");
    changed(server.s3(), &[("x-forwarded-for", "192.0.2.7")]).says("<Explanation>");
}

#[test]
fn the_log_has_it_and_points_out_more() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    // A server's standard error is the test's own, so a shell takes it aside.
    let command = store(folder.path(), &[]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "exec \"$0\" \"$@\" 2>log"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder.path())
        .env("DROPSLIP_LOG", "warn")
        .current_dir(folder.path());
    let server = Server::start(&mut shell, "S3 at");
    let s3 = server.s3();
    changed(s3, &[("x-forwarded-for", "192.0.2.7")]);
    let odd = slip(s3, "/uploads/b.jpg?Content-Type=image%2Fjpeg");
    for _ in 0..2 {
        send(
            s3,
            &format!("PUT {odd}"),
            &[("content-type", "image/jpeg")],
            b"hello",
        )
        .is(200);
    }
    let elsewhere = slip(s3, "/uploads/c.jpg").replace("us-east-1", "eu-west-1");
    send(s3, &format!("PUT {elsewhere}"), &[], b"hello").is(400);
    let swapped = slip(s3, "/uploads/d.jpg").replace("=dropslip%2F", "=dropslip-dev-secret%2F");
    let answer = send(s3, &format!("PUT {swapped}"), &[], b"hello").is(403);
    assert!(!answer.text().contains("dev-secret"), "{}", answer.text());
    assert!(server.stop("-TERM").success());
    let said = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    assert!(
        lines[2].contains("the region 'eu-west-1' is wrong"),
        "{said}"
    );
    assert!(
        lines[3].contains("explanation=certain: access key and secret are swapped"),
        "{said}"
    );
    assert!(!said.contains("dev-secret"), "{said}");
    assert!(
        lines[0].contains("explanation=certain: signed with `content-type` `image/jpeg`"),
        "{said}"
    );
    assert!(
        lines[1].contains("cause=content_type") && lines[1].contains("notice="),
        "{said}"
    );
    assert!(!said.contains("X-Amz-Signature="), "{said}");
}

/// Runs `dropslip explain` with the development keys and this input.
fn explain(folder: &Path, args: &[&str], input: &str) -> (i32, String) {
    let args = [&["explain"], args].concat();
    let mut child = dropslip(folder, &args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (child.wait().unwrap().code().unwrap(), said)
}

#[test]
fn what_the_store_answers_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let answer = changed(server.s3(), &[]).text();
    let (code, said) = explain(folder.path(), &["--error", "-"], &answer);
    assert_eq!(code, 1, "{said}");
    for part in [
        "content_type",
        "    4 - content-type:image/jpeg\n    4 + content-type:image/png\n",
        "^ column 20",
        "`dropslip dev`",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains('\u{1b}'), "{said}");
}

#[test]
fn a_pasted_command_is_read_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    let url = format!(
        "http://{}{}",
        server.s3(),
        slip(server.s3(), "/uploads/a b.jpg".replace(' ', "%20").as_str())
    );
    let command = format!("curl -T photo.jpg \\\n  -H 'content-type: image/jpeg' \\\n  '{url}'\n");
    let (code, said) = explain(folder.path(), &["--curl", "-"], &command);
    assert_eq!(
        (code, said.lines().next()),
        (0, Some("the signature holds")),
        "{said}"
    );
    let (code, said) = explain(
        folder.path(),
        &["--curl", "-", "--json"],
        &command.replace("jpeg", "gif"),
    );
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, 1, "{said}");
    assert_eq!(
        (&report["cause"], &report["checked"]),
        (&"content_type".into(), &true.into())
    );
    assert_eq!(report["findings"][0]["arrived"], "image/gif");
    let (code, said) = explain(
        folder.path(),
        &["--curl", "-"],
        &command.replace(&format!("'{url}'"), &url),
    );
    assert!(
        code == 1 && said.contains("url_truncated") && said.contains("first `&`"),
        "{said}"
    );
    for wrong in ["", "curl", "\u{1b}[2J", "curl 'http://h"] {
        assert_eq!(
            explain(folder.path(), &["--curl", "-"], wrong).0,
            2,
            "{wrong:?}"
        );
    }
}

/// A link of a minute, signed at ten o'clock.
fn link(keys: Credentials) -> String {
    let request = Request {
        method: "GET",
        path: "/a",
        query: "",
        headers: &[("host", b"s3.example")],
    };
    let at = Timestamp::parse_basic("20260131T100000Z").unwrap();
    let signer = Signer::new(keys, "nl-ams", "s3");
    let query = signer.presign(&request, 60, at).unwrap().query;
    format!("https://s3.example/a?{query}")
}

#[test]
fn the_secret_is_found_by_the_key_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let aws = folder.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    let profiles = "[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = x\n\
        [work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = work-secret\n[empty]\n";
    std::fs::write(aws.join("credentials"), profiles).unwrap();
    let check = |access_key: &str, code: i32, part: &str| {
        let url = link(Credentials::new(access_key, "work-secret"));
        let (got, said) = explain(folder.path(), &[&url, "--now", "20260131T100010Z"], "");
        assert_eq!(got, code, "{said}");
        assert!(said.contains(part), "{part} in {said}");
        assert!(!said.contains("work-secret"), "{said}");
    };
    check(
        "AKIDWORK",
        0,
        "the secret from `[work]` of AWS's shared files",
    );
    check("AKIDOTHER", 1, "[other_key]");
    check("AKIDNOBODY", 0, "the secret of `AKIDNOBODY` is not at hand");
}

#[test]
fn a_token_that_is_not_at_hand_is_the_storages_to_judge() {
    let folder = tempfile::tempdir().unwrap();
    let aws = folder.path().join(".aws");
    std::fs::create_dir(&aws).unwrap();
    let profiles = "[default]\naws_access_key_id = ASIAWORK\naws_secret_access_key = s\n\
        [long]\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n";
    std::fs::write(aws.join("credentials"), profiles).unwrap();
    let check = |access_key: &str, code: i32, part: &str| {
        let url = link(Credentials::new(access_key, "s").with_session_token("FwoGZXIvYXdz"));
        let (got, said) = explain(folder.path(), &[&url, "--now", "20260131T100010Z"], "");
        assert_eq!(got, code, "{said}");
        assert!(said.contains(part), "{part} in {said}");
        assert!(!said.contains("FwoGZXIvYXdz"), "{said}");
    };
    check("ASIAWORK", 0, "the signature holds");
    check("AKIAWORK", 1, "[session_token]");
}

#[test]
fn an_error_alone_is_not_held_against_itself() {
    let folder = tempfile::tempdir().unwrap();
    let error = "<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message>\
        <AWSAccessKeyId>AKIDNOBODY</AWSAccessKeyId><CanonicalRequest>PUT\n/a\n\
        X-Amz-Algorithm=AWS4-HMAC-SHA256&amp;X-Amz-Credential=AKIDNOBODY%2F20260131%2Fnl-ams%2Fs3%2Faws4_request\
        &amp;X-Amz-Date=20260131T100000Z&amp;X-Amz-Expires=60&amp;X-Amz-SignedHeaders=host\n\
        host:s3.example\n\nhost\nUNSIGNED-PAYLOAD</CanonicalRequest><SignatureProvided>\
        5481d01073564816aa5599d0d036938b999f19981310c63b1946efff6fe751ad</SignatureProvided></Error>";
    let args = ["--error", "-", "--now", "20260131T100010Z"];
    let (code, said) = explain(folder.path(), &args, error);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("nothing wrong can be seen without the secret"),
        "{said}"
    );
    assert!(
        said.contains("export AWS_ACCESS_KEY_ID=AKIDNOBODY"),
        "{said}"
    );
}

#[test]
fn the_stores_own_explanation_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    // Such an answer has no canonical request.
    let slip = slip(server.s3(), "/uploads/a.jpg").replace("us-east-1", "eu-west-1");
    let answer = send(
        server.s3(),
        &format!("PUT {slip}"),
        &[("content-type", "image/jpeg")],
        b"hello",
    );
    let answer = answer.is(400).text();
    assert!(!answer.contains("CanonicalRequest"), "{answer}");
    let (code, said) = explain(folder.path(), &["--error", "-"], &answer);
    assert_eq!(code, 1, "{said}");
    for part in [
        "refused, and this is why (certain):",
        "[region]",
        "the storage's region  us-east-1\n",
        "who sends it:",
        "who signs it:",
        "the storage said: Authorization",
        "the storage says so itself",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let (code, said) = explain(folder.path(), &["--error", "-", "--json"], &answer);
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &report["cause"], &report["certainty"]),
        (1, &"region".into(), &"certain".into())
    );
    assert_eq!(report["findings"][0]["signed"], "eu-west-1");
    assert_eq!(report["checked"], false);
}

#[test]
fn what_the_store_proved_counts_more_than_a_guess() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::dev(folder.path());
    // The keys at hand are others than those that the store knows.
    let answer = changed(server.s3(), &[]).text();
    let answer = answer
        .replace("=dropslip%2F", "=AKIDELSEWHERE%2F")
        .replace("<CanonicalRequestBytes>", "<X>")
        .replace("</CanonicalRequestBytes>", "</X>");
    let (code, said) = explain(folder.path(), &["--error", "-"], &answer);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("why (certain):"), "{said}");
    assert!(said.contains("    4 - content-type:image/jpeg\n"), "{said}");
    assert!(said.contains("the storage says so itself"), "{said}");
}

#[test]
fn what_was_taken_was_not_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |query: &str, status: u16, code: i32, first: &str| {
        let har = serde_json::json!({
            "startedDateTime": "2026-01-31T10:00:05.000Z",
            "request": {
                "method": "PUT",
                "url": format!("https://s3.example/a?{query}"),
                "headers": [{"name": "x-amz-acl", "value": "private"}]
            },
            "response": {"status": status}
        });
        let args = ["--har", "-", "--entry", "1"];
        let (got, said) = explain(folder.path(), &args, &har.to_string());
        let line = said.lines().next().unwrap_or_default();
        assert!(got == code && line.starts_with(first), "{got} {said}");
    };
    let signed = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDNOBODY%2F20260131%2Fnl-ams%2Fs3%2Faws4_request\
        &X-Amz-Date=20260131T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=5481d01073564816aa5599d0d036938b999f19981310c63b1946efff6fe751ad";
    check("", 200, 0, "nothing is wrong: the request is not signed");
    check("", 403, 1, "refused, and this is why (certain):");
    check(signed, 204, 1, "answered with 204, so it was taken");
    check(signed, 403, 1, "refused, and this is why (certain):");
    check(signed, 0, 1, "refused, and this is why (certain):");
}
