//! Heads of requests: odd targets, other versions, floods, doubled headers.

use super::store::{Victim, statuses};

#[track_caller]
fn check(victim: &Victim, shape: &str, expect: &[u16]) {
    let shape = shape.replace('\n', "\r\n");
    assert_eq!(victim.statuses(shape.as_bytes()), expect, "{shape:?}");
}

/// A target, and the status that it gets; the next request is answered as well.
#[test]
fn targets() {
    let victim = Victim::new();
    let check = |method: &str, target: &str, status: u16| {
        let shape = format!("{method} {target} HTTP/1.1\nHost: {{host}}\n\n");
        check(&victim, &shape, &[status, 403]);
    };
    check("GET", "/uploads/../../etc/passwd", 403);
    check("GET", "/uploads/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 403);
    check("GET", "/../uploads/a", 400);
    check("GET", "/..%2fuploads/a", 400);
    check("PUT", "/%00", 403);
    check("GET", "/uploads/%00%0d%0a", 403);
    check("GET", "/uploads/%ff", 400);
    check("GET", "/uploads/%", 403);
    check("GET", "/uploads/%zz", 403);
    check("GET", "//uploads/a", 400);
    check("GET", "///", 400);
    check("GET", "/uploads/a?%00=%ff&&&=&a=b=c", 403);
    check("GET", &format!("/uploads/{}", "a".repeat(1025)), 400);
    check("HEAD", &format!("/{}", "a".repeat(64)), 400);
    check("GET", "http://{host}/uploads/a", 403);
    check("GET", "http://evil.example/uploads/a", 400);
    check("GET", "http://evil.example@{host}/uploads/a", 400);
    check("BREW", "/uploads/a", 405);
    check("get", "/uploads/a", 405);
    check("TRACE", "/uploads/a", 405);
    check("OPTIONS", "*", 400);
    check("GET", "*", 400);
    check("CONNECT", "{host}", 400);
    check("CONNECT", "evil.example:443", 400);
    victim.is_unharmed();
}

/// A target that is none ends the connection.
#[test]
fn targets_that_are_none() {
    let victim = Victim::new();
    for line in [
        "GET uploads/a HTTP/1.1",
        "GET  HTTP/1.1",
        "GET /uploads/a b HTTP/1.1",
        "GET /uploads/a\0 HTTP/1.1",
        "GET /uploads/a\u{1b} HTTP/1.1",
        "GET\t/uploads/a HTTP/1.1",
        "G\0T /uploads/a HTTP/1.1",
        "GET /uploads/a HTTP/1.2",
        "GET /uploads/a HTTP/3.0",
        "GET /uploads/a http/1.1",
        "GET /uploads/a HTTP/1.1 ",
        "GET /uploads/a",
        "PRI * HTTP/2.0",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}",
        "SSH-2.0-OpenSSH_9.9",
    ] {
        check(&victim, &format!("{line}\nHost: {{host}}\n\n"), &[400]);
    }
    // What HTTP/2 sends first, and nothing behind it.
    let answer = victim.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    // It is told from a request when it has come whole.
    let got = statuses(&answer);
    assert!(got.is_empty() || got == [400], "{got:?}");
    let long = format!(
        "GET /{} HTTP/1.1\r\nHost: {{host}}\r\n\r\n",
        "a".repeat(100_000)
    );
    let status = victim.statuses(long.as_bytes());
    assert!(status == [414] || status == [431], "{status:?}");
    victim.is_unharmed();
}

#[test]
fn hosts() {
    let victim = Victim::new();
    let doubled = "GET /uploads/a HTTP/1.1\nHost: {host}\nHost: evil.example\n\n";
    check(&victim, doubled, &[400, 403]);
    let same = "GET /uploads/a HTTP/1.1\nHost: {host}\nHost: {host}\n\n";
    check(&victim, same, &[400, 403]);
    check(&victim, "GET /uploads/a HTTP/1.1\nX: 1\n\n", &[400, 403]);
    check(&victim, "GET /uploads/a HTTP/1.1\nHost:\n\n", &[403, 403]);
    for host in [
        "a b",
        "{host}, {host}",
        "{host}/..",
        "[::1",
        "a@{host}",
        "\u{e9}.localhost",
    ] {
        check(
            &victim,
            &format!("GET /uploads/a HTTP/1.1\nHost: {host}\n\n"),
            &[400, 403],
        );
    }
    // HTTP/1.0 has no need of a host, and ends with its answer.
    let old = "GET /uploads/a HTTP/1.0\n\n";
    check(&victim, old, &[403]);
    victim.is_unharmed();
}

#[test]
fn doubled_headers() {
    let victim = Victim::new();
    let signed = victim.signed("GET", "/uploads?list-type=2");
    let list = |headers: &str| format!("GET {signed} HTTP/1.1\nHost: {{host}}\n{headers}\n");
    check(&victim, &list(""), &[200, 403]);
    for headers in [
        "Authorization: AWS4-HMAC-SHA256 a\nAuthorization: AWS4-HMAC-SHA256 b\n",
        "Authorization: AWS4-HMAC-SHA256 a\n",
        "x-amz-date: 20260101T000000Z\nx-amz-date: 20260101T000000Z\n",
        "x-amz-content-sha256: UNSIGNED-PAYLOAD\nx-amz-content-sha256: UNSIGNED-PAYLOAD\n",
        "x-amz-security-token: a\nx-amz-security-token: b\n",
    ] {
        let shape = list(headers).replace('\n', "\r\n");
        let got = victim.statuses(shape.as_bytes());
        assert!(
            matches!(got[..], [400 | 403, 403]),
            "{got:?} of {headers:?}"
        );
    }
    victim.is_unharmed();
}

#[test]
fn floods() {
    let victim = Victim::new();
    let many = "X: 1\n".repeat(10_000);
    check(
        &victim,
        &format!("GET / HTTP/1.1\nHost: {{host}}\n{many}\n"),
        &[431],
    );
    let large = "a".repeat(10_000_000);
    check(
        &victim,
        &format!("GET / HTTP/1.1\nHost: {{host}}\nX: {large}\n\n"),
        &[431],
    );
    check(&victim, &format!("GET / HTTP/1.1\n{large}: 1\n\n"), &[431]);
    let lines = "\n".repeat(1_000_000);
    let got = victim.statuses(lines.replace('\n', "\r\n").as_bytes());
    assert!(got.len() <= 1, "{got:?}");
    victim.is_unharmed();
}

/// HTTP/0.9 is a line and no more.
#[test]
fn a_request_of_1991() {
    let victim = Victim::new();
    assert_eq!(statuses(&victim.exchange(b"GET /\r\n\r\n")), [400]);
    victim.is_unharmed();
}

#[test]
fn requests_in_a_row() {
    let victim = Victim::new();
    let one = "GET /uploads/a HTTP/1.1\nHost: {host}\n\n";
    check(&victim, &one.repeat(1000), &[403; 1001]);
    victim.is_unharmed();
}

/// What a log shows is one line a request, whatever was asked.
#[test]
fn a_log_of_plain_lines() {
    let victim = Victim::new();
    let shape = "GET /uploads/%1b%5b2J%0aforged HTTP/1.1\nHost: {host}\n\n";
    check(&victim, shape, &[403, 403]);
    let log = victim.log();
    assert!(
        log.lines()
            .any(|line| line.contains("refused") && line.contains("forged")),
        "{log}"
    );
    assert!(
        log.lines()
            .all(|line| line.contains("INFO") || line.contains("WARN")),
        "{log}"
    );
    victim.is_unharmed();
}
