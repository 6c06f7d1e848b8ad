//! The query of a request, decoded.

/// Names and values in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes a query, without its `?`. A `+` is a space, as S3 reads it; bytes
    /// that are not UTF-8 become replacement characters.
    #[must_use]
    pub fn parse(raw: &str) -> Self {
        Self(
            url::form_urlencoded::parse(raw.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The first value of a name, empty for a name without `=`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first value of a name in any case.
    #[must_use]
    pub fn find_ignoring_case(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether a name is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Names and values, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let query = Query::parse("cors&prefix=a+b%2Fc&X-Amz-Acl=private&prefix=other&empty=");
        assert!(query.has("cors") && query.has("empty") && !query.has("Cors"));
        assert_eq!(query.find("prefix"), Some("a b/c"));
        assert_eq!(query.find_ignoring_case("x-amz-acl"), Some("private"));
        assert_eq!(query.names().count(), 5);
        assert_eq!(Query::parse("").names().count(), 0);
        assert_eq!(Query::parse("k=%ff%").find("k"), Some("\u{fffd}%"));
    }
}
