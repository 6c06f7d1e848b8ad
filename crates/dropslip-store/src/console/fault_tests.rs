//! Faults as they are written: what they mean, and which are refused.

use super::fault::*;
use super::limits::*;

fn read(json: &str) -> Result<Fault, String> {
    let list = format!("{{\"faults\":[{json}]}}");
    let list = FaultList::read(list.as_bytes(), |name| name == "PutObject")?;
    Ok(list.faults.into_iter().next().unwrap_or_default())
}

#[track_caller]
fn wrong(json: &str, part: &str) {
    let error = read(json).expect_err(json);
    assert!(error.contains(part), "`{part}` in {error}");
}

const PUT: Subject<'static> = Subject {
    method: "PUT",
    operation: Some("PutObject"),
    bucket: Some("photos"),
    key: Some("in/a.jpg"),
};

#[test]
fn faults_mean_what_they_name() {
    let check = |json: &str, expect: bool| {
        let fault = read(&json.replace('}', ",\"delayMs\":1}")).unwrap();
        assert_eq!(fault.means(&PUT), expect, "{json}");
    };
    assert!(read("{\"delayMs\":1}").unwrap().means(&PUT));
    check("{\"method\":\"PUT\"}", true);
    check("{\"method\":\"POST\"}", false);
    check("{\"operation\":\"PutObject\"}", true);
    check("{\"bucket\":\"photos\",\"keyPrefix\":\"in/\"}", true);
    check("{\"bucket\":\"photo\"}", false);
    check("{\"keyPrefix\":\"a\"}", false);
    let list = Subject {
        operation: None,
        key: None,
        ..PUT
    };
    let preflight = Subject {
        method: "OPTIONS",
        ..PUT
    };
    assert!(!read("{\"status\":503}").unwrap().means(&preflight));
    let named = read("{\"status\":503,\"method\":\"OPTIONS\"}").unwrap();
    assert!(named.means(&preflight) && !named.means(&PUT));
    let keyed = read("{\"keyPrefix\":\"\",\"delayMs\":1}").unwrap();
    assert!(keyed.means(&PUT) && !keyed.means(&list));
    assert!(
        !read("{\"operation\":\"PutObject\",\"delayMs\":1}")
            .unwrap()
            .means(&list)
    );
}

#[test]
fn answers_fill_in_what_s3_says() {
    let forced = |json: &str| {
        let forced = read(json).unwrap().effects().forced.unwrap();
        (forced.status, forced.code, forced.retry_after_s)
    };
    assert_eq!(
        forced("{\"status\":503}"),
        (503, "SlowDown".to_owned(), None)
    );
    assert_eq!(
        forced("{\"code\":\"NoSuchBucket\",\"retryAfterS\":2}"),
        (404, "NoSuchBucket".to_owned(), Some(2))
    );
    assert_eq!(
        forced("{\"status\":502,\"code\":\"BadGateway\"}"),
        (502, "BadGateway".to_owned(), None)
    );
    assert_eq!(read("{\"delayMs\":1}").unwrap().effects().forced, None);
    let both = read("{\"status\":503,\"delayMs\":20}").unwrap().effects();
    assert_eq!(both.to_string(), "answered 503 SlowDown, waited 20 ms");
}

#[test]
fn chance_is_the_same_with_the_same_seed() {
    let hits = |json: &str| -> Vec<bool> {
        let fault = read(json).unwrap();
        (0..1000).map(|number| fault.hits(number)).collect()
    };
    let count = |hits: &[bool]| hits.iter().filter(|hit| **hit).count();
    let half = hits("{\"probability\":0.5,\"seed\":1,\"delayMs\":1}");
    assert!((400..600).contains(&count(&half)), "{}", count(&half));
    assert_eq!(half, hits("{\"probability\":0.5,\"seed\":1,\"delayMs\":1}"));
    assert_ne!(
        half,
        hits("{\"probability\":0.5,\"seed\":999999,\"delayMs\":1}")
    );
    assert_eq!(count(&hits("{\"probability\":0,\"delayMs\":1}")), 0);
    assert_eq!(count(&hits("{\"probability\":1,\"delayMs\":1}")), 1000);
    assert_eq!(count(&hits("{\"delayMs\":1}")), 1000);
}

#[test]
fn wrong_faults_say_why() {
    wrong("{}", "it does nothing");
    wrong(
        "{\"operation\":\"PutObject\",\"times\":2}",
        "it does nothing",
    );
    wrong("{\"tiems\":2,\"status\":503}", "unknown field `tiems`");
    wrong("{\"status\":\"503\"}", "expected u16");
    wrong("{\"status\":200}", "400 to 599");
    wrong("{\"status\":600}", "400 to 599");
    wrong("{\"status\":418}", "needs a `code`");
    wrong("{\"code\":\"Odd\"}", "needs a `status`");
    wrong(
        "{\"code\":\"Slow Down\",\"status\":503}",
        "letters and digits",
    );
    wrong("{\"code\":\"\",\"status\":503}", "letters and digits");
    wrong("{\"retryAfterS\":1}", "need a `status`");
    wrong("{\"message\":\"m\",\"delayMs\":1}", "need a `status`");
    wrong("{\"method\":\"put\",\"status\":503}", "`method`");
    wrong(
        "{\"operation\":\"putObject\",\"status\":503}",
        "`putObject`",
    );
    wrong("{\"times\":0,\"status\":503}", "at least 1");
    wrong("{\"times\":-1,\"status\":503}", "expected u32");
    wrong("{\"probability\":1.01,\"status\":503}", "0 to 1");
    wrong("{\"probability\":-0.1,\"status\":503}", "0 to 1");
    wrong("{\"seed\":1,\"status\":503}", "`seed`");
    wrong("{\"bytesPerSecond\":0}", "at least 1");
    wrong("{\"expireUrls\":true,\"clockSkewS\":1}", "exclude");
    wrong("{\"expireUrls\":1}", "expected a boolean");
    for json in [
        "",
        "[]",
        "{}",
        "{\"faults\":{}}",
        "{\"faults\":[],\"more\":1}",
        "{\"faults\":[]} x",
    ] {
        assert!(
            FaultList::read(json.as_bytes(), |_| true).is_err(),
            "{json}"
        );
    }
    assert!(FaultList::read(b"{\"faults\":[]}", |_| true).is_ok());
}

#[test]
fn faults_are_bounded() {
    let check = |good: String, bad: String, part: &str| {
        assert!(read(&good).is_ok(), "{good}: {:?}", read(&good).err());
        wrong(&bad, part);
    };
    let delay = |ms: u64| format!("{{\"delayMs\":{ms}}}");
    check(delay(DELAY_MS_MAX), delay(DELAY_MS_MAX + 1), "`delayMs`");
    let skew = |s: i64| format!("{{\"clockSkewS\":{s}}}");
    check(skew(-SKEW_S_MAX), skew(-SKEW_S_MAX - 1), "`clockSkewS`");
    check(skew(SKEW_S_MAX), skew(SKEW_S_MAX + 1), "`clockSkewS`");
    let code = |len: usize| format!("{{\"status\":503,\"code\":\"{}\"}}", "a".repeat(len));
    check(
        code(FAULT_CODE_LEN_MAX),
        code(FAULT_CODE_LEN_MAX + 1),
        "`code`",
    );
    let message = |len: usize| format!("{{\"status\":503,\"message\":\"{}\"}}", "a".repeat(len));
    check(
        message(FAULT_MESSAGE_LEN_MAX),
        message(FAULT_MESSAGE_LEN_MAX + 1),
        "`message`",
    );
    let retry = |s: u32| format!("{{\"status\":503,\"retryAfterS\":{s}}}");
    check(
        retry(RETRY_AFTER_S_MAX),
        retry(RETRY_AFTER_S_MAX + 1),
        "`retryAfterS`",
    );
    let many = |count: usize| vec!["{\"status\":503}"; count].join(",");
    check(many(FAULTS_MAX), many(FAULTS_MAX + 1), "more than");
}
