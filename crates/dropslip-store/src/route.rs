//! From a request to the operation it names: the list of what is spoken.

use axum::http::Method;

use crate::error::{Error, Result};
use crate::request::Head;
use dropslip_s3::Code;

/// An operation of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    ListBuckets,
    CreateBucket,
    HeadBucket,
    DeleteBucket,
    GetBucketLocation,
    PutBucketCors,
    GetBucketCors,
    DeleteBucketCors,
    ListObjectsV2,
    PutObject,
    GetObject,
    HeadObject,
    DeleteObject,
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
    "partNumber",
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
    "versionId",
    "versioning",
    "versions",
    "website",
    "metadataConfiguration",
    "metadataTable",
    "abac",
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
                return Err(Error::new(
                    Code::InvalidURI,
                    "A bucket comes before the key in the path.",
                ));
            }
            (Some(_), None) => Level::Bucket,
            (Some(_), Some(_)) => Level::Object,
        };
        let operation = match level {
            Level::Root => root(method, subresource),
            Level::Bucket => bucket(method, subresource, head.query.find("list-type")),
            Level::Object => object(method, subresource),
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

fn root(method: &Method, subresource: Option<&str>) -> Option<Operation> {
    match (method.as_str(), subresource) {
        ("GET", None) => Some(Operation::ListBuckets),
        _ => None,
    }
}

fn bucket(
    method: &Method,
    subresource: Option<&str>,
    list_type: Option<&str>,
) -> Option<Operation> {
    use Operation as O;
    match (method.as_str(), subresource) {
        ("GET", None) if list_type == Some("2") => Some(O::ListObjectsV2),
        ("PUT", None) => Some(O::CreateBucket),
        ("HEAD", None) => Some(O::HeadBucket),
        ("DELETE", None) => Some(O::DeleteBucket),
        ("GET", Some("location")) => Some(O::GetBucketLocation),
        ("PUT", Some("cors")) => Some(O::PutBucketCors),
        ("GET", Some("cors")) => Some(O::GetBucketCors),
        ("DELETE", Some("cors")) => Some(O::DeleteBucketCors),
        _ => None,
    }
}

fn object(method: &Method, subresource: Option<&str>) -> Option<Operation> {
    match (method.as_str(), subresource) {
        ("PUT", None) => Some(Operation::PutObject),
        ("GET", None) => Some(Operation::GetObject),
        ("HEAD", None) => Some(Operation::HeadObject),
        ("DELETE", None) => Some(Operation::DeleteObject),
        _ => None,
    }
}

/// A method that S3 has none of is 405; an operation that S3 has and this store
/// has not is 501 and names itself.
fn unspoken(method: &Method, level: Level, subresource: Option<&str>) -> Error {
    if !matches!(method.as_str(), "GET" | "HEAD" | "PUT" | "POST" | "DELETE") {
        return Error::from(Code::MethodNotAllowed).with("Method", method.as_str());
    }
    let of = match level {
        Level::Root => "the service",
        Level::Bucket => "a bucket",
        Level::Object => "an object",
    };
    match (method.as_str(), level, subresource) {
        (_, _, Some("uploads" | "uploadId" | "partNumber")) => {
            let what = format!(
                "{method} ?{} of {of}: multipart upload",
                subresource.unwrap_or_default()
            );
            let hint = "one PUT carries up to 5 GiB; raise the client's multipart threshold, \
                such as aws configure set default.s3.multipart_threshold 5GB";
            Error::not_implemented(&what).with("Hint", hint)
        }
        (_, _, Some(name)) => Error::not_implemented(&format!("{method} ?{name} of {of}")),
        ("GET", Level::Bucket, None) => Error::not_implemented("ListObjects (version 1)")
            .with("Hint", "send list-type=2 for ListObjectsV2"),
        _ => Error::not_implemented(&format!("{method} of {of}")),
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
        ];
        for (method, uri, expected) in table {
            assert_eq!(operation(method, uri).unwrap(), expected, "{method} {uri}");
        }
    }

    #[test]
    fn what_is_not_spoken_names_itself() {
        let table = [
            ("GET", "/b", "ListObjects (version 1)"),
            ("GET", "/b?list-type=3", "ListObjects (version 1)"),
            ("POST", "/b?delete", "POST ?delete of a bucket"),
            ("POST", "/b", "POST of a bucket"),
            ("POST", "/b/k?uploads", "POST ?uploads of an object"),
            (
                "PUT",
                "/b/k?partNumber=1&uploadId=u",
                "PUT ?partNumber of an object",
            ),
            ("GET", "/b/k?versionId=1", "GET ?versionId of an object"),
            ("PUT", "/b/k?acl", "PUT ?acl of an object"),
            ("GET", "/b?policy", "GET ?policy of a bucket"),
            ("DELETE", "/", "DELETE of the service"),
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
        assert_eq!(
            operation("PATCH", "/b/k").unwrap_err().code,
            Code::MethodNotAllowed
        );
    }
}
