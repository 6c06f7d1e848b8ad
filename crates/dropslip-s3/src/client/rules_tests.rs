//! The calls about rules against a server that answers what a test wrote down.

use super::tests::{BUCKET, Server, answer, error, now};
use super::*;
use crate::cors::CorsRule;

const CORS: &str = "<CORSConfiguration><CORSRule><ID/><AllowedOrigin>*</AllowedOrigin><AllowedMethod>put\
                    </AllowedMethod></CORSRule></CORSConfiguration>";

#[tokio::test]
async fn rules_are_read_whatever_they_are() {
    let server = Server::answering(&[&answer("200 OK", CORS)]).await;
    let found = server.client.get_bucket_cors(&BUCKET, now()).await;
    let found = found.unwrap().unwrap();
    assert_eq!(found.rules[0].allowed_methods, ["put"]);
    assert!(server.sent()[0].starts_with("GET /photos?cors HTTP/1.1\r\n"));
}

#[tokio::test]
async fn no_rules_are_none() {
    let nothing = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned();
    for none in [
        error(404, "NoSuchCORSConfiguration"),
        error(404, "NoSuchCORSConfigurationException"),
        error(404, "NoSuchLifecycleConfiguration"),
        answer("200 OK", ""),
        nothing,
    ] {
        let server = Server::answering(&[&none, &none]).await;
        let client = &server.client;
        assert_eq!(client.get_bucket_cors(&BUCKET, now()).await, Ok(None));
        assert_eq!(client.get_bucket_lifecycle(&BUCKET, now()).await, Ok(None));
    }
    let empty = answer("200 OK", "<CORSConfiguration/>");
    let server = Server::answering(&[&empty]).await;
    let found = server.client.get_bucket_cors(&BUCKET, now()).await;
    assert_eq!(found, Ok(None));
    for trouble in [
        error(404, "NoSuchBucket"),
        error(404, "NoSuchKey"),
        answer("404 Not Found", ""),
        error(403, "AccessDenied"),
        error(501, "NotImplemented"),
        answer("200 OK", "<html></html>"),
    ] {
        let server = Server::answering(&[&trouble]).await;
        let found = server.client.get_bucket_cors(&BUCKET, now()).await;
        assert!(found.is_err(), "{trouble}");
    }
}

#[tokio::test]
async fn rules_are_written_with_their_md5() {
    let fine = answer("200 OK", "");
    let server = Server::answering(&[&fine, &fine]).await;
    let rules = [CorsRule {
        allowed_origins: vec!["*".to_owned()],
        allowed_methods: vec!["GET".to_owned()],
        ..CorsRule::default()
    }];
    let client = &server.client;
    let put = client.put_bucket_cors(&BUCKET, &rules, now());
    assert_eq!(put.await, Ok(()));
    let rules = FoundLifecycle::default().with_abort_rule("a", "", 7);
    let put = client.put_bucket_lifecycle(&BUCKET, &rules, now());
    assert_eq!(put.await, Ok(()));
    let [cors, lifecycle] = &server.sent()[..] else {
        panic!("two calls")
    };
    assert!(cors.starts_with("PUT /photos?cors HTTP/1.1\r\n"), "{cors}");
    assert!(
        cors.contains("content-md5: cC+BolhXIhn69mgbI3BKeQ==\r\n"),
        "{cors}"
    );
    assert!(
        cors.contains("SignedHeaders=content-md5;content-type;host;"),
        "{cors}"
    );
    assert!(cors.ends_with("</CORSRule></CORSConfiguration>"), "{cors}");
    assert!(lifecycle.starts_with("PUT /photos?lifecycle HTTP/1.1\r\n"));
    assert!(lifecycle.contains("<DaysAfterInitiation>7<"), "{lifecycle}");
}

#[tokio::test]
async fn rules_are_taken_away() {
    let gone = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    let none = error(404, "NoSuchLifecycleConfiguration");
    let denied = error(403, "AccessDenied");
    let server = Server::answering(&[gone, &none, &denied]).await;
    let client = &server.client;
    assert_eq!(client.delete_bucket_cors(&BUCKET, now()).await, Ok(()));
    assert_eq!(client.delete_bucket_lifecycle(&BUCKET, now()).await, Ok(()));
    assert!(client.delete_bucket_cors(&BUCKET, now()).await.is_err());
    assert!(server.sent()[1].starts_with("DELETE /photos?lifecycle HTTP/1.1\r\n"));
}

#[tokio::test]
async fn the_smallest_size_of_transitions_stays() {
    let rules = "<LifecycleConfiguration><Rule/></LifecycleConfiguration>";
    let told = answer(
        "200 OK\r\nx-amz-transition-default-minimum-object-size: varies_by_storage_class",
        rules,
    );
    let server = Server::answering(&[&told, &answer("200 OK", "")]).await;
    let client = &server.client;
    let found = client.get_bucket_lifecycle(&BUCKET, now()).await;
    let found = found.unwrap().unwrap().with_abort_rule("a", "", 7);
    let put = client.put_bucket_lifecycle(&BUCKET, &found, now());
    assert_eq!(put.await, Ok(()));
    let sent = &server.sent()[1];
    assert!(
        sent.contains("x-amz-transition-default-minimum-object-size: varies_by_storage_class\r\n"),
        "{sent}"
    );
}
