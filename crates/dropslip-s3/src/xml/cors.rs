//! The `<CORSConfiguration>` document.

use serde::Deserialize;

use super::tree::Element;
use super::write::Document;
use super::{XmlError, read};
use crate::cors::{CorsConfiguration, CorsRule, FoundCors, NotKept};
use crate::limits::CLIENT_CORS_BYTES_MAX;

/// The document as sent. Attributes are name spaces, of no matter here.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "CORSRule", default)]
    rules: Vec<RuleShape>,
}

/// Unknown elements are refused: a misspelt rule would otherwise allow less than
/// its writer thinks.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RuleShape {
    #[serde(rename = "ID", default)]
    id: Option<String>,
    #[serde(default)]
    allowed_origin: Vec<String>,
    #[serde(default)]
    allowed_method: Vec<String>,
    #[serde(default)]
    allowed_header: Vec<String>,
    #[serde(default)]
    expose_header: Vec<String>,
    #[serde(default)]
    max_age_seconds: Option<u32>,
}

/// Reads and checks a CORS configuration.
///
/// # Errors
/// When the document is malformed, has an unknown element, or a rule is wrong.
pub fn read_cors_configuration(bytes: &[u8]) -> Result<CorsConfiguration, XmlError> {
    let shape: Shape = read("CORSConfiguration", bytes)?;
    let rules = shape.rules.into_iter().map(|rule| CorsRule {
        id: rule.id,
        allowed_origins: trimmed(rule.allowed_origin),
        allowed_methods: trimmed(rule.allowed_method),
        allowed_headers: trimmed(rule.allowed_header),
        expose_headers: trimmed(rule.expose_header),
        max_age_s: rule.max_age_seconds,
    });
    CorsConfiguration::new(rules.collect()).map_err(|e| XmlError(e.to_string()))
}

/// Values without the white space that an editor put around them; none has any of its own.
fn trimmed(values: Vec<String>) -> Vec<String> {
    values.iter().map(|value| value.trim().to_owned()).collect()
}

/// Reads the rules that a storage has, whatever they are.
///
/// # Errors
/// When it is no such document at all.
pub fn read_found_cors(bytes: &[u8]) -> Result<FoundCors, XmlError> {
    let root = Element::read("CORSConfiguration", bytes, CLIENT_CORS_BYTES_MAX)?;
    let mut found = FoundCors::default();
    for child in &root.children {
        match child.name.as_str() {
            "CORSRule" => found_rule(child, &mut found),
            other => found.not_kept.push(NotKept {
                rule: None,
                what: format!("an element `{other}`"),
            }),
        }
    }
    Ok(found)
}

fn found_rule(element: &Element, found: &mut FoundCors) {
    let mut rule = CorsRule::default();
    for child in &element.children {
        let name = child.name.as_str();
        let text = child.text();
        let list = match name {
            "AllowedOrigin" => Some(&mut rule.allowed_origins),
            "AllowedMethod" => Some(&mut rule.allowed_methods),
            "AllowedHeader" => Some(&mut rule.allowed_headers),
            "ExposeHeader" => Some(&mut rule.expose_headers),
            _ => None,
        };
        let what = match (name, text, list) {
            ("AllowedOrigin", Ok(text), Some(list)) => {
                list.push(text.to_owned());
                continue;
            }
            (_, Ok(text), Some(list)) => {
                list.push(text.trim().to_owned());
                continue;
            }
            ("ID", Ok(""), _) => continue,
            ("ID", Ok(text), _) if rule.id.is_none() => {
                rule.id = Some(text.to_owned());
                continue;
            }
            ("MaxAgeSeconds", Ok(text), _) if rule.max_age_s.is_none() => {
                rule.max_age_s = text.trim().parse().ok();
                match rule.max_age_s {
                    Some(_) => continue,
                    None => format!("the MaxAgeSeconds `{}`", text.escape_debug()),
                }
            }
            ("ID" | "MaxAgeSeconds", Ok(text), _) => format!("a second {name}, `{text}`"),
            _ => format!("an element `{name}`"),
        };
        let rule = Some(found.rules.len());
        found.not_kept.push(NotKept { rule, what });
    }
    found.rules.push(rule);
}

/// Writes a CORS configuration.
#[must_use]
pub fn cors_configuration(configuration: &CorsConfiguration) -> String {
    cors_rules(configuration.rules())
}

/// Writes rules as they are, checked or not.
#[must_use]
pub fn cors_rules(rules: &[CorsRule]) -> String {
    let mut document = Document::new("CORSConfiguration");
    for rule in rules {
        document.element("CORSRule", |document| {
            document.text_if("ID", rule.id.as_deref());
            let lists = [
                ("AllowedMethod", &rule.allowed_methods),
                ("AllowedOrigin", &rule.allowed_origins),
                ("AllowedHeader", &rule.allowed_headers),
                ("ExposeHeader", &rule.expose_headers),
            ];
            for (name, values) in lists {
                values.iter().for_each(|value| document.text(name, value));
            }
            document.text_if(
                "MaxAgeSeconds",
                rule.max_age_s.map(|s| s.to_string()).as_deref(),
            );
        });
    }
    document.finish("CORSConfiguration")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = r#"<CORSConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
      <CORSRule>
        <AllowedOrigin>http://www.example.com</AllowedOrigin>
        <AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod>
        <AllowedHeader>*</AllowedHeader>
        <MaxAgeSeconds>3000</MaxAgeSeconds>
        <ExposeHeader>ETag</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader>
      </CORSRule>
      <CORSRule><ID>all</ID><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>
    </CORSConfiguration>"#;

    #[test]
    fn configurations_go_both_ways() {
        let configuration = read_cors_configuration(EXAMPLE.as_bytes()).unwrap();
        let [first, second] = configuration.rules() else {
            panic!("two rules")
        };
        assert_eq!(first.allowed_methods, ["PUT", "POST"]);
        assert_eq!(first.expose_headers, ["ETag", "x-amz-request-id"]);
        assert_eq!(first.max_age_s, Some(3000));
        assert_eq!(second.id.as_deref(), Some("all"));
        let written = cors_configuration(&configuration);
        assert_eq!(
            read_cors_configuration(written.as_bytes()).unwrap(),
            configuration
        );
    }

    #[test]
    fn order_and_name_spaces_do_not_matter() {
        let text = r#"<?xml version="1.0"?><!-- ours --><CORSConfiguration xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
          <CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin> https://a.example </AllowedOrigin>
          <AllowedMethod>PUT</AllowedMethod><AllowedOrigin>https://b.example</AllowedOrigin></CORSRule></CORSConfiguration>"#;
        let configuration = read_cors_configuration(text.as_bytes()).unwrap();
        assert_eq!(configuration.rules()[0].allowed_methods, ["GET", "PUT"]);
        assert_eq!(
            configuration.rules()[0].allowed_origins,
            ["https://a.example", "https://b.example"]
        );
    }

    #[test]
    fn odd_rules_of_others_are_read() {
        let text = r#"<x:CORSConfiguration xmlns:x="urn:other"><x:CORSRule><x:ID/>
            <x:AllowedOrigin> https://a.example/ </x:AllowedOrigin><x:AllowedMethod>put </x:AllowedMethod>
            <x:AllowedHeader>x-*-*</x:AllowedHeader><x:ExposeHeader>*</x:ExposeHeader>
            <x:MaxAgeSeconds>-1</x:MaxAgeSeconds><x:AllowPrivateNetwork>true</x:AllowPrivateNetwork></x:CORSRule>
            <x:CORSRule/><x:ResponseVary>true</x:ResponseVary></x:CORSConfiguration>"#;
        let found = read_found_cors(text.as_bytes()).unwrap();
        let [first, second] = &found.rules[..] else {
            panic!("two rules: {found:?}")
        };
        assert_eq!(first.id, None);
        assert_eq!(first.allowed_origins, [" https://a.example/ "]);
        assert_eq!(first.allowed_methods, ["put"]);
        assert_eq!(first.allowed_headers, ["x-*-*"]);
        assert_eq!(first.expose_headers, ["*"]);
        assert_eq!(*second, CorsRule::default());
        let not_kept: Vec<_> = found.not_kept.iter().map(NotKept::to_string).collect();
        assert_eq!(
            not_kept,
            [
                "rule 1 has the MaxAgeSeconds `-1`",
                "rule 1 has an element `AllowPrivateNetwork`",
                "beside the rules there is an element `ResponseVary`"
            ]
        );
    }

    #[test]
    fn what_we_write_is_found_again() {
        let configuration = read_cors_configuration(EXAMPLE.as_bytes()).unwrap();
        let found = read_found_cors(cors_configuration(&configuration).as_bytes()).unwrap();
        assert_eq!(found, FoundCors::from(configuration));
        let none = read_found_cors(b"<CORSConfiguration/>").unwrap();
        assert_eq!(none, FoundCors::default());
        for wrong in ["", "<html></html>", "<Error/>", "<CORSConfiguration>", "{}"] {
            assert!(read_found_cors(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[track_caller]
    fn check_wrong(inner: &str, reason: &str) {
        let text = format!("<CORSConfiguration>{inner}</CORSConfiguration>");
        let error = read_cors_configuration(text.as_bytes())
            .expect_err(inner)
            .to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn wrong_documents_are_named() {
        check_wrong("", "1 to 100 rules");
        check_wrong(
            "<CORSRule><AllowedOrigins>*</AllowedOrigins></CORSRule>",
            "AllowedOrigins",
        );
        check_wrong(
            "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>",
            "no AllowedMethod",
        );
        check_wrong(
            "<CORSRule><MaxAgeSeconds>-1</MaxAgeSeconds></CORSRule>",
            "expected u32",
        );
        check_wrong("<CORSRule>", "CORSRule");
        check_wrong("<CorsRule></CorsRule>", "1 to 100 rules");
        let other = read_cors_configuration(b"<Other/>")
            .unwrap_err()
            .to_string();
        assert!(
            other.contains("`Other`") && other.contains("`CORSConfiguration`"),
            "{other}"
        );
        assert!(read_cors_configuration(b"{}").is_err());
        assert!(read_cors_configuration(b"").is_err());
    }
}
