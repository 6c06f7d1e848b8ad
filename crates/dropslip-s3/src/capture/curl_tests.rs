//! Commands as browsers, tools and people write them, and such as nobody should.

use super::{Body, CaptureErrorKind, Captured, Piece, curl};

const URL: &str =
    "https://b.s3.eu-central-1.amazonaws.com/a%20b.jpg?X-Amz-Credential=A%2FB&X-Amz-Signature=00";
const QUERY: &str = "X-Amz-Credential=A%2FB&X-Amz-Signature=00";

fn read(text: &str) -> Captured {
    curl(&text.replace("URL", URL)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Method, then headers other than `host` and `accept`, as `name: value`.
#[track_caller]
fn check(text: &str, expect: &[&str]) {
    let captured = read(text);
    let mut got = vec![captured.method.clone()];
    for (name, value) in &captured.headers {
        if !matches!(name.as_str(), "host" | "accept") {
            got.push(format!("{name}: {}", String::from_utf8_lossy(value)));
        }
    }
    assert_eq!(got, expect, "{text}");
}

#[test]
fn chrome_on_linux_and_mac() {
    let captured = read(
        r#"curl 'URL' \
  -X 'PUT' \
  -H 'Accept: */*' \
  -H 'Accept-Language: de-DE,de;q=0.9' \
  -H 'Connection: keep-alive' \
  -H 'Content-Type: image/png' \
  -H 'Origin: http://localhost:3000' \
  -H $'x-amz-meta-note: it\'s \u0021' \
  -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' \
  --data-raw $'\u0089PNG\r\n' \
  --compressed"#,
    );
    assert_eq!(captured.method, "PUT");
    assert_eq!(captured.path, "/a%20b.jpg");
    assert_eq!(captured.query, QUERY);
    assert_eq!(
        captured.header("host"),
        Some("b.s3.eu-central-1.amazonaws.com")
    );
    assert_eq!(captured.header("content-type"), Some("image/png"));
    assert_eq!(captured.header("x-amz-meta-note"), Some("it's !"));
    assert_eq!(
        captured.header("sec-ch-ua"),
        Some("\"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"")
    );
    assert_eq!(captured.body, Body::Pieces(vec![Piece::Bytes(7)]));
    assert!(captured.remarks.is_empty(), "{:?}", captured.remarks);
}

#[test]
fn chrome_on_windows() {
    let url = URL.replace('%', "^%^").replace('&', "^&");
    let text = format!(
        "curl ^\"{url}^\" ^\r\n  -X ^\"PUT^\" ^\r\n  -H ^\"Content-Type: image/jpeg^\" ^\r\n  -H ^\"sec-ch-ua: ^\\^\"Chromium^\\^\";v=^\\^\"130^\\^\"^\" ^\r\n  --data-raw ^\"a^%^20b^\""
    );
    let captured = curl(&text).unwrap();
    assert_eq!(
        (captured.method.as_str(), captured.query.as_str()),
        ("PUT", QUERY)
    );
    assert_eq!(captured.header("content-type"), Some("image/jpeg"));
    assert_eq!(captured.header("sec-ch-ua"), Some("\"Chromium\";v=\"130\""));
    assert_eq!(captured.body, Body::Pieces(vec![Piece::Bytes(5)]));
}

#[test]
fn firefox_and_postman() {
    check(
        "curl 'URL' --compressed -X PUT -H 'Content-Type: text/plain;charset=UTF-8' -H 'DNT: 1' --data-binary @-",
        &[
            "PUT",
            "accept-encoding: deflate, gzip, br, zstd",
            "Content-Type: text/plain;charset=UTF-8",
            "DNT: 1",
        ],
    );
    check(
        "curl --location --request PUT 'URL' \\\n--header 'Content-Type: image/jpeg' \\\n--data-binary '@/C:/Pictures/a b/photo.jpg'",
        &["PUT", "Content-Type: image/jpeg"],
    );
    check(
        "curl --location 'URL' \\\n--form 'file=@\"/tmp/photo.jpg\"' --form 'key=\"a\"'",
        &[
            "POST",
            "content-type: multipart/form-data; boundary=------------------------",
        ],
    );
}

#[test]
fn methods_and_content_types_are_curls_own() {
    let form = "content-type: application/x-www-form-urlencoded";
    check("curl 'URL'", &["GET"]);
    check("curl -I 'URL'", &["HEAD"]);
    check("curl -T photo.jpg 'URL'", &["PUT"]);
    check("curl -T - 'URL'", &["PUT", "transfer-encoding: chunked"]);
    check("curl -d a 'URL'", &["POST", form]);
    check("curl -X PUT --data-binary @photo.jpg 'URL'", &["PUT", form]);
    check("curl -XPUT -d a -H 'Content-Type:' 'URL'", &["PUT"]);
    check(
        "curl -XPUT -d a -H 'content-type;' 'URL'",
        &["PUT", "content-type: "],
    );
    check(
        "curl --json '{}' 'URL'",
        &["POST", "content-type: application/json"],
    );
    check("curl -X DELETE 'URL'", &["DELETE"]);
    check("curl -u a:b 'URL'", &["GET", "authorization: Basic YTpi"]);
    check(
        "curl -A x -e y -b a=1 -b jar.txt -r 0-9 'URL'",
        &[
            "GET",
            "user-agent: x",
            "referer: y",
            "range: bytes=0-9",
            "cookie: a=1",
        ],
    );
    check(
        "curl -H 'a: 1' -H 'a: 2' -H 'nothing' -H '' 'URL'",
        &["GET", "a: 1", "a: 2"],
    );
    assert_eq!(
        read("curl -H 'Host: other:1' 'URL'").header("host"),
        Some("other:1")
    );
    assert_eq!(
        read("curl -G -d a=b --data-urlencode 'c=d e' 'URL'").query,
        format!("{QUERY}&a=b&c=d+e")
    );
    assert_eq!(read("curl -G -d a=b 'URL'").method, "GET");
    assert_eq!(read("curl h/é?ü").path, "/%C3%A9");
    assert_eq!(read("curl h/é?ü").query, "ü");
    assert_eq!(
        read("curl --json 1 h").header("accept"),
        Some("application/json")
    );
    assert_eq!(
        read("curl --json 1 -H 'accept: a/b' h").header("accept"),
        Some("a/b")
    );
    assert_eq!(
        read("curl -b a=1 -b b=2 -e '' h").header("cookie"),
        Some("a=1;b=2")
    );
    assert_eq!(read("curl -e '' h").header("referer"), None);
    assert_eq!(read("curl h/a/../b").path, "/b");
    assert_eq!(read("curl --path-as-is h/a/../b").path, "/a/../b");
    assert_eq!(
        read("curl -T dir/photo.jpg http://h/b/").path,
        "/b/photo.jpg"
    );
    assert_eq!(read("curl -T photo.jpg http://h/b/?x=1").path, "/b/");
    let odd = read("curl -T 'dir/a b?c#é+~.jpg' http://h/b/");
    assert_eq!(
        (odd.path.as_str(), odd.query.as_str()),
        ("/b/a%20b%3Fc%23%C3%A9%2B~.jpg", "")
    );
}

#[test]
fn lengths() {
    let length = |text: &str| {
        let mut captured = read(text);
        captured.measure(|piece| match piece {
            Piece::File(name) if name == "f" => Some(100),
            Piece::FileWithoutLines(name) if name == "f" => Some(90),
            _ => None,
        });
        captured.header("content-length").map(str::to_owned)
    };
    for (text, expect) in [
        ("curl 'URL'", None),
        ("curl -X PUT 'URL'", None),
        ("curl -T f 'URL'", Some("100")),
        ("curl -T missing 'URL'", None),
        ("curl -T - 'URL'", None),
        ("curl -d é -d ab 'URL'", Some("5")),
        ("curl -d @f -d ab 'URL'", Some("93")),
        ("curl --data-binary @f 'URL'", Some("100")),
        ("curl --data-raw @f 'URL'", Some("2")),
        ("curl --json @f --json a 'URL'", Some("101")),
        ("curl -d '' 'URL'", Some("0")),
        ("curl -F a=b 'URL'", None),
        ("curl --data-urlencode a@f 'URL'", None),
        ("curl -I -d a 'URL'", None),
        ("curl -T f -H 'content-length: 7' 'URL'", Some("7")),
        ("curl -T f -H 'transfer-encoding: chunked' 'URL'", None),
    ] {
        assert_eq!(length(text).as_deref(), expect, "{text}");
    }
}

#[test]
fn what_to_know_beside_it() {
    let remarks = |text: &str| read(text).remarks.join("; ");
    let cut = curl(&format!("curl -T photo.jpg {URL}")).unwrap();
    assert_eq!(cut.query, "X-Amz-Credential=A%2FB");
    assert!(cut.remarks[0].contains("first `&`"), "{:?}", cut.remarks);
    assert!(remarks("curl 'URL' -H \"x: $TOKEN\"").contains("`$…`"));
    assert!(remarks("curl 'URL' 'http://other/'").contains("several URLs"));
    assert!(remarks("curl 'URL' -H @headers.txt").contains("`headers.txt`"));
    assert!(remarks("curl 'URL' -K config").contains("`config`"));
    assert_eq!(remarks("$ sudo -E /usr/bin/curl 'URL'"), "");
}

#[test]
fn what_is_no_command_is_named() {
    for (text, why) in [
        ("", "no `curl` command"),
        ("wget https://h/", "begins with `wget`"),
        ("curl", "no URL"),
        ("curl -X PUT", "no URL"),
        ("curl 'https://h/", "not closed"),
        ("curl https://h/ -H", "lacks its value"),
        ("curl ftp://h/a", "no URL"),
        ("curl ''", "no URL"),
        (
            "curl --aws-sigv4 aws:amz:us-east-1:s3 https://h/",
            "signs while it sends",
        ),
        (
            "Invoke-WebRequest -Uri \"https://h/\"",
            "begins with `Invoke-WebRequest`",
        ),
        ("a b c d e f g h curl https://h/", "begins with `a`"),
    ] {
        let error = curl(text).unwrap_err();
        assert!(error.to_string().contains(why), "{text}: {error}");
    }
    let long = format!(
        "curl https://h/{}",
        "a".repeat(crate::limits::CAPTURED_URL_BYTES_MAX)
    );
    assert_eq!(curl(&long).unwrap_err().kind(), CaptureErrorKind::TooLarge);
}

#[test]
fn hostile_text_does_no_harm() {
    let pieces = [
        "curl ", "'", "\"", "\\", "$'", "^", "^\"", "&", "\n", "-H", " ", ":", ";", "é", "\u{0}",
        "-", "--", "@", "%", "=", "http://", "<", "#", "x",
    ];
    // A plain generator: the same texts each time.
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize
    };
    for _ in 0..20_000 {
        let length = next() % 24;
        let tail: String = (0..length).map(|_| pieces[next() % pieces.len()]).collect();
        if let Ok(mut captured) = curl(&format!("curl {tail}")) {
            captured.measure(|_| Some(u64::MAX));
            assert!(captured.path.starts_with('/'), "{tail:?}");
        }
    }
}
