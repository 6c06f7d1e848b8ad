//! A refusal explains itself, to whom it may.

use dropslip_sigv4::Timestamp;
use dropslip_store::{Config, Explain};

use crate::support::{Answer, Fixture, NO_VALUE, now, presign};

const JPEG: [(&str, &str); 1] = [("content-type", "image/jpeg")];
const PNG: [(&str, &str); 1] = [("content-type", "image/png")];

impl Answer {
    #[track_caller]
    fn explains(self, cause: &str) -> Self {
        self.says(&format!("<Explanation><Cause>{cause}</Cause>"))
    }

    #[track_caller]
    fn mute(self) -> Self {
        assert!(!self.text().contains("Explanation"), "{}", self.text());
        self
    }
}

async fn local() -> Fixture {
    Fixture::new().await.at_peer("127.0.0.1")
}

/// A PUT of another type than the signed one.
async fn changed(store: &Fixture, more: &[(&str, &str)]) -> Answer {
    let sent: Vec<_> = PNG.iter().chain(more).copied().collect();
    let answer = store
        .presigned("PUT", "/photos/a.jpg", (&JPEG, &sent), "hello")
        .await;
    answer.refused(403, "SignatureDoesNotMatch")
}

#[tokio::test]
async fn a_peer_on_this_machine_is_told() {
    let store = local().await;
    let told = changed(&store, &[]).await.explains("content_type");
    let told = told
        .says("<Certainty>certain</Certainty>")
        .says("<Signed>image/jpeg</Signed>")
        .says("<Arrived>image/png</Arrived>")
        .says("<FixForSender>")
        .says("<Difference><Line>4</Line><Column>20</Column>")
        .says("\ncontent-type:image/jpeg\n");
    let (s3s, ours) = told
        .text()
        .split_once("<Explanation>")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(s3s.ends_with("</RequestId>"), "{s3s}");
    assert!(ours.ends_with("</Explanation></Error>"), "{ours}");
    for peer in ["127.8.9.10", "::1", "::ffff:127.0.0.1"] {
        let store = Fixture::new().await.at_peer(peer);
        changed(&store, &[]).await.explains("content_type");
    }
}

#[tokio::test]
async fn nobody_else_is() {
    changed(&Fixture::new().await, &[]).await.mute();
    for peer in [
        "192.0.2.7",
        "10.0.0.1",
        "2001:db8::1",
        "0.0.0.0",
        "::ffff:192.0.2.7",
    ] {
        let store = Fixture::new().await.at_peer(peer);
        changed(&store, &[]).await.mute();
    }
    // Behind a proxy on this machine somebody else speaks.
    let store = local().await;
    for name in [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
    ] {
        changed(&store, &[(name, "192.0.2.7")]).await.mute();
    }
}

#[tokio::test]
async fn as_the_settings_say() {
    let set = |explain| move |config: &mut Config| config.explain = explain;
    let store = Fixture::new().await.reopened_with(set(Explain::Always));
    changed(&store, &[]).await.explains("content_type");
    let store = store.at_peer("192.0.2.7");
    changed(&store, &[("via", "1.1 proxy")])
        .await
        .explains("content_type");
    let store = local().await.reopened_with(set(Explain::Never));
    changed(&store, &[]).await.mute();
}

#[tokio::test]
async fn each_refusal_has_its_own() {
    let store = local().await;
    let send = async |method: &'static str, uri: String, headers: &[(&str, &str)]| {
        store
            .send(method, &uri, headers, "hello")
            .await
            .refused_somehow()
    };
    let slip = |at| presign("PUT", "/photos/a.jpg", &JPEG, at);
    let at = |seconds: i64| Timestamp::from_unix_s(now().unix_s() + seconds);
    send("PUT", slip(at(-120)), &JPEG).await.explains("expired");
    send(
        "PUT",
        slip(now()),
        &[("content-type", "image/jpeg"), ("x-amz-acl", "public-read")],
    )
    .await
    .explains("header_not_signed");
    send("PUT", slip(now()), &[]).await.explains("content_type");
    send("POST", slip(now()), &JPEG).await.explains("method");
    send("PUT", slip(now()).replace('&', "&amp;"), &JPEG)
        .await
        .explains("html_escaped");
    send("PUT", slip(now()).replace("us-east-1", "eu-west-1"), &JPEG)
        .await
        .explains("region");
    send(
        "PUT",
        slip(now()).replace("AKIDEXAMPLE", "AKIDOTHER"),
        &JPEG,
    )
    .await
    .explains("unknown_key");
    send("PUT", "/photos/a.jpg".to_owned(), &JPEG)
        .await
        .explains("not_signed");
}

#[tokio::test]
async fn what_is_no_matter_of_signatures_is_not_explained() {
    let store = local().await;
    store
        .signed("GET", "/photos/missing", &[], "")
        .await
        .refused(404, "NoSuchKey")
        .mute();
    store
        .signed("PUT", "/photos/a", &[("content-length", NO_VALUE)], "hello")
        .await
        .mute();
    store
        .send("GET", "/photos/missing", &[], "")
        .await
        .is(403)
        .explains("not_signed");
}

#[tokio::test]
async fn nothing_of_the_secret_gets_out() {
    let store = local().await;
    let slip = presign("PUT", "/photos/a.jpg", &PNG, now());
    let right = slip.rsplit_once("X-Amz-Signature=").unwrap().1;
    let wrong = slip.replace(right, &"0".repeat(64));
    for headers in [PNG, JPEG] {
        let answer = store.send("PUT", &wrong, &headers, "hello").await;
        let text = answer.refused(403, "SignatureDoesNotMatch").text();
        assert!(!text.contains(right) && !text.contains("wJalr"), "{text}");
    }
}

impl Answer {
    #[track_caller]
    fn refused_somehow(self) -> Self {
        assert!(self.status.is_client_error(), "{}", self.text());
        self
    }
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG";

/// A request whose credential begins with this in place of the access key.
async fn names(store: &Fixture, named: &str, more: &str) -> Answer {
    let slip = presign("PUT", "/photos/a.jpg", &JPEG, now());
    let named = named.replace('/', "%2F").replace('+', "%2B");
    let slip = slip.replace("AKIDEXAMPLE%2F", &format!("{named}{more}"));
    let answer = store.send("PUT", &slip, &JPEG, "hello").await;
    answer.refused_somehow()
}

#[tokio::test]
async fn a_secret_in_the_place_of_the_key_is_not_repeated() {
    let store = local().await;
    let credential = format!("{SECRET}/20130524/us-east-1/s3/aws4_request");
    let date = now().to_string();
    let header = format!(
        "AWS4-HMAC-SHA256 Credential={SECRET}/{}/us-east-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={}",
        &date[..8],
        "0".repeat(64)
    );
    let headers = [
        ("authorization", header.as_str()),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-date", &date),
    ];
    for answer in [
        names(&store, SECRET, "%2F").await,
        store.send("PUT", "/photos/a.jpg", &headers, "hello").await,
    ] {
        let answer = answer
            .refused(403, "InvalidAccessKeyId")
            .explains("unknown_key")
            .says("Access key and secret are swapped.")
            .says("<Message>access key and secret are swapped</Message>");
        let text = answer.text();
        assert!(
            !text.contains("wJalr") && !text.contains("AWSAccessKeyId"),
            "{text}"
        );
    }
    // Nor where nobody is told why, or where the credential cannot be read.
    let mute = Fixture::new().await;
    let answer = names(&mute, SECRET, "%2F").await.mute();
    let answer = answer.says("Access key and secret are swapped.");
    assert!(!answer.text().contains("wJalr"), "{}", answer.text());
    let slip = presign("PUT", "/photos/a.jpg", &JPEG, now());
    for answer in [
        names(&store, SECRET, "&x=").await,
        names(&store, &credential, "&x=").await,
        store
            .send(
                "PUT",
                &slip
                    .replace('&', "&amp;")
                    .replace("AKIDEXAMPLE", "wJalrXUtnFEMI%2FK7MDENG"),
                &JPEG,
                "hello",
            )
            .await,
        store
            .send(
                "PUT",
                &slip
                    .replace("us-east-1", "")
                    .replace("AKIDEXAMPLE", "wJalrXUtnFEMI%2FK7MDENG"),
                &JPEG,
                "hello",
            )
            .await,
    ] {
        assert!(!answer.text().contains("wJalr"), "{}", answer.text());
    }
}

#[tokio::test]
async fn what_is_no_secret_is_named() {
    let store = local().await;
    for named in [
        "AKIDOTHER",
        "wJalrXUtnFEMI/K7MDEN",
        "wJalrXUtnFEMI/K7MDENGG",
        "wjalrxutnfemi/k7mdeng",
    ] {
        let answer = names(&store, named, "%2F").await;
        let answer = answer
            .refused(403, "InvalidAccessKeyId")
            .says(&format!("<AWSAccessKeyId>{named}<"))
            .says(&format!("the access key `{named}` is not known"));
        assert!(!answer.text().contains("swapped"), "{}", answer.text());
    }
}

#[tokio::test]
async fn nor_where_version_2_is_taken() {
    let store = local()
        .await
        .reopened_with(|config| config.allow_sigv2 = true);
    let store = store.at_peer("127.0.0.1");
    let link = "/photos/a?AWSAccessKeyId=wJalrXUtnFEMI%2FK7MDENG&Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D&Expires=4102444800";
    let header = format!("AWS {SECRET}:AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let date = ("x-amz-date", "Thu, 01 Jan 2026 00:00:00 GMT");
    for (uri, headers) in [
        (link, &[][..]),
        ("/photos/a", &[("authorization", header.as_str()), date]),
    ] {
        let answer = store.send("GET", uri, headers, "").await.refused_somehow();
        assert!(!answer.text().contains("wJalr"), "{}", answer.text());
    }
    let answer = store.send("GET", link, &[], "").await;
    answer
        .refused(403, "InvalidAccessKeyId")
        .says("Access key and secret are swapped.");
}
