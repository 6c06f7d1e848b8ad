//! The `<PublicAccessBlockConfiguration>` document.

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::limits::XML_BYTES_MAX;
use crate::public_access::PublicAccessBlock;

/// Reads a public access block. A switch that is left out is off.
///
/// # Errors
/// When the document is malformed, has a switch that there is not, or a switch is neither `true` nor `false`.
pub fn read_public_access_block(bytes: &[u8]) -> Result<PublicAccessBlock, XmlError> {
    let root = Element::read("PublicAccessBlockConfiguration", bytes, XML_BYTES_MAX)?;
    root.children(&[
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ])?;
    let switch = |name| match root.one(name)?.map(str::trim) {
        None | Some("false" | "FALSE" | "False") => Ok(false),
        Some("true" | "TRUE" | "True") => Ok(true),
        Some(other) => Err(XmlError(format!(
            "`{}` is neither `true` nor `false`",
            other.escape_debug()
        ))),
    };
    Ok(PublicAccessBlock {
        block_public_acls: switch("BlockPublicAcls")?,
        ignore_public_acls: switch("IgnorePublicAcls")?,
        block_public_policy: switch("BlockPublicPolicy")?,
        restrict_public_buckets: switch("RestrictPublicBuckets")?,
    })
}

/// Writes a public access block.
#[must_use]
pub fn public_access_block(block: &PublicAccessBlock) -> String {
    const ROOT: &str = "PublicAccessBlockConfiguration";
    let mut document = Document::new(ROOT);
    for (name, on) in [
        ("BlockPublicAcls", block.block_public_acls),
        ("IgnorePublicAcls", block.ignore_public_acls),
        ("BlockPublicPolicy", block.block_public_policy),
        ("RestrictPublicBuckets", block.restrict_public_buckets),
    ] {
        document.text(name, if on { "true" } else { "false" });
    }
    document.finish(ROOT)
}

/// Writes the answer to `GetBucketPolicyStatus`.
#[must_use]
pub fn policy_status(is_public: bool) -> String {
    let mut document = Document::new("PolicyStatus");
    document.text("IsPublic", if is_public { "true" } else { "false" });
    document.finish("PolicyStatus")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_go_both_ways() {
        let block = PublicAccessBlock {
            ignore_public_acls: true,
            restrict_public_buckets: true,
            ..PublicAccessBlock::default()
        };
        let written = public_access_block(&block);
        assert!(written.contains(
            "<BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
        ));
        assert_eq!(read_public_access_block(written.as_bytes()), Ok(block));
        let none = b"<PublicAccessBlockConfiguration/>";
        assert_eq!(
            read_public_access_block(none),
            Ok(PublicAccessBlock::default())
        );
        assert!(policy_status(true).contains("<IsPublic>true</IsPublic>"));
    }

    #[test]
    fn other_documents_are_refused() {
        for text in [
            "",
            "<Other/>",
            "<PublicAccessBlockConfiguration>",
            "<PublicAccessBlockConfiguration><BlockPublicAcls>yes</BlockPublicAcls></PublicAccessBlockConfiguration>",
            "<PublicAccessBlockConfiguration><BlockPublicAcls></BlockPublicAcls></PublicAccessBlockConfiguration>",
        ] {
            assert!(read_public_access_block(text.as_bytes()).is_err(), "{text}");
        }
    }

    /// A misspelt switch would leave open what somebody meant to close.
    #[test]
    fn a_switch_that_there_is_not() {
        let document = |inner: &str| {
            format!(
                "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" \
                 xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{inner}\
                 </PublicAccessBlockConfiguration>"
            )
        };
        let right = document("<BlockPublicAcls>true</BlockPublicAcls>");
        assert!(
            read_public_access_block(right.as_bytes())
                .unwrap()
                .block_public_acls
        );
        for inner in [
            "<BlockPublicAcl>true</BlockPublicAcl>",
            "<blockPublicAcls>true</blockPublicAcls>",
            "<BlockPublicAcls>true</BlockPublicAcls><a/>",
        ] {
            let error = read_public_access_block(document(inner).as_bytes());
            assert!(error.is_err(), "{inner}");
        }
    }
}
