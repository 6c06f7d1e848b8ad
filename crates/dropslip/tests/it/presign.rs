//! Forms as `dropslip presign post` prints them, sent and held against their policy.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use dropslip_s3::BucketName;
use dropslip_s3::policy::{Form, Permit, Policy};
use dropslip_sigv4::{Credentials, Expected, Timestamp, verify_post};

use crate::process::dropslip;

/// Name and value of each field before the file.
type Fields = Vec<(String, String)>;

const ENDPOINT: &str = "http://localhost:7601";
const KEY: &str = "s3://uploads/photos/${filename}";

/// What `dropslip presign post` prints.
fn presign(args: &[&str]) -> String {
    presign_at(ENDPOINT, args)
}

fn presign_at(endpoint: &str, args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let args = [&["presign", "post", "--endpoint", endpoint], args].concat();
    let output = dropslip(folder.path(), &args)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
        .env("AWS_SESSION_TOKEN", "TOKEN")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What the storage does with a form.
fn check(fields: &Fields, file_name: &str) -> Result<Permit, String> {
    let fields: Vec<(&str, &[u8])> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix_s(since.as_secs().try_into().unwrap());
    let expected = Expected {
        region: "us-east-1",
        service: "s3",
        now,
    };
    let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI").with_session_token("TOKEN");
    let verified = verify_post(&fields, &expected, |_: &str| Some(&keys)).unwrap();
    let form = Form::read(&fields, Some(file_name)).unwrap();
    let policy = Policy::parse_base64(verified.policy()).unwrap();
    let bucket = BucketName::parse("uploads").unwrap();
    let permit = policy.check(form, &bucket, now);
    permit.map_err(|error| error.to_string())
}

fn value<'a>(permit: &'a Permit, name: &str) -> &'a str {
    permit.form().value(name).unwrap_or("none")
}

/// The fields of a form in a page.
fn of_html(html: &str) -> Fields {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
        let (value, _) = rest.split_once('"').unwrap();
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    };
    html.lines()
        .filter(|line| line.contains("type=\"hidden\""))
        .map(|line| (attribute(line, "name"), attribute(line, "value")))
        .collect()
}

/// The fields that a script appends, with this for `file.type`.
fn of_script(script: &str, file_type: &str) -> Fields {
    let append = |line: &str| {
        let arguments = line.strip_prefix("form.append(")?.strip_suffix(')')?;
        let json = format!(
            "[{}]",
            arguments.replace("file.type", &format!("{file_type:?}"))
        );
        serde_json::from_str(&json).ok()
    };
    script.lines().filter_map(append).collect()
}

#[test]
fn a_form_in_a_page_is_allowed() {
    let html = presign(&[
        KEY,
        "--content-type",
        "image/jpeg",
        "--acl",
        "public-read",
        "--max-size",
        "1KB",
        "--success-redirect",
        "https://app.example/done?a=1&b=\"2\"",
        "--header",
        "x-amz-meta-note: é <b> ${filename}",
        "--checksum",
        "crc32:y/Q5Jg==",
    ]);
    assert!(html.contains("<form action=\"http://localhost:7601/uploads\" method=\"post\""));
    assert!(html.contains(" accept=\"image/jpeg\""), "{html}");
    assert!(!html.contains("onchange"), "{html}");
    let fields = of_html(&html);
    let permit = check(&fields, "beach.jpg").unwrap();
    assert_eq!(permit.key().as_str(), "photos/beach.jpg");
    assert_eq!(value(&permit, "content-type"), "image/jpeg");
    assert_eq!(value(&permit, "acl"), "public-read");
    let page = "https://app.example/done?a=1&b=\"2\"";
    assert_eq!(value(&permit, "success_action_redirect"), page);
    assert_eq!(value(&permit, "x-amz-meta-note"), "é <b> beach.jpg");
    assert_eq!(value(&permit, "x-amz-checksum-crc32"), "y/Q5Jg==");
    assert!(permit.check_size(0).is_ok() && permit.check_size(1000).is_ok());
    assert!(permit.check_size(1001).is_err());

    let changed = |name: &str, value: &str| {
        let mut fields = fields.clone();
        let (_, old) = fields.iter_mut().find(|(other, _)| other == name).unwrap();
        value.clone_into(old);
        check(&fields, "beach.jpg").unwrap_err()
    };
    let failed = "Invalid according to Policy: Policy Condition failed: ";
    assert_eq!(
        changed("Content-Type", "text/html"),
        format!(r#"{failed}["eq", "$Content-Type", "image/jpeg"]"#)
    );
    assert_eq!(
        changed("key", "other/${filename}"),
        format!(r#"{failed}["starts-with", "$key", "photos/"]"#)
    );
    assert_eq!(
        changed("acl", "private"),
        format!(r#"{failed}["eq", "$acl", "public-read"]"#)
    );
}

#[test]
fn an_open_type_is_filled_in() {
    let args = |output: &'static str| {
        [
            KEY,
            "--content-type",
            "image/*",
            "--content-length",
            "5",
            output,
        ]
    };
    let html = presign(&args("--expires=1h"));
    assert!(html.contains(" accept=\"image/*\""), "{html}");
    assert!(
        html.contains("this.form.elements['Content-Type'].value = "),
        "{html}"
    );
    let mut fields = of_html(&html);
    assert!(check(&fields, "a").is_err(), "no file is chosen yet");
    fields.last_mut().unwrap().1 = "image/png".to_owned();
    let permit = check(&fields, "a").unwrap();
    assert!(permit.check_size(5).is_ok());
    assert!(permit.check_size(4).is_err() && permit.check_size(6).is_err());

    let script = presign(&args("--fetch"));
    assert!(check(&of_script(&script, "image/webp"), "a").is_ok());
    assert!(check(&of_script(&script, "text/html"), "a").is_err());
    let last: Vec<&str> = script.lines().rev().take(2).collect();
    let send = "await fetch(\"http://localhost:7601/uploads\", { method: 'POST', body: form })";
    assert_eq!(last, [send, "form.append(\"file\", file)"]);

    let json: serde_json::Value = serde_json::from_str(&presign(&args("--json"))).unwrap();
    assert_eq!(json["url"], "http://localhost:7601/uploads");
    assert_eq!(json["openFields"]["Content-Type"], "image/*");
    let mut fields: Fields = json["fields"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    assert!(check(&fields, "a").is_err());
    fields.push(("content-type".to_owned(), "image/gif".to_owned()));
    assert!(check(&fields, "a").is_ok());
}

#[test]
fn any_type_and_any_size() {
    let fields = of_html(&presign(&["s3://uploads/a", "--content-type", "*/*"]));
    let permit = check(&fields, "b").unwrap();
    assert_eq!(permit.key().as_str(), "a");
    assert_eq!(permit.size_max(), u64::MAX);
    let fields = of_html(&presign(&[
        "s3://uploads/a",
        "--min-size",
        "2",
        "--success-status=201",
    ]));
    let permit = check(&fields, "b").unwrap();
    assert_eq!(value(&permit, "success_action_status"), "201");
    assert!(permit.check_size(1).is_err() && permit.check_size(5 << 30).is_ok());
    assert!(permit.check_size((5 << 30) + 1).is_err());
}

#[test]
fn checksums_are_computed_of_files() {
    let folder = tempfile::tempdir().unwrap();
    // More than is read at a time, and the check values of the CRC catalogue.
    std::fs::write(folder.path().join("large"), vec![b'a'; 1_000_000]).unwrap();
    std::fs::write(folder.path().join("9"), "123456789").unwrap();
    for (checksum, expect) in [
        ("crc32:@9", "x-amz-checksum-crc32: y/Q5Jg=="),
        ("CRC64NVME:@9", "x-amz-checksum-crc64nvme: rosUhgp5mIg="),
        (
            "sha256:@large",
            "x-amz-checksum-sha256: zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA=",
        ),
    ] {
        let args = [
            "presign",
            "put",
            "s3://uploads/a",
            "--curl",
            "--checksum",
            checksum,
        ];
        let output = dropslip(folder.path(), &args)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
            .output()
            .unwrap();
        let command = String::from_utf8(output.stdout).unwrap();
        assert!(command.contains(&format!("'{expect}'")), "{command}");
    }
}

#[test]
fn curl_sends_the_form() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let storage = std::thread::spawn(move || receive(listener.accept().unwrap().0));
    let args = [
        KEY,
        "--content-type",
        "image/*",
        "--header",
        "x-amz-meta-note:@it's <$HOME>;type=text/html",
        "--curl",
    ];
    let command = presign_at(&endpoint, &args);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("beach photo.jpg"), "the file").unwrap();
    let command = command
        .replace("@FILE", "@'beach photo.jpg'")
        .replace("=TYPE'", "=image/jpeg'");
    let sent = Command::new("sh")
        .args(["-c", &command])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}");

    let (target, fields, file_name, file) = storage.join().unwrap();
    assert_eq!(target, "POST /uploads HTTP/1.1");
    let permit = check(&fields, &file_name).unwrap();
    assert_eq!(permit.key().as_str(), "photos/beach photo.jpg");
    assert_eq!(value(&permit, "content-type"), "image/jpeg");
    let note = "@it's <$HOME>;type=text/html";
    assert_eq!(value(&permit, "x-amz-meta-note"), note);
    assert_eq!(file, "the file");
}

/// Reads one form: the request line, the fields, the file's name and the file.
fn receive(mut stream: TcpStream) -> (String, Fields, String, String) {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    // The last boundary ends the request.
    while !request.ends_with("--\r\n") {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "{request}");
        request.push_str(str::from_utf8(&buffer[..read]).unwrap());
    }
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (_, boundary) = head.split_once("boundary=").unwrap();
    let boundary = format!("--{}", boundary.lines().next().unwrap());
    let mut fields = Fields::new();
    for part in body.split(&boundary).skip(1) {
        let Some((head, content)) = part.split_once("\r\n\r\n") else {
            break;
        };
        let content = content.strip_suffix("\r\n").unwrap().to_owned();
        let (_, name) = head.split_once(" name=\"").unwrap();
        let (name, rest) = name.split_once('"').unwrap();
        if name == "file" {
            let file_name = rest.split('"').nth(1).unwrap().to_owned();
            return (head_line(&request), fields, file_name, content);
        }
        fields.push((name.to_owned(), content));
    }
    panic!("the form has no file: {body}");
}

fn head_line(request: &str) -> String {
    request.lines().next().unwrap().to_owned()
}
