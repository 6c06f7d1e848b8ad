//! The `<PublicAccessBlockConfiguration>` document.

use serde::Deserialize;

use super::write::Document;
use super::{XmlError, read};
use crate::public_access::PublicAccessBlock;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct Shape {
    block_public_acls: Option<String>,
    ignore_public_acls: Option<String>,
    block_public_policy: Option<String>,
    restrict_public_buckets: Option<String>,
}

/// Reads a public access block. A switch that is left out is off.
///
/// # Errors
/// When the document is malformed or a switch is neither `true` nor `false`.
pub fn read_public_access_block(bytes: &[u8]) -> Result<PublicAccessBlock, XmlError> {
    let shape: Shape = read("PublicAccessBlockConfiguration", bytes)?;
    let switch = |value: Option<String>| match value.as_deref().map(str::trim) {
        None | Some("false" | "FALSE" | "False") => Ok(false),
        Some("true" | "TRUE" | "True") => Ok(true),
        Some(other) => Err(XmlError(format!(
            "`{}` is neither `true` nor `false`",
            other.escape_debug()
        ))),
    };
    Ok(PublicAccessBlock {
        block_public_acls: switch(shape.block_public_acls)?,
        ignore_public_acls: switch(shape.ignore_public_acls)?,
        block_public_policy: switch(shape.block_public_policy)?,
        restrict_public_buckets: switch(shape.restrict_public_buckets)?,
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
}
