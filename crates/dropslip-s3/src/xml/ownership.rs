//! The `<OwnershipControls>` document.

use serde::Deserialize;

use super::write::Document;
use super::{XmlError, read};
use crate::ownership::ObjectOwnership;

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "Rule", default)]
    rules: Vec<RuleShape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RuleShape {
    object_ownership: String,
}

/// Reads ownership controls, which have exactly one rule.
///
/// # Errors
/// When the document is malformed, has no rule or several, or one that S3 does not know.
pub fn read_ownership_controls(bytes: &[u8]) -> Result<ObjectOwnership, XmlError> {
    let shape: Shape = read("OwnershipControls", bytes)?;
    match shape.rules.as_slice() {
        [rule] => {
            let name = rule.object_ownership.trim();
            name.parse().map_err(|error| XmlError(format!("{error}")))
        }
        rules => Err(XmlError(format!(
            "ownership controls have one `Rule`, got {}",
            rules.len()
        ))),
    }
}

/// Writes ownership controls.
#[must_use]
pub fn ownership_controls(ownership: ObjectOwnership) -> String {
    let mut document = Document::new("OwnershipControls");
    document.element("Rule", |document| {
        document.text("ObjectOwnership", ownership.as_str());
    });
    document.finish("OwnershipControls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_go_both_ways() {
        let written = ownership_controls(ObjectOwnership::BucketOwnerPreferred);
        assert_eq!(
            read_ownership_controls(written.as_bytes()),
            Ok(ObjectOwnership::BucketOwnerPreferred)
        );
    }

    #[test]
    fn other_documents_are_refused() {
        let rule = |name: &str| format!("<Rule><ObjectOwnership>{name}</ObjectOwnership></Rule>");
        let check = |inner: &str, reason: &str| {
            let text = format!("<OwnershipControls>{inner}</OwnershipControls>");
            let error = read_ownership_controls(text.as_bytes()).expect_err(inner);
            assert!(error.to_string().contains(reason), "{error}");
        };
        check("", "got 0");
        check(&rule("ObjectWriter").repeat(2), "got 2");
        check(&rule("Nobody"), "`Nobody`");
        check(&rule(""), "``");
        check("<Rule/>", "ObjectOwnership");
        check("<Rule><Owner>x</Owner></Rule>", "Owner");
        assert!(read_ownership_controls(b"<Other/>").is_err());
        assert!(read_ownership_controls(b"").is_err());
    }
}
