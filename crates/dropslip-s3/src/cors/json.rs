//! The JSON of `aws s3api get-bucket-cors` and `put-bucket-cors`.
//!
//! The names are those of the XML, in the plural where there is a list
//! ([put-bucket-cors](https://docs.aws.amazon.com/cli/latest/reference/s3api/put-bucket-cors.html)).

use serde::{Deserialize, Serialize};

use super::{CorsError, CorsRule};

/// The document. Unknown names are refused: a misspelt one would allow less than its writer thinks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    #[serde(rename = "CORSRules")]
    rules: Vec<Rule>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
struct Rule {
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    allowed_origins: Vec<String>,
    allowed_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_headers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expose_headers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_age_seconds: Option<u32>,
}

/// Writes rules, checked or not, over several lines and without one at the end.
#[must_use]
pub fn write(rules: &[CorsRule]) -> String {
    let rules = rules.iter().cloned().map(Rule::from).collect();
    let text = serde_json::to_string_pretty(&Document { rules });
    text.expect("texts and numbers always serialize")
}

/// Reads rules: the document, or the list in it alone. They are not checked.
///
/// # Errors
/// When it is neither, with what is wrong and where.
pub fn read(bytes: &[u8]) -> Result<Vec<CorsRule>, CorsError> {
    let wrong = |error: serde_json::Error| CorsError(error.to_string());
    let is_list = bytes.trim_ascii_start().starts_with(b"[");
    let rules = match is_list {
        true => serde_json::from_slice(bytes).map_err(wrong)?,
        false => {
            serde_json::from_slice::<Document>(bytes)
                .map_err(wrong)?
                .rules
        }
    };
    Ok(rules.into_iter().map(CorsRule::from).collect())
}

impl From<CorsRule> for Rule {
    fn from(rule: CorsRule) -> Self {
        Self {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: rule.allowed_headers,
            expose_headers: rule.expose_headers,
            max_age_seconds: rule.max_age_s,
        }
    }
}

impl From<Rule> for CorsRule {
    fn from(rule: Rule) -> Self {
        Self {
            id: rule.id,
            allowed_origins: rule.allowed_origins,
            allowed_methods: rule.allowed_methods,
            allowed_headers: rule.allowed_headers,
            expose_headers: rule.expose_headers,
            max_age_s: rule.max_age_seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_go_both_ways() {
        let text = r#"{
  "CORSRules": [
    {
      "ID": "uploads",
      "AllowedOrigins": [
        "https://app.example"
      ],
      "AllowedMethods": [
        "PUT"
      ],
      "AllowedHeaders": [
        "content-type"
      ],
      "ExposeHeaders": [
        "ETag"
      ],
      "MaxAgeSeconds": 3600
    }
  ]
}"#;
        let rules = read(text.as_bytes()).unwrap();
        assert_eq!(rules[0].max_age_s, Some(3600));
        assert_eq!(write(&rules), text);
        let list = r#" [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]"#;
        let rules = read(list.as_bytes()).unwrap();
        assert_eq!(rules[0].allowed_origins, ["*"]);
        assert!(!write(&rules).contains("Headers"));
        assert_eq!(read(write(&rules).as_bytes()), Ok(rules));
    }

    #[track_caller]
    fn check_wrong(text: &str, reason: &str) {
        let error = read(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn wrong_documents_are_named() {
        check_wrong("", "EOF");
        check_wrong("{}", "CORSRules");
        check_wrong("[1]", "line 1");
        check_wrong(r#"{"corsRules": []}"#, "corsRules");
        check_wrong(r#"[{"AllowedOrigin": []}]"#, "AllowedOrigins");
        check_wrong(r#"[{"AllowedOrigins": "*"}]"#, "sequence");
        check_wrong(r#"[{"MaxAgeSeconds": -1}]"#, "u32");
        check_wrong("[] []", "trailing");
    }
}
