//! What a refusal tells whoever was refused.

use dropslip_s3::Target;
use dropslip_sigv4::Credentials;

use super::tried::{self, PICTURE, Tried, stranger};
use crate::ask::{Reply, Sent, clean};
use crate::finding::{Check, Finding, because};
use crate::ground::{Ground, Order};
use crate::limits::EXPIRES_S;

/// Texts that stand in stack traces, of the languages that storages are written in.
const TRACES: &[&str] = &[
    "Traceback (most recent call last)",
    "goroutine ",
    "panicked at",
    "stack backtrace",
    "node_modules",
    "site-packages",
    "\tat ",
    "\n    at ",
    ".java:",
    ".go:",
    ".py\", line",
    ".rs:",
    ".js:",
];

/// Folders at the root of a server.
const FOLDERS: &[&str] = &[
    "app", "data", "etc", "home", "mnt", "opt", "root", "srv", "tmp", "usr", "var",
];

pub(super) async fn check(ground: &Ground<'_>) -> Tried<Finding> {
    let (key, object) = ground.public_object("disclosure");
    let bucket = ground.public.bucket(ground.bucket());
    let wrong = Order {
        headers: &[("content-type", "text/plain")],
        body: PICTURE,
        ..Order::new("PUT", &object)
    };
    let mut sent = ground
        .slip(&wrong, EXPIRES_S)
        .map_err(|trouble| trouble.to_string())?;
    for (_, value) in &mut sent.headers {
        "text/html".clone_into(value);
    }
    let odd = Order {
        query: "max-keys=x&list-type=2",
        ..Order::new("GET", &bucket)
    };
    let (mismatch, private, odd, form) = tokio::join!(
        tried::send(ground, sent),
        stranger(ground, Order::new("GET", &object)),
        stranger(ground, odd),
        tried::send(ground, broken_form(&bucket))
    );
    let replies: Vec<Reply> = [mismatch, private, odd, form]
        .into_iter()
        .flatten()
        .filter(|reply| !reply.is_success())
        .collect();
    if replies.is_empty() {
        return Err("nothing was refused".to_owned());
    }
    let keys = &ground.case.credentials;
    // A bucket may be called `data`.
    let own = [key.as_str(), &format!("/{}/", ground.bucket())];
    for reply in &replies {
        if let Some(what) = disclosed(&told_by(reply, &own), keys) {
            let because = because(
                "error_discloses",
                format!("errors tell strangers {what}"),
                "switch off the storage's debug mode, or let the proxy answer errors with a body of its own",
            );
            let detail = format!("in the answer {}", reply.shown());
            return Ok(Finding::no(Check::Disclosure, detail, because));
        }
    }
    Ok(Finding::yes(Check::Disclosure, summary(&replies)))
}

fn broken_form(bucket: &Target) -> Sent {
    let kind = "multipart/form-data; boundary=x";
    Sent {
        method: "POST",
        url: bucket.url(),
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: b"--x\r\nbroken".to_vec(),
    }
}

/// Headers and body without what the request itself said, and without ids, which are random text.
fn told_by(reply: &Reply, own: &[&str]) -> String {
    let mut text = String::new();
    for (name, value) in &reply.headers {
        if !matches!(name.as_str(), "x-amz-id-2" | "x-amz-request-id") {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
    }
    let body = String::from_utf8_lossy(&reply.body);
    text += &without(&without(&body, "HostId"), "CanonicalRequest");
    for own in own {
        text = text.replace(own, "");
    }
    text
}

/// The text without an element.
fn without(text: &str, element: &str) -> String {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    match (text.find(&start), text.find(&end)) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{}", &text[..from], &text[to + end.len()..])
        }
        _ => text.to_owned(),
    }
}

/// What of a server's inside is in a text.
fn disclosed(text: &str, keys: &Credentials) -> Option<&'static str> {
    let mut words = text.split(|c: char| c.is_whitespace() || "<>\"'`,;:()&".contains(c));
    // Where both are one word, as in emulators, it is the access key that is told.
    let is_secret = |word: &str| word != keys.access_key() && keys.is_secret(word);
    if words.any(is_secret) {
        return Some("the secret key");
    }
    if TRACES.iter().any(|trace| text.contains(trace)) {
        return Some("where in its program the storage failed");
    }
    has_path(text).then_some("paths of files on its machine")
}

/// Whether a path of the machine is in a text: not as a part of an address, of a path below a bucket, or of base64.
fn has_path(text: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        text.match_indices(&format!("/{folder}/")).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| c.is_whitespace() || "\"'`(<>=:".contains(c))
        })
    })
}

/// What it does tell.
fn summary(replies: &[Reply]) -> String {
    let has = |told: fn(&Reply) -> bool| replies.iter().any(told);
    let what = if has(|reply| !reply.error.string_to_sign.is_empty()) {
        "code, message, and the strings to compare"
    } else if has(|reply| !reply.error.message.is_empty()) {
        "code and message"
    } else {
        "the code alone"
    };
    let server = ["server", "x-powered-by"]
        .iter()
        .find_map(|name| replies.iter().find_map(|reply| reply.header(name)));
    match server {
        Some(server) => format!("{what}; `Server: {}`", clean(&server)),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_disclosed() {
        let keys = Credentials::new("AKIA", "wJalr/XUtn+FEMI");
        for (text, expected) in [
            ("<Code>AccessDenied</Code>", None),
            ("<Resource>/bucket/var/x</Resource>", None),
            ("<Id>Z29/var/x4</Id>", None),
            ("https://docs.example/usr/x", None),
            ("the key `wJalr/XUtn+FEMI` is wrong", Some("the secret key")),
            (
                "Traceback (most recent call last):\n",
                Some("where in its program the storage failed"),
            ),
            (
                "Error: x\n    at Object.<anonymous> (a.js)",
                Some("where in its program the storage failed"),
            ),
            (
                "open /var/lib/store/x: no such file",
                Some("paths of files on its machine"),
            ),
            (
                "<Message>/srv/minio/data</Message>",
                Some("paths of files on its machine"),
            ),
        ] {
            assert_eq!(disclosed(text, &keys), expected, "{text}");
        }
        let same = Credentials::new("test", "test");
        let told = "<AWSAccessKeyId>test</AWSAccessKeyId>";
        assert_eq!(disclosed(told, &same), None);
    }

    #[test]
    fn an_element_is_taken_out() {
        assert_eq!(without("<a><Id>x</Id></a>", "Id"), "<a></a>");
        assert_eq!(without("</Id><Id>", "Id"), "</Id><Id>");
        assert_eq!(without("<a/>", "Id"), "<a/>");
    }
}
