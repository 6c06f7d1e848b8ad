//! The lifecycle rules of another storage.
//!
//! Their rules may move objects between classes that nobody here knows, so they are kept as elements: what is
//! written again is what was read, and only what a caller asks about is understood.

use super::XmlError;
use super::tree::Element;
use super::write::Document;
use crate::limits::LIFECYCLE_BYTES_MAX;

/// The lifecycle rules of a bucket as a storage answered them, held against nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLifecycle {
    rules: Vec<FoundLifecycleRule>,
    /// AWS's `x-amz-transition-default-minimum-object-size`, which stands in a header beside the rules. A
    /// configuration that is put without it is set back.
    pub(crate) transition_minimum: Option<String>,
}

/// One rule, whatever is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLifecycleRule(Element);

impl FoundLifecycle {
    /// Reads the rules that a storage has.
    ///
    /// # Errors
    /// When it is no such document at all.
    pub fn read(bytes: &[u8]) -> Result<Self, XmlError> {
        let root = Element::read("LifecycleConfiguration", bytes, LIFECYCLE_BYTES_MAX)?;
        if let Some(other) = root.children.iter().find(|child| child.name != "Rule") {
            return Err(XmlError(format!("`{}` is no lifecycle rule", other.name)));
        }
        let rules = root.children.into_iter().map(FoundLifecycleRule);
        Ok(Self {
            rules: rules.collect(),
            transition_minimum: None,
        })
    }

    /// The rules, in their order.
    #[must_use]
    pub fn rules(&self) -> &[FoundLifecycleRule] {
        &self.rules
    }

    /// After how many days at most an upload in parts that nobody completed is aborted, for all keys with this
    /// prefix. `None` when no enabled rule does that for all of them.
    #[must_use]
    pub fn aborts_uploads_days(&self, prefix: &str) -> Option<u32> {
        let covering = self.rules.iter().filter(|rule| rule.covers(prefix));
        covering
            .filter_map(FoundLifecycleRule::abort_uploads_days)
            .min()
    }

    /// The same rules with one more, which aborts uploads under a prefix that nobody completed within so many days.
    /// A rule of that ID is replaced.
    ///
    /// S3 refuses a configuration in which some rules have a `Filter` and others a `Prefix` of the older form, so
    /// the new one has what the others have.
    #[must_use]
    pub fn with_abort_rule(&self, id: &str, prefix: &str, days: u32) -> Self {
        let others = self.rules.iter().filter(|rule| rule.id() != Some(id));
        let mut rules: Vec<_> = others.cloned().collect();
        let is_old = rules.iter().any(|rule| rule.child("Prefix").is_some());
        let scope = Element::with_text("Prefix", prefix);
        let scope = match is_old {
            true => scope,
            false => Element::with_children("Filter", vec![scope]),
        };
        let days = Element::with_text("DaysAfterInitiation", &days.to_string());
        let rule = vec![
            Element::with_text("ID", id),
            scope,
            Element::with_text("Status", "Enabled"),
            Element::with_children("AbortIncompleteMultipartUpload", vec![days]),
        ];
        rules.push(FoundLifecycleRule(Element::with_children("Rule", rule)));
        Self {
            rules,
            transition_minimum: self.transition_minimum.clone(),
        }
    }

    /// The document, with every rule as it was read.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut document = Document::new("LifecycleConfiguration");
        self.rules
            .iter()
            .for_each(|rule| rule.0.write(&mut document));
        document.finish("LifecycleConfiguration")
    }
}

impl FoundLifecycleRule {
    /// Its ID, unless it has none.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text("ID").filter(|id| !id.is_empty())
    }

    /// Whether it is carried out.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.text("Status").map(str::trim) == Some("Enabled")
    }

    /// After how many days it aborts uploads in parts that nobody completed, if it does.
    #[must_use]
    pub fn abort_uploads_days(&self) -> Option<u32> {
        let abort = self.child("AbortIncompleteMultipartUpload")?;
        let days = abort.one("DaysAfterInitiation").ok().flatten()?;
        days.trim().parse().ok()
    }

    /// Whether it is carried out for all keys with this prefix.
    #[must_use]
    pub fn covers(&self, prefix: &str) -> bool {
        let is_prefix = |element: &Element| {
            element.name == "Prefix" && element.text().is_ok_and(|own| prefix.starts_with(own))
        };
        // What is not a prefix, such as a tag, leaves keys out.
        let covers = |element: &Element| match element.name.as_str() {
            "And" => element.children.iter().all(is_prefix),
            _ => is_prefix(element),
        };
        let own = self.child("Prefix").is_none_or(is_prefix);
        let filter = self.child("Filter");
        self.is_enabled() && own && filter.is_none_or(|filter| filter.children.iter().all(covers))
    }

    fn child(&self, name: &str) -> Option<&Element> {
        self.0.children.iter().find(|child| child.name == name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.child(name)?.text().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rules: &str) -> FoundLifecycle {
        let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        FoundLifecycle::read(text.as_bytes()).unwrap()
    }

    fn aborting(scope: &str, status: &str, days: &str) -> String {
        format!(
            "<Rule>{scope}<Status>{status}</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}\
             </DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
        )
    }

    #[track_caller]
    fn check(rules: &str, expected: Option<u32>) {
        let days = found(rules).aborts_uploads_days("uploads/");
        assert_eq!(days, expected, "{rules}");
    }

    #[test]
    fn which_rules_abort_uploads() {
        for scope in [
            "",
            "<Filter/>",
            "<Prefix/>",
            "<Prefix>up</Prefix>",
            "<Filter><Prefix></Prefix></Filter>",
            "<Filter><Prefix>uploads/</Prefix></Filter>",
            "<Filter><And><Prefix>uploads/</Prefix></And></Filter>",
        ] {
            check(&aborting(scope, "Enabled", "7"), Some(7));
            check(&aborting(scope, "Disabled", "7"), None);
            check(&aborting(scope, "Enabled", "soon"), None);
        }
        for scope in [
            "<Prefix>uploads/a</Prefix>",
            "<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>",
            "<Filter><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan></Filter>",
            "<Filter><And><Prefix>up</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>",
        ] {
            check(&aborting(scope, "Enabled", "7"), None);
        }
        let two = aborting("", "Enabled", "7") + &aborting("", "Enabled", " 3 ");
        check(&two, Some(3));
        check(
            "<Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>",
            None,
        );
        check("", None);
    }

    #[test]
    fn rules_of_others_stay_as_they_are() {
        const GLACIER: &str = "<Rule><ID>cold &amp; old</ID><Filter><Prefix> a</Prefix></Filter><Status>Enabled</Status>\
            <Transition><Days>30</Days><StorageClass>GLACIER_IR</StorageClass></Transition></Rule>";
        let before = found(GLACIER);
        assert_eq!(before.rules()[0].id(), Some("cold & old"));
        let after = before.with_abort_rule("dropslip-stale-parts", "uploads/", 7);
        assert!(after.to_xml().contains(GLACIER), "{}", after.to_xml());
        assert_eq!(after.aborts_uploads_days("uploads/x"), Some(7));
        assert_eq!(after.rules().len(), 2);
        let again = after.with_abort_rule("dropslip-stale-parts", "uploads/", 7);
        assert_eq!(again, after);
        assert_eq!(FoundLifecycle::read(after.to_xml().as_bytes()), Ok(after));
    }

    #[test]
    fn the_older_form_is_not_mixed_with_the_newer() {
        let old = found(&aborting("<Prefix>logs/</Prefix>", "Enabled", "1"));
        let text = old.with_abort_rule("a", "b/", 7).to_xml();
        assert!(text.contains("<ID>a</ID><Prefix>b/</Prefix>"), "{text}");
        let new = FoundLifecycle::default().with_abort_rule("a", "b/", 7);
        assert!(
            new.to_xml()
                .contains("<Filter><Prefix>b/</Prefix></Filter>")
        );
    }

    #[test]
    fn what_is_no_lifecycle_document() {
        for wrong in [
            "",
            "<html/>",
            "<LifecycleConfiguration><Other/></LifecycleConfiguration>",
            "<LifecycleConfiguration>",
        ] {
            assert!(FoundLifecycle::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
