//! Lifecycle rules: kept as they were put, told in headers, carried out.

use std::time::Duration;

use crate::support::Fixture;

const RULES: &str = "/photos?lifecycle";
/// The length of a day in these tests.
const DAY: Duration = Duration::from_millis(40);

fn document(rules: &str) -> String {
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

fn rule(prefix: &str, action: &str) -> String {
    format!(
        "<Rule><ID>r {prefix}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>{action}</Rule>"
    )
}

const ONE_DAY: &str = "<Expiration><Days>1</Days></Expiration>";

async fn with_short_days() -> Fixture {
    Fixture::new()
        .await
        .reopened_with(|config| config.lifecycle_day = DAY)
}

async fn put_rules(store: &Fixture, rules: &str) {
    store
        .signed("PUT", RULES, &[], document(rules))
        .await
        .is(200);
}

async fn put(store: &Fixture, key: &str) {
    let uri = format!("/photos/{key}");
    store.signed("PUT", &uri, &[], "x").await.is(200);
}

/// Waits until a request answers so.
async fn until(store: &Fixture, uri: &str, says: impl Fn(u16, &str) -> bool) {
    let start = std::time::Instant::now();
    loop {
        let answer = store.signed("GET", uri, &[], "").await;
        if says(answer.status.as_u16(), &answer.text()) {
            return;
        }
        assert!(start.elapsed().as_secs() < 20, "{}", answer.text());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn rules_are_kept_and_removed() {
    let store = Fixture::new().await;
    store
        .signed("GET", RULES, &[], "")
        .await
        .refused(404, "NoSuchLifecycleConfiguration");
    put_rules(&store, &rule("logs/", ONE_DAY)).await;
    let store = store.reopened();
    store
        .signed("GET", RULES, &[], "")
        .await
        .is(200)
        .says(&rule("logs/", ONE_DAY));
    store.signed("DELETE", RULES, &[], "").await.is(204);
    store.signed("DELETE", RULES, &[], "").await.is(204);
    store
        .signed("GET", RULES, &[], "")
        .await
        .refused(404, "NoSuchLifecycleConfiguration");
}

#[tokio::test]
async fn wrong_rules_leave_the_old_ones() {
    let store = Fixture::new().await;
    put_rules(&store, &rule("logs/", ONE_DAY)).await;
    let put = async |rules: &str| store.signed("PUT", RULES, &[], document(rules)).await;
    put("").await.refused(400, "MalformedXML");
    put(&rule("a/", "<Expiration><Days>0</Days></Expiration>"))
        .await
        .refused(400, "InvalidArgument")
        .says("Lifecycle rule 1: `Days`");
    put(&rule(
        "a/",
        "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>",
    ))
    .await
    .refused(501, "NotImplemented")
    .says("Transition");
    put(&rule("a/", "")).await.refused(400, "InvalidRequest");
    store
        .signed("PUT", RULES, &[], " ".repeat(1024 * 1024 + 1))
        .await
        .refused(400, "MaxMessageLengthExceeded");
    store
        .signed(
            "PUT",
            "/missing?lifecycle",
            &[],
            document(&rule("a/", ONE_DAY)),
        )
        .await
        .refused(404, "NoSuchBucket");
    store
        .send("PUT", RULES, &[], document(&rule("a/", ONE_DAY)))
        .await
        .refused(403, "AccessDenied");
    store
        .signed("GET", RULES, &[], "")
        .await
        .is(200)
        .says("<Prefix>logs/</Prefix>");
}

#[tokio::test]
async fn objects_expire_by_rule_and_age() {
    let store = with_short_days().await;
    for key in ["logs/a", "logs/b", "keep/a"] {
        put(&store, key).await;
    }
    let far = rule("keep/", "<Expiration><Days>100000</Days></Expiration>");
    put_rules(&store, &format!("{}{far}", rule("logs/", ONE_DAY))).await;
    until(&store, "/photos?list-type=2", |_, text| {
        !text.contains("logs/")
    })
    .await;
    store.signed("GET", "/photos/keep/a", &[], "").await.is(200);
}

#[tokio::test]
async fn a_date_in_the_past_is_due() {
    let store = with_short_days().await;
    put(&store, "past/a").await;
    put(&store, "future/a").await;
    let date = |date: &str| format!("<Expiration><Date>{date}</Date></Expiration>");
    let past = rule("past/", &date("2015-01-01T00:00:00Z"));
    let future = rule("future/", &date("9000-01-01T00:00:00Z"));
    put_rules(&store, &format!("{past}{future}")).await;
    until(&store, "/photos/past/a", |status, _| status == 404).await;
    store
        .signed("GET", "/photos/future/a", &[], "")
        .await
        .is(200);
}

#[tokio::test]
async fn what_is_due_is_found_among_many() {
    let store = with_short_days().await;
    let keys: Vec<_> = (0..700).map(|n| format!("many/{n:03}")).collect();
    for key in &keys {
        put(&store, key).await;
    }
    put_rules(&store, &rule("many/", ONE_DAY)).await;
    until(&store, "/photos?list-type=2", |_, text| {
        text.contains("<KeyCount>0</KeyCount>")
    })
    .await;
}

#[tokio::test]
async fn stale_uploads_are_aborted() {
    let store = with_short_days().await;
    let begin = async |key: &str| {
        let uri = format!("/photos/{key}?uploads");
        store.signed("POST", &uri, &[], "").await.is(200);
    };
    begin("big/a").await;
    begin("other/a").await;
    let abort = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>";
    put_rules(&store, &rule("big/", abort)).await;
    until(&store, "/photos?uploads", |_, text| !text.contains("big/a")).await;
    store
        .signed("GET", "/photos?uploads", &[], "")
        .await
        .is(200)
        .says("other/a");
}

async fn versioned() -> Fixture {
    let store = with_short_days().await;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    store
        .signed("PUT", "/photos?versioning", &[], enabled)
        .await
        .is(200);
    store
}

/// Sends a request and gives the address of the version that it made.
async fn version(store: &Fixture, method: &str) -> String {
    let made = store.signed(method, "/photos/a", &[], "").await;
    assert!(made.status.is_success(), "{}", made.text());
    format!("/photos/a?versionId={}", made.header("x-amz-version-id"))
}

#[tokio::test]
async fn with_versions_an_object_that_expires_is_hidden() {
    let store = versioned().await;
    let only = version(&store, "PUT").await;
    put_rules(&store, &rule("", ONE_DAY)).await;
    until(&store, "/photos/a", |status, _| status == 404).await;
    store.signed("GET", &only, &[], "").await.is(200);
}

#[tokio::test]
async fn noncurrent_versions_go_and_then_their_marker() {
    let store = versioned().await;
    let mut versions = Vec::new();
    for _ in 0..4 {
        versions.push(version(&store, "PUT").await);
    }
    put(&store, "b").await;
    let kept = "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    put_rules(&store, &rule("", kept)).await;
    until(&store, &versions[0], |status, _| status == 404).await;
    for version in &versions[1..] {
        store.signed("GET", version, &[], "").await.is(200);
    }
    let marker = version(&store, "DELETE").await;
    store.signed("GET", &marker, &[], "").await.is(405);
    let all = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>\
        <NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>";
    put_rules(&store, &rule("", all)).await;
    until(&store, &marker, |status, _| status == 404).await;
    for version in &versions {
        store.signed("GET", version, &[], "").await.is(404);
    }
    store.signed("GET", "/photos/b", &[], "").await.is(200);
}

#[tokio::test]
async fn the_header_says_when_and_by_which_rule() {
    let store = Fixture::new().await;
    put_rules(&store, &rule("logs/", ONE_DAY)).await;
    let stored = store
        .signed("PUT", "/photos/logs/a", &[], "x")
        .await
        .is(200);
    let header = stored.header("x-amz-expiration").to_owned();
    let (date, id) = header
        .strip_prefix("expiry-date=\"")
        .and_then(|rest| rest.split_once("\", rule-id=\""))
        .unwrap_or_else(|| panic!("{header}"));
    assert!(date.ends_with(" 00:00:00 GMT"), "{header}");
    assert_eq!(id, "r%20logs%2F\"");
    for method in ["GET", "HEAD"] {
        let read = store
            .signed(method, "/photos/logs/a", &[], "")
            .await
            .is(200);
        assert_eq!(read.header("x-amz-expiration"), header);
    }
    let other = store.signed("PUT", "/photos/other", &[], "x").await.is(200);
    assert_eq!(other.header("x-amz-expiration"), "");
}
