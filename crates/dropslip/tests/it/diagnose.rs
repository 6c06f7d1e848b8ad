//! Why the bytes did not arrive, asked of a service in front of a real bucket with its rules.

use dropslip_sigv4::{Credentials, Path, Signer, Slip};
use serde_json::{Value, json};

use crate::http::send;
use crate::storage::now;
use crate::system::{JSON, System};

const ORIGIN: &str = "https://app.example";

/// A service with a preset for each mode, as a page of `ORIGIN` calls it.
struct Page(System);

impl Page {
    fn new() -> Self {
        let preset = |name: &str, more: &str| {
            format!(
                "[presets.{name}]\nbucket = \"uploads\"\nkey = \"{{uuid}}\"\naccept = [\"*/*\"]\nmaxSize = \"1 GiB\"\n{more}\n"
            )
        };
        let presets = [
            preset("put", "acl = \"public-read\"\nsingleUse = true"),
            preset("form", "mode = \"post\""),
            preset("parts", "mode = \"multipart\"\nchecksum = \"crc32\""),
            preset("lost", "").replace("\"uploads\"", "\"nowhere\""),
        ];
        Self(System::with_presets(&presets.concat()))
    }

    fn call(&self, request: &str, body: &Value) -> Value {
        let address = self.0.service.address("Uploads at http://");
        let headers = [JSON, ("origin", ORIGIN)];
        send(address, request, &headers, body.to_string().as_bytes()).json()
    }

    /// What the service says of an upload whose bytes did not arrive for no reason that a page sees.
    fn silence(&self, preset: &str) -> Value {
        let wish =
            json!({"preset": preset, "fileName": "a.png", "contentType": "image/png", "size": 100});
        let upload = self.call("POST /v1/uploads", &wish);
        self.call(
            "POST /v1/diagnose",
            &json!({"id": upload["id"], "status": 0}),
        )
    }

    /// Replaces the rules of the bucket by one, in the JSON of `put-bucket-cors`.
    fn allow(&self, rule: &Value) {
        let list = |name: &str| {
            let element = name.trim_end_matches('s');
            let texts = rule[name].as_array().unwrap().iter();
            let texts =
                texts.map(|text| format!("<{element}>{}</{element}>", text.as_str().unwrap()));
            texts.collect::<String>()
        };
        let body = format!(
            "<CORSConfiguration><CORSRule>{}{}{}</CORSRule></CORSConfiguration>",
            list("AllowedOrigins"),
            list("AllowedMethods"),
            list("AllowedHeaders")
        );
        let signer = Signer::new(
            Credentials::new("dropslip", "dropslip-dev-secret"),
            "us-east-1",
            "s3",
        );
        let address = self.0.store.s3();
        let slip = Slip {
            method: "PUT",
            scheme: "http",
            host: &address.to_string(),
            path: Path::Wire("/uploads"),
            query: "cors=",
            headers: &[],
            expires_s: 60,
        };
        let url = signer.presign_url(&slip, now()).unwrap();
        let target = &url[url.find("/uploads").unwrap()..];
        send(address, &format!("PUT {target}"), &[], body.as_bytes()).is(200);
    }
}

fn rule(origin: &str, method: &str, headers: &[&str]) -> Value {
    json!({"AllowedOrigins": [origin], "AllowedMethods": [method], "AllowedHeaders": headers})
}

#[track_caller]
fn check(verdict: &Value, code: &str, words: &[&str]) {
    assert_eq!(verdict["code"], code, "{verdict:#}");
    for word in words {
        assert!(
            verdict["detail"].as_str().unwrap().contains(word),
            "`{word}` is not in {verdict:#}"
        );
    }
}

#[test]
fn each_missing_part_of_a_rule_is_named() {
    let system = Page::new();
    let verdict = system.silence("put");
    check(&verdict, "cors_origin", &[ORIGIN, "403 `AccessForbidden`"]);
    let proposed = verdict["cors"].clone();
    assert_eq!(
        proposed["AllowedHeaders"],
        json!(["content-type", "if-none-match", "x-amz-acl"])
    );

    system.allow(&rule("https://other.example", "PUT", &["*"]));
    check(&system.silence("put"), "cors_origin", &[ORIGIN]);
    system.allow(&rule(ORIGIN, "GET", &["*"]));
    check(&system.silence("put"), "cors_method", &["`GET`, not `PUT`"]);
    system.allow(&rule(ORIGIN, "PUT", &["content-type", "x-amz-*"]));
    check(
        &system.silence("put"),
        "cors_headers",
        &["send `if-none-match` with"],
    );
    system.allow(&rule(ORIGIN, "PUT", &[]));
    let all = "`content-type`, `if-none-match`, `x-amz-acl`";
    check(&system.silence("put"), "cors_headers", &[all]);

    system.allow(&proposed);
    check(&system.silence("put"), "file_or_network", &[]);
}

#[test]
fn each_mode_asks_what_its_browser_asks() {
    let system = Page::new();
    for (preset, method, headers) in [
        ("form", "POST", json!(["content-type"])),
        (
            "parts",
            "PUT",
            json!(["content-type", "x-amz-checksum-crc32"]),
        ),
    ] {
        system.allow(&rule("https://other.example", "GET", &["*"]));
        let verdict = system.silence(preset);
        check(&verdict, "cors_origin", &[ORIGIN]);
        let proposed = &verdict["cors"];
        assert_eq!(proposed["AllowedMethods"], json!([method]));
        assert_eq!(proposed["AllowedHeaders"], headers);
        system.allow(proposed);
        check(&system.silence(preset), "file_or_network", &[]);
    }
    system.allow(&rule(ORIGIN, "POST", &["*"]));
    check(
        &system.silence("parts"),
        "cors_method",
        &["`POST`, not `PUT`"],
    );
    system.allow(&rule(ORIGIN, "PUT", &["content-type"]));
    check(
        &system.silence("parts"),
        "cors_headers",
        &["`x-amz-checksum-crc32`"],
    );
}

#[test]
fn a_bucket_that_is_not_there() {
    check(&Page::new().silence("lost"), "no_such_bucket", &["404"]);
}

/// Rules that allow everything let the look at real answers happen; it leaves nothing behind.
#[test]
fn a_look_stores_nothing() {
    let system = Page::new();
    system.allow(&rule("*", "PUT", &["*"]));
    check(&system.silence("put"), "file_or_network", &[]);
    let (objects, _) = crate::storage::Storage::of(system.0.store.s3()).names();
    assert_eq!(objects, Vec::<String>::new());
}
