//! From a request to the operation it names: the list of what is spoken.

use axum::http::Method;

use crate::error::{Error, Result};
use crate::request::Head;
use dropslip_s3::Code;

macro_rules! operations {
    ($($name:ident)*) => {
        /// An operation of S3.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($name,)*
        }

        impl Operation {
            /// Every operation.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

operations! {
    ListBuckets
    CreateBucket
    HeadBucket
    DeleteBucket
    GetBucketLocation
    PutBucketCors
    GetBucketCors
    DeleteBucketCors
    PutBucketVersioning
    GetBucketVersioning
    PutBucketTagging
    GetBucketTagging
    DeleteBucketTagging
    PutBucketAcl
    GetBucketAcl
    PutBucketPolicy
    GetBucketPolicy
    DeleteBucketPolicy
    GetBucketPolicyStatus
    PutBucketOwnershipControls
    GetBucketOwnershipControls
    DeleteBucketOwnershipControls
    PutPublicAccessBlock
    GetPublicAccessBlock
    DeletePublicAccessBlock
    PutBucketLifecycle
    GetBucketLifecycle
    DeleteBucketLifecycle
    PutBucketNotification
    GetBucketNotification
    ListObjects
    ListObjectsV2
    ListObjectVersions
    ListMultipartUploads
    DeleteObjects
    PostObject
    PutObject
    CopyObject
    GetObject
    HeadObject
    GetObjectAttributes
    DeleteObject
    PutObjectTagging
    GetObjectTagging
    DeleteObjectTagging
    PutObjectAcl
    GetObjectAcl
    CreateMultipartUpload
    UploadPart
    UploadPartCopy
    CompleteMultipartUpload
    AbortMultipartUpload
    ListParts
}

/// Query parameters that turn a request into another operation. A parameter that
/// is not here is no business of the router's.
const SUBRESOURCES: [&str; 38] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
    "metadataConfiguration",
    "metadataTable",
    "abac",
    // Last: they only say which part or version of what was named before.
    "partNumber",
    "versionId",
];

impl Operation {
    /// Names the operation of a request.
    pub(crate) fn of(head: &Head) -> Result<Self> {
        let method = &head.parts.method;
        let subresource = SUBRESOURCES
            .iter()
            .copied()
            .find(|name| head.query.has(name));
        let level = match (&head.resource.bucket, &head.resource.key) {
            (None, None) => Level::Root,
            (None, Some(_)) => {
                let detail = "a bucket comes before the key in the path";
                return Err(Error::from(Code::InvalidURI).with("Detail", detail));
            }
            (Some(_), None) => Level::Bucket,
            (Some(_), Some(_)) => Level::Object,
        };
        let asked = (method.as_str(), subresource);
        let operation = match level {
            Level::Root => root(asked),
            Level::Bucket => bucket(asked, head.query.find("list-type")),
            Level::Object => object(asked, head),
        };
        operation.ok_or_else(|| unspoken(method, level, subresource))
    }
}

#[derive(Clone, Copy, Debug)]
enum Level {
    Root,
    Bucket,
    Object,
}

/// A method and a sub-resource.
type Asked<'a> = (&'a str, Option<&'a str>);

fn root(asked: Asked<'_>) -> Option<Operation> {
    match asked {
        ("GET", None) => Some(Operation::ListBuckets),
        _ => None,
    }
}

fn bucket(asked: Asked<'_>, list_type: Option<&str>) -> Option<Operation> {
    use Operation as O;
    Some(match asked {
        ("PUT", None) => O::CreateBucket,
        ("HEAD", None) => O::HeadBucket,
        ("DELETE", None) => O::DeleteBucket,
        ("GET", None) if list_type == Some("2") => O::ListObjectsV2,
        ("GET", None) => O::ListObjects,
        ("POST", None) => O::PostObject,
        ("POST", Some("delete")) => O::DeleteObjects,
        ("GET", Some("versions")) => O::ListObjectVersions,
        ("GET", Some("uploads")) => O::ListMultipartUploads,
        ("GET", Some("location")) => O::GetBucketLocation,
        ("PUT", Some("cors")) => O::PutBucketCors,
        ("GET", Some("cors")) => O::GetBucketCors,
        ("DELETE", Some("cors")) => O::DeleteBucketCors,
        ("PUT", Some("versioning")) => O::PutBucketVersioning,
        ("GET", Some("versioning")) => O::GetBucketVersioning,
        ("PUT", Some("tagging")) => O::PutBucketTagging,
        ("GET", Some("tagging")) => O::GetBucketTagging,
        ("DELETE", Some("tagging")) => O::DeleteBucketTagging,
        ("PUT", Some("acl")) => O::PutBucketAcl,
        ("GET", Some("acl")) => O::GetBucketAcl,
        ("PUT", Some("policy")) => O::PutBucketPolicy,
        ("GET", Some("policy")) => O::GetBucketPolicy,
        ("DELETE", Some("policy")) => O::DeleteBucketPolicy,
        ("GET", Some("policyStatus")) => O::GetBucketPolicyStatus,
        ("PUT", Some("ownershipControls")) => O::PutBucketOwnershipControls,
        ("GET", Some("ownershipControls")) => O::GetBucketOwnershipControls,
        ("DELETE", Some("ownershipControls")) => O::DeleteBucketOwnershipControls,
        ("PUT", Some("publicAccessBlock")) => O::PutPublicAccessBlock,
        ("GET", Some("publicAccessBlock")) => O::GetPublicAccessBlock,
        ("DELETE", Some("publicAccessBlock")) => O::DeletePublicAccessBlock,
        ("PUT", Some("lifecycle")) => O::PutBucketLifecycle,
        ("GET", Some("lifecycle")) => O::GetBucketLifecycle,
        ("DELETE", Some("lifecycle")) => O::DeleteBucketLifecycle,
        ("PUT", Some("notification")) => O::PutBucketNotification,
        ("GET", Some("notification")) => O::GetBucketNotification,
        _ => return None,
    })
}

fn object(asked: Asked<'_>, head: &Head) -> Option<Operation> {
    use Operation as O;
    let copies = head.parts.headers.contains_key("x-amz-copy-source");
    Some(match asked {
        ("PUT", None) if copies => O::CopyObject,
        ("PUT", None) => O::PutObject,
        ("GET", None | Some("versionId" | "partNumber")) => O::GetObject,
        ("HEAD", None | Some("versionId" | "partNumber")) => O::HeadObject,
        ("DELETE", None | Some("versionId")) => O::DeleteObject,
        ("GET", Some("attributes")) => O::GetObjectAttributes,
        ("PUT", Some("tagging")) => O::PutObjectTagging,
        ("GET", Some("tagging")) => O::GetObjectTagging,
        ("DELETE", Some("tagging")) => O::DeleteObjectTagging,
        ("PUT", Some("acl")) => O::PutObjectAcl,
        ("GET", Some("acl")) => O::GetObjectAcl,
        ("POST", Some("uploads")) => O::CreateMultipartUpload,
        ("PUT", Some("uploadId")) if copies => O::UploadPartCopy,
        ("PUT", Some("uploadId")) => O::UploadPart,
        ("POST", Some("uploadId")) => O::CompleteMultipartUpload,
        ("DELETE", Some("uploadId")) => O::AbortMultipartUpload,
        ("GET", Some("uploadId")) => O::ListParts,
        _ => return None,
    })
}

/// A method that S3 has none of, there, is 405; an operation that S3 has and this store
/// has not is 501 and names itself.
fn unspoken(method: &Method, level: Level, subresource: Option<&str>) -> Error {
    let (of, resource_type) = match level {
        Level::Root => ("the service", "SERVICE"),
        Level::Bucket => ("a bucket", "BUCKET"),
        Level::Object => ("an object", "OBJECT"),
    };
    let known = matches!(method.as_str(), "GET" | "HEAD" | "PUT" | "POST" | "DELETE");
    match subresource {
        Some(name) if known => Error::not_implemented(&format!("{method} ?{name} of {of}")),
        // Without a sub-resource all that S3 has is spoken.
        _ => Error::from(Code::MethodNotAllowed)
            .with("Method", method.as_str())
            .with("ResourceType", resource_type),
    }
}

#[cfg(test)]
mod tests {
    use axum::http;

    use super::*;

    fn operation(method: &str, uri: &str) -> Result<Operation> {
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "127.0.0.1")
            .body(())
            .unwrap();
        Operation::of(&Head::parse(request.into_parts().0, &[])?)
    }

    #[test]
    fn what_is_spoken() {
        let table = [
            ("GET", "/", Operation::ListBuckets),
            ("PUT", "/b", Operation::CreateBucket),
            ("PUT", "/b/", Operation::CreateBucket),
            ("HEAD", "/b", Operation::HeadBucket),
            ("DELETE", "/b", Operation::DeleteBucket),
            ("GET", "/b?location", Operation::GetBucketLocation),
            ("PUT", "/b?cors=", Operation::PutBucketCors),
            ("GET", "/b/?cors", Operation::GetBucketCors),
            ("DELETE", "/b?cors", Operation::DeleteBucketCors),
            (
                "GET",
                "/b?list-type=2&prefix=cors",
                Operation::ListObjectsV2,
            ),
            ("PUT", "/b/cors", Operation::PutObject),
            ("PUT", "/b/k?x-id=PutObject", Operation::PutObject),
            ("GET", "/b/k/", Operation::GetObject),
            ("HEAD", "/b//", Operation::HeadObject),
            ("DELETE", "/b/k", Operation::DeleteObject),
            ("GET", "/b", Operation::ListObjects),
            ("GET", "/b?list-type=3", Operation::ListObjects),
            ("POST", "/b", Operation::PostObject),
            ("POST", "/b?delete", Operation::DeleteObjects),
            ("GET", "/b?versions&prefix=a", Operation::ListObjectVersions),
            ("GET", "/b/k?versionId=1", Operation::GetObject),
            (
                "GET",
                "/b/k?tagging&versionId=1",
                Operation::GetObjectTagging,
            ),
            ("DELETE", "/b/k?versionId=1", Operation::DeleteObject),
            ("POST", "/b/k?uploads", Operation::CreateMultipartUpload),
            ("PUT", "/b/k?partNumber=1&uploadId=u", Operation::UploadPart),
            ("GET", "/b/k?partNumber=1", Operation::GetObject),
            (
                "POST",
                "/b/k?uploadId=u",
                Operation::CompleteMultipartUpload,
            ),
            ("DELETE", "/b/k?uploadId=u", Operation::AbortMultipartUpload),
            ("GET", "/b/k?uploadId=u", Operation::ListParts),
        ];
        for (method, uri, expected) in table {
            assert_eq!(operation(method, uri).unwrap(), expected, "{method} {uri}");
        }
    }

    /// A link of version 2 signs some sub-resources by name. Each that the router knows must
    /// be among them or be refused, or whoever holds a link could make another of it.
    #[test]
    fn no_link_of_version_2_can_be_turned_into_another() {
        use dropslip_sigv4::{Credentials, ExpectedV2, Refusal, Request, Timestamp, verify_v2};
        let keys = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG");
        let link = "AWSAccessKeyId=AKIDEXAMPLE&Expires=4102444800&Signature=UkC6gp1FpPCi5cI4xiBBNbjwTN4%3D";
        let asked = |query: &str| {
            let request = Request {
                method: "GET",
                path: "/photos/a%20b.jpg",
                query,
                headers: &[("host", b"localhost:7601")],
            };
            let now = Timestamp::from_unix_s(1_700_000_000);
            let expected = ExpectedV2 { bucket: None, now };
            verify_v2(&request, &expected, |_: &str| Some(&keys)).map(|_| ())
        };
        assert!(asked(link).is_ok());
        for name in SUBRESOURCES {
            for added in [
                format!("{name}&{link}"),
                format!("{link}&{name}=1"),
                format!("{link}&%{:02x}{}", name.as_bytes()[0], &name[1..]),
            ] {
                let refused = asked(&added).expect_err(&added);
                let is_right = matches!(
                    refused,
                    Refusal::Mismatch(_) | Refusal::ParameterNotSigned { .. }
                );
                assert!(is_right, "{added}: {refused:?}");
            }
        }
    }

    #[test]
    fn what_is_not_spoken_names_itself() {
        let table = [
            ("POST", "/b/k?restore", "POST ?restore of an object"),
            (
                "POST",
                "/b/k?select&select-type=2",
                "POST ?select of an object",
            ),
            ("GET", "/b/k?torrent", "GET ?torrent of an object"),
            ("PUT", "/b?website", "PUT ?website of a bucket"),
        ];
        for (method, uri, part) in table {
            let error = operation(method, uri).expect_err(uri);
            assert_eq!(error.code, Code::NotImplemented, "{method} {uri}");
            assert!(error.message.contains(part), "{}", error.message);
        }
        assert_eq!(
            operation("GET", "//b/k").unwrap_err().code,
            Code::InvalidURI
        );
        for (method, uri) in [
            ("PUT", "/"),
            ("POST", "/"),
            ("HEAD", "/"),
            ("DELETE", "/"),
            ("PATCH", "/b"),
            ("POST", "/b/k"),
            ("PATCH", "/b/k"),
        ] {
            let error = operation(method, uri).expect_err(uri);
            assert_eq!(error.code, Code::MethodNotAllowed, "{method} {uri}");
        }
    }

    #[test]
    fn the_reference_names_every_operation() {
        let reference = include_str!("../../../docs/reference/store.md");
        for operation in Operation::ALL {
            let name = format!("`{operation:?}`");
            assert!(reference.contains(&name), "{name} is not in the reference");
        }
    }
}
