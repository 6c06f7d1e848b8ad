//! The `<Tagging>` document
//! ([PutObjectTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html)).

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::limits::XML_BYTES_MAX;

/// Reads the names and values of tags, in the order of the document and not yet checked.
///
/// # Errors
/// When the document is malformed or has an element that S3 does not have there.
pub fn read_tagging(bytes: &[u8]) -> Result<Vec<(String, String)>, XmlError> {
    let root = Element::read("Tagging", bytes, XML_BYTES_MAX)?;
    let [set] = root.children(&["TagSet"])? else {
        return Err(XmlError("`Tagging` has one `TagSet`".to_owned()));
    };
    let mut tags = Vec::new();
    for tag in set.children(&["Tag"])? {
        tag.children(&["Key", "Value"])?;
        let (key, value) = (tag.required("Key")?, tag.required("Value")?);
        tags.push((key.to_owned(), value.to_owned()));
    }
    Ok(tags)
}

/// Writes tags.
#[must_use]
pub fn tagging<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut document = Document::new("Tagging");
    document.element("TagSet", |document| {
        for (key, value) in tags {
            document.element("Tag", |document| {
                document.text("Key", key);
                document.text("Value", value);
            });
        }
    });
    document.finish("Tagging")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_both_ways() {
        let tags = [("a", " <1> "), ("b", "")];
        let read = read_tagging(tagging(tags).as_bytes()).unwrap();
        let read: Vec<_> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(read, tags);
        assert_eq!(read_tagging(tagging([]).as_bytes()), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_set_of_tags_is_refused() {
        for text in [
            "",
            "<Tagging/>",
            "<Tagging><TagSet/><TagSet/></Tagging>",
            "<Tagging><Tag><Key>a</Key><Value>b</Value></Tag></Tagging>",
            "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
            "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value><X/></Tag></TagSet></Tagging>",
            "<Tagging><TagSet>a=b</TagSet></Tagging>",
        ] {
            assert!(read_tagging(text.as_bytes()).is_err(), "{text}");
        }
    }
}
