//! Lists and answers as storages write them, ours and others.

use super::answers::*;
use crate::checksum::{Algorithm, ChecksumType};
use crate::limits::CLIENT_LIST_BYTES_MAX;
use crate::xml::{self, Completed, ListEntry, ListV2};

#[test]
fn our_own_lists_are_read_back() {
    let entry = ListEntry {
        key: "a b+c/é&\u{1}.jpg".to_owned(),
        last_modified: "2026-01-15T12:00:00.000Z".to_owned(),
        etag: "\"abc\"".to_owned(),
        size_bytes: 3,
        storage_class: "STANDARD".to_owned(),
        ..ListEntry::default()
    };
    for url_encoded in [false, true] {
        let list = ListV2 {
            bucket: "photos",
            max_keys: 1,
            next_continuation_token: url_encoded.then(|| "t+/=".to_owned()),
            names: xml::Names { url_encoded },
            objects: vec![entry.clone()],
            ..ListV2::default()
        };
        let page = read_objects(xml::list_v2(&list).as_bytes()).unwrap();
        assert_eq!(page.next, list.next_continuation_token);
        let [object] = page.objects.as_slice() else {
            panic!("one object");
        };
        assert_eq!(object.key, entry.key);
        assert_eq!((object.size_bytes, object.etag.as_str()), (3, "\"abc\""));
    }
}

#[test]
fn objects_as_other_storages_list_them() {
    let page = read_objects(
        b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n\
          <Name>b</Name> <EncodingType>url</EncodingType><New><Thing/></New>\n\
          <Contents>\n<Key>a+b%2Bc/%C3%A9</Key>\n<Size> 7 </Size></Contents>\
          <CommonPrefixes><Prefix>x</Prefix></CommonPrefixes></ListBucketResult>",
    )
    .unwrap();
    assert_eq!(page.next, None);
    assert_eq!(page.objects[0].key, "a b+c/é");
    assert_eq!(page.objects[0].size_bytes, 7);
    let empty = read_objects(b"<ListBucketResult/>").unwrap();
    assert!(empty.objects.is_empty() && empty.next.is_none());
}

#[test]
fn what_is_no_list_is_refused() {
    for inner in [
        "<IsTruncated>true</IsTruncated>",
        "<IsTruncated>true</IsTruncated><NextContinuationToken> </NextContinuationToken>",
        "<IsTruncated>maybe</IsTruncated>",
        "<Contents><Key>a</Key></Contents>",
        "<Contents><Key>a</Key><Size>-1</Size></Contents>",
        "<Contents><Size>1</Size></Contents>",
        "<EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size></Contents>",
        "<Contents><Key>a</Key><Key>b</Key><Size>1</Size></Contents>",
    ] {
        let text = format!("<ListBucketResult>{inner}</ListBucketResult>");
        assert!(read_objects(text.as_bytes()).is_err(), "{inner}");
    }
    for text in ["", "{}", "<Error/>", "<ListBucketResult>", "<html><body>"] {
        assert!(read_objects(text.as_bytes()).is_err(), "{text}");
    }
    let long = format!(
        "<ListBucketResult>{}</ListBucketResult>",
        " ".repeat(CLIENT_LIST_BYTES_MAX)
    );
    assert!(read_objects(long.as_bytes()).is_err());
}

#[test]
fn parts_are_read() {
    let page = read_parts(
        b"<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>7</NextPartNumberMarker>\
          <Part><PartNumber>3</PartNumber><LastModified>x</LastModified><ETag>&quot;e&quot;</ETag><Size>5</Size>\
          <ChecksumCRC32>AAAAAA==</ChecksumCRC32><ChecksumSHA1></ChecksumSHA1></Part></ListPartsResult>",
    )
    .unwrap();
    let part = PartAnswer {
        number: 3,
        etag: "\"e\"".to_owned(),
        size_bytes: 5,
        checksums: vec![(Algorithm::Crc32, "AAAAAA==".to_owned())],
    };
    assert_eq!(page.parts, [part]);
    assert_eq!(page.next, Some(7));
    let other_name =
        b"<ListPartsResponse><Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResponse>";
    assert_eq!(read_parts(other_name).unwrap().parts.len(), 1);
    for number in ["0", "10001", "-1", "x", ""] {
        let text = format!(
            "<ListPartsResult><Part><PartNumber>{number}</PartNumber><ETag>e</ETag><Size>1</Size></Part></ListPartsResult>"
        );
        assert!(read_parts(text.as_bytes()).is_err(), "{number}");
    }
    assert!(
        read_parts(b"<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>").is_err()
    );
}

#[test]
fn uploads_are_read() {
    let page = read_uploads(
        b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>\
          <NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>u1</NextUploadIdMarker>\
          <Upload><Key>a+b</Key><UploadId>u1</UploadId><Initiated>2026-01-15T12:00:00.000Z</Initiated>\
          <Owner><ID>1</ID></Owner></Upload></ListMultipartUploadsResult>",
    )
    .unwrap();
    assert_eq!(page.uploads[0].key, "a b");
    let marker = UploadsMarker {
        key: "a b".to_owned(),
        upload_id: "u1".to_owned(),
    };
    assert_eq!(page.next, Some(marker));
    for inner in [
        "<IsTruncated>true</IsTruncated>",
        "<Upload><Key>a</Key></Upload>",
        "<Upload><UploadId>a</UploadId></Upload>",
    ] {
        let text = format!("<ListMultipartUploadsResult>{inner}</ListMultipartUploadsResult>");
        assert!(read_uploads(text.as_bytes()).is_err(), "{inner}");
    }
}

#[test]
fn an_end_may_be_an_error() {
    let done = xml::completed(&Completed {
        location: "http://x/photos/k",
        bucket: "photos",
        key: "k",
        etag: "\"e-2\"",
        checksum: Some((Algorithm::Crc32, "AAAAAA==-2")),
        checksum_type: Some(ChecksumType::Composite),
    });
    let answer = read_completed(format!(" \n \n{done}").as_bytes())
        .unwrap()
        .unwrap();
    assert_eq!(answer.etag, "\"e-2\"");
    let checksum = (Algorithm::Crc32, "AAAAAA==-2".to_owned());
    assert_eq!(answer.checksums, [checksum]);
    let error = xml::error("InternalError", "We encountered an internal error.", &[]);
    let failed = read_completed(format!("  \n{error}").as_bytes()).unwrap();
    assert_eq!(failed.unwrap_err().code, "InternalError");
    // Ceph 16.
    let silent =
        "<CompleteMultipartUploadResult><Key>k</Key><ETag></ETag></CompleteMultipartUploadResult>";
    let answer = read_completed(silent.as_bytes()).unwrap().unwrap();
    assert_eq!(answer.etag, "");
    for wrong in [
        "",
        " \n ",
        "<Error><Code>InternalError</Code>",
        "<CompleteMultipartUploadResult/>",
        "<Other/>",
        "OK",
    ] {
        assert!(read_completed(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_asked_is_what_our_store_reads() {
    let checksums = vec![(Algorithm::Crc32c, "AAAAAA==".to_owned())];
    let text = complete_request([(1, "\"a\"", &checksums[..]), (2, "b", &[])]);
    let wanted = xml::read_complete(text.as_bytes()).unwrap();
    assert_eq!(wanted.len(), 2);
    assert_eq!((wanted[0].number, wanted[0].etag.as_str()), (1, "a"));
    assert_eq!(wanted[0].checksums, checksums);
    assert_eq!((wanted[1].number, wanted[1].etag.as_str()), (2, "b"));
    let began = xml::initiated("photos", "k", "u1");
    assert_eq!(read_initiated(began.as_bytes()).unwrap(), "u1");
    assert!(read_initiated(xml::initiated("photos", "k", "").as_bytes()).is_err());
    assert!(read_initiated(b"<Error><Code>x</Code></Error>").is_err());
}
