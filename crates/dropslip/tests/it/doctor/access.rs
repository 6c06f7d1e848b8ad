//! Keys, region, bucket, addressing, and what stands between.

use crate::doctor::{ORIGIN, Patient, Report};
use crate::meddler::{self, Answers, Message, Requests};

#[test]
fn keys() {
    let patient = Patient::new();
    let endpoint = format!("http://{}", patient.store.s3());
    let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
    for (keys, expected) in [
        (
            ("nobody", "dropslip-dev-secret"),
            "credentials unknown_access_key",
        ),
        (
            ("dropslip", "dropslip-dev-secret "),
            "credentials wrong_secret",
        ),
        (("dropslip", "other"), "credentials wrong_secret"),
    ] {
        let report = Report::with_keys(patient.folder.path(), &args, keys);
        report.blames(&[expected]);
        assert!(report.ids("skipped").contains("put"));
        // Preflights need no keys.
        assert_eq!(report.check("cors-preflight")["answer"], "yes");
    }
}

#[test]
fn regions_and_buckets() {
    let patient = Patient::new();
    let report = patient.examine(&["--region", "eu-west-1"]);
    report.blames(&["region wrong_region"]);
    assert_eq!(report.check("region")["fix"], "region = \"us-east-1\"");
    // What the region hid is found all the same.
    assert_eq!(report.check("put")["answer"], "yes");
    let endpoint = format!("http://{}", patient.store.s3());
    let report = Report::of(
        patient.folder.path(),
        &["s3://nowhere", "--endpoint", &endpoint],
    );
    report.blames(&["bucket no_such_bucket"]);
    let fix = report.check("bucket")["fix"].as_str().unwrap();
    assert_eq!(
        fix,
        format!("aws s3 mb s3://nowhere --endpoint-url {endpoint}")
    );
}

#[test]
fn the_address_of_a_bucket_is_no_endpoint() {
    let patient = Patient::new();
    let endpoint = format!("http://uploads.localhost:{}", patient.store.s3().port());
    let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
    Report::of(patient.folder.path(), &args).blames(&["bucket bucket_in_endpoint"]);
}

#[test]
fn temporary_keys() {
    let patient = Patient::new();
    for (code, expected) in [
        ("ExpiredToken", "credentials token_expired"),
        ("InvalidToken", "credentials token_invalid"),
    ] {
        let meddle = Requests(move |request: &mut Message| {
            let is_signed = request.header("authorization").is_some();
            is_signed.then(|| Message::error("400 Bad Request", code, ""))
        });
        patient
            .examine_at(meddler::start(patient.store.s3(), meddle), &[])
            .blames(&[expected]);
    }
}

/// A storage that knows buckets in hosts alone, as some do.
#[test]
fn a_storage_that_wants_the_bucket_in_the_host() {
    let patient = Patient::new();
    let meddle = Requests(|request: &mut Message| {
        let is_in_host = request
            .header("host")
            .is_some_and(|host| host.starts_with("uploads."));
        (!is_in_host).then(|| Message::error("404 Not Found", "NoSuchBucket", ""))
    });
    let address = meddler::start(patient.store.s3(), meddle);
    let endpoint = format!("http://localhost:{}", address.port());
    let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
    let report = Report::of(patient.folder.path(), &args);
    report.blames(&["path-style wrong_addressing"]);
    assert_eq!(
        report.check("path-style")["fix"],
        "addressing = \"virtualHost\""
    );
    assert_eq!(report.check("put")["answer"], "yes");
}

#[test]
fn proxies_that_change_requests() {
    let patient = Patient::new();
    let behind = patient.store.s3();
    let check = |meddle: fn(&mut Message), expected: &str| {
        let meddle = Requests(move |request: &mut Message| {
            meddle(request);
            None
        });
        patient
            .examine_at(meddler::start(behind, meddle), &[])
            .blames(&[expected])
            .check(expected.split(' ').next().unwrap())["cause"]["text"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let text = check(
        |request| request.set("host", "localhost"),
        "credentials proxy_changes_host",
    );
    assert!(text.contains("makes it `localhost`"), "{text}");
    check(
        |request| request.start = request.start.replace(" /uploads", " //uploads"),
        "credentials proxy_changes_path",
    );
    let text = check(
        |request| request.remove("authorization"),
        "credentials proxy_strips_header",
    );
    assert!(text.contains("`authorization`"), "{text}");
}

/// As most storages answer: without the strings to compare.
#[test]
fn a_changed_host_is_found_without_being_told() {
    let patient = Patient::new();
    struct Silent;
    impl meddler::Meddle for Silent {
        fn request(&self, request: &mut Message) -> Option<Message> {
            let port = request.header("host")?.rsplit_once(':')?.1.to_owned();
            request.set("host", &format!("localhost:{port}"));
            None
        }
        fn answer(&self, _: &Message, answer: &mut Message) {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            if body.contains("SignatureDoesNotMatch") {
                *answer = Message::error("403 Forbidden", "SignatureDoesNotMatch", "");
            }
        }
    }
    let report = patient.examine_at(meddler::start(patient.store.s3(), Silent), &[]);
    report.blames(&["credentials proxy_changes_host"]);
}

#[test]
fn an_address_of_its_own_for_browsers() {
    let patient = Patient::new();
    let other = Patient::new();
    let to = |address: std::net::SocketAddr| format!("http://{address}");
    // One storage by two names is well.
    let same = to(patient.store.s3()).replace("127.0.0.1", "localhost");
    patient.examine(&["--public-endpoint", &same]).blames(&[]);
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let report = patient.examine(&["--public-endpoint", &to(nowhere)]);
    report.blames(&["address nothing_listens"]);
    let meddle = Requests(|request: &mut Message| {
        request.set("host", "localhost");
        None
    });
    let changing = to(meddler::start(patient.store.s3(), meddle));
    let report = patient.examine(&["--public-endpoint", &changing]);
    assert!(
        report.blamed().contains("public proxy_changes_host"),
        "{:?}",
        report.blamed()
    );
    // Another storage, with the same keys and a bucket of the same name.
    let report = patient.examine(&["--public-endpoint", &to(other.store.s3())]);
    assert!(
        report.blamed().contains("put public_other_storage"),
        "{:?}",
        report.blamed()
    );
}

#[test]
fn keys_that_may_not_everything() {
    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys.toml");
    let text = "[[key]]\naccessKey = \"owner\"\nsecretKey = \"owner-secret\"\n[[key]]\naccessKey = \"reader\"\nsecretKey = \"reader-secret\"\n";
    std::fs::write(&keys, text).unwrap();
    let patient = Patient::with(&["--keys", &keys.display().to_string()]);
    let endpoint = format!("http://{}", patient.store.s3());
    let allow = |actions: &str| {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":[{actions}],"Resource":["arn:aws:s3:::uploads","arn:aws:s3:::uploads/*"]}}]}}"#
        );
        super::put_as(
            patient.store.s3(),
            ("owner", "owner-secret"),
            "policy=",
            &policy,
        );
    };
    let examine = || {
        let args = ["s3://uploads", "--endpoint", &endpoint, "--origin", ORIGIN];
        Report::with_keys(patient.folder.path(), &args, ("reader", "reader-secret"))
    };
    allow(r#""s3:GetObject","s3:ListBucket""#);
    let report = examine();
    report.blames(&["permissions read_only_key"]);
    assert!(
        report.check("permissions")["fix"]
            .as_str()
            .unwrap()
            .contains("\"s3:PutObject\"")
    );
    assert!(report.ids("skipped").contains("put"));
    allow(r#""s3:GetObject","s3:ListBucket","s3:PutObject""#);
    let report = examine();
    assert!(
        report.blamed().contains("permissions key_may_not"),
        "{:?}",
        report.blamed()
    );
    let detail = report.check("permissions")["detail"].as_str().unwrap();
    assert!(
        detail.contains("s3:DeleteObject") && !detail.contains("s3:PutObject"),
        "{detail}"
    );
}

#[test]
fn a_storage_that_fails() {
    let patient = Patient::new();
    let full = Requests(|request: &mut Message| {
        (request.method() == "PUT")
            .then(|| Message::error("507 Insufficient Storage", "InsufficientStorage", ""))
    });
    let report = patient.examine_at(meddler::start(patient.store.s3(), full), &[]);
    report.blames(&["permissions put_refused"]);
    let down = Answers(|_: &Message, answer: &mut Message| {
        *answer = Message::error("500 Internal Server Error", "InternalError", "");
    });
    let report = patient.examine_at(meddler::start(patient.store.s3(), down), &[]);
    report.blames(&["bucket storage_failing"]);
}
