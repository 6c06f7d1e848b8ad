//! `DeleteObjects`: what is to be deleted, and what came of each
//! ([DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)).

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::limits::{DELETE_KEYS_MAX, DELETE_XML_BYTES_MAX};

/// What is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteMany {
    /// 1 to 1,000 of them, in the order of the document.
    pub objects: Vec<DeleteOne>,
    /// Whether only failures are told.
    pub quiet: bool,
}

/// One object that is to be deleted, and what it must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOne {
    /// The key, not yet checked.
    pub key: String,
    /// The version, not yet checked; the current one if absent.
    pub version_id: Option<String>,
    /// The ETag that it must have.
    pub etag: Option<String>,
    /// When it must have been written, as text.
    pub last_modified: Option<String>,
    /// The size that it must have, as text.
    pub size: Option<String>,
}

/// Reads the body of `DeleteObjects`.
///
/// # Errors
/// When the document is malformed, has an element that S3 does not have there, names
/// nothing, or more than 1,000 objects.
pub fn read_delete(bytes: &[u8]) -> Result<DeleteMany, XmlError> {
    let root = Element::read("Delete", bytes, DELETE_XML_BYTES_MAX)?;
    let mut objects = Vec::new();
    for child in root.children(&["Object", "Quiet"])? {
        if child.name == "Object" {
            objects.push(one(child)?);
        }
    }
    if objects.is_empty() || objects.len() > DELETE_KEYS_MAX {
        let why = format!("1 to {DELETE_KEYS_MAX} objects can be deleted at once");
        return Err(XmlError(why));
    }
    let quiet = match root.one("Quiet")?.map(str::trim) {
        Some("true") => true,
        Some("false" | "") | None => false,
        Some(_) => return Err(XmlError("`Quiet` is `true` or `false`".to_owned())),
    };
    Ok(DeleteMany { objects, quiet })
}

fn one(element: &Element) -> Result<DeleteOne, XmlError> {
    element.children(&["Key", "VersionId", "ETag", "LastModifiedTime", "Size"])?;
    let text = |name| -> Result<Option<String>, XmlError> {
        let text = element.one(name)?.map(str::trim);
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    Ok(DeleteOne {
        key: element.required("Key")?.to_owned(),
        version_id: text("VersionId")?,
        etag: text("ETag")?,
        last_modified: text("LastModifiedTime")?,
        size: text("Size")?,
    })
}

/// What came of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone, or there is a delete marker.
    Done {
        /// The key.
        key: String,
        /// The version that was asked for.
        version_id: Option<String>,
        /// The delete marker that was made or removed.
        marker: Option<String>,
    },
    /// It is as it was.
    Failed {
        /// The key.
        key: String,
        /// The version that was asked for.
        version_id: Option<String>,
        /// S3's code.
        code: String,
        /// The message to go with it.
        message: String,
    },
}

/// Writes the answer to `DeleteObjects`; `quiet` leaves out what is done.
#[must_use]
pub fn delete_result(deletions: &[Deletion], quiet: bool) -> String {
    let mut document = Document::new("DeleteResult");
    for deletion in deletions {
        match deletion {
            Deletion::Done { .. } if quiet => {}
            Deletion::Done {
                key,
                version_id,
                marker,
            } => document.element("Deleted", |document| {
                document.text("Key", key);
                document.text_if("VersionId", version_id.as_deref());
                document.text_if("DeleteMarker", marker.is_some().then_some("true"));
                document.text_if("DeleteMarkerVersionId", marker.as_deref());
            }),
            Deletion::Failed {
                key,
                version_id,
                code,
                message,
            } => document.element("Error", |document| {
                document.text("Key", key);
                document.text_if("VersionId", version_id.as_deref());
                document.text("Code", code);
                document.text("Message", message);
            }),
        }
    }
    document.finish("DeleteResult")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_deleted() {
        let read = read_delete(
            b"<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key> a/&#x1;</Key></Object>\
              <Object><Key>b</Key><VersionId>v</VersionId><ETag>\"e\"</ETag><Size>3</Size></Object><Quiet>true</Quiet></Delete>",
        )
        .unwrap();
        assert!(read.quiet);
        let [first, second] = read.objects.as_slice() else {
            panic!("two objects")
        };
        assert_eq!((first.key.as_str(), &first.version_id), (" a/\u{1}", &None));
        assert_eq!(second.version_id.as_deref(), Some("v"));
        assert_eq!(second.etag.as_deref(), Some("\"e\""));
        assert_eq!(second.size.as_deref(), Some("3"));
    }

    #[test]
    fn what_is_no_list_of_objects_is_refused() {
        let many = |n: usize| {
            let object = "<Object><Key>k</Key></Object>".repeat(n);
            read_delete(format!("<Delete>{object}</Delete>").as_bytes())
        };
        assert_eq!(many(DELETE_KEYS_MAX).unwrap().objects.len(), 1000);
        assert!(many(DELETE_KEYS_MAX + 1).is_err() && many(0).is_err());
        for text in [
            "",
            "<Delete/>",
            "<Delete><Object/></Delete>",
            "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>",
            "<Delete><Object><Key>a</Key><Version>1</Version></Object></Delete>",
            "<Delete><Objects><Key>a</Key></Objects></Delete>",
            "<Delete><Object><Key>a</Key></Object><Quiet>maybe</Quiet></Delete>",
            "<Remove><Object><Key>a</Key></Object></Remove>",
            "<Delete><Object><Key><b>a</b></Key></Object></Delete>",
        ] {
            assert!(read_delete(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_came_of_it() {
        let deletions = [
            Deletion::Done {
                key: "a".to_owned(),
                version_id: None,
                marker: Some("m".to_owned()),
            },
            Deletion::Failed {
                key: "b".to_owned(),
                version_id: Some("v".to_owned()),
                code: "AccessDenied".to_owned(),
                message: "Access Denied".to_owned(),
            },
        ];
        let text = delete_result(&deletions, false);
        assert!(text.contains("<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>"), "{text}");
        let failed = "<Error><Key>b</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        assert!(text.contains(failed), "{text}");
        let quiet = delete_result(&deletions, true);
        assert!(!quiet.contains("<Deleted>") && quiet.contains(failed));
    }
}
