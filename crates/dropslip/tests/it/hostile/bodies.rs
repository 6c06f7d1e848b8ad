//! Bodies: too large, cut short, never ending.

use std::io::{Read as _, Write as _};

use super::store::{Victim, statuses};
use crate::http::{connect, head};

/// Far more than any document has. More is not sent, to be kind to the machine.
const DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Documents that claim to have 1 GB and go on for as long as they are read.
#[test]
fn endless_documents() {
    let victim = Victim::new();
    for (method, uri) in [
        ("PUT", "/uploads?cors"),
        ("PUT", "/uploads?policy"),
        ("PUT", "/uploads?tagging"),
        ("PUT", "/uploads?lifecycle"),
        ("POST", "/uploads?delete"),
        ("PUT", "/another"),
    ] {
        let request = format!("{method} {}", victim.signed(method, uri));
        for framing in [
            ("content-length", "1000000000"),
            ("transfer-encoding", "chunked"),
        ] {
            let head = head(victim.address(), &request, &[framing]);
            let mut stream = connect(victim.address());
            stream.write_all(head.as_bytes()).unwrap();
            let block = vec![b'<'; 1 << 20];
            let chunked = framing.1 == "chunked";
            let mut sent = 0;
            while sent < DOCUMENT_BYTES {
                let begun = !chunked || stream.write_all(b"100000\r\n").is_ok();
                let ended = || !chunked || (&stream).write_all(b"\r\n").is_ok();
                // A store that has refused may close the connection.
                if !(begun && (&stream).write_all(&block).is_ok() && ended()) {
                    break;
                }
                sent += block.len() as u64;
            }
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(statuses(&answer), [400], "{request} {framing:?}");
        }
    }
    victim.is_unharmed();
}

/// Forms that never come to their file, with a field of 100 MB or with fields without end.
#[test]
fn endless_forms() {
    let victim = Victim::new();
    let part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    for block in [
        "x".repeat(1 << 20),
        format!("b\r\n{part}").repeat(10_000),
        "\r\n--".repeat(1 << 18),
    ] {
        let headers = [
            ("content-type", "multipart/form-data; boundary=x"),
            ("content-length", "1000000000"),
        ];
        let mut stream = connect(victim.address());
        let head = head(victim.address(), "POST /uploads", &headers);
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(part.as_bytes()).unwrap();
        for _ in 0..100 {
            // A store that has refused may close the connection.
            if stream.write_all(block.as_bytes()).is_err() {
                break;
            }
        }
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(statuses(&answer), [400]);
    }
    assert!(
        victim.log().contains("MaxPostPreDataLengthExceeded"),
        "{}",
        victim.log()
    );
    victim.is_unharmed();
}

/// A file in a form that is larger than its length says, and one that is shorter.
#[test]
fn forms_whose_length_lies() {
    let victim = Victim::new();
    let body = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello\r\n--x--\r\n";
    let post = |length: usize| {
        let length = length.to_string();
        let headers = [
            ("content-type", "multipart/form-data; boundary=x"),
            ("content-length", length.as_str()),
        ];
        head(victim.address(), "POST /uploads", &headers) + body
    };
    let short = post(body.len() - 8);
    let answer = victim.exchange_cut(short.as_bytes());
    assert!(answer.is_empty() || answer[0] == 400, "{answer:?}");
    let long = victim.exchange_cut(post(body.len() + 8).as_bytes());
    assert!(long.is_empty() || long == [400], "{long:?}");
    victim.is_unharmed();
}

/// A body that stops: the connection ends, and nothing of it stays.
#[test]
fn bodies_that_stop() {
    let victim = Victim::new();
    for (headers, body) in [
        (("content-length", "1000000"), &b"hello"[..]),
        (("content-length", "1"), b""),
        (("content-length", "5368709120"), b"hello"),
    ] {
        let request = format!("PUT {}", victim.signed("PUT", "/uploads/a"));
        let mut bytes = head(victim.address(), &request, &[headers]).into_bytes();
        bytes.extend_from_slice(body);
        let got = victim.exchange_cut(&bytes);
        assert!(got.is_empty() || got == [400], "{got:?}");
    }
    victim.is_unharmed();
}

#[test]
fn a_body_that_is_too_large_is_refused_by_its_length() {
    let victim = Victim::new();
    let request = format!("PUT {}", victim.signed("PUT", "/uploads/a"));
    for (length, status) in [("5368709121", 400), ("18446744073709551615", 431)] {
        let headers = [("content-length", length), ("expect", "100-continue")];
        let mut stream = connect(victim.address());
        stream
            .write_all(head(victim.address(), &request, &headers).as_bytes())
            .unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(statuses(&answer), [status], "{length}");
    }
    victim.is_unharmed();
}
