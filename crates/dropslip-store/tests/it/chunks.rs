//! Bodies in chunks are stored as what is in them, or not at all.

use dropslip_sigv4::{ChunkPlan, Payload, Request, Signer, Streaming};

use crate::support::{Answer, Fixture, HOST, Headers, NO_VALUE, credentials, now, signer};

const CRC: (&str, &str) = ("x-amz-checksum-crc32", "NhCmhg==");

/// A PUT of a body in chunks, as it goes out.
struct Chunked {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Chunked {
    /// Headers that are given replace those that go with the body.
    fn new(form: Streaming, headers: Headers<'_>, data: &[u8], trailers: Headers<'_>) -> Self {
        Self::signed_by(&signer(), form, headers, (data, trailers))
    }

    fn signed_by(
        signer: &Signer,
        form: Streaming,
        headers: Headers<'_>,
        (data, trailers): (&[u8], Headers<'_>),
    ) -> Self {
        let lengths: Vec<_> = trailers
            .iter()
            .map(|(name, value)| (*name, value.len()))
            .collect();
        let plan = ChunkPlan::new(form, data.len() as u64, 64 * 1024, &lengths).unwrap();
        let mut all: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        for (name, value) in plan.headers() {
            if !all.iter().any(|(given, _)| given == name) {
                all.push((name.to_owned(), value));
            }
        }
        all.retain(|(_, value)| value != NO_VALUE);
        all.push(("host".to_owned(), HOST.to_owned()));
        let time = now();
        let borrowed: Vec<(&str, &[u8])> = all
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let request = Request {
            method: "PUT",
            path: "/photos/a",
            query: "",
            headers: &borrowed,
        };
        let signed = signer
            .sign(&request, &Payload::Streaming(form), time)
            .unwrap();
        let added = signed.headers.into_iter();
        all.extend(added.map(|(name, value)| (name.to_owned(), value)));
        let mut encoder = signer.chunk_encoder(plan, &signed.signature, time);
        let mut body = Vec::new();
        encoder.encode(data, &mut body).unwrap();
        encoder.finish(trailers, &mut body).unwrap();
        Self { headers: all, body }
    }

    /// Changes a text in the body, which has to be there.
    fn edit(mut self, from: &str, to: &str) -> Self {
        let body = String::from_utf8(self.body).unwrap();
        assert!(body.contains(from), "{from} is not in {body}");
        self.body = body.replacen(from, to, 1).into_bytes();
        self
    }

    async fn put(self, store: &Fixture) -> Answer {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        store.send("PUT", "/photos/a", &headers, self.body).await
    }
}

fn trailers(form: Streaming) -> Headers<'static> {
    if form.has_trailer() { &[CRC] } else { &[] }
}

fn hello(form: Streaming) -> Chunked {
    Chunked::new(form, &[], b"hello", trailers(form))
}

#[tokio::test]
async fn what_is_in_the_chunks_is_stored() {
    let store = Fixture::new().await;
    let data: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    for form in Streaming::ALL {
        hello(form).put(&store).await.is(200);
        let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
        assert_eq!(got.text(), "hello", "{form}");
        assert_eq!(got.header("content-length"), "5");
        assert_eq!(got.header("etag"), "\"5d41402abc4b2a76b9719d911017c592\"");
        assert_eq!(got.header("content-encoding"), "");

        Chunked::new(form, &[], &data, &[])
            .put(&store)
            .await
            .is(200);
        let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
        assert!(got.body == data, "{form}");
        Chunked::new(form, &[], b"", &[]).put(&store).await.is(200);
        let got = store.signed("GET", "/photos/a", &[], "").await.is(200);
        assert_eq!(got.text(), "", "{form}");
    }
    store.settles_at(0).await;
}

/// The checksum of the trailer is answered and kept, as one in a header is.
#[tokio::test]
async fn the_checksum_of_the_trailer() {
    let store = Fixture::new().await;
    let values = [
        CRC,
        ("x-amz-checksum-crc32c", "mnG7TA=="),
        ("x-amz-checksum-crc64nvme", "M3eFcAZSQlc="),
        ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        (
            "x-amz-checksum-sha256",
            "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        ),
    ];
    for form in [Streaming::SignedTrailer, Streaming::UnsignedTrailer] {
        for (name, value) in values {
            let answer = Chunked::new(form, &[], b"hello", &[(name, value)])
                .put(&store)
                .await
                .is(200);
            assert_eq!(answer.header(name), value, "{form}");
            let enabled = [("x-amz-checksum-mode", "ENABLED")];
            let head = store
                .signed("HEAD", "/photos/a", &enabled, "")
                .await
                .is(200);
            assert_eq!(head.header(name), value, "{form}");
        }
        let named = [("x-amz-sdk-checksum-algorithm", "crc32")];
        Chunked::new(form, &named, b"hello", &[CRC])
            .put(&store)
            .await
            .is(200);
    }
}

#[tokio::test]
async fn the_encoding_of_the_way_does_not_stay() {
    let store = Fixture::new().await;
    let check = async |sent: &str, kept: &str| {
        let headers = [("content-encoding", sent)];
        let chunked = Chunked::new(Streaming::UnsignedTrailer, &headers, b"hello", &[CRC]);
        chunked.put(&store).await.is(200);
        let head = store.signed("HEAD", "/photos/a", &[], "").await.is(200);
        assert_eq!(head.header("content-encoding"), kept, "{sent}");
    };
    check("aws-chunked", "").await;
    check("aws-chunked,gzip", "gzip").await;
    check("gzip, AWS-Chunked ,br", "gzip,br").await;
    check("gzip", "gzip").await;
    check(NO_VALUE, "").await;
    let plain = [("content-encoding", "aws-chunked")];
    store
        .signed("PUT", "/photos/b", &plain, "5\r\nhello\r\n0\r\n\r\n")
        .await
        .refused(400, "InvalidRequest")
        .says("x-amz-content-sha256 must be one of STREAMING-");
}

/// Without a length of the encoded body: `Transfer-Encoding: chunked` around it.
#[tokio::test]
async fn the_encoded_length_may_be_absent() {
    let store = Fixture::new().await;
    let headers = [("content-length", NO_VALUE)];
    let mut chunked = Chunked::new(Streaming::UnsignedTrailer, &headers, b"hello", &[CRC]);
    chunked
        .headers
        .push(("content-length".to_owned(), NO_VALUE.to_owned()));
    chunked.put(&store).await.is(200);
}

#[tokio::test]
async fn wrong_signatures_store_nothing() {
    let store = Fixture::new().await;
    let zeros = "0".repeat(64);
    for form in [Streaming::Signed, Streaming::SignedTrailer] {
        let refused = hello(form).edit("hello", "hullo").put(&store).await;
        let refused = refused
            .refused(403, "SignatureDoesNotMatch")
            .says("chunk 1");
        refused
            .says("<StringToSign>AWS4-HMAC-SHA256-PAYLOAD\n")
            .says("<StringToSignBytes>41 57 53 34 2d")
            .says("<SignatureProvided>")
            .says("<AWSAccessKeyId>AKIDEXAMPLE<");
        let body = String::from_utf8(hello(form).body).unwrap();
        let signature = body.split_once('=').unwrap().1[..64].to_owned();
        let refused = hello(form).edit("chunk-signature=", &format!("chunk-signature={zeros}\r\n"));
        refused
            .put(&store)
            .await
            .refused(403, "SignatureDoesNotMatch")
            .lacks(&signature);
        let other = Chunked::signed_by(
            &Signer::new(
                dropslip_sigv4::Credentials::new(credentials().access_key(), "other"),
                "us-east-1",
                "s3",
            ),
            form,
            &[],
            (b"hello", trailers(form)),
        );
        let Chunked { headers, .. } = hello(form);
        let mixed = Chunked {
            headers,
            body: other.body,
        };
        mixed
            .put(&store)
            .await
            .refused(403, "SignatureDoesNotMatch");
    }
    let wrong = hello(Streaming::SignedTrailer).edit("NhCmhg==", "NhCmhA==");
    let wrong = wrong
        .put(&store)
        .await
        .refused(403, "SignatureDoesNotMatch");
    wrong
        .says("trailer")
        .says("<StringToSign>AWS4-HMAC-SHA256-TRAILER\n");
    store
        .signed("GET", "/photos/a", &[], "")
        .await
        .refused(404, "NoSuchKey");
    assert_eq!(store.blobs(), 0);
}

/// Each is refused with this code and reason, and leaves nothing behind.
async fn check_refused(cases: impl IntoIterator<Item = (Chunked, &str, &str)>) {
    let store = Fixture::new().await;
    for (chunked, code, why) in cases {
        chunked.put(&store).await.refused(400, code).says(why);
    }
    let got = store.signed("GET", "/photos/a", &[], "").await;
    got.refused(404, "NoSuchKey");
    assert_eq!(store.blobs(), 0);
}

const LINE: &str = "x-amz-checksum-crc32:NhCmhg==\r\n";

#[tokio::test]
async fn broken_chunks_store_nothing() {
    let edit = |from: &str, to: &str| hello(Streaming::UnsignedTrailer).edit(from, to);
    let end = format!("{LINE}\r\n");
    let incomplete = [
        (edit(&format!("0\r\n{end}"), ""), "after 5 bytes"),
        (edit(&end, ""), "rest of the trailer"),
        (edit("=\r\n\r\n", ""), "rest of the trailer"),
        (edit("5\r\n", "5;a=b\r\n"), "chunk 1"),
        (edit("5\r\n", "-5\r\n"), "`-5`"),
        (edit("hello\r\n", "hello"), "CR and LF"),
        (edit("=\r\n\r\n", "=\r\n\r\n\r\n"), "2 bytes follow"),
        (edit("5\r\nhello", "4\r\nhell"), "<NumberBytesProvided>4<"),
        (edit("5\r\nhello", "6\r\nhello!"), "<NumberBytesExpected>5<"),
    ];
    check_refused(incomplete.map(|(chunked, why)| (chunked, "IncompleteBody", why))).await;
}

#[tokio::test]
async fn broken_trailers_store_nothing() {
    let edit = |from: &str, to: &str| hello(Streaming::UnsignedTrailer).edit(from, to);
    let sha1 = "x-amz-checksum-sha1:qvTGHdzF6KLavt4PO0gs2a6pQ00=\r\n";
    let malformed = "MalformedTrailerError";
    check_refused([
        (edit(LINE, ""), malformed, "not in the trailer"),
        (edit(LINE, sha1), malformed, "does not name it"),
        (edit(LINE, &LINE.repeat(2)), malformed, "twice"),
        (edit(LINE, "no colon\r\n"), malformed, "`no colon`"),
        (
            edit("NhCmhg==", "short"),
            "InvalidRequest",
            "trailing header",
        ),
        (edit("NhCmhg==", "NhCmhA=="), "BadDigest", "CRC32"),
        (edit("hello", "hullo"), "BadDigest", "CRC32"),
    ])
    .await;
}

#[tokio::test]
async fn small_chunks_store_nothing() {
    let two = [8191, 8191].map(|size| format!("{size:x}\r\n{}\r\n", "a".repeat(size)));
    let body = format!("{}0\r\n\r\n", two.concat()).into_bytes();
    let length = body.len().to_string();
    let headers = [
        ("x-amz-decoded-content-length", "16382"),
        ("content-length", length.as_str()),
    ];
    let Chunked { headers, .. } = Chunked::new(Streaming::UnsignedTrailer, &headers, b"", &[]);
    let small = Chunked { headers, body };
    let why = "<BadChunkSize>8191</BadChunkSize>";
    check_refused([(small, "InvalidChunkSizeError", why)]).await;
}

#[tokio::test]
async fn headers_of_chunked_bodies() {
    let store = Fixture::new().await;
    let form = Streaming::UnsignedTrailer;
    let put = async |headers: Headers<'_>| {
        Chunked::new(form, headers, b"hello", &[CRC])
            .put(&store)
            .await
    };
    let length = "x-amz-decoded-content-length";
    for wrong in [NO_VALUE, "five", "-5", "5,5"] {
        let answer = put(&[(length, wrong)]).await;
        answer.refused(411, "MissingContentLength").says(length);
    }
    put(&[(length, "6")]).await.refused(400, "IncompleteBody");
    put(&[(length, "5368709121")])
        .await
        .refused(400, "EntityTooLarge");
    let trailer = "x-amz-trailer";
    for wrong in [
        "x-amz-meta-a",
        "a b",
        "",
        "x-amz-checksum-crc32,x-amz-checksum-sha1",
    ] {
        let answer = put(&[(trailer, wrong)]).await;
        answer
            .refused(400, "InvalidRequest")
            .says("x-amz-trailer header is not supported");
    }
    let twice = put(&[(length, "5"), (length, "5")]).await;
    twice.refused(411, "MissingContentLength").says("`5,5`");
    let twice = put(&[(trailer, CRC.0), (trailer, CRC.0)]).await;
    twice.refused(400, "InvalidRequest");
    put(&[(trailer, NO_VALUE)])
        .await
        .refused(400, "MalformedTrailerError");
    let answer = put(&[("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=")]).await;
    answer
        .refused(400, "InvalidRequest")
        .says("Expecting a single");
    let answer = put(&[("x-amz-sdk-checksum-algorithm", "SHA1")]).await;
    answer
        .refused(400, "InvalidRequest")
        .says("x-amz-sdk-checksum-algorithm");

    let signed = Chunked::new(Streaming::Signed, &[(trailer, CRC.0)], b"hello", &[]);
    signed.put(&store).await.refused(400, "InvalidRequest");
    let plain = store
        .signed("PUT", "/photos/a", &[(trailer, CRC.0)], "hello")
        .await;
    plain.refused(400, "InvalidRequest").says("STREAMING-");
    assert_eq!(store.blobs(), 0);
}

/// A document in chunks is read as any other.
#[tokio::test]
async fn a_document_in_chunks() {
    let store = Fixture::new().await;
    let document = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
                    <AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>";
    let body = format!("{:x}\r\n{document}\r\n0\r\n\r\n", document.len());
    let length = document.len().to_string();
    let put = async |body: &str, length: &str| {
        let all: [(&str, &[u8]); 2] = [
            ("host", HOST.as_bytes()),
            ("x-amz-decoded-content-length", length.as_bytes()),
        ];
        let request = Request {
            method: "PUT",
            path: "/photos",
            query: "cors",
            headers: &all,
        };
        let payload = Payload::Streaming(Streaming::UnsignedTrailer);
        let signed = signer().sign(&request, &payload, now()).unwrap();
        let mut headers = vec![("x-amz-decoded-content-length", length)];
        headers.extend(
            signed
                .headers
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        store.send("PUT", "/photos?cors", &headers, body).await
    };
    put(&body, &length).await.is(200);
    put(&body[..body.len() - 2], &length)
        .await
        .refused(400, "IncompleteBody");
    put(&body, "5").await.refused(400, "IncompleteBody");
}
