//! The schema and the reference of `dropslip.toml` are those of the code.
//!
//! `DROPSLIP_WRITE=1 cargo test -p dropslip-service schema` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use dropslip_service::Config;
use serde_json::Value;

const BEGIN: &str = "<!-- What follows is made from the code; a test holds it. -->\n";

/// Holds a file against what it should be, or writes it.
fn hold(name: &str, expect: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference")
        .join(name);
    if std::env::var_os("DROPSLIP_WRITE").is_some() {
        std::fs::write(&file, expect).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap();
    assert!(
        found == expect,
        "docs/reference/{name} is not that of the code: DROPSLIP_WRITE=1 cargo test -p dropslip-service schema"
    );
}

#[test]
fn the_schema() {
    let schema = serde_json::to_string_pretty(&Config::schema()).unwrap();
    hold("dropslip.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_reference() {
    let schema = Config::schema();
    let mut text = String::new();
    sections(&schema, &schema, "", &mut text);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/configuration.md");
    let found = std::fs::read_to_string(file).unwrap();
    let (by_hand, _) = found.split_once(BEGIN).expect("the mark is there");
    hold("configuration.md", &format!("{by_hand}{BEGIN}{text}"));
}

/// What a schema refers to.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => &root["$defs"][name.trim_start_matches("#/$defs/")],
        None => schema,
    }
}

/// A table for each section, in the order of their names.
fn sections(root: &Value, schema: &Value, name: &str, text: &mut String) {
    let fields = schema["properties"].as_object().unwrap();
    if !name.is_empty() {
        let of = schema["description"].as_str().unwrap_or_default();
        let _ = write!(
            text,
            "\n## `{name}`\n\n{of}\n\n| key | type | meaning |\n|---|---|---|\n"
        );
    }
    let mut below = Vec::new();
    for (key, field) in fields {
        let kind = resolved(root, field);
        let (each, inside) = match (&kind["additionalProperties"], &kind["items"]) {
            (each @ Value::Object(_), _) => (resolved(root, each), format!("{key}.NAME")),
            (_, items @ Value::Object(_)) => (resolved(root, items), format!("[{key}]")),
            _ => (kind, key.clone()),
        };
        if each["properties"].is_object() && each["anyOf"].is_null() {
            let inside = match (name, inside.strip_prefix('[')) {
                ("", Some(_)) => format!("[{inside}]"),
                ("", None) => format!("[{inside}]"),
                (name, _) => format!("{}.{inside}]", name.trim_end_matches(']')),
            };
            below.push((each, inside));
        } else {
            let about = field["description"]
                .as_str()
                .or(kind["description"].as_str());
            let about = about.unwrap_or_else(|| panic!("{name} {key} says nothing"));
            let about = about.replace('\n', " ").replace('|', "\\|");
            let choices = choices(root, kind);
            let _ = writeln!(
                text,
                "| `{key}` | {} | {about}{choices} |",
                type_of(root, kind)
            );
        }
    }
    for (each, inside) in below {
        sections(root, each, &inside, text);
    }
}

fn type_of(root: &Value, kind: &Value) -> String {
    let name = |title: &Value| title.as_str().unwrap_or("any").to_owned();
    if let Some(items) = kind["items"].as_object() {
        let each = type_of(root, resolved(root, &Value::Object(items.clone())));
        return format!("list of {each}");
    }
    if kind["additionalProperties"].is_object() {
        return "table of texts".to_owned();
    }
    if kind["oneOf"].is_array() || kind["enum"].is_array() {
        return "word".to_owned();
    }
    if let Some(kinds) = kind["anyOf"].as_array() {
        let all: Vec<_> = kinds
            .iter()
            .map(|one| type_of(root, resolved(root, one)))
            .collect();
        return match all.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["text", "table", "table"] => "text".to_owned(),
            ["whole number", "text"] => "size".to_owned(),
            _ => all.join(", "),
        };
    }
    match name(&kind["type"]).as_str() {
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "integer" => "whole number".to_owned(),
        "object" => "table".to_owned(),
        other => other.to_owned(),
    }
}

/// The words of an enumeration, with their meaning.
fn choices(root: &Value, kind: &Value) -> String {
    let words = resolved(root, kind)["oneOf"].as_array();
    let words = words.into_iter().flatten().map(|one| {
        let about = one["description"].as_str().unwrap_or_default();
        format!(" `{}`: {about}", one["const"].as_str().unwrap())
    });
    words.collect()
}

/// What the schema takes and forbids, of what the code takes and forbids.
#[test]
fn every_section_forbids_other_names() {
    let schema = Config::schema();
    let named = schema["$defs"].as_object().unwrap().iter();
    let open: Vec<_> = named
        .filter(|(_, kind)| kind["properties"].is_object() && kind["additionalProperties"] != false)
        .map(|(name, _)| name)
        .collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(schema["additionalProperties"], false);
    assert!(!schema.to_string().contains("\"null\""));
    let required = &schema["$defs"]["PresetConfig"]["required"];
    assert_eq!(
        *required,
        serde_json::json!(["bucket", "key", "accept", "maxSize"])
    );
}
