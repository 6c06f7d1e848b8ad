//! Documents about buckets: the list, the location, the wish for a location.

use serde::Deserialize;

use super::write::Document;
use super::{XmlError, read};

/// The id that stands for an owner; it is what `ID` elements carry.
#[must_use]
pub fn owner_id(owner: &str) -> String {
    crate::owner::canonical_id(owner)
}

/// A page of an owner's buckets.
#[derive(Clone, Debug, Default)]
pub struct Buckets<'a> {
    /// The owner's name.
    pub owner: &'a str,
    /// The region that all of them are in.
    pub region: &'a str,
    /// What the names begin with, if that was asked for.
    pub prefix: Option<&'a str>,
    /// The buckets, in order.
    pub entries: Vec<BucketEntry<'a>>,
    /// What to ask the next page with, if there is one.
    pub continuation_token: Option<String>,
}

/// One bucket in the list.
#[derive(Clone, Debug)]
pub struct BucketEntry<'a> {
    /// Its name.
    pub name: &'a str,
    /// When it was created, RFC 3339.
    pub created: String,
}

/// Writes the answer to `ListBuckets`.
#[must_use]
pub fn all_buckets(buckets: &Buckets<'_>) -> String {
    let mut document = Document::new("ListAllMyBucketsResult");
    document.element("Owner", |document| {
        document.text("ID", &owner_id(buckets.owner));
        document.text("DisplayName", buckets.owner);
    });
    document.element("Buckets", |document| {
        for bucket in &buckets.entries {
            document.element("Bucket", |document| {
                document.text("Name", bucket.name);
                document.text("CreationDate", &bucket.created);
                document.text("BucketRegion", buckets.region);
            });
        }
    });
    document.text_if("ContinuationToken", buckets.continuation_token.as_deref());
    document.text_if("Prefix", buckets.prefix);
    document.finish("ListAllMyBucketsResult")
}

/// Writes the answer to `GetBucketLocation`: S3 leaves `us-east-1` empty.
#[must_use]
pub fn location(region: &str) -> String {
    let mut document = Document::new("LocationConstraint");
    document.plain(if region == "us-east-1" { "" } else { region });
    document.finish("LocationConstraint")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateShape {
    location_constraint: Option<String>,
}

/// Reads the body of `CreateBucket`: the region that is wished for, if any.
///
/// # Errors
/// When the body is neither empty nor the document that S3 names.
pub fn location_constraint(bytes: &[u8]) -> Result<Option<String>, XmlError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let shape: CreateShape = read("CreateBucketConfiguration", bytes)?;
    Ok(shape
        .location_constraint
        .filter(|region| !region.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_listed() {
        let entry = BucketEntry {
            name: "photos",
            created: "2026-01-15T12:00:00.000Z".to_owned(),
        };
        let text = all_buckets(&Buckets {
            owner: "dropslip",
            region: "nl-ams",
            entries: vec![entry],
            ..Buckets::default()
        });
        assert!(text.contains(
            "<Bucket><Name>photos</Name><CreationDate>2026-01-15T12:00:00.000Z</CreationDate>\
             <BucketRegion>nl-ams</BucketRegion></Bucket></Buckets></ListAllMyBucketsResult>"
        ));
        assert!(text.contains("<DisplayName>dropslip</DisplayName>"));
    }

    #[test]
    fn locations() {
        assert!(location("us-east-1").ends_with("/\"></LocationConstraint>"));
        assert!(location("nl-ams").ends_with("/\">nl-ams</LocationConstraint>"));
        let wish = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>nl-ams</LocationConstraint></CreateBucketConfiguration>";
        assert_eq!(
            location_constraint(wish.as_bytes()).unwrap().as_deref(),
            Some("nl-ams")
        );
        assert_eq!(location_constraint(b"").unwrap(), None);
        assert_eq!(
            location_constraint(b"<CreateBucketConfiguration/>").unwrap(),
            None
        );
        assert!(location_constraint(b"<CreateBucketConfiguration>").is_err());
        assert!(location_constraint(b"region=nl-ams").is_err());
    }
}
