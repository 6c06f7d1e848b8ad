//! What `docs/guide/webhooks.md` tells receivers to do: the code that stands there is run here.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};

const GUIDE: &str = include_str!("../../../../docs/guide/webhooks.md");

/// The example of the specification's own test suite.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const TIME: &str = "1614265330";
const NOW: i64 = 1_614_265_330;
const BODY: &str = "{\"test\": 2432232314}";
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn verify(secret: &str, [id, time, signatures]: [&str; 3], body: &[u8], now: i64) -> bool {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_"));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key.unwrap()).unwrap();
    mac.update(format!("{id}.{time}.").as_bytes());
    mac.update(body);
    let is_right = |s: Vec<u8>| mac.clone().verify_slice(&s).is_ok();
    let is_fresh = time.parse().is_ok_and(|time| now.abs_diff(time) < 300);
    let mut all = signatures.split(' ').filter_map(|s| s.strip_prefix("v1,"));
    is_fresh && all.any(|s| STANDARD.decode(s).is_ok_and(is_right))
}

/// Secret, id, time, signatures, body, now, and whether it is genuine.
fn cases() -> Vec<(&'static str, [String; 3], &'static str, i64, bool)> {
    let headers =
        |id: &str, time: &str, signatures: &str| [id, time, signatures].map(str::to_owned);
    let right = || headers(ID, TIME, SIGNATURE);
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    vec![
        (SECRET, right(), BODY, NOW, true),
        (SECRET, right(), BODY, NOW + 299, true),
        (
            SECRET,
            headers(ID, TIME, &format!("v1,AAAA {SIGNATURE}")),
            BODY,
            NOW,
            true,
        ),
        (
            SECRET,
            headers(ID, TIME, &format!("v1a,AAAA {SIGNATURE} v1,?")),
            BODY,
            NOW,
            true,
        ),
        (SECRET, right(), BODY, NOW + 301, false),
        (SECRET, right(), BODY, NOW - 301, false),
        (SECRET, right(), "{\"test\": 2432232315}", NOW, false),
        (other, right(), BODY, NOW, false),
        (
            SECRET,
            headers("msg_p5jXN8AQM9LWM0D4loKWxJel", TIME, SIGNATURE),
            BODY,
            NOW,
            false,
        ),
        (
            SECRET,
            headers(ID, "1614265331", SIGNATURE),
            BODY,
            NOW,
            false,
        ),
        (SECRET, headers(ID, "soon", SIGNATURE), BODY, NOW, false),
        (SECRET, headers(ID, TIME, &SIGNATURE[3..]), BODY, NOW, false),
        (SECRET, headers(ID, TIME, ""), BODY, NOW, false),
        (SECRET, headers(ID, TIME, "v1,"), BODY, NOW, false),
        (SECRET, headers(ID, TIME, "v1,g0hM"), BODY, NOW, false),
    ]
}

/// The block of the guide in this language.
fn block(language: &str) -> &'static str {
    let (_, rest) = GUIDE.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn rust() {
    let (_, function) = block("rust").split_once("fn verify").unwrap();
    assert!(
        include_str!("guide.rs").contains(function.trim_end()),
        "the guide has other code"
    );
    for (secret, headers, body, now, is_genuine) in cases() {
        let [id, time, signatures] = &headers;
        let verified = verify(secret, [id, time, signatures], body.as_bytes(), now);
        assert_eq!(verified, is_genuine, "{headers:?} {now}");
    }
}

/// Runs the block with a call for each case behind it.
fn check(language: &str, program: &mut Command, call: impl Fn(&str, &str, &str, i64) -> String) {
    let mut script = block(language).to_owned();
    let mut expected = String::new();
    for (secret, [id, time, signatures], body, now, is_genuine) in cases() {
        let headers = serde_json::json!({
            "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures
        });
        script += &call(secret, &headers.to_string(), &format!("{body:?}"), now);
        expected += if is_genuine { "yes\n" } else { "no\n" };
    }
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program:?} is needed: {error}"));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        expected,
        "{language}"
    );
}

#[test]
fn node() {
    let call = |secret: &str, headers: &str, body: &str, now: i64| {
        format!("console.log(verify('{secret}', {headers}, {body}, {now}) ? 'yes' : 'no')\n")
    };
    let mut node = Command::new("node");
    check("js", node.args(["--input-type=module", "-"]), call);
}

#[test]
fn python() {
    let call = |secret: &str, headers: &str, body: &str, now: i64| {
        format!("print('yes' if verify('{secret}', {headers}, {body}.encode(), {now}) else 'no')\n")
    };
    check("python", Command::new("python3").arg("-"), call);
}
