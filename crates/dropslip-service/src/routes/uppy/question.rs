//! What Uppy asks in a query: `filename`, `type`, `metadata[name]=value`, and later `key` and `partNumbers`.
//!
//! Companion reads these by Express, which nests brackets as deep as they come. Uppy itself writes one pair of
//! brackets, so one is read here and the rest is part of a name that no preset allows. Brackets and values may be
//! percent-encoded, a `+` is a space: Uppy writes queries with `URLSearchParams` and with `encodeURIComponent`.

use std::collections::BTreeMap;

use dropslip_s3::query::Query;

use crate::limits::{UPPY_QUERY_BYTES_MAX, UPPY_QUERY_FIELDS_MAX};
use crate::problem::{Code, Problem, echo};

/// A query, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    fields: BTreeMap<String, String>,
    /// What stands in `metadata[…]`, whether a preset allows it or not.
    pub(super) metadata: BTreeMap<String, String>,
}

impl Question {
    /// Reads a query, without its `?`.
    ///
    /// # Errors
    /// `invalid_request` when it is too long, has too many fields, or names one of Uppy's twice.
    pub(super) fn parse(raw: &str) -> Result<Self, Problem> {
        let refuse = |detail: String| Problem::new(Code::InvalidRequest, detail);
        if raw.len() > UPPY_QUERY_BYTES_MAX {
            let detail = format!("the query is longer than {UPPY_QUERY_BYTES_MAX} bytes");
            return Err(refuse(detail));
        }
        let mut question = Self::default();
        for (at, (name, value)) in Query::parse(raw).pairs().enumerate() {
            if at == UPPY_QUERY_FIELDS_MAX {
                let detail = format!("the query has more than {UPPY_QUERY_FIELDS_MAX} fields");
                return Err(refuse(detail));
            }
            let (taken, key) = match inside_brackets(name) {
                Some(key) => (&mut question.metadata, key),
                None => (&mut question.fields, name),
            };
            if taken.insert(key.to_owned(), value.to_owned()).is_some() {
                return Err(refuse(format!("the query has {} twice", echo(name))));
            }
        }
        Ok(question)
    }

    /// A field that must be there and say something.
    ///
    /// # Errors
    /// `invalid_request` with the field's name.
    pub(super) fn required(&self, name: &'static str) -> Result<&str, Problem> {
        match self.optional(name) {
            "" => Err(Problem::new(
                Code::InvalidRequest,
                format!("the query has no `{name}`, or an empty one"),
            )),
            value => Ok(value),
        }
    }

    /// A field that may be missing, which is the same as empty.
    pub(super) fn optional(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// `k` of `metadata[k]`. Deeper brackets stay in the name: `a][b` of `metadata[a][b]`.
fn inside_brackets(name: &str) -> Option<&str> {
    name.strip_prefix("metadata[")?.strip_suffix(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, fields: &[(&str, &str)], metadata: &[(&str, &str)]) {
        let map = |pairs: &[(&str, &str)]| {
            let owned = pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            owned.collect::<BTreeMap<_, _>>()
        };
        let expect = Question {
            fields: map(fields),
            metadata: map(metadata),
        };
        assert_eq!(Question::parse(raw).unwrap(), expect, "{raw}");
    }

    #[track_caller]
    fn refused(raw: &str, word: &str) {
        let problem = Question::parse(raw).unwrap_err();
        assert_eq!(problem.code(), Code::InvalidRequest);
        assert!(problem.detail().contains(word), "{}", problem.detail());
    }

    #[test]
    fn as_both_versions_write_it() {
        let fields = [("filename", "a b.png"), ("type", "image/png")];
        let metadata = [("name", "a b.png"), ("preset", "photo")];
        for raw in [
            "filename=a+b.png&type=image%2Fpng&metadata%5Bname%5D=a+b.png&metadata%5Bpreset%5D=photo",
            "filename=a%20b.png&type=image/png&metadata[name]=a%20b.png&metadata[preset]=photo",
        ] {
            check(raw, &fields, &metadata);
        }
        check("key=a%2Fb%2B%C3%A9", &[("key", "a/b+é")], &[]);
        check("", &[], &[]);
        check("&&=&", &[("", "")], &[]);
    }

    #[test]
    fn brackets_that_are_none_of_uppys() {
        check("metadata[]=x", &[], &[("", "x")]);
        check("metadata[a][b]=x", &[], &[("a][b", "x")]);
        check("metadata[tags[]]=x", &[], &[("tags[]", "x")]);
        check("metadata=x", &[("metadata", "x")], &[]);
        check("metadata[a=x", &[("metadata[a", "x")], &[]);
        check("metadata]a[=x", &[("metadata]a[", "x")], &[]);
        check("Metadata[a]=x", &[("Metadata[a]", "x")], &[]);
        let deep = format!("metadata{}=x", "[a]".repeat(4000));
        let question = Question::parse(&deep).unwrap();
        assert_eq!(question.metadata.len(), 1);
    }

    #[test]
    fn broken_text_stays_text() {
        check("filename=%ff%00%", &[("filename", "\u{fffd}\0%")], &[]);
        check("filename=a=b", &[("filename", "a=b")], &[]);
    }

    #[test]
    fn twice() {
        refused("filename=a&filename=b", "twice");
        refused("metadata[a]=1&metadata%5Ba%5D=2", "twice");
    }

    #[test]
    fn limits() {
        let fields = |n: usize| {
            (0..n)
                .map(|i| format!("f{i}="))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert!(Question::parse(&fields(UPPY_QUERY_FIELDS_MAX)).is_ok());
        refused(&fields(UPPY_QUERY_FIELDS_MAX + 1), "more than");
        let long = |n: usize| format!("f={}", "x".repeat(n - 2));
        assert!(Question::parse(&long(UPPY_QUERY_BYTES_MAX)).is_ok());
        refused(&long(UPPY_QUERY_BYTES_MAX + 1), "longer than");
    }

    #[test]
    fn required_and_optional() {
        let question = Question::parse("filename=a&type=").unwrap();
        assert_eq!(question.required("filename").unwrap(), "a");
        assert_eq!(question.optional("type"), "");
        for name in ["type", "key"] {
            let detail = question.required(name).unwrap_err().detail().to_owned();
            assert!(detail.contains(&format!("`{name}`")), "{detail}");
        }
    }
}
