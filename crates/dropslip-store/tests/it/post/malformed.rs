//! Bodies that are no forms, or more of one than is taken.

use super::form::{Form, send_body};
use crate::support::Fixture;

#[tokio::test]
async fn other_types_of_bodies() {
    let store = Fixture::new().await;
    for content_type in [
        "application/json",
        "text/html",
        "application/x-www-form-urlencoded",
    ] {
        store
            .send("POST", "/photos", &[("content-type", content_type)], "key=a")
            .await
            .refused(412, "PreconditionFailed")
            .says("<Condition>Bucket POST must be of the enclosure-type multipart/form-data</Condition>");
    }
    store
        .send("POST", "/photos", &[], "")
        .await
        .refused(412, "PreconditionFailed");
    store
        .send(
            "POST",
            "/photos",
            &[("content-type", "multipart/form-data")],
            "a",
        )
        .await
        .refused(400, "MalformedPOSTRequest");
}

#[tokio::test]
async fn bodies_that_end_early() {
    let store = Fixture::new().await;
    let whole = Form::new("a", "hello").signed().body();
    let end = whole.len() - 4;
    for cut in [0, 1, 100, 500, end - 100, end - 40, end - 1, end] {
        let answer = send_body(&store, &whole[..cut]).await;
        answer.refused(400, "MalformedPOSTRequest");
    }
    assert_eq!(store.blobs(), 0);
    // The last line end is nobody's.
    send_body(&store, &whole[..end + 2]).await.is(204);
}

#[tokio::test]
async fn a_form_without_a_file() {
    let store = Fixture::new().await;
    let body = String::from_utf8(Form::new("a", "hello").signed().body()).unwrap();
    let body = body.replace("name=\"file\"", "name=\"photo\"");
    send_body(&store, body.as_bytes())
        .await
        .refused(400, "InvalidArgument")
        .says("POST requires exactly one file upload per request.")
        .says("<ArgumentName>file</ArgumentName><ArgumentValue>0</ArgumentValue>");
}

#[tokio::test]
async fn what_stands_behind_the_file_is_passed_over() {
    let store = Fixture::new().await;
    let form = Form::new("a", "hello").signed();
    let mut body = form.body();
    body.truncate(body.len() - 4);
    body.extend_from_slice(
        b"\r\nContent-Disposition: form-data; name=\"acl\"\r\n\r\npublic-read\r\n",
    );
    body.extend_from_slice(&vec![b'x'; 1_000_000]);
    send_body(&store, &body).await.is(204);
    store.send("GET", "/photos/a", &[], "").await.is(403);
    let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
    assert_eq!(got.body, b"hello");
}

#[tokio::test]
async fn too_much_before_the_file() {
    let store = Fixture::new().await;
    let check = async |form: Form| {
        form.signed()
            .send(&store)
            .await
            .refused(400, "MaxPostPreDataLengthExceeded")
            .says("<MaxPostPreDataLengthBytes>20480</MaxPostPreDataLengthBytes>");
    };
    check(Form::new("a", "").extra("x-ignore-a", &"b".repeat(20_480))).await;
    check(Form::new("a", "").extra("x-ignore-a", &"b".repeat(100_000_000))).await;
    let mut many = Form::new("a", "");
    for number in 0..8_000 {
        many = many.extra(&format!("x-ignore-{number}"), "");
    }
    check(many).await;
    // A name of a file goes into each variable.
    let form = Form::new(&"${filename}".repeat(100), "").file_name(Some(&"b".repeat(300)));
    check(form).await;
    let long = Form::new(&"k".repeat(1025), "").signed().send(&store).await;
    long.refused(400, "KeyTooLongError");
    Form::new("a", "")
        .extra("x-ignore-a", &"b".repeat(15_000))
        .signed()
        .send(&store)
        .await
        .is(204);
}

#[tokio::test]
async fn fields_that_no_object_can_have() {
    let store = Fixture::new().await;
    let check = async |name: &str, value: &str, status: u16, code: &str| {
        let form = Form::new("a", "hello").field(name, value).signed();
        form.send(&store).await.refused(status, code);
    };
    check("acl", "everybody", 400, "InvalidArgument").await;
    check("x-amz-meta-a b", "c", 400, "InvalidArgument").await;
    check("Content-Type", "a\r\nb: c", 400, "InvalidArgument").await;
    check("x-amz-meta-a", &"b".repeat(3000), 400, "MetadataTooLarge").await;
    check("x-amz-copy-source", "/photos/b", 501, "NotImplemented").await;
    check("x-amz-object-lock-mode", "a", 501, "NotImplemented").await;
    check("tagging", "not-xml", 400, "MalformedXML").await;
    assert_eq!(store.blobs(), 0);
}

#[tokio::test]
async fn text_that_is_none() {
    let store = Fixture::new().await;
    let mut body = Form::new("aXb", "hello").signed().body();
    let at = body.windows(3).position(|window| window == b"aXb").unwrap();
    body[at + 1] = 0xff;
    send_body(&store, &body)
        .await
        .refused(400, "InvalidArgument");
}
