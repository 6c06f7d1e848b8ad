//! Additional checksums of multipart uploads: of the parts, composite, and of the whole.

use dropslip_s3::checksum::{Algorithm, Assembly, ChecksumType, Hasher};

use crate::multipart::{begin, bytes, element};
use crate::support::{Answer, Fixture, Headers};

const MIB_5: usize = 5 * 1024 * 1024;

fn checksum(algorithm: Algorithm, body: &[u8]) -> dropslip_s3::checksum::Checksum {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(body);
    hasher.finish()
}

fn element_of(algorithm: Algorithm) -> String {
    format!("Checksum{}", algorithm.as_str())
}

/// An upload of two parts with their checksums.
struct Upload {
    at: String,
    /// Number, ETag and checksum.
    parts: Vec<(u32, String, String)>,
}

/// Begins an upload and uploads two parts to it, each with its checksum.
async fn upload(store: &Fixture, algorithm: Algorithm, kind: ChecksumType) -> Upload {
    let headers = [
        ("x-amz-checksum-algorithm", algorithm.as_str()),
        ("x-amz-checksum-type", kind.as_str()),
    ];
    let begun = store
        .signed("POST", "/photos/a?uploads", &headers, "")
        .await
        .is(200);
    assert_eq!(begun.header("x-amz-checksum-algorithm"), algorithm.as_str());
    assert_eq!(begun.header("x-amz-checksum-type"), kind.as_str());
    let at = format!("/photos/a?uploadId={}", element(&begun.text(), "UploadId"));
    let mut parts = Vec::new();
    for (number, body) in (1..).zip(bodies()) {
        let value = checksum(algorithm, &body).to_string();
        let uri = format!("{at}&partNumber={number}");
        let header = [(algorithm.header(), value.as_str())];
        let put = store.signed("PUT", &uri, &header, &body).await.is(200);
        assert_eq!(put.header(algorithm.header()), value);
        parts.push((number, put.header("etag").to_owned(), value));
    }
    Upload { at, parts }
}

fn bodies() -> [Vec<u8>; 2] {
    [bytes(MIB_5, 1), bytes(1234, 2)]
}

/// The document that completes an upload, with the parts' checksums.
fn wanted(algorithm: Algorithm, upload: &Upload) -> String {
    let name = element_of(algorithm);
    let parts = upload.parts.iter().map(|(number, etag, value)| {
        format!(
            "<Part><ETag>{etag}</ETag><PartNumber>{number}</PartNumber><{name}>{value}</{name}></Part>"
        )
    });
    let parts: String = parts.collect();
    format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")
}

/// What the checksum of the whole object is.
fn whole(algorithm: Algorithm, kind: ChecksumType) -> String {
    match kind {
        ChecksumType::FullObject => checksum(algorithm, &bodies().concat()).to_string(),
        ChecksumType::Composite => {
            let mut assembly = Assembly::new(algorithm, kind).unwrap();
            for body in bodies() {
                assembly.add(&checksum(algorithm, &body), body.len() as u64);
            }
            assembly.finish().to_string()
        }
    }
}

#[tokio::test]
async fn every_algorithm_in_each_type_that_it_has() {
    let store = Fixture::new().await;
    for algorithm in Algorithm::ALL {
        for kind in ChecksumType::ALL {
            if !algorithm.allows(kind) {
                continue;
            }
            let upload = upload(&store, algorithm, kind).await;
            let list = store
                .signed("GET", &upload.at, &[], "")
                .await
                .is(200)
                .text();
            assert_eq!(element(&list, "ChecksumAlgorithm"), algorithm.as_str());
            assert_eq!(element(&list, "ChecksumType"), kind.as_str());
            assert_eq!(element(&list, &element_of(algorithm)), upload.parts[0].2);
            let expected = whole(algorithm, kind);
            let told = [
                (algorithm.header(), expected.as_str()),
                ("x-amz-checksum-type", kind.as_str()),
            ];
            let document = wanted(algorithm, &upload);
            let done = store
                .signed("POST", &upload.at, &told, document)
                .await
                .is(200);
            let done = done.text();
            assert_eq!(element(&done, &element_of(algorithm)), expected);
            assert_eq!(element(&done, "ChecksumType"), kind.as_str());
            let asked = [("x-amz-checksum-mode", "ENABLED")];
            let head = store.signed("HEAD", "/photos/a", &asked, "").await.is(200);
            assert_eq!(head.header(algorithm.header()), expected);
            assert_eq!(head.header("x-amz-checksum-type"), kind.as_str());
            let head = store.signed("HEAD", "/photos/a", &[], "").await.is(200);
            assert_eq!(head.header(algorithm.header()), "");
        }
    }
}

#[tokio::test]
async fn an_upload_without_a_checksum_gets_that_of_s3() {
    let store = Fixture::new().await;
    let id = begin(&store, "/photos/a", &[]).await;
    let at = format!("/photos/a?uploadId={id}");
    let mut parts = String::new();
    // The parts' own checksums may differ, or be missing.
    let headers = [Some(Algorithm::Crc32), None];
    for ((number, body), sent) in (1..).zip(bodies()).zip(headers) {
        let value = sent.map(|algorithm| checksum(algorithm, &body).to_string());
        let value = value.unwrap_or_default();
        let sent: Vec<_> = sent.iter().map(|a| (a.header(), value.as_str())).collect();
        let uri = format!("{at}&partNumber={number}");
        let put = store.signed("PUT", &uri, &sent, &body).await.is(200);
        assert_eq!(put.header("x-amz-checksum-crc64nvme"), "");
        let etag = put.header("etag");
        parts += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    let document = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
    let done = store
        .signed("POST", &at, &[], document)
        .await
        .is(200)
        .text();
    let expected = whole(Algorithm::Crc64Nvme, ChecksumType::FullObject);
    assert_eq!(element(&done, "ChecksumCRC64NVME"), expected);
    assert_eq!(element(&done, "ChecksumType"), "FULL_OBJECT");
}

#[tokio::test]
async fn a_part_must_have_the_checksum_of_its_upload() {
    let store = Fixture::new().await;
    let body = b"one";
    let crc32 = checksum(Algorithm::Crc32, body).to_string();
    let put = async |at: &str, headers: Headers<'_>| {
        store
            .signed("PUT", &format!("{at}&partNumber=1"), headers, body)
            .await
    };
    let composite = upload(&store, Algorithm::Sha256, ChecksumType::Composite)
        .await
        .at;
    put(&composite, &[("x-amz-checksum-crc32", &crc32)])
        .await
        .refused(400, "InvalidRequest")
        .says("expected checksum Type: sha256, actual checksum Type: crc32");
    put(&composite, &[])
        .await
        .refused(400, "InvalidRequest")
        .says("expected checksum Type: sha256, actual checksum Type: null");
    let full = upload(&store, Algorithm::Crc32, ChecksumType::FullObject)
        .await
        .at;
    let sha1 = checksum(Algorithm::Sha1, body).to_string();
    put(&full, &[("x-amz-checksum-sha1", &sha1)])
        .await
        .refused(400, "InvalidRequest");
    // The checksum of the whole needs none with the parts: it is computed.
    let computed = put(&full, &[]).await.is(200);
    assert_eq!(computed.header("x-amz-checksum-crc32"), crc32);
}

#[tokio::test]
async fn checksums_of_a_completion_that_do_not_hold() {
    let store = Fixture::new().await;
    let algorithm = Algorithm::Sha256;
    let upload = upload(&store, algorithm, ChecksumType::Composite).await;
    let document = wanted(algorithm, &upload);
    let post = async |headers: Headers<'_>, document: &str| -> Answer {
        store.signed("POST", &upload.at, headers, document).await
    };
    let header = algorithm.header();
    let other = checksum(algorithm, b"other").to_string();
    post(&[(header, &other)], &document)
        .await
        .refused(400, "BadDigest");
    let right = whole(algorithm, ChecksumType::Composite);
    let miscounted = right.replace("-2", "-3");
    post(&[(header, &miscounted)], &document)
        .await
        .refused(400, "BadDigest");
    post(&[(header, "bad checksum?")], &document)
        .await
        .refused(400, "InvalidRequest");
    let crc32 = [("x-amz-checksum-crc32", "AAAAAA==")];
    post(&crc32, &document)
        .await
        .refused(400, "InvalidRequest")
        .says("actual checksum Type: crc32");
    let both = [crc32[0], (header, right.as_str())];
    post(&both, &document)
        .await
        .refused(400, "InvalidRequest")
        .says("single");
    let full = [("x-amz-checksum-type", "FULL_OBJECT")];
    post(&full, &document)
        .await
        .refused(400, "InvalidRequest")
        .says("COMPOSITE checksum mode");
    let unknown = [("x-amz-checksum-type", "WHOLE")];
    post(&unknown, &document)
        .await
        .refused(400, "InvalidRequest");
    // A part's checksum that is missing, or another.
    let value = &upload.parts[1].2;
    let missing = document.replace(&format!("<ChecksumSHA256>{value}</ChecksumSHA256>"), "");
    post(&[], &missing)
        .await
        .refused(400, "InvalidRequest")
        .says("missing for part 2");
    let wrong = document.replace(value, &other);
    post(&[], &wrong).await.refused(400, "InvalidPart");
    // The number of parts need not be told.
    let short = right.trim_end_matches("-2");
    post(&[(header, short)], &document).await.is(200);
}
